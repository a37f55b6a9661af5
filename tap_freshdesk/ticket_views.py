"""What only the single view of a ticket shows: the attachments of its first message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from tap_common.context import ReadContext
from tap_common.errors import ApiError
from tap_common.replies import object_in
from tap_common.stream import Row, Stream
from tap_freshdesk import small_lists
from tap_freshdesk.ticket_list import TicketList


class TicketViews:
    """The single views of one run, if they are asked for.

    A ticket whose view fails comes without it and is owed, as a parent of children is: later runs
    ask for its view alone. The bookmark of ``stream`` remembers such a ticket as "list/id", by one
    of the names of ``lists``. ``failure`` is what the first view that failed in this run met.
    """

    def __init__(
        self, context: ReadContext, stream: Stream, tickets: TicketList, lists: AbstractSet[str]
    ) -> None:
        self._context, self._stream, self._tickets = context, stream, tickets
        self._lists, self._owed = lists, context.owed[stream.name]
        self._asked_in_vain: set[str] = set()
        self._are_wanted: bool = context.config["ticket_attachments"] and context.wants(
            stream.name, "attachments"
        )
        self.failure: ApiError | None = None

    def owed(self) -> Iterator[tuple[str, Row]]:
        """The tickets whose views earlier runs could not read, each with the name of its list.

        Each is asked for once.
        """
        if not self._are_wanted:
            self._settle(self._owed)
            return
        for key in self._owed.due(self._context.now()):
            name, _, ticket = key.partition("/")
            try:
                row = object_in(self._tickets.view(ticket))
            except ApiError as error:
                self._note(key, error)
            else:
                self._settle([key])
                yield name, row

    def added_to(self, tickets: Sequence[Row], name: str) -> list[Row]:
        """The ``tickets`` of the list ``name`` with what their views show.

        What the list shows of a ticket stays, because the bookmark speaks of that. Nothing is asked
        once so many views failed that the stream fails and its bookmark stays.
        """
        if not self._are_wanted or self._owed.is_full_of_failures:
            return list(tickets)
        known = [row for row in tickets if row.get("id")]
        self._settle(f"{other}/{row['id']}" for row in known for other in self._lists - {name})
        asked = [row for row in known if self._is_to_be_asked(row, name)]
        complete = small_lists.with_details(
            self._context, self._stream, asked, failed_before=len(self._asked_in_vain)
        )
        found: dict[Any, Row] = {}
        for row in complete.rows:
            key, error = f"{name}/{row['id']}", complete.failures.get(row["id"])
            if error is None:
                self._settle([key])
            else:
                self._note(key, error)
            found[row["id"]] = row
        return [{**found.get(row.get("id"), {}), **row} for row in tickets]

    def _is_to_be_asked(self, row: Row, name: str) -> bool:
        return "attachments" not in row and f"{name}/{row['id']}" not in self._asked_in_vain

    def _settle(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._owed.settle(key)

    def _note(self, key: str, error: ApiError) -> None:
        """Takes note of a view that did not come: nothing is owed of one that is refused."""
        if small_lists.is_not_shown(error):
            self._settle([key])
            return
        self.failure = self.failure or error
        self._asked_in_vain.add(key)
        self._owed.note_failed(key, error, self._context.now())
