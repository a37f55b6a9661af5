"""How the list of tickets is asked, and what an account has shown of its ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tap_common.context import ReadContext
from tap_common.errors import ApiError
from tap_common.page_size import PageSize
from tap_common.vendor import Reply, Request
from tap_freshdesk.api import LISTED_TICKETS
from tap_freshdesk.lists import LARGEST_PAGE, refuses, second_after

DOUBTS = 3
"""A 403 on /tickets has been seen to pass (singer-io/tap-freshdesk issue 28), so it is doubted."""
INCLUDE_CREDITS = 2
UNDOCUMENTED = "company"
"""The reference does not name this include for the list, though singer-io's tap has sent it since
2018, so an account may refuse it."""
BEGINNING = "1970-01-01T00:00:00Z"


class TicketList:
    """The list of tickets with ``includes``, counted for ``stream``.

    ``is_exclusive`` becomes true when the account turns out to leave out the second that
    ``updated_since`` names; from then on it is asked from a second earlier.
    """

    def __init__(self, context: ReadContext, stream: str, includes: Sequence[str] = ()) -> None:
        self.api, self.warn = context.api, context.warn
        self.size = PageSize(context.page_size(LARGEST_PAGE))
        self.is_exclusive = False
        self._stream = stream
        self._includes = tuple(includes)

    def page(self, params: Mapping[str, str], since: str) -> Reply:
        """The first page of tickets that changed at or after ``since``, by time of change.

        ``params`` choose the list: the live tickets, spam or deleted ones.
        """
        try:
            return self.size.get(self.api, lambda rows: self.request(params, since, rows))
        except ApiError as error:
            self._do_without_include(error)
            return self.page(params, since)

    def view(self, ticket: str) -> Reply:
        """The single view of one ticket, which is asked for once."""
        try:
            return self.api.get(replace(self.single(ticket), attempts=1))
        except ApiError as error:
            self._do_without_include(error)
            return self.view(ticket)

    def _do_without_include(self, error: ApiError) -> None:
        """Leaves out the include that the account refuses. Raises any other ``error``."""
        if UNDOCUMENTED not in self._includes or not refuses(error, "include"):
            raise error
        self._includes = tuple(name for name in self._includes if name != UNDOCUMENTED)

    def request(
        self,
        params: Mapping[str, str],
        since: str,
        rows: int,
        order: str = "updated_at",
        direction: str = "asc",
    ) -> Request:
        """The request for a page of so many rows, in any order."""
        since = second_after(since, -1) if self.is_exclusive else since
        asked = {
            **params,
            **self._included(self._includes),
            "per_page": rows,
            "updated_since": since,
            "order_by": order,
            "order_type": direction,
        }
        return Request(
            "tickets",
            self._stream,
            asked,
            bucket=LISTED_TICKETS,
            tries=DOUBTS,
            cost=1 + INCLUDE_CREDITS * len(self._includes),
        )

    def single(self, ticket: int | str) -> Request:
        """The request for one ticket, which always comes with its description."""
        names = [name for name in self._includes if name != "description"]
        request = Request(f"tickets/{ticket}", self._stream, self._included(names), child=True)
        return replace(request, cost=1 + len(names))

    def _included(self, names: Sequence[str]) -> dict[str, Any]:
        return {"include": ",".join(names)} if names else {}
