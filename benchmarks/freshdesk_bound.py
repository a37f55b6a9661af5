"""The fewest requests that the Freshdesk API allows for one sync of a made-up account, spelled out
list by list.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

PAGE = 100
Truth = Callable[[str], list[dict[str, Any]]]
ONE_LIST = (
    *(
        "ticket_fields",
        "contact_fields",
        "company_fields",
        "surveys",
        "products",
        "business_hours",
        "email_configs",
    ),
    *("email_mailboxes", "skills", "sla_policies", "scenario_automations"),
    *("agents_availability", "ticket_forms", "custom_objects"),
)
ONE_OBJECT = 3
"""settings/helpdesk, account, and agents/me, which says whether the key sees all tickets."""
KINDS_OF_RULES = 3
"""Automation rules have a list for each kind."""
TREES = (
    ("canned_response_folders", (("canned_responses", "folder_id"),)),
    ("solution_categories", ()),
    ("solution_folders", (("solution_articles", "folder_id"),)),
    ("discussion_categories", (("discussion_forums", "forum_category_id"),)),
    ("discussion_forums", (("discussion_topics", "forum_id"),)),
    ("discussion_topics", (("discussion_comments", "topic_id"),)),
)
"""Parents, and their children's list with the field that names the parent."""


def pages(rows: int) -> int:
    """Requests for a list of ``rows``: an empty list costs one too."""
    return max(1, math.ceil(rows / PAGE))


def by_parent(parents: Iterable[Any], children: Iterable[Mapping[str, Any]], link: str) -> int:
    """Requests for one list of children per parent."""
    counts = Counter(row[link] for row in children)
    return sum(pages(counts[parent]) for parent in parents)


def tables(truth: Truth) -> int:
    """Requests for the lists that take no filter and are read whole each time, and for the trees
    below them.
    """
    total = sum(pages(len(truth(stream))) for stream in ONE_LIST) + ONE_OBJECT + KINDS_OF_RULES
    total += len(truth("ticket_forms"))
    for parents, below in TREES:
        ids = [row["id"] for row in truth(parents)]
        total += sum(by_parent(ids, truth(stream), link) for stream, link in below)
    total += sum(
        pages(len(truth(top)))
        for top in ("canned_response_folders", "solution_categories", "discussion_categories")
    )
    folders = truth("solution_folders")
    top = [row for row in folders if row["parent_folder_id"] is None]
    total += by_parent([row["id"] for row in truth("solution_categories")], top, "category_id")
    with_subfolders = [row["id"] for row in folders if row["sub_folders_count"]]
    total += by_parent(with_subfolders, folders, "parent_folder_id")
    translated = 1 + len(truth("solution_categories")) + len(with_subfolders) + len(folders)
    return total + translated * len(truth("settings")[0]["supported_languages"])


def custom_objects(truth: Truth) -> list[int]:
    """The custom objects that have records: those that are not deleted."""
    return [row["id"] for row in truth("custom_objects") if not row["deleted"]]


def first_sync(truth: Truth) -> int:
    """ceil(T/100) + ceil(Ts/100) + ceil(Td/100) tickets, one list of conversations per ticket
    (ceil(n/100) where it is long; of spam and deleted ones too, since only the reply tells that
    they have none), ceil(P/100) contacts + one list each of deleted and blocked ones, companies,
    ratings and time entries likewise; agents and one view per agent (role_ids), groups and one list
    for their agent_ids, roles; and every other list.
    """
    tickets, contacts = truth("tickets"), truth("contacts")
    deleted, spam = (
        sum(bool(row.get("deleted")) for row in tickets),
        sum(bool(row.get("spam")) for row in tickets),
    )
    gone = sum(bool(row.get("deleted")) for row in contacts)
    agents, groups = len(truth("agents")), len(truth("groups"))
    return (
        pages(len(tickets) - deleted - spam)
        + pages(spam)
        + pages(deleted)
        + by_parent([row["id"] for row in tickets], truth("conversations"), "ticket_id")
        + pages(len(contacts) - gone)
        + pages(gone)
        + 1
        + sum(
            pages(len(truth(stream)))
            for stream in ("companies", "satisfaction_ratings", "time_entries", "roles")
        )
        + pages(agents)
        + agents
        + 2 * pages(groups)
        + tables(truth)
        + by_parent(custom_objects(truth), truth("custom_object_records"), "schema_id")
    )


def empty_sync(truth: Truth, sent: Mapping[str, int]) -> int:
    """What a second sync costs when nothing changed: 3 lists of tickets, 3 of contacts, companies
    one request; ceil(E/100) time entries and ceil(R/100) ratings (they take no filter by time of
    change), one list for each custom object's records; agents and one view per agent that is sent
    again, groups, roles; and every other list, which must be read whole. ``sent`` is the number of
    rows sent per stream (a bookmark is inclusive, so some may come again, each ticket with one
    request for its conversations).
    """
    agents, groups = len(truth("agents")), len(truth("groups"))
    return (
        3
        + sent.get("tickets", 0)
        + 3
        + 1
        + pages(len(truth("satisfaction_ratings")))
        + pages(len(truth("time_entries")))
        + pages(agents)
        + sent.get("agents", 0)
        + pages(groups)
        + pages(len(truth("roles")))
        + tables(truth)
        + len(custom_objects(truth))
    )
