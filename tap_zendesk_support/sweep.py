"""Looking again at rows that a filter by time leaves out: one slice in each run.

A row that changes without coming through the filter again would never be seen. While all older rows
fit into one slice, they are read whole in each run. Otherwise each run reads a slice, and after a
bounded number of runs the sweep begins anew at the start date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from tap_common import times
from tap_common.context import ReadContext
from tap_common.replies import rows_in
from tap_common.stream import Row, Stream
from tap_common.vendor import Request
from tap_zendesk_support.lists import pages, stamps

SWEPT = "swept"
"""The bookmark's key for the time up to which the sweep has come."""


Filter = Callable[[ReadContext, datetime], Mapping[str, Any]]
"""Makes the parameters that filter a list by time."""
NEXT_SECOND = timedelta(seconds=1)


class Sweep(NamedTuple):
    """How a list is swept: the field by whose time it runs, its filter, and requests a run."""

    field: str
    since: Filter
    requests: int


class Swept(Protocol):
    """What is swept: a list with a filter by time."""

    @property
    def stream(self) -> Stream:
        """Its stream."""

    @property
    def envelope(self) -> str:
        """Where a reply holds the rows."""

    def request(self, context: ReadContext, params: Mapping[str, Any]) -> Request:
        """The request for its first page, with more parameters."""


def swept(
    context: ReadContext, table: Swept, sweep: Sweep, until: str
) -> Iterator[tuple[list[Row], str | None]]:
    """Pages of rows that are older than ``until``, and where the next slice begins after each.

    That is None when the sweep is through and begins anew. Rows from ``until`` on are left out: the
    filter shows them in each run.
    """
    position = context.bookmark_time(table.stream.name, SWEPT) or context.start
    latest = position
    if times.text(position) >= until:
        yield [], None
        return
    replies = pages(context.api, table.request(context, sweep.since(context, position)))
    for number, reply in enumerate(replies, 1):
        rows = rows_in(reply, table.envelope)
        moments = stamps(rows, sweep.field)
        if any(moments):
            latest = max(latest, times.parse(max(moments)))
        dated = zip(rows, moments, strict=True)
        yield [row for row, moment in dated if moment < until], times.text(latest)
        if number == sweep.requests or times.text(latest) >= until:
            break
    else:
        yield [], None
        return
    if times.text(latest) >= until:
        yield [], None
    elif latest == position:
        yield [], times.text(position + NEXT_SECOND)
