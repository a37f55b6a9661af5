"""One walk over the changed tickets: they, their metrics, and what their history needs of them.

The history itself comes from the ticket event export. The walk tells which tickets that export
should show; those that it leaves out are read ticket by ticket. Where the history is read ticket by
ticket in any case, that happens during the walk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tap_common.context import ReadContext, Reader
from tap_common.errors import ApiError, StreamRefused
from tap_common.stream import Bookmark, Page, Row
from tap_zendesk_support import audits, event_export, history, tickets
from tap_zendesk_support.changes import Batch, is_since, warn_of_lists
from tap_zendesk_support.comparison import Comparison
from tap_zendesk_support.conversations import CONVERSATION_LOG, ConversationLog
from tap_zendesk_support.history import COMMENTS, EVENTS, READ_TO, TICKET_KEYS
from tap_zendesk_support.lists import in_parts
from tap_zendesk_support.moments import epoch, text
from tap_zendesk_support.tickets import CHANGED, KEYS, METRIC_KEYS, METRICS, TICKETS


def _pages(context: ReadContext) -> Iterator[Page]:
    own = [name for name in context.streams if name in (TICKETS.name, METRICS.name)]
    past = [stream.name for stream in history.STREAMS if context.selects(stream.name)]
    exact = [name for name in past if _is_exact(context, name)]
    exported = [name for name in past if name not in exact]
    if past:
        yield from _owed(context, past)
    log = ConversationLog(context) if context.selects(CONVERSATION_LOG.name) else None
    if log is not None:
        yield from log.owed()
    walk = _Walk(context, own, exact, exported, log)
    yield from walk.pages()
    if exported:
        yield from _exported(context, exported, walk)


def _is_exact(context: ReadContext, name: str) -> bool:
    """Is the stream read ticket by ticket, whether its export is open or not?"""
    by_config = context.config["audits_source"] == "per_ticket" and name != EVENTS.name
    return by_config or context.config["export_mode"] == "list"


def _owed(context: ReadContext, past: Sequence[str]) -> Iterator[Page]:
    """The history of owed tickets, each of which is owed to one of the streams ``past``."""
    for name in past:
        if name == COMMENTS.name and name != past[0]:
            for ticket, rows in history.comment_lists(context).owed():
                yield Page({name: [audits.comment(row, ticket) for row in rows]})
            continue
        for audit in history.audits_in(history.audit_lists(context, [name]).owed()):
            yield Page(history.rows_of(past, audit, audits.event(audit)))


class _Walk:
    """The walk over changed tickets.

    ``own`` are the streams of tickets and metrics, ``exact`` those that are read ticket by ticket,
    and ``exported`` those whose export is compared with the walk. ``log`` reads the conversation
    log if it is selected.
    """

    def __init__(
        self,
        context: ReadContext,
        own: Sequence[str],
        exact: Sequence[str],
        exported: Sequence[str],
        log: ConversationLog | None,
    ) -> None:
        self._context, self._own, self._exact = context, own, exact
        self._exported, self._log = list(exported), log
        self.comparison = Comparison(context, exported) if exported else None

    def pages(self) -> Iterator[Page]:
        """The pages of the walk. Where it is refused, the comparison is left out.

        Where it fails, tickets are compared as far as it came.
        """
        keys = {name: METRIC_KEYS if name == METRICS.name else KEYS for name in self._own}
        keys |= dict.fromkeys([*self._exact, *self._exported], TICKET_KEYS)
        logs = [] if self._log is None else [CONVERSATION_LOG.name]
        keys |= dict.fromkeys(logs, KEYS)
        by_ticket = PerTicket(self._context, self._exact, {}) if self._exact else None
        try:
            below = [name for name in keys if name != TICKETS.name]
            for batch in CHANGED.batches(self._context, keys):
                yield Page(endings=batch.endings(below))
                yield self._page(batch)
                if by_ticket is not None:
                    yield from by_ticket.pages(batch)
                if self._log is not None:
                    yield from self._log.pages(batch)
                self._compare(batch)
            if by_ticket is not None:
                yield from by_ticket.end()
            if self.comparison is not None:
                self.comparison.walked()
        except ApiError as error:
            if isinstance(error, StreamRefused):
                self.comparison = None
            yield Page(
                endings=dict.fromkeys([*self._own, *self._exact, *logs], error),
                gaps=self._gaps(error),
            )

    def _gaps(self, error: ApiError) -> dict[str, ApiError]:
        """What the streams by export lack if the walk met ``error``."""
        text = f"its tickets could not be compared with those that changed: {error}"
        if self._exported and isinstance(error, StreamRefused):
            self._context.warn(f"{history.AUDITS.path}: {text}")
            return {}
        return dict.fromkeys(self._exported, ApiError(text))

    def _page(self, batch: Batch) -> Page:
        """The tickets and metrics of a batch."""
        rows: dict[str, Iterable[Row]] = {}
        endings: dict[str, ApiError] = {}
        if TICKETS.name in self._own:
            with_map = self._context.config["custom_fields_map"]
            wanted = batch.wanted(TICKETS.name)
            rows[TICKETS.name] = (tickets.ticket_row(row, with_map=with_map) for row in wanted)
        if METRICS.name in self._own:
            rows[METRICS.name] = tickets.metric_rows(batch, METRICS.name)
            missing = tickets.missing_metrics(batch)
            if missing is not None:
                endings[METRICS.name] = missing
        bookmarks = {name: batch.bookmarks[name] for name in self._own if name in batch.bookmarks}
        return Page(rows, bookmarks, endings)

    def _compare(self, batch: Batch) -> None:
        if self.comparison is None:
            return
        changed = {row["id"]: row for name in self._exported for row in batch.parents(name)}
        self.comparison.changed(changed.values(), batch.bookmarks)


def _exported(context: ReadContext, names: list[str], walk: _Walk) -> Iterator[Page]:
    """The history by the event export, or ticket by ticket where that is refused.

    What goes wrong here ends the streams ``names`` and leaves tickets and metrics alone.
    """
    try:
        yield from event_export.exported(context, names, walk.comparison)
    except StreamRefused as error:
        if context.config["export_mode"] == "incremental":
            yield Page(endings=dict.fromkeys(names, error))
            return
        warn_of_lists(context, f"{', '.join(names)}: the export is refused ({error})")
        yield from _instead_of_export(context, names)
    except ApiError as error:
        yield Page(endings=dict.fromkeys(names, error))


def _instead_of_export(context: ReadContext, names: list[str]) -> Iterator[Page]:
    """The history ticket by ticket, from where the event export stands."""
    known = {
        name: history.events_since(context, [name])[name]
        for name in names
        if READ_TO in context.bookmarks[name]
    }
    reader = PerTicket(context, names, known)
    try:
        for batch in CHANGED.batches(context, dict.fromkeys(names, TICKET_KEYS)):
            yield Page(endings=batch.endings(names))
            yield from reader.pages(batch)
        yield from reader.end()
    except ApiError as error:
        yield Page(endings=dict.fromkeys(names, error))


class PerTicket:
    """Reads all audits of changed tickets, for the streams ``names``.

    Audits that were made before ``known`` have been sent already, in an earlier run.
    """

    def __init__(
        self, context: ReadContext, names: Sequence[str], known: Mapping[str, int]
    ) -> None:
        self._context, self._names, self._known = context, names, known
        self._lists = history.audit_lists(context, names)
        self._owed = context.owed[names[0]]
        self._newest: dict[str, int] = {}
        self._bookmarks: dict[str, Bookmark] = {}

    def pages(self, batch: Batch) -> Iterator[Page]:
        """The audits of the tickets in ``batch`` that each stream wants."""
        wanted = {name: batch.parents(name) for name in self._names}
        yield from self._read(wanted)
        self._bookmarks |= {name: batch.bookmarks.get(name, {}) for name in self._names}
        if self._may_move():
            yield Page({}, {name: mark for name, mark in self._bookmarks.items() if mark})

    def _may_move(self) -> bool:
        """May the bookmarks move? Not while tickets were passed over that all streams need."""
        return not (self._owed.is_closed or self._owed.passed_over)

    def _read(self, wanted: Mapping[str, Sequence[Row]]) -> Iterator[Page]:
        wanting: dict[str, list[str]] = {}
        for name, rows in wanted.items():
            for row in rows:
                wanting.setdefault(str(row["id"]), []).append(name)
        for some in in_parts(wanting):
            owed = {ticket for ticket in some if ticket in self._owed}
            parts = []
            for audit in history.audits_in(self._lists.below(some)):
                ticket = str(audit["ticket_id"])
                names = self._names_for(audit, wanting[ticket], is_owed=ticket in owed)
                parts.append(history.rows_of(names, audit, audits.event(audit)))
            yield Page(history.merged(parts))

    def _names_for(self, audit: Row, wanting: Sequence[str], *, is_owed: bool) -> Sequence[str]:
        """The streams to which the audit is news: all of them if its ticket was owed."""
        made = epoch(audit.get(READ_TO)) or 0
        names: Sequence[str] = self._names
        if not is_owed:
            names = [name for name in wanting if is_since(made, self._known.get(name, 0))]
        for name in names:
            self._newest[name] = max(self._newest.get(name, 0), made)
        return names

    def end(self) -> Iterator[Page]:
        """What the first read by tickets needs, so that the event export may go on from there.

        The export of tickets holds back the last minute; tickets that changed in it are looked up
        in their list. Otherwise the event export, which begins where the audits ended, would not
        show what came before.
        """
        if self._owed.is_closed:
            refusal = StreamRefused("tickets refuse to show their audits", status=403)
            yield Page(endings=dict.fromkeys(self._names, refusal))
        if not self._may_move():
            return
        ended = self._first_ends()
        if not ended:
            return
        for rows in tickets.listed_since(self._context, min(ended.values())):
            yield from self._read({name: _after(rows, moment) for name, moment in ended.items()})
        ends = {}
        for name, moment in ended.items():
            read_to = text(min(self._newest[name], moment))
            ends[name] = {**self._bookmarks[name], READ_TO: read_to}
        yield Page({}, ends)

    def _first_ends(self) -> dict[str, int]:
        """Where the walk ended for the streams that now were read for the first time.

        A walk through lists that met archived tickets alone does not say where it ended.
        """
        ended = {}
        for name in self._newest:
            bookmark = self._bookmarks.get(name, {})
            moment = epoch(bookmark.get(TICKET_KEYS.moment))
            if moment is not None and READ_TO not in bookmark:
                ended[name] = moment
        return ended


def _after(rows: Iterable[Row], moment: int) -> list[Row]:
    """Those of some listed tickets that came into their export after ``moment``."""
    return [row for row in rows if (tickets.generated(row) or tickets.updated(row)) > moment]


READER = Reader((TICKETS, METRICS, *history.STREAMS, CONVERSATION_LOG), _pages, tickets.PROBE)
