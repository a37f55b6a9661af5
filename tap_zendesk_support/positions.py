"""Where the export and the lists of a walk stand, as the bookmarks of its streams keep it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tap_common.context import ReadContext
from tap_common.errors import UsageError
from tap_common.stream import Bookmark, BookmarkCheck, Row, date_times
from tap_zendesk_support import exports
from tap_zendesk_support.exports import Position
from tap_zendesk_support.moments import EARLIEST, epoch, text


@dataclass(frozen=True)
class BookmarkKeys:
    """The names under which a bookmark keeps the positions, and how it writes moments.

    ``moment`` and ``cursor`` say where the export stands, ``listed`` and ``deleted`` how far the
    list of rows and the one of deleted rows are read, and ``unfinished`` that an export was cut
    short. ``before`` is where to begin as long as ``moment`` is not there. ``lists_are_whole`` says
    that lists show the stream's old rows as the export does, which may then begin where they ended.
    """

    moment: str
    cursor: str = "cursor"
    listed: str = "list_updated_at"
    deleted: str = "list_deleted_at"
    unfinished: str = "export_unfinished"
    write: Callable[[int], Any] = text
    write_listed: Callable[[int], Any] = text
    before: str = ""
    lists_are_whole: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """All names, for ``Stream.bookmark_keys``."""
        return self.moment, self.cursor, self.listed, self.deleted, self.unfinished

    def faults(self, stream: str, bookmark: Bookmark) -> Iterator[UsageError]:
        """What the bookmark holds that is not a moment where one belongs."""
        for key in (self.moment, self.listed, self.deleted):
            value = bookmark.get(key)
            if value is not None and epoch(value) is None:
                yield UsageError(
                    f"state: bookmarks.{stream}.{key} is {value!r}, which is not a date-time or "
                    "epoch seconds; correct or remove it"
                )

    def faults_beside(self, *keys: str) -> BookmarkCheck:
        """The same check of a bookmark that also holds date-times at ``keys``."""

        def faults(stream: str, bookmark: Bookmark) -> Iterator[UsageError]:
            yield from date_times(*keys)(stream, bookmark)
            yield from self.faults(stream, bookmark)

        return faults


def ticket_keys(before: str) -> BookmarkKeys:
    """The keys for the walk over changed tickets in the bookmark of a stream that follows from it.

    Its moments are epoch seconds as text.
    """
    return BookmarkKeys(
        "ticket_generated_timestamp",
        "ticket_cursor",
        "ticket_listed",
        "ticket_deleted",
        write=str,
        write_listed=str,
        before=before,
    )


class Since(NamedTuple):
    """From when on the list of rows and the one of deleted rows are read.

    ``is_first`` says that a stream was never read by lists.
    """

    listed: int
    deleted: int
    is_first: bool


class Listed(NamedTuple):
    """A page of a list.

    ``position`` is the moment up to which the list is read, None while that is not known, and
    ``is_deleted`` whether it is the list of deleted rows.
    """

    data: Mapping[str, Any]
    rows: list[Row]
    position: int | None
    is_deleted: bool = False


class ExportStart(NamedTuple):
    """Where an export begins: a position, and the moment from which to read without a cursor."""

    position: Position
    since: int


class Positions:
    """The bookmarks of the streams of one walk, moved as it gets on.

    A stream that is ahead of the walk keeps its own position.
    """

    def __init__(self, context: ReadContext, keys: Mapping[str, BookmarkKeys]) -> None:
        self._keys = keys
        self._bookmarks = {name: dict(context.bookmarks[name]) for name in keys}
        self._start = int(context.start.timestamp())
        self._overlap = context.config["lookback_seconds"]
        self._was_exported = False

    def bookmarks(self) -> dict[str, Bookmark]:
        """The bookmarks as they stand, without those that hold nothing."""
        return {name: dict(mark) for name, mark in self._bookmarks.items() if mark}

    # The export

    def _exported(self, name: str) -> int | None:
        """Where the export ended for a stream, in epoch seconds."""
        keys, bookmark = self._keys[name], self._bookmarks[name]
        moment = epoch(bookmark.get(keys.moment))
        return moment if moment is not None else epoch(bookmark.get(keys.before))

    def _export_begins(self) -> dict[str, int]:
        """Where the export begins for each stream, in epoch seconds."""
        ends = {name: self._exported(name) for name in self._keys}
        return {name: self._start if end is None else end for name, end in ends.items()}

    def export_start(self) -> ExportStart:
        """Where the export begins: at the cursor of the streams that are furthest behind.

        If one of them has no bookmark yet, or if they have different cursors, it begins at their
        time, less the look-back if they have a bookmark.
        """
        begins = self._export_begins()
        begin = min(begins.values())
        behind = [name for name in begins if begins[name] == begin]
        if any(self._exported(name) is None for name in behind):
            return ExportStart(Position(), begin)
        cursors = {self._bookmarks[name].get(self._keys[name].cursor) for name in behind}
        cursor = cursors.pop() if len(cursors) == 1 else None
        return ExportStart(Position(cursor, begin), begin - self._overlap)

    def wanted_by_export(self) -> dict[str, int]:
        """From when on each stream wants rows of the export.

        A stream that is furthest behind wants all: what the export shows from its position on is
        news, whatever time the row bears.
        """
        begins = self._export_begins()
        behind = min(begins.values())
        return {
            name: EARLIEST if begin == behind else begin - self._overlap
            for name, begin in begins.items()
        }

    def export_reached(self, page: exports.ExportPage) -> None:
        """Moves the bookmarks to where the export stands."""
        moment = page.position.moment
        if moment is None:
            return
        for name, bookmark in self._bookmarks.items():
            keys = self._keys[name]
            before = epoch(bookmark.get(keys.moment))
            if before is not None and before > moment:
                continue
            self._was_exported = True
            bookmark[keys.moment] = keys.write(moment)
            bookmark.pop(keys.cursor, None)
            bookmark.pop(keys.unfinished, None)
            if page.position.cursor:
                bookmark[keys.cursor] = page.position.cursor
            if page.has_more:
                bookmark[keys.unfinished] = True

    # The lists

    def wanted_by_lists(self) -> tuple[dict[str, int], dict[str, int]]:
        """From when on each stream wants rows of the list, and of the one of deleted rows.

        That is below its bookmark, unless an export in this run just brought all up to there.
        """
        overlap = 0 if self._was_exported else self._overlap
        listed, deleted = {}, {}
        for name, bookmark in self._bookmarks.items():
            keys, exported = self._keys[name], self._exported(name)
            listed[name] = self._latest(exported, epoch(bookmark.get(keys.listed)), overlap)
            deleted[name] = self._latest(exported, epoch(bookmark.get(keys.deleted)), overlap)
        return listed, deleted

    def _latest(self, exported: int | None, listed: int | None, overlap: int) -> int:
        known = [at for at in (exported, listed) if at is not None]
        return max(known) - overlap if known else self._start

    def is_unlisted(self) -> bool:
        """Is there a stream that was never read by lists?"""
        return any(self._keys[name].listed not in mark for name, mark in self._bookmarks.items())

    def is_cut_short(self) -> bool:
        """Was an export cut short from which lists have not yet taken over to their end?"""
        return any(mark.get(self._keys[name].unfinished) for name, mark in self._bookmarks.items())

    def where_lists_ended(self, begin: Since) -> Since:
        """Where the lists ended for the stream that is furthest behind, if before ``begin``."""
        listed, deleted = [begin.listed], [begin.deleted]
        for name, bookmark in self._bookmarks.items():
            keys = self._keys[name]
            listed.append(self._latest(None, epoch(bookmark.get(keys.listed)), self._overlap))
            deleted.append(self._latest(None, epoch(bookmark.get(keys.deleted)), self._overlap))
        return Since(min(listed), min(deleted), begin.is_first)

    def list_reached(self, page: Listed) -> None:
        """Moves the bookmarks to where a list stands."""
        if page.position is None:
            return
        for name, bookmark in self._bookmarks.items():
            keys = self._keys[name]
            key = keys.deleted if page.is_deleted else keys.listed
            before = epoch(bookmark.get(key))
            if before is None or before < page.position:
                bookmark[key] = keys.write_listed(page.position)

    def lists_ended(self, newest: Mapping[str, int]) -> None:
        """Notes that lists were read to their end; ``newest`` are the times of the newest rows.

        An export that has no position yet may begin where the lists ended.
        """
        for name, bookmark in self._bookmarks.items():
            keys = self._keys[name]
            bookmark.pop(keys.unfinished, None)
            listed = epoch(bookmark.get(keys.listed)) if keys.lists_are_whole else None
            if keys.moment not in bookmark and listed is not None and newest.get(name):
                bookmark[keys.moment] = keys.write(min(listed, newest[name]))
