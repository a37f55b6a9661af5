"""The requests of whole syncs beside the fewest that the vendor's API allows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from benchmarks.least.counts import Least
from benchmarks.request_counts import NOTHING, compared, total

MOST = 1.05
"""So many times the fewest requests may be asked."""


def assert_few(first: Counter[str], second: Counter[str], least: Mapping[str, Least]) -> None:
    """Fails unless two syncs asked for hardly more than the ``least`` of each endpoint.

    ``first`` and ``second`` are a sandbox's counts by endpoint; nothing changed between the syncs.
    """
    counts = compared(first, second, least)
    assert [count.endpoint for count in counts if count.least == NOTHING] == []
    asked = total(counts)
    above = [count for count in counts if (count.first, count.second) != _of(count.least)]
    assert asked.first <= MOST * asked.least.first, above
    assert asked.second <= MOST * asked.least.second, above


def _of(least: Least) -> tuple[int, int]:
    return least.first, least.second
