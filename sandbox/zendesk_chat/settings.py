"""The small lists of the account: agents, departments, skills, roles, triggers and so on.

The rows of settings.json are templates, each of which gets the id of its place. What another list
says about agents (members, how many have a role) follows from the rows of the agents.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.times import DAY, stamp
from sandbox.words import person
from sandbox.zendesk_chat import ids

Id = int | str

_TEMPLATES: dict[str, Any] = orjson.loads(Path(__file__).with_name("settings.json").read_bytes())
_OLDER = 60 * DAY
"""The account is that much older than its first chat. The agents joined in between."""


class Settings:
    """The small lists, each with its rows by id."""

    def __init__(self, seed: int, agents: int, departments: int, start: int) -> None:
        self._seed = seed
        self._start = start
        self._lists: dict[str, dict[Id, Row]] = {
            "departments": _by_id(_department(number) for number in range(1, departments + 1)),
            "agents": _by_id(_agent(seed, start, n, departments) for n in range(1, agents + 1)),
            "roles": _by_id(
                {**row, "permissions": _TEMPLATES["permissions"] | row["permissions"]}
                for row in _numbered("roles")
            ),
            "shortcuts": _by_id({**row, "id": row["name"]} for row in _TEMPLATES["shortcuts"]),
            **{stream: _by_id(_numbered(stream)) for stream in ("skills", "triggers", "goals")},
        }

    def __contains__(self, stream: str) -> bool:
        return stream in self._lists

    def rows(self, stream: str) -> list[Row]:
        """Return all rows of a list, by id. KeyError for an unknown list."""
        rows = list(self._lists[stream].values())
        if stream in ("departments", "skills"):
            return [row | {"members": self._members(stream, row["id"])} for row in rows]
        if stream == "roles":
            return [row | {"members_count": self._count(row["id"])} for row in rows]
        return [dict(row) for row in rows]

    def update(self, stream: str, key: Id, **fields: Any) -> None:
        """Set fields of a row. KeyError for an unknown one."""
        self._lists[stream][key] |= fields

    def remove(self, stream: str, key: Id) -> None:
        """Remove a row, also from the agents that have it. KeyError for an unknown one."""
        del self._lists[stream][key]
        for agent in self._lists["agents"].values():
            for name in {stream, f"enabled_{stream}"} & agent.keys():
                agent[name] = [member for member in agent[name] if member != key]

    def account(self, plan: str) -> Row:
        """Return the row of GET account."""
        template = _TEMPLATES["account"]
        return {
            "account_key": f"{Dice('account', self._seed).below(36**12):032x}",
            "create_date": stamp(self._start - _OLDER),
            **template,
            "plan": {"name": plan, "max_agents": len(self._lists["agents"]), **template["plan"]},
        }

    def routing(self) -> Row:
        """Return GET routing_settings/account without its envelope."""
        return dict(_TEMPLATES["routing_settings"])

    def agents_routing(self) -> list[Row]:
        """Return GET routing_settings/agents without its envelope (fields inferred)."""
        limits = [{"limit": number % 6 or None} for number in range(len(self._lists["agents"]))]
        agents = zip(self._lists["agents"], limits, strict=True)
        return [{"agent_id": agent, "chat_limit": limit} for agent, limit in agents]

    def _members(self, stream: str, key: Id) -> list[Id]:
        agents = self._lists["agents"].values()
        return [agent["id"] for agent in agents if key in agent[stream]]

    def _count(self, role: Id) -> int:
        return sum(agent["role_id"] == role for agent in self._lists["agents"].values())


def _by_id(rows: Any) -> dict[Id, Row]:
    return {row["id"]: row for row in rows}


def _numbered(stream: str) -> list[Row]:
    rows = enumerate(_TEMPLATES[stream], 1)
    return [{"id": ids.nth(stream, number), **row} for number, row in rows]


def _department(number: int) -> Row:
    """Return a department. Its settings have no fixed form."""
    names = _TEMPLATES["departments"]
    name = names[(number - 1) % len(names)]
    own = ids.nth("departments", number)
    settings: Row = {
        "chat_enabled": number % 5 != 4,
        "solved_ticket_reassignment_strategy": "",
        "support_group_id": own,
    }
    if number % 2:
        settings["queue"] = {"limit": 10 + number % 5}
    return {
        "id": own,
        "name": name if number <= len(names) else f"{name} {number}",
        "description": "" if number % 3 == 2 else "Looks after one kind of chat",
        "enabled": number % 7 != 6,
        "settings": settings,
    }


def _agent(seed: int, start: int, number: int, departments: int) -> Row:
    """Return an agent without the facts of the log-ins, which follow from the timeline.

    ``enabled`` is 0 or 1 in part [DOC agents], and ``scope`` is there in part.
    """
    dice = Dice("agent", seed, number)
    first, _, last = person(dice).partition(" ")
    enabled = not dice.chance(10)
    member = [ids.nth("departments", (number - 1) % departments + 1)]
    skills = range(1, len(_TEMPLATES["skills"]) + 1)
    row: Row = {
        "id": ids.nth("agents", number),
        "first_name": first,
        "last_name": "" if dice.chance(10) else last,
        "display_name": f"{first} {number}",
        "email": f"agent.{number}@acme.example",
        "create_date": stamp(start - _OLDER + dice.below(_OLDER)),
        "enabled": int(enabled) if number % 9 == 8 else enabled,
        "role_id": ids.nth("roles", 1 if number == 1 else 2),
        "roles": {"administrator": number <= 2, "owner": number == 1},
        "departments": member,
        "enabled_departments": member if dice.chance(80) else [],
        "skills": [ids.nth("skills", skill) for skill in skills if number % 4 == skill % 4],
    }
    if number % 3 == 0:
        row["scope"] = "all"
    return row
