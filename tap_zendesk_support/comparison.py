"""Which changed tickets the ticket event export leaves out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tap_common.context import ReadContext
from tap_common.stream import Bookmark, Page, Row
from tap_zendesk_support import history, tickets
from tap_zendesk_support.moments import LATEST, epoch, settled


class Comparison:
    """Finds changed tickets that the event export leaves out, and reads their audits.

    Each ticket should have an event at its time of update. Compared are tickets from messaging,
    which are reported to be absent from the export, and those that were created since its start.
    """

    MOST = 200_000
    """Tickets that are remembered at once."""

    def __init__(self, context: ReadContext, names: Sequence[str]) -> None:
        self._context, self._names = context, names
        self._since = min(history.events_since(context, names).values())
        self._updated: dict[str, int] = {}
        self._missing = 0
        self._positions: Mapping[str, Bookmark] = {}
        self._asked_at = self._latest = settled(context, LATEST)
        self._is_whole = False

    def changed(self, rows: Iterable[Row], positions: Mapping[str, Bookmark]) -> None:
        """Notes a page of changed tickets, and the bookmarks that hold once all are compared."""
        self._positions = positions
        self._asked_at, self._latest = self._latest, settled(self._context, LATEST)
        for row in rows:
            if self._should_have_events(row):
                self._remember(row)

    def _should_have_events(self, row: Row) -> bool:
        is_changed = row.get("status") != "deleted" and tickets.updated(row) >= self._since
        is_created = history.made(row) >= self._since
        return is_changed and (is_created or row.get("from_messaging_channel") is True)

    def _remember(self, row: Row) -> None:
        if len(self._updated) < self.MOST:
            self._updated[str(row["id"])] = tickets.updated(row)
        else:
            text = f"more than {self.MOST} tickets changed; not all are looked for in the export"
            self._context.warn_once("comparison", f"{history.AUDITS.path}: {text}")

    def walked(self) -> None:
        """Notes that the walk over changed tickets came to its end."""
        self._is_whole = True

    def known(self, reached: int | None) -> int | None:
        """How far the history is read once the event export has ``reached`` a time.

        Later events may belong to tickets that the walk did not show. The next run, in which it
        does, has to see these events again.
        """
        limit = self._asked_at if self._is_whole else self._walked_to()
        return None if reached is None or limit is None else min(reached, limit)

    def _walked_to(self) -> int | None:
        positions = [self._positions.get(name, {}) for name in self._names]
        moments = [epoch(position.get(history.TICKET_KEYS.moment)) for position in positions]
        known = [moment for moment in moments if moment is not None]
        return min(known) if len(known) == len(moments) else None

    def shown(self, events: Iterable[Row]) -> None:
        """Notes that the export shows these events."""
        for event in events:
            self._updated.pop(str(event.get("ticket_id")), None)

    def pages(self, reached: int | None) -> Iterator[Page]:
        """The audits of tickets that the export left out up to ``reached`` (None: its end)."""
        missing = [
            number
            for number, updated in self._updated.items()
            if reached is None or updated < reached
        ]
        for number in missing:
            del self._updated[number]
        self._missing += len(missing)
        if missing:
            lists = history.audit_lists(self._context, self._names)
            yield from history.read_audits(lists, self._names, missing)
        if reached is None and self._missing:
            self._context.warn(
                f"{history.AUDITS.path}: it shows nothing of {self._missing} tickets that changed; "
                "their audits were read ticket by ticket"
            )

    def bookmarks(self, exported: Mapping[str, Bookmark]) -> dict[str, Bookmark]:
        """The bookmarks after the comparison: the export's position, and that of the walk."""
        whole: dict[str, Bookmark] = {}
        for name in self._names:
            position = self._positions.get(name, {})
            of_walk = {key: position[key] for key in history.TICKET_KEYS.names if key in position}
            whole[name] = {**exported[name], **of_walk}
        return whole
