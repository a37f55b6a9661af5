"""The small lists: agents, departments, skills, bans and so on (data/settings.json).

What another list says about agents (members, how many have a role) follows from their rows.
"""

from collections.abc import Iterable
from typing import Literal

from sandbox.account import Scale
from sandbox.chance import Dice, person
from sandbox.table import Row
from sandbox.template import load, templates
from sandbox.times import DAY
from sandbox.zendesk_chat import ids
from sandbox.zendesk_chat.talks import visitor

Id = int | str
BanKind = Literal["visitor", "ip_address"]
BAN_KINDS: tuple[BanKind, BanKind] = ("visitor", "ip_address")

_DATA, _ROWS = load(__file__, "settings"), templates(__file__, "settings")
_OLDER = 60 * DAY
"""The account is that much older than its first chat. The agents joined in between."""


class Settings(dict[str, dict[Id, Row]]):
    """The small lists, each with its rows by id."""

    def __init__(self, scale: Scale) -> None:
        super().__init__()
        self._scale, departments = scale, scale.grown(2, 4)
        self["departments"] = _by_id(_department(n) for n in range(1, departments + 1))
        self["agents"] = _by_id(_agent(scale, n, departments) for n in range(1, scale.agents + 1))
        self["shortcuts"] = _by_id(dict(row) for row in _DATA["shortcuts"])
        self["routing_settings"] = {0: dict(_DATA["routing_settings"])}
        for stream in ("roles", "skills", "triggers", "goals"):
            rows = enumerate(_DATA[stream], 1)
            self[stream] = _by_id({"id": ids.nth(stream, n), **row} for n, row in rows)

    def rows(self, stream: str) -> list[Row]:
        """Returns all rows of a list, by id. KeyError for an unknown list."""
        rows = [dict(row) for row in self[stream].values()]
        agents = self["agents"].values()
        for row in rows:
            if stream in ("departments", "skills"):
                row["members"] = [agent["id"] for agent in agents if row["id"] in agent[stream]]
            if stream == "roles":
                row["members_count"] = sum(agent["role_id"] == row["id"] for agent in agents)
        return rows

    def remove(self, stream: str, key: Id) -> None:
        """Removes a row, also from the agents that have it. KeyError for an unknown one."""
        del self[stream][key]
        for agent in self["agents"].values():
            for name in {stream, f"enabled_{stream}"} & agent.keys():
                agent[name] = [member for member in agent[name] if member != key]

    def account(self, plan: str) -> Row:
        """Returns the row of GET account."""
        key = f"{Dice('account', self._scale.seed).below(36**12):032x}"
        created, agents = self._scale.start - _OLDER, len(self["agents"])
        return _ROWS["account"](key=key, created=created, plan=plan, agents=agents)

    def agents_routing(self) -> list[Row]:
        """Returns GET routing_settings/agents without its envelope (fields inferred)."""
        agents = enumerate(self["agents"])
        return [{"agent_id": agent, "chat_limit": {"limit": n % 6 or None}} for n, agent in agents]


def _by_id(rows: Iterable[Row]) -> dict[Id, Row]:
    return {row["id"]: row for row in rows}


def _department(number: int) -> Row:
    """Returns a department. Its settings have no fixed form."""
    names = _DATA["departments"]
    name = names[(number - 1) % len(names)]
    name = name if number <= len(names) else f"{name} {number}"
    return _ROWS["department"](n=number, id=ids.nth("departments", number), name=name)


def _agent(scale: Scale, number: int, departments: int) -> Row:
    """Returns an agent without what the timeline tells of log-ins.

    ``enabled`` is 0 or 1 in part [DOC agents], and ``scope`` is there in part.
    """
    dice = Dice("agent", scale.seed, number)
    first, _, last = person(dice).partition(" ")
    enabled = not dice.chance(10)
    member = [ids.nth("departments", (number - 1) % departments + 1)]
    skills = range(1, len(_DATA["skills"]) + 1)
    row = _ROWS["agent"](
        n=number,
        id=ids.nth("agents", number),
        first=first,
        last="" if dice.chance(10) else last,
        created=scale.start - _OLDER + dice.below(_OLDER),
        enabled=enabled,
        enabled_number=int(enabled),
        role_id=ids.nth("roles", 1 if number == 1 else 2),
        is_administrator=number <= 2,
        is_owner=number == 1,
        departments=member,
        enabled_departments=member if dice.chance(80) else [],
        skills=[ids.nth("skills", skill) for skill in skills if number % 4 == skill % 4],
    )
    return row if number % 3 else {**row, "scope": "all"}


class Bans(dict[int, Row]):
    """Bans of both kinds, with ids from one sequence. Old ones have no time [DOC; AB 0.1.6]."""

    def __init__(self, scale: Scale, count: int) -> None:
        super().__init__()
        self._seed, self._visitors = scale.seed, scale.customers
        self._last = 0
        for number in range(1, count + 1):
            at = scale.start + scale.span * number // (count + 1)
            kind = Dice("ban", self._seed, number).pick(BAN_KINDS)
            self.add(kind, None if number * 10 <= count else at)

    def add(self, kind: BanKind, at: int | None) -> int:
        """Adds a ban and returns its id."""
        self._last += 1
        dice = Dice("ban row", self._seed, self._last)
        row = _ROWS["ban"](dice, id=ids.nth("bans", self._last), kind=kind, at=at)
        row["ip_address"] = f"203.0.{dice.below(256)}.{dice.below(256)}"
        if kind == "visitor":
            banned = visitor(self._seed, dice.below(self._visitors))
            row |= {"visitor_id": banned["id"], "visitor_name": banned["name"]}
            if dice.chance(50):
                row["ip_address"] = None
        self[row["id"]] = row
        return int(row["id"])

    def all(self, *kinds: str) -> list[Row]:
        """Returns the bans of these kinds, by id."""
        return [row for row in self.values() if row["type"] in kinds]
