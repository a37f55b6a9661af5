"""The fewest requests that the Freshdesk API allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from benchmarks.least.counts import (
    SINGLE,
    Least,
    Row,
    Truth,
    below,
    changed,
    ids,
    newest,
    pages,
    whole,
)

LISTS = {
    "admin/groups": "groups",
    "business_hours": "business_hours",
    "canned_response_folders": "canned_response_folders",
    "company_fields": "company_fields",
    "contact_fields": "contact_fields",
    "custom_objects/schemas": "custom_objects",
    "discussions/categories": "discussion_categories",
    "email/mailboxes": "email_mailboxes",
    "email_configs": "email_configs",
    "groups": "groups",
    "products": "products",
    "roles": "roles",
    "scenario_automations": "scenario_automations",
    "skills": "skills",
    "sla_policies": "sla_policies",
    "solutions/categories": "solution_categories",
    "surveys": "surveys",
    "surveys/satisfaction_ratings": "satisfaction_ratings",
    "ticket-forms": "ticket_forms",
    "ticket_fields": "ticket_fields",
    "time_entries": "time_entries",
}
"""Lists that take no filter by time of change."""
BELOW = {
    "canned_response_folders/{id}/responses": (
        "canned_response_folders",
        "canned_responses",
        "folder_id",
    ),
    "discussions/categories/{id}/forums": (
        "discussion_categories",
        "discussion_forums",
        "forum_category_id",
    ),
    "discussions/forums/{id}/topics": ("discussion_forums", "discussion_topics", "forum_id"),
    "discussions/topics/{id}/comments": ("discussion_topics", "discussion_comments", "topic_id"),
    "solutions/folders/{id}/articles": ("solution_folders", "solution_articles", "folder_id"),
    "ticket-forms/{id}": ("ticket_forms", "ticket_forms", "id"),
}
"""The parents, the children, and the children's field for the parent."""
KINDS_OF_RULES = 3
"""Automation rules have a list for each kind."""
FOLDERS, SUBFOLDERS = "solutions/categories/{id}/folders", "solutions/folders/{id}/subfolders"
TRANSLATED = ("solutions/categories", FOLDERS, SUBFOLDERS, "solutions/folders/{id}/articles")
"""Lists that come once more for each language."""
RECORDS = "custom_objects/schemas/{id}/records"
LANGUAGES = ("de", "fr")
"""Those of the made-up account beside its first one."""
ON_REQUEST = frozenset(
    {RECORDS, *(f"{path}/{language}" for path in TRANSLATED[1:] for language in LANGUAGES)}
)
"""Endpoints of streams that a new catalog does not select."""


def least(truth: Truth) -> dict[str, Least]:
    """The fewest requests of each endpoint for all streams."""
    found = {endpoint: whole(truth(stream)) for endpoint, stream in LISTS.items()}
    for endpoint, (parents, children, link) in BELOW.items():
        found[endpoint] = below(ids(truth(parents)), truth(children), link)
    found |= _folders(truth)
    for path in TRANSLATED:
        found |= {f"{path}/{language}": found[path] for language in LANGUAGES}
    agents = truth("agents")
    return {
        **found,
        **_tickets(truth),
        "contacts": _contacts(truth("contacts")),
        "companies": changed(truth("companies")),
        "agents/{id}": Least(len(agents), len(agents), len(newest(agents))),
        "agents": _agents(truth),
        "automations/{id}/rules": _rules(truth),
        RECORDS: _records(truth),
        **dict.fromkeys(("account", "agents/me", "settings/helpdesk"), SINGLE),
    }


def _tickets(truth: Truth) -> dict[str, Least]:
    """Tickets, spam and deleted tickets are a list each. Only the reply to a request for its
    conversations tells that a ticket has none, so each ticket is asked.
    """
    tickets = truth("tickets")
    deleted = [row for row in tickets if row.get("deleted")]
    spam = [row for row in tickets if row.get("spam")]
    living = [row for row in tickets if not row.get("deleted") and not row.get("spam")]
    lists = (living, spam, deleted)
    first = sum(pages(len(rows)) for rows in lists)
    again = [ticket for rows in lists for ticket in ids(newest(rows))]
    conversations = truth("conversations")
    return {
        "tickets": Least(len(tickets), first, len(lists)),
        "tickets/{id}/conversations": below(ids(tickets), conversations, "ticket_id", again),
    }


def _contacts(contacts: Sequence[Row]) -> Least:
    """A list each of those that are neither deleted nor blocked, of deleted and of blocked ones.

    The account has less than a page of blocked ones.
    """
    deleted = sum(bool(row.get("deleted")) for row in contacts)
    return Least(len(contacts), pages(len(contacts) - deleted) + pages(deleted) + 1, 3)


def _agents(truth: Truth) -> Least:
    """The agents, and once more the list of who is available."""
    agents = whole(truth("agents"))
    return Least(2 * agents.rows, 2 * agents.first, 2 * agents.second)


def _rules(truth: Truth) -> Least:
    return Least(len(truth("automation_rules")), KINDS_OF_RULES, KINDS_OF_RULES)


def _records(truth: Truth) -> Least:
    """A list for each custom object that is not deleted. Its filter shows what has changed."""
    objects = [row["id"] for row in truth("custom_objects") if not row["deleted"]]
    records = below(objects, truth("custom_object_records"), "schema_id")
    return replace(records, second=len(objects))


def _folders(truth: Truth) -> dict[str, Least]:
    """The folders of each category, and those below each folder that has any."""
    folders = truth("solution_folders")
    top = [row for row in folders if row["parent_folder_id"] is None]
    inner = [row for row in folders if row["parent_folder_id"] is not None]
    parents = [row["id"] for row in folders if row["sub_folders_count"]]
    return {
        FOLDERS: below(ids(truth("solution_categories")), top, "category_id"),
        SUBFOLDERS: below(parents, inner, "parent_folder_id"),
    }
