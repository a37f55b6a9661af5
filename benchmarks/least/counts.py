"""The fewest requests for one endpoint: of a list, of a list with a filter, of lists below rows."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
Truth = Callable[[str], Sequence[Row]]
"""Returns the rows of one of the account's lists."""


@dataclass(frozen=True)
class Least:
    """The fewest requests of one endpoint.

    ``rows`` are what it holds. ``first`` is for a first sync, ``second`` for one that follows while
    nothing changes.
    """

    rows: int
    first: int
    second: int


SINGLE = Least(1, 1, 1)
"""An endpoint that answers with one object."""


def pages(rows: int, size: int = 100) -> int:
    """Requests for a list that says where it ends. An empty list costs one too."""
    return max(1, math.ceil(rows / size))


def unmarked(rows: int, size: int) -> int:
    """Requests for a list that ends with a page that is not full."""
    return rows // size + 1


def whole(rows: Sequence[Row], size: int = 100) -> Least:
    """A list that no filter shortens."""
    return Least(len(rows), pages(len(rows), size), pages(len(rows), size))


def changed(rows: Sequence[Row], size: int = 100) -> Least:
    """A list with a filter that shows what has changed."""
    return Least(len(rows), pages(len(rows), size), 1)


def below(
    parents: Iterable[Any],
    children: Sequence[Row],
    link: str,
    again: Iterable[Any] | None = None,
    size: int = 100,
) -> Least:
    """A list of ``children`` for each parent; ``link`` is the field that names it.

    In a second sync only the parents ``again`` are asked, or all of them if they are not given.
    """
    counts = Counter(row[link] for row in children)
    first = {parent: pages(counts[parent], size) for parent in parents}
    repeated = first if again is None else again
    return Least(len(children), sum(first.values()), sum(first[parent] for parent in repeated))


def newest(rows: Sequence[Row], field: str = "updated_at") -> list[Row]:
    """The rows of the last second: a filter that begins there shows them again.

    More of them may have changed within that second after the first sync read it.
    """
    seconds = [str(row[field])[:19] for row in rows]
    return [row for row, second in zip(rows, seconds, strict=True) if second == max(seconds)]


def ids(rows: Iterable[Row], key: str = "id") -> list[Any]:
    """What identifies each row."""
    return [row[key] for row in rows]
