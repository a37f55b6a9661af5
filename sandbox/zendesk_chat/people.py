"""Visitors, and the bans of some of them and of addresses."""

from __future__ import annotations

from typing import Literal

from sandbox.account import Scale
from sandbox.chance import Dice, person
from sandbox.table import Row
from sandbox.template import templates
from sandbox.times import stamp_or_none
from sandbox.zendesk_chat import ids

BanKind = Literal["visitor", "ip_address"]
BAN_KINDS: tuple[BanKind, BanKind] = ("visitor", "ip_address")
_ROWS = templates(__file__, "chats")


def visitor(seed: int, number: int) -> Row:
    """Return a visitor as a chat shows them."""
    dice = Dice("visitor", seed, number)
    name, serial, digits = person(dice), dice.below(10**9), f"{number % 1000:03d}"
    return _ROWS["visitor"](dice, n=number, name=name, serial=serial, digits=digits)


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
        """Add a ban and return its id."""
        self._last += 1
        dice = Dice("ban row", self._seed, self._last)
        row: Row = {
            "id": ids.nth("bans", self._last),
            "type": kind,
            "created_at": stamp_or_none(at),
            "reason": dice.pick(("Spammer", "Beleidigung", "", None)),
            "ip_address": f"203.0.{dice.below(256)}.{dice.below(256)}",
        }
        if kind == "visitor":
            banned = visitor(self._seed, dice.below(self._visitors))
            row |= {"visitor_id": banned["id"], "visitor_name": banned["name"]}
            if dice.chance(50):
                row["ip_address"] = None
        self[row["id"]] = row
        return int(row["id"])

    def all(self, *kinds: str) -> list[Row]:
        """Return the bans of these kinds, by id."""
        return [row for row in self.values() if row["type"] in kinds]
