"""The fewest requests that the Desk.com API allows."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.least.counts import SINGLE, Least, Row, Truth, below, changed, newest, pages, whole

ON_REQUEST = frozenset({"cases/N/history"})
"""Endpoints of streams that a new catalog does not select."""
PEOPLE = 1000
"""Rows of a page of users or groups; other lists have 100."""
LISTS = {
    "articles": "articles",
    "brands": "brands",
    "companies": "companies",
    "custom_fields": "custom_fields",
    "facebook_users": "facebook_users",
    "feedbacks": "feedbacks",
    "filters": "filters",
    "integration_urls": "integration_urls",
    "jobs": "jobs",
    "labels": "labels",
    "macros": "macros",
    "mailboxes/inbound": "inbound_mailboxes",
    "mailboxes/outbound": "outbound_mailboxes",
    "rules": "rules",
    "site_settings": "site_settings",
    "topics": "topics",
    "twitter_accounts": "twitter_accounts",
    "twitter_users": "twitter_users",
}
BELOW = {
    "articles/N/translations": ("articles", "article_translations", "article_id"),
    "macros/N/actions": ("macros", "macro_actions", "macro_id"),
    "topics/N/translations": ("topics", "topic_translations", "topic_id"),
    "twitter_accounts/N/tweets": ("twitter_accounts", "tweets", "twitter_account_id"),
}
"""The parents, the children, and the children's column for the parent."""
OF_CASES = {
    "cases/N/attachments": "attachments",
    "cases/N/links": "case_links",
    "cases/N/notes": "notes",
    "cases/N/replies": "replies",
}
"""Each case's links say how many of these it has. Its message and draft come with it."""


def least(truth: Truth) -> dict[str, Least]:
    """The fewest requests of each endpoint for all streams."""
    cases = truth("cases")
    again = newest(cases)
    found = {endpoint: whole(truth(stream)) for endpoint, stream in LISTS.items()}
    for endpoint, (parents, children, link) in BELOW.items():
        found[endpoint] = below(_numbers(truth(parents)), truth(children), link)
    for endpoint, name in OF_CASES.items():
        first, second = _of_cases(cases, name), _of_cases(again, name)
        found[endpoint] = Least(len(truth(name)), first, second)
    history = truth("case_history")
    return {
        **found,
        "cases/search": changed(cases),
        "cases/N/history": below(_numbers(cases), history, "case_id", _numbers(again)),
        "customers/search": changed(truth("customers")),
        "users": whole(truth("users"), PEOPLE),
        "groups": whole(truth("groups"), PEOPLE),
        "groups/N/users": _memberships(truth),
        "system_message": SINGLE,
    }


def _numbers(rows: Iterable[Row]) -> list[int]:
    return [int(row["_links"]["self"]["href"].rsplit("/", 1)[-1]) for row in rows]


def _of_cases(cases: Iterable[Row], name: str) -> int:
    """Requests for what the links of ``cases`` announce."""
    counts = [row["_links"][name]["count"] for row in cases]
    return sum(pages(count) for count in counts if count)


def _memberships(truth: Truth) -> Least:
    """One list for each group. An account has fewer groups than users."""
    groups = len(truth("groups"))
    return Least(len(truth("user_groups")), groups, groups)
