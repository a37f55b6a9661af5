"""Lists that can be asked for what changed, but do not come in the order of change; and small ones that are filtered here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tap_common import times
from tap_common.errors import ApiError
from tap_common.model import Page, Row, Stream, Walk
from tap_common.sync import lookback
from tap_common.vendor import Reply, Request
from tap_freshdesk.lists import numbered, page_size, rows, stamp

MOST_READINGS = 3
MOST_REMEMBERED = 50_000
"""Rows of one reading whose times of change are kept in mind; memory must not grow with the account."""
Enrich = Callable[[Walk, list[Row]], list[Row]]


@dataclass(frozen=True)
class ChangedLists:
    """The reader of a stream whose lists take a filter by time of change but come in alphabetical order.

    ``lists`` maps the bookmark's leaves to the parameters of each list, the main one first; rows that leave the main list
    turn up in the others. ``filters`` are the names under which accounts know the filter, the most proven first.

    A bookmark is the earlier of the newest change seen and the beginning of the reading: rows that change while the list is
    read come next time. A row that leaves its place meanwhile (renamed, deleted) moves one other row to a page already read;
    where that is seen to have happened (a row turns up twice with two times of change, or changed since the reading began), the
    list is read once more.
    """

    stream: Stream
    lists: Mapping[str, Mapping[str, str]]
    filters: Sequence[str]
    bucket: str | None = None
    arranged: Callable[[Row], Row] = field(default=lambda row: row)

    def __call__(self, walk: Walk) -> Iterator[Page]:
        """The pages of all lists; the bookmark moves when a list is through."""
        filters = list(self.filters)
        mark = dict(walk.bookmarks[self.stream.name])
        main = next(iter(self.lists))
        for reading in range(1, MOST_READINGS + 1):
            moved, seen = False, dict[int, str]()
            for leaf, params in self.lists.items() if reading == 1 else [(main, self.lists[main])]:
                bookmark = walk.moment(self.stream.name, leaf) or walk.moment(self.stream.name, "updated_at")
                since = times.text(lookback(bookmark, walk.config) if bookmark else walk.start)
                replies, began, newest = 0, "", ""
                for reply in self._replies(walk, params, since, filters):
                    replies += 1
                    began = began or times.text(reply.date)
                    kept = [row for row in rows(reply) if stamp(row, since) >= since]
                    stamps = {row["id"]: stamp(row, "") for row in kept}
                    newest = max([newest, *stamps.values()])
                    moved = moved or any(seen.get(number, moment) != moment for number, moment in stamps.items())
                    if leaf == main and len(seen) < MOST_REMEMBERED:
                        seen.update(stamps)
                    yield Page({self.stream.name: [self.arranged(row) for row in kept]})
                if leaf == main:
                    main_began, pages = began, replies
                else:
                    moved = moved or newest >= main_began
                if newest:
                    mark[leaf] = max(min(newest, began), times.rfc3339(mark.get(leaf)) or "")
            if pages == 1 or not (moved or (filters and self._renamed(walk, main_began, filters))):
                break
            if reading == MOST_READINGS:
                walk.note(
                    f"{self.stream.name}: rows kept leaving their places while the list was read; one may come only next time"
                )
        yield Page({}, {self.stream.name: mark})

    def _replies(self, walk: Walk, params: Mapping[str, str], since: str, filters: list[str]) -> Iterator[Reply]:
        """The pages of one list; names of the filter that this account refuses are taken out of ``filters``."""
        while True:
            asked = {filters[0]: since} if filters else {}
            request = Request(self.stream.endpoint, self.stream.name, {**params, **asked}, bucket=self.bucket)
            try:
                yield from numbered(walk.api, request, page_size(walk))
                return
            except ApiError as error:
                if error.status != 400 or not filters or filters[0] not in error.fields():
                    raise
                filters.pop(0)

    def _renamed(self, walk: Walk, began: str, filters: list[str]) -> bool:
        """Did rows of the main list that are not new change since ``began``?"""
        params = next(iter(self.lists.values()))
        return any(
            stamp(row, "", "created_at") < began
            for reply in self._replies(walk, params, began, filters)
            for row in rows(reply)
            if stamp(row, "") >= began
        )


def filtered(
    stream: Stream, enriched: Enrich = lambda walk, rows: rows, touched: Callable[[Row], str] = lambda row: ""
) -> Callable[[Walk], Iterator[Page]]:
    """The reader of a small list that takes no filter: all of it on the first run, then the rows changed since the bookmark.

    ``enriched`` adds to the rows that are sent what the list does not hold; ``touched`` tells when a part of a row changed
    that has a time of its own.
    """

    def pages(walk: Walk) -> Iterator[Page]:
        bookmark = walk.moment(stream.name, "updated_at")
        since = times.text(lookback(bookmark, walk.config)) if bookmark else ""
        began: datetime | None = None
        newest = ""
        for reply in numbered(walk.api, Request(stream.endpoint, stream.name), page_size(walk)):
            began = began or reply.date
            kept = [row for row in rows(reply) if max(stamp(row, since), touched(row)) >= since]
            newest = max([newest, *(stamp(row, "") for row in kept)])
            yield Page({stream.name: enriched(walk, kept)})
        if began and newest:
            yield Page(
                {},
                {stream.name: {"updated_at": max(min(newest, times.text(began)), times.text(bookmark) if bookmark else "")}},
            )

    return pages


def with_details(walk: Walk, stream: Stream, kept: list[Row]) -> list[Row]:
    """``kept`` with what only the single view of each row shows; rows that are gone meanwhile stay as they are."""
    requests = [Request(f"{stream.endpoint}/{row['id']}", stream.name, child=True) for row in kept]
    answers = walk.api.get_all(requests)
    return [
        {**row, **answer.data} if isinstance(answer, Reply) and isinstance(answer.data, dict) else row
        for row, answer in zip(kept, answers, strict=True)
    ]
