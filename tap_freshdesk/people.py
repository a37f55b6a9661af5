"""Agents, groups and roles, contacts and companies."""

from __future__ import annotations

from typing import Any

from tap_common.context import ReadContext, Reader
from tap_common.errors import ApiError
from tap_common.http import Api
from tap_common.stream import Row, Stream
from tap_common.vendor import Request
from tap_freshdesk.api import LISTED_CONTACTS
from tap_freshdesk.changes import ChangedLists, filtered, with_details
from tap_freshdesk.lists import LARGEST_PAGE, numbered, rows, stamp

AGENTS = Stream(
    "agents",
    "agents",
    method="INCREMENTAL",
    replication_key="updated_at",
    text_fields=frozenset({"org_agent_id", "agent_operational_status"}),
)
GROUPS = Stream("groups", "groups", method="INCREMENTAL", replication_key="updated_at")
ROLES = Stream("roles", "roles", method="INCREMENTAL", replication_key="updated_at")
CONTACTS = Stream(
    "contacts",
    "contacts",
    method="INCREMENTAL",
    replication_key="updated_at",
    note="normal, deleted and blocked ones",
)
COMPANIES = Stream(
    "companies",
    "companies",
    method="INCREMENTAL",
    replication_key="updated_at",
    text_fields=frozenset({"org_company_id"}),
)
DETAILS = ("role_ids", "skill_ids")
"""What of an agent only the single view shows; its groups are told by /admin/groups for all agents at once."""


def _agents(context: ReadContext, kept: list[Row]) -> list[Row]:
    if context.wants(AGENTS.name, *DETAILS) and any(
        name not in row for row in kept for name in DETAILS
    ):
        return with_details(context, AGENTS, kept)
    if (
        not kept
        or not context.wants(AGENTS.name, "group_ids")
        or all("group_ids" in row for row in kept)
    ):
        return kept
    members = _members(context.api, AGENTS.name)
    if members is None:
        return with_details(context, AGENTS, kept)
    return [
        {**row, "group_ids": [group for group, agents in members.items() if row["id"] in agents]}
        for row in kept
    ]


def _contact_touched(agent: Row) -> str:
    """An agent's contact changes without the agent's own time of change (airbyte's records show both orders)."""
    contact = agent.get("contact")
    return stamp(contact, "") if isinstance(contact, dict) else ""


def _groups(context: ReadContext, kept: list[Row]) -> list[Row]:
    return [
        {**row, "escalate_to": _one(row.get("escalate_to"))} for row in _with_members(context, kept)
    ]


def _one(value: Any) -> Any:
    """The first of a list, or ``value``: some accounts send the one agent to escalate to in a list (the reference shows both)."""
    return next(iter(value), None) if isinstance(value, list) else value


def _with_members(context: ReadContext, kept: list[Row]) -> list[Row]:
    if (
        not kept
        or not context.wants(GROUPS.name, "agent_ids")
        or all("agent_ids" in row for row in kept)
    ):
        return kept
    members = _members(context.api, GROUPS.name)
    if members is None or any(row["id"] not in members for row in kept):
        return with_details(context, GROUPS, kept)
    return [{**row, "agent_ids": members[row["id"]]} for row in kept]


def _members(api: Api, stream: str) -> dict[int, list[int]] | None:
    """The agents of each group, or None where /admin/groups is not to be had."""
    try:
        groups = [
            row
            for reply in numbered(api, Request("admin/groups", stream), LARGEST_PAGE)
            for row in rows(reply)
        ]
    except ApiError:
        return None
    members = {
        row["id"]: row["agent_ids"] for row in groups if isinstance(row.get("agent_ids"), list)
    }
    return members if len(members) == len(groups) else None


def _contact(row: Row) -> Row:
    """The contact with other_companies as objects throughout: some accounts send bare ids."""
    others: Any = row.get("other_companies")
    if not isinstance(others, list):
        return row
    return {
        **row,
        "other_companies": [
            other if isinstance(other, dict) else {"company_id": other} for other in others
        ],
    }


READERS = (
    Reader(
        (AGENTS,),
        filtered(AGENTS, _agents, _contact_touched),
        Request("agents", AGENTS.name, {"per_page": 1}),
    ),
    Reader((GROUPS,), filtered(GROUPS, _groups), Request("groups", GROUPS.name, {"per_page": 1})),
    Reader((ROLES,), filtered(ROLES), Request("roles", ROLES.name)),
    Reader(
        (CONTACTS,),
        ChangedLists(
            CONTACTS,
            {"live": {}, "deleted": {"state": "deleted"}, "blocked": {"state": "blocked"}},
            ("_updated_since", "updated_since"),
            LISTED_CONTACTS,
            _contact,
        ),
        Request("contacts", CONTACTS.name, {"per_page": 1}),
    ),
    Reader(
        (COMPANIES,),
        ChangedLists(COMPANIES, {"updated_at": {}}, ("updated_since", "_updated_since")),
        Request("companies", COMPANIES.name, {"per_page": 1}),
    ),
)
