"""The small streams: settings, macros, groups, the help centre. Their rows are data/tables/.

A table has ``rows``, or a ``count`` of alike ones, or some ``below`` the rows of another table:
``each`` (1 by default) for every so-many-th row. ``row`` is the template for all of them, in which
``$parent`` is the id of the row above, and ``then`` what comes after a row's own columns. Columns
that begin with "$" only fill the templates; "$n" replaces the row's number. ``id``, ``url``,
``created_at`` and ``updated_at`` need not be written; ``without`` names those that are not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.template import fill, load, load_all
from sandbox.times import DAY, stamp
from sandbox.words import SUBJECTS, TAGS
from sandbox.zendesk_support import ids

_TABLES = load_all(__file__, "tables")
_MEMBERSHIP = load(__file__, "rows")["group_membership"]


class SmallStreams:
    """The rows of the tables, made when they are asked for.

    ``counts`` has the sizes that depend on the account's. What lies below other rows lies below
    those that the account was built with.
    """

    def __init__(self, seed: int, start: int, counts: Mapping[str, int]) -> None:
        self._seed, self._start, self._counts = seed, start, counts
        self._rows: dict[str, list[Row]] = {}

    def __contains__(self, stream: str) -> bool:
        return stream in _TABLES

    def rows(self, stream: str) -> list[Row]:
        """Returns the rows of a table."""
        if stream not in self._rows:
            table = _TABLES[stream]
            self._rows[stream] = [
                _row(table, n, own, self._start, Dice(stream, self._seed, n))
                for n, own in self._given(table)
            ]
            if stream == "groups":
                self._rows[stream][0]["default"] = True
                self._rows[stream][-1]["deleted"] = True
        return self._rows[stream]

    def _given(self, table: Row) -> Iterator[tuple[int, Row]]:
        """Returns each row's number and the columns that are its own."""
        if "rows" in table:
            for n, row in enumerate(table["rows"], 1):
                yield row.get("$n", n), row
        elif "below" in table:
            every, each = table.get("every", 1), table.get("each", 1)
            for number, parent in enumerate(self.rows(table["below"]), 1):
                if number % every == every - 1:
                    for n in range(number * each - each + 1, number * each + 1):
                        yield n, {"$parent": parent["id"]}
        else:
            count = table["count"]
            last = self._counts[count] if isinstance(count, str) else count
            for n in range(1, last + 1):
                yield n, {}


def _row(table: Row, n: int, given: Row, start: int, dice: Dice) -> Row:
    own_id, created = table["ids"] + n, start + n % 600 * DAY
    common = {
        "id": own_id,
        "url": ids.url(f"{table['path']}/{own_id}"),
        "created_at": stamp(created),
        "updated_at": stamp(created + dice.below(100 * DAY)),
    }
    own = {name.removeprefix("$"): value for name, value in given.items()}
    shown = {name: value for name, value in given.items() if not name.startswith("$")}
    values = {**common, **own, "n": n, "start": start, "subject": dice.pick(SUBJECTS)}
    filled = fill(table["row"], values, dice)
    absent = {*filled, *table.get("without", ())}
    unwritten = {name: value for name, value in common.items() if name not in absent}
    return {**unwritten, **filled, **shown, **fill(table.get("then", {}), values, dice)}


def group_memberships(agents: int, start: int) -> list[Row]:
    """Returns each agent's one or two groups. Some memberships have no updated_at (STITCH)."""
    rows = []
    for agent in range(1, agents + 1):
        for second in range(1 + agent % 2):
            n = agent * 2 + second
            values = {
                "n": n,
                "id": ids.GROUP_MEMBERSHIPS + n,
                "user": ids.USERS + agent,
                "group": ids.GROUPS + 1 + (agent + second) % 2,
                "default": not second,
                "at": stamp(start + agent * DAY),
            }
            rows.append(fill(_MEMBERSHIP, values))
    return rows


def tags(count: int) -> list[Row]:
    """Returns the tags of the last 60 days with their counts. Names are of any script."""
    names = [*TAGS, *(f"tag_{place}" for place in range(len(TAGS), count))][:count]
    return [{"name": name, "count": 5_000 // place} for place, name in enumerate(names, 1)]
