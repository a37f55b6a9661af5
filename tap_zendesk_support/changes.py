"""What changed since the bookmark: by an incremental export or, where Zendesk refuses that, by lists in the order of change.

A bookmark keeps both positions. The export goes on from its own when it is open again; the lists begin where whichever of the
two got further ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tap_common.context import ReadContext
from tap_common.errors import StreamRefused, UsageError
from tap_common.stream import Bookmark, Row
from tap_zendesk_support import exports
from tap_zendesk_support.exports import Position
from tap_zendesk_support.lists import epoch, text

BLIND = (
    "updates of tickets by the system alone, changes to archived tickets and their metrics, audits of deleted tickets, "
    "identities of deleted users, users deleted for good, and of deleted organizations no more than id and time"
)
"""What lists can't show (docs/zendesk_support.md has it by stream)."""


@dataclass(frozen=True)
class Leaves:
    """The names that a bookmark's parts have, and how a moment is written in it.

    ``before`` is a leaf of another way of reading, to begin from where this one has no position yet.
    """

    moment: str
    cursor: str = "cursor"
    listed: str = "list_updated_at"
    deleted: str = "list_deleted_at"
    unfinished: str = "export_unfinished"
    write: Callable[[int], Any] = text
    write_listed: Callable[[int], Any] = text
    before: str = ""

    def exported(self, bookmark: Bookmark) -> int | None:
        """Where the export ended, in epoch seconds."""
        moment = epoch(bookmark.get(self.moment))
        return moment if moment is not None else epoch(bookmark.get(self.before))

    def furthest(self, bookmark: Bookmark, leaf: str) -> int | None:
        """Where the export or the list with the bookmark's ``leaf`` ended."""
        return max(
            (at for at in (self.exported(bookmark), epoch(bookmark.get(leaf))) if at is not None),
            default=None,
        )


class Listed(NamedTuple):
    """A page of a list: the reply's data, the rows, the moment up to which all are read (None while that is not known), and
    whether it is the list of the deleted rows."""

    data: Mapping[str, Any]
    rows: list[Row]
    position: int | None
    deleted: bool = False


class Since(NamedTuple):
    """From when on the list of rows and the one of deleted rows are read; ``first`` if lists were never read."""

    listed: int
    deleted: int
    first: bool


class Batch(NamedTuple):
    """A page of changed rows.

    ``since`` tells from which moment on each stream of the context wants them, ``bookmarks`` holds once they are written.
    """

    data: Mapping[str, Any]
    rows: list[Row]
    since: Mapping[str, int]
    bookmarks: Mapping[str, Bookmark]
    moment: Callable[[Row], int]

    def wanted(self, stream: str) -> list[Row]:
        """The rows from the stream's own bookmark on, and those that do not say when they changed."""
        return [
            row for row in self.rows if not (at := self.moment(row)) or at >= self.since[stream]
        ]


def check_moments(context: ReadContext, names: Sequence[str], *leaves: str) -> None:
    """UsageError if the bookmark of one of the streams ``names`` holds at one of ``leaves`` what is no moment."""
    for name in names:
        for leaf in leaves:
            value = context.bookmarks[name].get(leaf)
            if value is not None and epoch(value) is None:
                raise UsageError(
                    f"state: bookmarks.{name}.{leaf} is {value!r}, not a date-time or epoch seconds; correct or remove it"
                )


def tell_of_lists(context: ReadContext, why: str) -> None:
    """Tells, once in a run, that lists are read and what they can't show."""
    context.warn_once(
        "lists",
        f"{why}; what exports do not give in this run is read from lists, which do not show {BLIND}",
    )


def optional(context: ReadContext, kind: str, listed: Iterator[Listed]) -> Iterator[Listed]:
    """The pages of a list of ``kind``, or a word that these credentials may not see it."""
    try:
        yield from listed
    except StreamRefused as error:
        context.warn_once(kind, f"{kind} can't be listed: {error}")


@dataclass(frozen=True)
class Changes:
    """A source of changes as data.

    ``exported`` reads the export from a position (or a moment), ``lists`` the lists. ``moment`` and ``updated`` are a row's
    time in either, 0 if it doesn't say.
    """

    name: str
    exported: Callable[[ReadContext, Position, int], Iterator[exports.Batch]]
    lists: Callable[[ReadContext, Since], Iterator[Listed]]
    moment: Callable[[Row], int]
    updated: Callable[[Row], int]
    leaves: Leaves

    def batches(
        self, context: ReadContext, names: Sequence[str], leaves: Leaves | None = None
    ) -> Iterator[Batch]:
        """The changes for the streams ``names``, from the earliest of their bookmarks on.

        StreamRefused if neither way is open, or if export_mode allows only one and that is closed.
        """
        leaves = leaves or self.leaves
        check_moments(context, names, leaves.moment, leaves.listed, leaves.deleted)
        held = _Marks({name: dict(context.bookmarks[name]) for name in names}, leaves)
        mode = context.config["export_mode"]
        if mode != "list":
            try:
                yield from self._by_export(context, held)
                return
            except StreamRefused as error:
                if mode == "incremental":
                    raise
                tell_of_lists(context, f"{self.name}: the export is refused ({error})")
        else:
            tell_of_lists(context, "export_mode is list")
        yield from self._by_lists(context, held)

    def _by_export(self, context: ReadContext, held: _Marks) -> Iterator[Batch]:
        start, overlap = int(context.start.timestamp()), context.config["lookback_seconds"]
        moments = {name: held.leaves.exported(mark) for name, mark in held.marks.items()}
        since = {name: start if moment is None else moment for name, moment in moments.items()}
        begin = min(since.values())
        cursors = {
            held.marks[name].get(held.leaves.cursor)
            for name in since
            if since[name] == begin and moments[name] is not None
        }
        known = None not in [moments[name] for name in since if since[name] == begin]
        cursor = cursors.pop() if known and len(cursors) == 1 else None
        again = begin - overlap if known else begin
        for batch in self.exported(context, Position(cursor, begin if known else None), again):
            held.export_reached(batch)
            wanted = {
                name: at - overlap if moments[name] is not None else at
                for name, at in since.items()
            }
            yield Batch(batch.data, batch.rows, wanted, held.copies(), self.moment)

    def _by_lists(self, context: ReadContext, held: _Marks) -> Iterator[Batch]:
        """The changes by lists.

        After an export that was cut short, rows may be missing whose time in the export is later than their time of change:
        then the lists are looked through from where lists ended before, by the former.
        """
        since = held.since(context, held.leaves.listed)
        deleted = held.since(context, held.leaves.deleted)
        newest: dict[str, int] = {}
        begin, moment = (
            Since(min(since.values()), min(deleted.values()), held.unlisted()),
            self.updated,
        )
        if self.moment is not self.updated and held.interrupted():
            listed, gone = (
                held.ended(context, held.leaves.listed),
                held.ended(context, held.leaves.deleted),
            )
            begin, moment = (
                Since(min(begin.listed, *listed), min(begin.deleted, *gone), begin.first),
                self.moment,
            )
        for page in self.lists(context, begin):
            if page.position is not None:
                held.list_reached(
                    held.leaves.deleted if page.deleted else held.leaves.listed, page.position
                )
            batch = Batch(
                page.data, page.rows, deleted if page.deleted else since, held.copies(), moment
            )
            for name in since:
                newest[name] = max(
                    [
                        newest.get(name, 0),
                        *(self.moment(row) or self.updated(row) for row in batch.wanted(name)),
                    ]
                )
            yield batch
        held.lists_ended(newest)
        yield Batch({}, [], since, held.copies(), self.updated)


class _Marks:
    """The bookmarks of a context's streams, moved as the context gets on; a stream that is ahead of the context keeps its own."""

    def __init__(self, marks: dict[str, dict[str, Any]], leaves: Leaves) -> None:
        self.marks, self.leaves = marks, leaves
        self._exported = False

    def since(self, context: ReadContext, leaf: str) -> dict[str, int]:
        """Where to begin with a list; below its bookmark, unless an export in this run just brought all up to there."""
        overlap = 0 if self._exported else context.config["lookback_seconds"]
        furthest = {name: self.leaves.furthest(mark, leaf) for name, mark in self.marks.items()}
        return {
            name: int(context.start.timestamp()) if at is None else at - overlap
            for name, at in furthest.items()
        }

    def unlisted(self) -> bool:
        """Is there a stream that was never read by lists?"""
        return any(mark.get(self.leaves.listed) is None for mark in self.marks.values())

    def copies(self) -> dict[str, Bookmark]:
        """The bookmarks as they stand, without those that hold nothing."""
        return {name: dict(mark) for name, mark in self.marks.items() if mark}

    def interrupted(self) -> bool:
        """Was an export cut short from which lists have not yet taken over to their end?"""
        return any(mark.get(self.leaves.unfinished) for mark in self.marks.values())

    def ended(self, context: ReadContext, leaf: str) -> list[int]:
        """Where a list ended for each stream, less the overlap; the start date for one that it was never read for."""
        ends = [epoch(mark.get(leaf)) for mark in self.marks.values()]
        return [
            int(context.start.timestamp())
            if at is None
            else at - context.config["lookback_seconds"]
            for at in ends
        ]

    def export_reached(self, batch: exports.Batch) -> None:
        position = batch.position
        for mark in self.marks.values():
            before = epoch(mark.get(self.leaves.moment))
            if position.moment is None or (before is not None and before > position.moment):
                continue
            self._exported = True
            mark[self.leaves.moment] = self.leaves.write(position.moment)
            if position.cursor:
                mark[self.leaves.cursor] = position.cursor
            mark.pop(self.leaves.unfinished, None)
            if batch.more:
                mark[self.leaves.unfinished] = True

    def list_reached(self, leaf: str, moment: int) -> None:
        for mark in self.marks.values():
            before = epoch(mark.get(leaf))
            if before is None or before < moment:
                mark[leaf] = self.leaves.write_listed(moment)

    def lists_ended(self, newest: Mapping[str, int]) -> None:
        """An export that has no position of its own may begin where the lists ended."""
        for name, mark in self.marks.items():
            mark.pop(self.leaves.unfinished, None)
            listed = epoch(mark.get(self.leaves.listed))
            if mark.get(self.leaves.moment) is None and listed is not None and newest.get(name):
                mark[self.leaves.moment] = self.leaves.write(min(listed, newest[name]))
