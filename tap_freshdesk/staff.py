"""Agents and how available they are, groups and roles."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tap_common import times
from tap_common.context import ReadContext, Reader
from tap_common.errors import ApiError
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_freshdesk import small_lists
from tap_freshdesk.lists import stamp
from tap_freshdesk.moving_list import read_list, row_pages
from tap_freshdesk.small_lists import Completed

AGENTS = Stream(
    "agents",
    "agents",
    method="INCREMENTAL",
    replication_key="updated_at",
    bookmark_keys=(small_lists.KEY,),
    text_fields=frozenset({"org_agent_id", "agent_operational_status"}),
)
AVAILABILITY = Stream(
    "agent_availability",
    "agents?only=availability",
    note="as it is when the tap asks, which `read_at` says",
)
GROUPS = Stream(
    "groups",
    "groups",
    method="INCREMENTAL",
    replication_key="updated_at",
    bookmark_keys=(small_lists.KEY,),
)
ROLES = Stream(
    "roles",
    "roles",
    method="INCREMENTAL",
    replication_key="updated_at",
    bookmark_keys=(small_lists.KEY,),
)
FEW_AGENTS = 2
"""For so few agents their own views cost no more than the lists of groups."""
Members = Mapping[Any, Collection[Any]]
"""The agents of each group, by the texts of their ids."""


def _agents(context: ReadContext, rows: list[Row]) -> Completed:
    """The agents with their skills, roles and groups, as far as those fields are selected.

    An agent's own view shows all of them, and is the only one that shows skills. /admin/groups
    shows the groups of all agents at once, and the lists below it the roles of each group's agents.
    """
    lacking = {name for name in ("skill_ids", "role_ids", "group_ids") if _lack(rows, name)}
    lacking = {name for name in lacking if context.wants(AGENTS.name, name)}
    if not lacking:
        return Completed(rows)
    if "skill_ids" in lacking or ("role_ids" in lacking and len(rows) <= FEW_AGENTS):
        return small_lists.with_details(context, AGENTS, rows)
    shown = _members(context, AGENTS.name)
    if shown is None:
        return small_lists.with_details(context, AGENTS, rows)
    members = {group: frozenset(map(str, agents)) for group, agents in shown.items()}
    if "group_ids" in lacking:
        rows = [{**row, "group_ids": _groups_of(row, members)} for row in rows]
    return _with_roles(context, rows, members) if "role_ids" in lacking else Completed(rows)


def _with_roles(context: ReadContext, rows: list[Row], members: Members) -> Completed:
    """The agents with their roles, from the lists of few groups, or else from their own views."""
    groups, others = covering(members, set(map(_key, rows)))
    roles: dict[str, Any] = {}
    if len(groups) + others < len(rows):
        for group in groups:
            roles |= _roles_in(context, group)
    found = [row for row in rows if _key(row) in roles]
    left = [row for row in rows if _key(row) not in roles]
    with_roles = [{**row, "role_ids": roles[_key(row)]} for row in found]
    asked = small_lists.with_details(context, AGENTS, left)
    return Completed(with_roles + asked.rows, asked.failures)


def _key(agent: Row) -> str:
    return str(agent.get("id"))


def covering(members: Members, wanted: Collection[Any]) -> tuple[list[Any], int]:
    """Few groups that hold as many of the ``wanted`` agents as can be, and how many are in none."""
    chosen, left = [], set(wanted)
    while left:
        most = max(members, key=lambda group: len(left.intersection(members[group])), default=None)
        if most is None or left.isdisjoint(members[most]):
            break
        chosen.append(most)
        left.difference_update(members[most])
    return chosen, len(left)


def _roles_in(context: ReadContext, group: Any) -> dict[str, Any]:
    """The roles of each agent of a group; of none where the group's list cannot be read."""
    request = Request(f"admin/groups/{group}/agents", AGENTS.name)
    try:
        agents = [row for rows in row_pages(context, request) for row in rows]
    except ApiError:
        return {}
    return {_key(row): row["role_ids"] for row in agents if "role_ids" in row}


def _groups_of(agent: Row, members: Members) -> list[Any]:
    return [group for group, agents in members.items() if _key(agent) in agents]


def _lack(rows: list[Row], name: str) -> bool:
    """Does any of the rows lack the field ``name``?"""
    return any(name not in row for row in rows)


def _contact_changed(agent: Row) -> str:
    """When the agent's contact changed, of which the agent's own time of change knows nothing.

    Airbyte's recorded rows show contacts that are newer, and older, than their agents.
    """
    contact = agent.get("contact")
    return stamp(contact) if isinstance(contact, dict) else ""


def _availability(context: ReadContext) -> Iterator[Page]:
    """Every agent's availability."""
    request = Request(AGENTS.path, AVAILABILITY.name, {"only": "availability"})
    for page in read_list(context, request):
        read_at = times.second_of(page.date)
        rows = [{**availability(row), "read_at": read_at} for row in page.rows]
        yield Page({AVAILABILITY.name: rows})


def availability(row: Row) -> Row:
    """The availability without what the agent's row in ``agents`` says of the person."""
    return {name: row[name] for name in row if name not in ("user_data", "contact")}


def _groups(context: ReadContext, rows: list[Row]) -> Completed:
    """The groups with their agents, if those are selected."""
    one_each = [group(row) for row in rows]
    if not context.wants(GROUPS.name, "agent_ids") or not _lack(one_each, "agent_ids"):
        return Completed(one_each)
    members = _members(context, GROUPS.name)
    if members is None or any(row.get("id") not in members for row in one_each):
        found = small_lists.with_details(context, GROUPS, one_each)
        return Completed([group(row) for row in found.rows], found.failures)
    return Completed([{**row, "agent_ids": members[row["id"]]} for row in one_each])


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


READERS = (
    Reader(
        (AGENTS,),
        small_lists.filtered(AGENTS, _agents, _contact_changed),
        Request(AGENTS.path, AGENTS.name, {"per_page": 1}),
    ),
    Reader(
        (AVAILABILITY,),
        _availability,
        Request(AGENTS.path, AVAILABILITY.name, {"only": "availability", "per_page": 1}),
    ),
    Reader(
        (GROUPS,),
        small_lists.filtered(GROUPS, _groups),
        Request(GROUPS.path, GROUPS.name, {"per_page": 1}),
    ),
    Reader((ROLES,), small_lists.filtered(ROLES), Request(ROLES.path, ROLES.name)),
)
