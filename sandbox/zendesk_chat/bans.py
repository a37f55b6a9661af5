"""Banned visitors and IP addresses: two kinds of rows with ids from one sequence (sheet 2.2)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from typing import Literal

from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.times import stamp
from sandbox.words import person
from sandbox.zendesk_chat import ids

Kind = Literal["visitor", "ip_address"]
KINDS: tuple[Kind, Kind] = ("visitor", "ip_address")


class Bans:
    """All bans by id. The first tenth is old and has no created_at (DOC bans; AB 0.1.6)."""

    def __init__(self, seed: int, count: int, start: int, end: int) -> None:
        self._seed = seed
        self._last = 0
        self._rows: dict[int, Row] = {}
        for number in range(1, count + 1):
            dice = Dice("ban", seed, number)
            at = start + (end - start) * number // (count + 1)
            self.add(dice.pick(KINDS), None if number * 10 <= count else at)

    def add(self, kind: Kind, at: int | None) -> int:
        """One more ban; returns its id."""
        self._last += 1
        dice = Dice("ban row", self._seed, self._last)
        ban = ids.BANS + self._last * ids.STEP
        row: Row = {
            "created_at": None if at is None else stamp(at),
            "reason": dice.pick(("Spammer", "Beleidigung", "", None)),
            "type": kind,
            "id": ban,
            "ip_address": f"203.0.{dice.below(256)}.{dice.below(256)}",
        }
        if kind == "visitor":
            row |= {"visitor_id": f"10.{ban}.{dice.below(10**9)}", "visitor_name": person(dice)}
            if dice.chance(50):
                row["ip_address"] = None
        self._rows[ban] = row
        return ban

    def remove(self, ban: int) -> None:
        """A ban is lifted; KeyError for an unknown one."""
        del self._rows[ban]

    def all(self, kind: Kind | None = None) -> list[Row]:
        """Every ban, or those of a kind."""
        return [row for row in self._rows.values() if kind in (None, row["type"])]

    def page(self, cut: Callable[[list[Row]], list[Row]], each: bool) -> dict[Kind, list[Row]]:
        """Both lists, after ``cut`` has taken its page of them together, or of each (undocumented)."""
        if each:
            return {kind: cut(self.all(kind)) for kind in KINDS}
        rows = cut(self.all())
        return {kind: [row for row in rows if row["type"] == kind] for kind in KINDS}


def forward(rows: list[Row], since: int, limit: int) -> list[Row]:
    """The page that ``since_id`` asks for, of rows that are sorted by id (DOC agents: the record itself is included)."""
    place = bisect_left(rows, since, key=_id)
    return rows[place : place + limit]


def backward(rows: list[Row], until: int, limit: int) -> list[Row]:
    """The page that ``max_id`` asks for: the rows up to that id, by id (order inferred)."""
    place = bisect_left(rows, until + 1, key=_id)
    return rows[max(0, place - limit) : place]


def _id(row: Row) -> int:
    ban: int = row["id"]
    return ban
