"""Agents and groups, and the account itself."""

from __future__ import annotations

from sandbox.dice import Dice
from sandbox.freshdesk import ids
from sandbox.freshdesk.data import load_templates
from sandbox.freshdesk.people import ORGANISATION
from sandbox.freshdesk.scale import Scale
from sandbox.table import Row
from sandbox.times import DAY, stamp, stamp_india, stamp_or_none
from sandbox.words import person

_ROWS = load_templates("people")
_MINUTES = {"30m": "30", "1h": "60", "1d": "1440"}


def agents(scale: Scale) -> list[Row]:
    """All agents in full, by name. A contact's times differ from the agent's (AB-REC)."""
    rows = [_agent(scale, number) for number in range(1, scale.agents + 1)]
    return sorted(rows, key=lambda row: str(row["contact"]["name"]))


def _agent(scale: Scale, number: int) -> Row:
    dice = Dice("agent", scale.seed, number)
    created = scale.start + dice.below(30 * DAY)
    updated = created + dice.below(scale.epoch - created)
    available = dice.chance(70)
    since = updated if available and dice.chance(50) else None
    row: Row = _ROWS["agent"](
        dice,
        id=ids.AGENTS + number,
        number=number,
        name=person(dice),
        available=available,
        available_since=stamp_or_none(since),
        seen_at=stamp(scale.epoch - dice.below(40 * DAY)),
        login_at=stamp_india(scale.epoch - dice.below(90 * DAY)),
        ticket_scope=1 if number <= 2 else dice.below(3) + 1,
        group_ids=[ids.GROUPS + (number - 1) % scale.groups + 1],
        role_ids=[ids.ROLES + (1 if number == 1 else 4)],
        created_at=stamp(created),
        contact_updated_at=stamp(created + dice.below(60 * DAY)),
        updated_at=stamp(updated),
    )
    return row


def groups(scale: Scale, agents: list[Row]) -> list[Row]:
    """All groups in their full form. Times have an offset in part (DOCS samples)."""
    rows = []
    for number in range(1, scale.groups + 1):
        dice = Dice("group", scale.seed, number)
        created = scale.start + dice.below(60 * DAY)
        write = stamp_india if number % 2 else stamp
        key = ids.GROUPS + number
        kind = dice.pick(("Billing", "Technik", "Entregas", "物流", "Escalations"))
        row: Row = _ROWS["group"](
            dice,
            id=key,
            name=f"{kind} {number}",
            agent_ids=sorted(agent["id"] for agent in agents if key in agent["group_ids"]),
            created_at=write(created),
            updated_at=write(created + dice.below(300 * DAY)),
        )
        rows.append(row)
    return rows


def admin_group(group: Row) -> Row:
    """The same group in the shape of /admin/groups (DOCS)."""
    row: Row = _ROWS["admin_group"](
        Dice("admin group"),
        **group,
        escalated_to=[group["escalate_to"]] if group["escalate_to"] else [],
        minutes=_MINUTES.get(group["unassigned_for"]),
        is_assigned=group["auto_ticket_assign"] > 0,
    )
    return row


def facts(scale: Scale, agents: list[Row], groups: list[Row]) -> Row:
    """What the small tables tell of the account (data/settings.json)."""
    occasional = sum(agent["occasional"] for agent in agents)
    return {
        "start": scale.start,
        "groups": {group["name"]: group["id"] for group in groups},
        "agents": {agent["contact"]["name"]: agent["id"] for agent in agents},
        "organisation": 6 * ORGANISATION + scale.seed,
        "account": 297_457 + scale.seed,
        "full_time": len(agents) - occasional,
        "occasional": occasional,
        "email": agents[0]["contact"]["email"],
    }
