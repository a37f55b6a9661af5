"""The incremental exports by time, of which each page begins where the last one ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from tap_common.context import ReadContext
from tap_common.errors import ApiError
from tap_common.failures import TOO_LARGE_STATUSES
from tap_common.guard import WalkGuard
from tap_common.page_size import PageSize
from tap_common.replies import rows_in
from tap_common.stream import Row
from tap_common.vendor import Reply
from tap_zendesk_support.exports import EARLIER_SECONDS, NOT_ACCEPTED, Export, ExportPage, Position
from tap_zendesk_support.moments import epoch, settled

FEW_ATTEMPTS = 3
"""Attempts at a page of more rows than the config asks for."""
SHORTEST_PAGE = 10
"""No API makes pages of fewer rows than this if it is asked for more."""


def by_time(
    context: ReadContext,
    export: Export,
    since: int,
    another_way: Callable[[int], Iterator[list[Row]]] | None = None,
) -> Iterator[ExportPage]:
    """The export from ``since`` on, inclusively, each row once.

    A page begins with the second in which the last one ended. A second that fills a page by itself
    never ends: then larger pages are tried, and at last ``another_way`` is asked for the rows of
    that second, and the export goes on behind it. ApiError if there is no other way.
    """
    walk = _TimeWalk(context, export, settled(context, since))
    guard = WalkGuard(export.request.path)
    while True:
        try:
            reply = walk.fetch()
        except ApiError as error:
            if walk.is_ahead and error.status in NOT_ACCEPTED:
                return
            if not walk.is_enlarged or error.status not in TOO_LARGE_STATUSES:
                raise
            yield from _other_rows(context, walk, another_way, guard)
            continue
        asked, page = walk.start, walk.take(reply)
        if page.rows and walk.has_passed_over:
            raise ApiError(f"{walk.crowded}, and there is no other way to read them")
        yield page
        if walk.is_last(reply, len(page.rows)):
            return
        if walk.advance(reply):
            # A row from before the time that was asked for is not new: it came before.
            guard.check(walk.start, sum(export.moment(row) >= asked for row in page.rows))
        elif walk.enlarge():
            continue
        elif another_way is not None or not walk.pass_over(page):
            yield from _other_rows(context, walk, another_way, guard)


class _TimeWalk:
    """A walk through a time export: where it stands, and which rows of that second were seen."""

    def __init__(self, context: ReadContext, export: Export, start: int) -> None:
        self._context, self.export, self.start = context, export, start
        self._usual = PageSize(context.page_size(export.largest))
        self._enlarged: PageSize | None = None
        self._newest: int | None = None
        self._rows_before = 0
        self._was_accepted = False
        self.has_passed_over = False
        path = export.request.path
        self.crowded = f"{path}: the export does not get past a second with more rows than a page"
        self.seen: set[tuple[Any, int]] = set()

    @property
    def is_ahead(self) -> bool:
        """Does the walk stand in the last minutes, where the API need not accept a start_time?

        One minute is known. For side conversations a peer keeps away from the last five.
        """
        now = int(self._context.now().timestamp())
        lookback: int = self._context.config["lookback_seconds"]
        return self.start > settled(self._context, now) - lookback

    @property
    def is_enlarged(self) -> bool:
        """Are larger pages asked for than the config says?"""
        return self._enlarged is not None

    def fetch(self) -> Reply:
        """The page from ``start`` on. A first start_time that is refused becomes an earlier one."""
        try:
            reply = self._ask()
        except ApiError as error:
            if error.status not in NOT_ACCEPTED or self._was_accepted:
                raise
            self.start = max(0, self.start - EARLIER_SECONDS)
            reply = self._ask()
        self._was_accepted = True
        return reply

    def _ask(self) -> Reply:
        asking = self.export.asking(start_time=self.start)
        if self._enlarged is None:
            return self._usual.get(self._context.api, asking)
        few = FEW_ATTEMPTS
        return self._enlarged.get(self._context.api, lambda n: replace(asking(n), attempts=few))

    def _key(self, row: Row) -> tuple[Any, int]:
        return row.get("id"), self.export.moment(row)

    def unseen(self, rows: list[Row]) -> list[Row]:
        """Those of ``rows`` that were not seen in the second where the walk stands."""
        return [row for row in rows if self._key(row) not in self.seen]

    def take(self, reply: Reply) -> ExportPage:
        """The page's new rows, and where the walk stands after them."""
        rows = rows_in(reply, self.export.envelope)
        self._newest = self.export.newest(rows, self._newest)
        position = Position(None, self._newest)
        return ExportPage(reply.data, self.unseen(rows), position, date=reply.date)

    def _end(self, reply: Reply) -> int:
        """The second in which the page ended."""
        rows = rows_in(reply, self.export.envelope)
        return epoch(reply.data.get("end_time")) or self.export.newest(rows, None) or self.start

    def is_last(self, reply: Reply, new_rows: int) -> bool:
        """Was this the last page?

        Exports that do not say so are over with an empty page, with one that leads to no other, or
        with a short one that leads no further in time. A page that is as long as the page before,
        and has new rows or many, may be as long as the API makes pages, whatever was asked for.
        """
        count, is_stuck = len(rows_in(reply, self.export.envelope)), self._end(reply) <= self.start
        is_cut = count == self._rows_before and (new_rows > 0 or count >= SHORTEST_PAGE)
        self._rows_before = count
        says_end = reply.data.get("end_of_stream")
        if says_end is not None:
            return bool(says_end) or (is_stuck and not count)
        if reply.data.get("next_page", "unknown") is None:
            return True
        is_short = count < reply.request.params["per_page"]
        return not count or self._is_up_to_date(reply) or (is_stuck and is_short and not is_cut)

    def _is_up_to_date(self, reply: Reply) -> bool:
        """Does the page end in the last minute, after a time in which nothing happened?"""
        end = self._end(reply)
        newest = self.export.newest(rows_in(reply, self.export.envelope), None) or end
        return end > newest + 1 and end > settled(self._context, end)

    def advance(self, reply: Reply) -> bool:
        """Goes on to the second in which the page ended; False if that is where it began."""
        rows, end = rows_in(reply, self.export.envelope), self._end(reply)
        if end <= self.start:
            self.seen.update(map(self._key, rows))
            return False
        self.seen = {self._key(row) for row in rows if self.export.moment(row) >= end}
        self.start, self._enlarged = end, None
        return True

    def enlarge(self) -> bool:
        """Asks for twice as many rows a page; False if the API gives no more."""
        rows = (self._enlarged or self._usual).rows
        if rows >= self.export.largest:
            return False
        larger = min(2 * rows, self.export.largest)
        self._enlarged = PageSize(larger, smallest=larger)
        return True

    def pass_over(self, page: ExportPage) -> bool:
        """Goes on behind a second of which nothing new came; False if there was something new.

        Only if rows come after it was the page cut off: then rows of the second are missing.
        """
        if not page.rows:
            self.skip_second()
            self.has_passed_over = True
        return not page.rows

    def skip_second(self) -> None:
        """Goes on behind the second where the walk stands."""
        self.start, self._enlarged = self.start + 1, None


def _other_rows(
    context: ReadContext,
    walk: _TimeWalk,
    another_way: Callable[[int], Iterator[list[Row]]] | None,
    guard: WalkGuard,
) -> Iterator[ExportPage]:
    """The rows of the second that the export does not get past, read another way."""
    if another_way is None:
        raise ApiError(f"{walk.crowded}, and there is no other way to read them")
    context.warn_once(walk.crowded, f"{walk.crowded}; read another way")
    at, found = walk.start, 0
    for rows in another_way(at):
        page = ExportPage({}, walk.unseen(rows), Position(None, at))
        found += len(page.rows)
        yield page
    walk.skip_second()
    guard.check(walk.start, found)
