"""Lists that can be asked for what changed, but do not come in the order of change; and small ones that are filtered here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from tap_common import times
from tap_common.context import ReadContext
from tap_common.errors import ApiError
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Reply, Request
from tap_freshdesk.lists import LARGEST_PAGE, MovingList, numbered, rows, stamp

PROGRESS = "progress_markers"
MARKS_KEPT = 10
"""Rows of the last page that the state names, by which a later run finds the place where to go on."""
Enrich = Callable[[ReadContext, list[Row]], list[Row]]


@dataclass
class _Progress:
    """How far the reading of one list has come: its part of the bookmark while it lasts."""

    leaf: str
    newest: str = ""
    end: int = 0
    last: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ChangedLists:
    """The reader of a stream whose lists take a filter by time of change but come in alphabetical order.

    ``lists`` maps the bookmark's leaves to the parameters of each list; rows that leave one turn up in another. ``filters``
    are the names under which accounts know the filter, the most proven first.

    A bookmark is the earlier of the newest change seen and the beginning of the reading: rows that change while the list is
    read come next time. It moves when the list is through; until then it keeps the place at which an interrupted reading goes
    on, after a look at what has changed meanwhile.
    """

    stream: Stream
    lists: Mapping[str, Mapping[str, str]]
    filters: Sequence[str]
    bucket: str | None = None
    arranged: Callable[[Row], Row] = field(default=lambda row: row)

    def __call__(self, context: ReadContext) -> Iterator[Page]:
        """The pages of all lists, beginning with the one at which the last run was interrupted."""
        name, filters = self.stream.name, list(self.filters)
        mark = dict(context.bookmarks[name])
        interrupted = self._interrupted(mark.pop(PROGRESS, None))
        for leaf in sorted(
            self.lists, key=lambda leaf: interrupted is None or leaf != interrupted.leaf
        ):
            progress = _Progress(leaf)
            if interrupted and leaf == interrupted.leaf:
                since = times.text(times.parse(interrupted.newest) - context.lookback(name))
                for kept in self._read(context, progress, since, filters):
                    yield Page({name: kept})
                newest = max(interrupted.newest, progress.newest)
                progress = replace(interrupted, newest=newest) if filters else _Progress(leaf)
            for kept in self._read(context, progress, self._since(context, leaf), filters):
                yield Page({name: kept}, {name: {**mark, PROGRESS: asdict(progress)}})
            if progress.newest:
                mark[leaf] = max(progress.newest, times.rfc3339(mark.get(leaf)) or "")
            yield Page({}, {name: dict(mark)})

    def _read(
        self, context: ReadContext, progress: _Progress, since: str, filters: list[str]
    ) -> Iterator[list[Row]]:
        """The rows of one list changed at or after ``since``, page by page from ``progress`` on, which moves with them.

        What comes after an interruption does not count as the newest: on the pages before it, others changed since, too.
        """
        resumed, began = progress.end > 0, ""
        for reply in self._replies(context, progress, since, filters):
            kept = [row for row in rows(reply) if stamp(row, since) >= since]
            if not resumed:
                began = began or times.text(reply.date)
                progress.newest = min(
                    began, max([progress.newest, *(stamp(row, "") for row in kept)])
                )
            yield [self.arranged(row) for row in kept]

    def _interrupted(self, value: Any) -> _Progress | None:
        """The progress that the state holds; None if it holds none of ours."""
        try:
            progress = _Progress(**value)
            marks = [mark for mark in progress.last if isinstance(mark, str)]
        except TypeError:
            return None
        typed = (
            isinstance(progress.leaf, str)
            and isinstance(progress.newest, str)
            and type(progress.end) is int
        )
        known = typed and progress.leaf in self.lists and times.rfc3339(progress.newest)
        return progress if known and marks and marks == progress.last else None

    def _since(self, context: ReadContext, leaf: str) -> str:
        return times.text(context.read_from(self.stream.name, leaf, "updated_at"))

    def _replies(
        self, context: ReadContext, progress: _Progress, since: str, filters: list[str]
    ) -> Iterator[Reply]:
        """The pages of one list; names of the filter that this account refuses are taken out of ``filters``."""
        while True:
            params = {**self.lists[progress.leaf], **({filters[0]: since} if filters else {})}
            request = Request(self.stream.path, self.stream.name, params, bucket=self.bucket)
            moving = MovingList(
                context.api, request, context.page_size(LARGEST_PAGE), progress.end, progress.last
            )
            try:
                for reply in moving.pages():
                    progress.end, progress.last = moving.end, moving.last[-MARKS_KEPT:]
                    yield reply
                return
            except ApiError as error:
                if error.status != 400 or not filters or filters[0] not in error.fields():
                    raise
                filters.pop(0)


def filtered(
    stream: Stream,
    enriched: Enrich = lambda context, rows: rows,
    touched: Callable[[Row], str] = lambda row: "",
) -> Callable[[ReadContext], Iterator[Page]]:
    """The reader of a small list that takes no filter: all of it on the first run, then the rows changed since the bookmark.

    ``enriched`` adds to the rows that are sent what the list does not hold; ``touched`` tells when a part of a row changed
    that has a time of its own.
    """

    def pages(context: ReadContext) -> Iterator[Page]:
        bookmark = context.bookmark_time(stream.name, "updated_at")
        since = times.text(context.read_from(stream.name, "updated_at")) if bookmark else ""
        began: datetime | None = None
        newest = ""
        for reply in numbered(
            context.api, Request(stream.path, stream.name), context.page_size(LARGEST_PAGE)
        ):
            began = began or reply.date
            kept = [row for row in rows(reply) if max(stamp(row, since), touched(row)) >= since]
            newest = max([newest, *(stamp(row, "") for row in kept)])
            yield Page({stream.name: enriched(context, kept)})
        if began and newest:
            yield Page(
                {},
                {
                    stream.name: {
                        "updated_at": max(
                            min(newest, times.text(began)), times.text(bookmark) if bookmark else ""
                        )
                    }
                },
            )

    return pages


def with_details(context: ReadContext, stream: Stream, kept: list[Row]) -> list[Row]:
    """``kept`` with what only the single view of each row shows; rows that are gone meanwhile stay as they are."""
    requests = [Request(f"{stream.path}/{row['id']}", stream.name, child=True) for row in kept]
    answers = context.api.get_all(requests)
    return [_detailed(row, answer) for row, answer in zip(kept, answers, strict=True)]


def _detailed(row: Row, answer: Reply | ApiError) -> Row:
    if isinstance(answer, Reply) and isinstance(answer.data, dict):
        return {**row, **answer.data}
    if isinstance(answer, ApiError) and answer.status not in (403, 404):
        raise answer
    return row
