"""Small tables: lists that are read whole, and the lists below their rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tap_common.children import Children, lost_parents
from tap_common.context import ReadContext, Reader
from tap_common.readers import single
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_desk.lists import LARGEST_PAGE, below, steady, whole_list
from tap_desk.rows import Columns, as_number, identifier, ids_of, last_word

PLAIN = Columns()
NAMED = Columns(number=last_word)
"""Rows whose address may end with a name, such as site_settings/company_name or filters/inbox (the
source code of the gem desk, chriswarren/desk)."""
AUTHORS = ("created_by", "updated_by")


def table(
    name: str, path: str, *fallbacks: str, columns: Columns = PLAIN, text_field: str = ""
) -> Reader:
    """A list that is read whole. ``fallbacks`` are paths to try where the first one answers 404."""
    stream = Stream(name, path, text_fields=frozenset({text_field} - {""}))
    first, *others = (Request(where, name, {"per_page": 1}) for where in (path, *fallbacks))
    return Reader((stream,), whole_list(stream, columns, *fallbacks), first, tuple(others))


@dataclass(frozen=True)
class Below:
    """Rows that are listed below each row of another list; ``column`` gets the parent's id."""

    stream: Stream
    column: str
    columns: Columns = PLAIN

    def rows(self, parent: str, found: list[Row]) -> list[Row]:
        """All rows of one parent."""
        return [{**self.columns(row), self.column: int(parent)} for row in found]


def tree(top: Stream, columns: Columns, level: Below) -> Reader:
    """A list that is read whole, and the lists below each of its rows."""

    def read(context: ReadContext) -> Iterator[Page]:
        lists = below(context, level.stream) if context.selects(level.stream.name) else None
        for rows in steady(context, Request(top.path, top.name), LARGEST_PAGE):
            yield Page({top.name: [columns(row) for row in rows]})
            if lists is not None:
                yield from _pages_below(level, lists, rows)

    return Reader((top, level.stream), read, Request(top.path, top.name, {"per_page": 1}))


def _pages_below(level: Below, lists: Children, parents: list[Row]) -> Iterator[Page]:
    """What is listed below ``parents``."""
    name = level.stream.name
    lost = lost_parents(parents, identifier)
    if lost is not None:
        yield Page(gaps={name: lost})
    for parent, found in lists.below(ids_of(parents)):
        yield Page({name: level.rows(parent, found)})


def one_object(name: str) -> Reader:
    """A path that answers one object, whose ``id`` is the last word of its address.

    An error under a good status has no address, and so no key.
    """
    stream = Stream(name, name)

    def read(context: ReadContext) -> Iterator[Page]:
        for page in single(stream)(context):
            yield Page({name: [NAMED(row) for row in page.rows[name]]})

    return Reader((stream,), read, Request(name, name))


def _translation(row: Row) -> Row:
    """The translation with its language, which only its address may say."""
    return {**row, "locale": row.get("locale") or last_word(row)}


def _translations(parent: str, columns: Columns) -> Below:
    """The languages of articles or topics."""
    stream = Stream(
        f"{parent}_translations",
        f"{parent}s/{{id}}/translations",
        (f"{parent}_id", "locale"),
        parent=f"{parent}s",
    )
    return Below(stream, f"{parent}_id", replace(columns, change=_translation))


MACRO_ACTIONS = Stream(
    "macro_actions",
    "macros/{id}/actions",
    ("macro_id", "id"),
    parent="macros",
    text_fields=frozenset({"value"}),
)
TWEETS = Stream(
    "tweets",
    "twitter_accounts/{id}/tweets",
    ("twitter_account_id", "id"),
    parent="twitter_accounts",
)

READERS = (
    table("companies", "companies"),
    tree(
        Stream("articles", "articles"),
        Columns(("topic", *AUTHORS), ("attachments",)),
        _translations("article", Columns(AUTHORS)),
    ),
    tree(Stream("topics", "topics"), PLAIN, _translations("topic", PLAIN)),
    table("brands", "brands"),
    table("labels", "labels"),
    table("custom_fields", "custom_fields"),
    table("filters", "filters", columns=Columns(("group", "user"), number=last_word)),
    tree(Stream("macros", "macros"), PLAIN, Below(MACRO_ACTIONS, "macro_id")),
    table("rules", "rules"),
    table(
        "inbound_mailboxes",
        "mailboxes/inbound",
        "inbound_mailboxes",
        columns=Columns(("default_group", *AUTHORS)),
    ),
    table(
        "outbound_mailboxes", "mailboxes/outbound", "outbound_mailboxes", columns=Columns(AUTHORS)
    ),
    table("jobs", "jobs", columns=Columns(("user",)), text_field="last_error"),
    table("integration_urls", "integration_urls", columns=Columns(AUTHORS)),
    tree(
        Stream("twitter_accounts", "twitter_accounts"),
        PLAIN,
        Below(TWEETS, "twitter_account_id", Columns(("case", "customer", "sent_by"))),
    ),
    table(
        "twitter_users",
        "twitter_users",
        columns=Columns(("customer",), change=as_number("followers_count")),
    ),
    table("facebook_users", "facebook_users", columns=Columns(("customer",))),
    table("site_settings", "site_settings", columns=NAMED, text_field="value"),
    one_object("system_message"),
)
