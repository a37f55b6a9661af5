"""Agents, groups and roles, contacts and companies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tap_common.context import ReadContext, Reader
from tap_common.errors import ApiError
from tap_common.stream import Row, Stream
from tap_common.vendor import Request
from tap_freshdesk import small
from tap_freshdesk.api import LISTED_CONTACTS
from tap_freshdesk.changes import PROGRESS, ChangedLists
from tap_freshdesk.lists import stamp
from tap_freshdesk.moving import row_pages

CONTACT_LISTS: Mapping[str, Mapping[str, str]] = {
    "live": {},
    "deleted": {"state": "deleted"},
    "blocked": {"state": "blocked"},
}
"""The lists by the keys of their bookmarks: the normal one holds neither deleted nor blocked
contacts."""
AGENTS = Stream(
    "agents",
    "agents",
    method="INCREMENTAL",
    replication_key="updated_at",
    bookmark_keys=(small.KEY,),
    text_fields=frozenset({"org_agent_id", "agent_operational_status"}),
)
GROUPS = Stream(
    "groups",
    "groups",
    method="INCREMENTAL",
    replication_key="updated_at",
    bookmark_keys=(small.KEY,),
)
ROLES = Stream(
    "roles",
    "roles",
    method="INCREMENTAL",
    replication_key="updated_at",
    bookmark_keys=(small.KEY,),
)
CONTACTS = Stream(
    "contacts",
    "contacts",
    method="INCREMENTAL",
    replication_key="updated_at",
    bookmark_keys=(*CONTACT_LISTS, "updated_at", PROGRESS),
    note="normal, deleted and blocked ones",
)
COMPANIES = Stream(
    "companies",
    "companies",
    method="INCREMENTAL",
    replication_key="updated_at",
    bookmark_keys=("updated_at", PROGRESS),
    text_fields=frozenset({"org_company_id"}),
)
DETAILS = ("role_ids", "skill_ids")
"""What of an agent only the single view shows."""


def _agents(context: ReadContext, rows: list[Row]) -> list[Row]:
    """The agents with their roles, skills and groups, as far as those fields are selected.

    /admin/groups shows the groups of all agents at once.
    """
    if context.wants(AGENTS.name, *DETAILS) and _lack(rows, *DETAILS):
        return small.with_details(context, AGENTS, rows)
    if not context.wants(AGENTS.name, "group_ids") or not _lack(rows, "group_ids"):
        return rows
    members = _members(context, AGENTS.name)
    if members is None:
        return small.with_details(context, AGENTS, rows)
    return [{**row, "group_ids": _groups_of(row, members)} for row in rows]


def _groups_of(agent: Row, members: Mapping[int, list[int]]) -> list[int]:
    return [group for group, agents in members.items() if agent["id"] in agents]


def _lack(rows: list[Row], *names: str) -> bool:
    """Does any of the rows lack one of the fields ``names``?"""
    return any(row.keys().isdisjoint((name,)) for row in rows for name in names)


def _contact_changed(agent: Row) -> str:
    """When the agent's contact changed, of which the agent's own time of change knows nothing.

    Airbyte's recorded rows show contacts that are newer, and older, than their agents.
    """
    contact = agent.get("contact")
    return stamp(contact) if isinstance(contact, dict) else ""


def _groups(context: ReadContext, rows: list[Row]) -> list[Row]:
    """The groups with their agents, if those are selected."""
    one_each = [group(row) for row in rows]
    if not context.wants(GROUPS.name, "agent_ids") or not _lack(one_each, "agent_ids"):
        return one_each
    members = _members(context, GROUPS.name)
    if members is None or any(row.get("id") not in members for row in one_each):
        return [group(row) for row in small.with_details(context, GROUPS, one_each)]
    return [{**row, "agent_ids": members[row["id"]]} for row in one_each]


def group(row: Row) -> Row:
    """The group with one agent to escalate to: some accounts send a list of it.

    The reference shows both forms.
    """
    agents = row.get("escalate_to")
    if not isinstance(agents, list):
        return row
    return {**row, "escalate_to": next(iter(agents), None)}


def _members(context: ReadContext, stream: str) -> dict[int, list[int]] | None:
    """The agents of each group, or None where /admin/groups does not show them."""
    try:
        pages = list(row_pages(context, Request("admin/groups", stream)))
    except ApiError:
        return None
    groups = [row for page in pages for row in page]
    shown = {row["id"]: row.get("agent_ids") for row in groups if row.get("id")}
    members = {key: agents for key, agents in shown.items() if isinstance(agents, list)}
    return members if len(members) == len(groups) else None


def contact(row: Row, key: str) -> Row:
    """The contact from the list ``key``, with other_companies as objects.

    Some accounts send bare ids. Of the list only a deleted contact speaks, so the tap says it.
    """
    flags = {"deleted": key == "deleted", "blocked": key == "blocked"}
    others: Any = row.get("other_companies")
    if not isinstance(others, list):
        return {**row, **flags}
    return {**row, **flags, "other_companies": [_company(other) for other in others]}


def _company(other: Any) -> Any:
    return other if isinstance(other, dict) else {"company_id": other}


READERS = (
    Reader(
        (AGENTS,),
        small.filtered(AGENTS, _agents, _contact_changed),
        Request(AGENTS.path, AGENTS.name, {"per_page": 1}),
    ),
    Reader(
        (GROUPS,),
        small.filtered(GROUPS, _groups),
        Request(GROUPS.path, GROUPS.name, {"per_page": 1}),
    ),
    Reader((ROLES,), small.filtered(ROLES), Request(ROLES.path, ROLES.name)),
    Reader(
        (CONTACTS,),
        ChangedLists(
            CONTACTS,
            CONTACT_LISTS,
            ("_updated_since", "updated_since"),
            LISTED_CONTACTS,
            contact,
        ),
        Request(CONTACTS.path, CONTACTS.name, {"per_page": 1}),
    ),
    Reader(
        (COMPANIES,),
        ChangedLists(COMPANIES, {"updated_at": {}}, ("updated_since", "_updated_since")),
        Request(COMPANIES.path, COMPANIES.name, {"per_page": 1}),
    ),
)
