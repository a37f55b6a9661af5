"""What changed since the bookmarks: by an incremental export or, where that is refused, by lists.

A bookmark keeps both positions. The export goes on from its own when it is open again. The lists
begin where whichever of the two got further ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from tap_common.children import lost_parents, own_id
from tap_common.context import ReadContext
from tap_common.errors import ApiError, StreamRefused
from tap_common.stream import Bookmark, Row
from tap_zendesk_support import exports
from tap_zendesk_support.exports import Position
from tap_zendesk_support.positions import BookmarkKeys, Listed, Positions, Since

T = TypeVar("T")
NOT_IN_LISTS = (
    "updates of tickets by the system alone, changes to archived tickets and their metrics, audits "
    "of deleted tickets, identities of deleted users, users deleted for good, and of deleted "
    "organizations more than id and time"
)
"""What lists do not show (docs/zendesk_support.md has it by stream)."""


class Batch(NamedTuple):
    """A page of changed rows.

    ``since`` says from when on each stream wants them; ``bookmarks`` hold once they are written.
    """

    data: Mapping[str, Any]
    rows: list[Row]
    since: Mapping[str, int]
    bookmarks: Mapping[str, Bookmark]
    moment: Callable[[Row], int]

    def wanted(self, stream: str) -> list[Row]:
        """The rows that the stream wants, and those that do not say when they changed."""
        since = self.since[stream]
        return [row for row in self.rows if is_since(self.moment(row), since)]

    def parents(self, stream: str) -> list[Row]:
        """The rows that the stream wants, but for those whose children can't be asked for."""
        return [row for row in self.wanted(stream) if own_id(row) is not None]

    def endings(self, streams: Iterable[str]) -> dict[str, ApiError]:
        """Why child streams end here: some rows came without an id. Empty if all have one."""
        lost = lost_parents(self.rows)
        return {} if lost is None else dict.fromkeys(streams, lost)


def is_since(moment: int, since: int) -> bool:
    """Is a row wanted that bears the time ``moment``? One that does not say when it is (0) is."""
    return not moment or moment >= since


def warn_of_lists(context: ReadContext, why: str) -> None:
    """Warns once in a run that lists are read, and of what they do not show."""
    context.warn_once(
        "lists",
        f"{why}; what exports do not give in this run is read from lists, which do not show "
        f"{NOT_IN_LISTS}",
    )


def export_or_lists(
    context: ReadContext,
    exported: Iterator[T],
    listed: Callable[[StreamRefused | None], Iterator[T]],
) -> Iterator[T]:
    """What ``exported`` yields or, where export_mode lets lists take its place, what they yield.

    ``listed`` gets the refusal of the export, or None if the export is not wanted. StreamRefused if
    the export is refused and export_mode allows nothing else.
    """
    mode = context.config["export_mode"]
    refusal: StreamRefused | None = None
    if mode != "list":
        try:
            yield from exported
            return
        except StreamRefused as error:
            if mode == "incremental":
                raise
            refusal = error
    yield from listed(refusal)


def unless_refused(context: ReadContext, kind: str, listed: Iterator[Listed]) -> Iterator[Listed]:
    """The pages of a list, or a warning that these credentials may not see it."""
    try:
        yield from listed
    except StreamRefused as error:
        context.warn_once(kind, f"{kind} can't be listed: {error}")


@dataclass(frozen=True)
class Changes:
    """A source of changes as data.

    ``exported`` reads the export from a position or, without a cursor, from a moment; ``lists``
    reads the lists. ``moment`` is a row's time in the export and ``updated`` its time in lists,
    both 0 if it does not say.
    """

    name: str
    exported: Callable[[ReadContext, Position, int], Iterator[exports.ExportPage]]
    lists: Callable[[ReadContext, Since], Iterator[Listed]]
    moment: Callable[[Row], int]
    updated: Callable[[Row], int]

    def batches(self, context: ReadContext, keys: Mapping[str, BookmarkKeys]) -> Iterator[Batch]:
        """The changes for the streams in ``keys``, from the earliest of their bookmarks on.

        StreamRefused if neither way is open, or if export_mode allows one that is closed.
        """
        if not keys:
            return
        positions = Positions(context, keys)

        def listed(refusal: StreamRefused | None) -> Iterator[Batch]:
            is_refused = f"{self.name}: the export is refused ({refusal})"
            warn_of_lists(context, is_refused if refusal else "export_mode is list")
            return self._by_lists(context, positions)

        yield from export_or_lists(context, self._by_export(context, positions), listed)

    def _by_export(self, context: ReadContext, positions: Positions) -> Iterator[Batch]:
        start = positions.export_start()
        wanted = positions.wanted_by_export()
        for page in self.exported(context, start.position, start.since):
            positions.export_reached(page)
            yield Batch(page.data, page.rows, wanted, positions.bookmarks(), self.moment)

    def _by_lists(self, context: ReadContext, positions: Positions) -> Iterator[Batch]:
        """The changes by lists.

        After an export that was cut short, rows may be missing whose time in the export is later
        than their time of change. Then lists are read from where lists ended before, and the rows
        are chosen by their time in the export.
        """
        wanted, wanted_deleted = positions.wanted_by_lists()
        begin = Since(min(wanted.values()), min(wanted_deleted.values()), positions.is_unlisted())
        moment = self.updated
        if self.moment is not self.updated and positions.is_cut_short():
            begin = positions.where_lists_ended(begin)
            moment = self.moment
        newest = dict.fromkeys(wanted, 0)
        for page in self.lists(context, begin):
            positions.list_reached(page)
            since = wanted_deleted if page.is_deleted else wanted
            batch = Batch(page.data, page.rows, since, positions.bookmarks(), moment)
            for name in newest:
                newest[name] = max([newest[name], *map(self._time, batch.wanted(name))])
            yield batch
        positions.lists_ended(newest)
        yield Batch({}, [], wanted, positions.bookmarks(), self.updated)

    def _time(self, row: Row) -> int:
        return self.moment(row) or self.updated(row)
