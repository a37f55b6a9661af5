"""Tickets by time of change, read so that none is lost while they change.

/tickets is a moving list: a ticket that is updated leaves its place and goes to the end, and all
that follow move up by one, so that with plain paging the first row of the next page is never seen.
Therefore each page is asked for anew from the last second read, always as page 1. Only a second
that fills a page is paged (``full_second``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple, Self

from tap_common import times
from tap_common.errors import ApiError
from tap_common.guard import WalkGuard
from tap_common.replies import rows_in
from tap_common.stream import Row
from tap_common.vendor import Reply
from tap_freshdesk.full_second import FullSecond, TicketVersion, ticket_version
from tap_freshdesk.lists import ListEnd, second_after, stamp
from tap_freshdesk.ticket_list import TicketList

ChangedPage = tuple[list[Row], str]
Versions = frozenset[TicketVersion]
MOST_ROUNDS = 10
"""Where tickets change half as fast as they are read, each round is half as long as the one before.
"""
SECONDS_UNTIL_OVER = 2


def changed(tickets: TicketList, params: Mapping[str, str], since: str) -> Iterator[ChangedPage]:
    """The tickets changed at or after ``since`` (RFC 3339, whole seconds), oldest change first.

    ``params`` choose the list. Yields (rows, second): all rows changed before ``second`` have been
    yielded, so that a later read may begin there. It is never ahead of the vendor's clock, because
    a row that is ahead of it must not hide what changes until then. Some tickets of the second
    before ``since`` may come too, since nobody says whether the filter includes its own second.

    Tickets that change faster than they are read would let no walk end. So it ends after some
    rounds; a later read goes on there.
    """
    guard, end, rounds = WalkGuard("tickets"), ListEnd(tickets.api), _Rounds()
    anchor, waited_for, is_first = _Anchor(second_after(since, -1)), "", True
    while True:
        reply = _page_from(tickets, params, anchor)
        page, asked = rows_in(reply), anchor.second
        moments, may_go_on = _moments(page, asked), end.may_go_on(reply)
        if may_go_on or not is_first:
            _assert_ascending(moments)
        fresh = [row for row in page if ticket_version(row) not in anchor.sent]
        clock, is_first = times.second_of(reply.date), False
        if page:
            yield fresh, min(max(moments), clock)
        if not may_go_on:
            return
        _assert_dated(page)
        if rounds.are_enough(moments[-1], clock):
            tickets.warn(
                "tickets: they change faster than they can be read; what changed after "
                f"{moments[-1]} is left to the next run"
            )
            return
        if moments[-1] > anchor.second:
            anchor = _Anchor.at_end_of(page, moments[-1], clock)
        elif not _is_over(anchor.second, clock) and waited_for != anchor.second:
            waited_for = anchor.second
            tickets.api.clock.sleep(SECONDS_UNTIL_OVER)
            continue
        else:
            for rows in FullSecond(tickets, params, anchor.second, reply, anchor.sent).rest():
                yield rows, min(anchor.second, clock)
            anchor = _Anchor(second_after(anchor.second))
        # A row from before the second that was asked for is not new: it came before.
        guard.check(anchor.second, sum(stamp(row, asked) >= asked for row in fresh))


class _Anchor(NamedTuple):
    """The second with which a page begins.

    Of its tickets those that are ``seen`` have come, and those that are ``sent`` need not be sent
    again: they can't change any more in that second.
    """

    second: str
    seen: Versions = Versions()
    sent: Versions = Versions()

    @classmethod
    def at_end_of(cls, page: list[Row], second: str, clock: str) -> Self:
        """The second in which the ``page`` ended that was sent at ``clock``."""
        seen = Versions(ticket_version(row) for row in page if stamp(row) == second)
        return cls(second, seen, seen if _is_over(second, clock) else Versions())


class _Rounds:
    """Counts how often a walk came to the time at which its last round began."""

    def __init__(self) -> None:
        self._rounds, self._goal = 0, ""

    def are_enough(self, reached: str, clock: str) -> bool:
        """Takes note of how far a page reached, and of the vendor's clock at that time."""
        if self._goal < reached <= clock:
            self._rounds, self._goal = self._rounds + 1, clock
        return self._rounds > MOST_ROUNDS


def _is_over(second: str, clock: str) -> bool:
    """Is it certain that nothing more changed in ``second`` after a reply sent at ``clock``?

    A ticket may change twice in a second, and the time of the change does not show that. A reply
    may be a second older than its clock.
    """
    return second_after(second, SECONDS_UNTIL_OVER) <= clock


def _page_from(tickets: TicketList, params: Mapping[str, str], anchor: _Anchor) -> Reply:
    """The page that begins with the second of ``anchor``.

    If no ticket of that second is there, they have all changed meanwhile, or this account leaves
    out the second that it is asked for. The page from a second earlier shows which is true.
    """
    reply = tickets.page(params, anchor.second)
    if not anchor.seen or tickets.is_exclusive or _holds(reply, anchor.second):
        return reply
    earlier = tickets.page(params, second_after(anchor.second, -1))
    if not _holds(earlier, anchor.second):
        return reply
    tickets.is_exclusive = True
    return earlier


def _holds(reply: Reply, second: str) -> bool:
    """Does the page hold a ticket that changed in ``second``?"""
    return any(stamp(row) == second for row in rows_in(reply))


def _moments(page: list[Row], since: str) -> list[str]:
    """When each row of ``page`` changed. For one that does not say so: when the one before did."""
    moments: list[str] = []
    for row in page:
        moments.append(stamp(row, moments[-1] if moments else since))
    return moments


def _assert_ascending(moments: Sequence[str]) -> None:
    """ApiError if a list of several pages is in another order than the one asked for."""
    if any(before > after for before, after in pairwise(moments)):
        raise ApiError(
            "tickets: the list does not come in the order asked for (updated_at ascending); "
            "reading on would lose rows"
        )


def _assert_dated(page: list[Row]) -> None:
    """ApiError if nothing says from which second to go on."""
    if not any(map(stamp, page)):
        raise ApiError(
            "tickets: no ticket of a page says when it changed, although another page may follow; "
            "reading on would never end"
        )
