"""The way from page to page of an incremental export.

Source: developer.zendesk.com, "Incremental Exports" of the Chat API, unless a line says otherwise.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from urllib.parse import parse_qsl, urlsplit

from tap_common.errors import ApiError
from tap_common.guard import WalkGuard
from tap_common.page_lengths import SHORTEST_CUT, PageLengths, is_round
from tap_common.page_size import PageSize
from tap_common.stream import Row
from tap_common.vendor import Reply
from tap_zendesk_chat.export import Export, Position

LARGEST_PAGE = 1000
YOUNGEST = timedelta(minutes=5)
"""The vendor refuses a start_time that is not older than this."""
MARGIN = timedelta(minutes=1)
"""Time that may pass until a request arrives, and for clocks that differ."""
LONG_PAUSES = 3
"""So many times the longest pause between two rows of a page make its end doubtful."""
REFUSALS = frozenset(range(400, 500)) - {408, 429}
"""The docs do not say with which status a start_time that is too young is refused."""
BAD_REQUEST = frozenset({400, 422})
"""What refuses a value that the vendor does not know or want."""


class Walk:
    """Where a walk through ``export`` stands: at which ``position``, with pages of which ``size``.

    Each page goes on where the vendor's link leads: at the time and id of its last row, since
    thousands of rows can change in one second. The walk ends with a page after which none can
    follow (PageLengths), or that brings nothing new.

    The vendor refuses to begin in the last minutes. A page that ends in them is followed by one of
    the largest size from the youngest time allowed, which ``overlaps`` the pages before. Only if
    that is full, the vendor's link is tried. What is then refused belongs to the next walk. So does
    what comes after a short page, if the vendor takes its end for too young: such refusals are
    ``expected``. ``longest_known`` is the length of the longest page that another export of this
    run had, or this one in an earlier run.
    """

    def __init__(
        self, export: Export, size: PageSize, position: Position, longest_known: int
    ) -> None:
        self.size, self.position = size, position
        self.overlaps = False
        self.expected: frozenset[int] = frozenset()
        self._export, self._longest_known = export, longest_known
        self._guard = WalkGuard(export.path)
        self._lengths = PageLengths()

    def goes_on(self, reply: Reply, rows: list[Row], end: datetime, *, has_new_rows: bool) -> bool:
        """Moves to the page after ``reply``, which ends at ``end``; returns whether there is one.

        ApiError if the pages lead nowhere.
        """
        asked = int(reply.request.params["limit"])
        is_full = len(rows) >= asked
        doubt = partial(_is_doubtful, reply, self._export, rows, self._longest_known)
        may_go_on = self._lengths.may_go_on(len(rows), asked, doubt) or announced(reply) > len(rows)
        following = _following(reply, self._export, rows)
        if following is None or not may_go_on or (self.overlaps and not is_full):
            return False
        leads_back = not has_new_rows or {**self.position, **following} == self.position
        if leads_back:
            following = _past_last_row(reply, following, rows)
        latest = latest_start(reply.date)
        if following == self.position:
            if not is_full:
                return False
            self.size = _larger(asked, self._export)
        elif end > latest and not self.overlaps:
            following = self._export.position_at(latest)
            self.size = PageSize(LARGEST_PAGE)
            self.overlaps = True
        else:
            moments = [(self._export.key(row), row.get(self._export.time_field)) for row in rows]
            self._guard.check(hash(f"{moments} {leads_back}"), has_new_rows)
        self.position = following
        self.expected = _expected(is_full, self.overlaps)
        return True


def _expected(is_full: bool, overlaps: bool) -> frozenset[int]:
    """The statuses that end a walk after a page without an error."""
    if overlaps:
        return REFUSALS
    return frozenset() if is_full else BAD_REQUEST


def latest_start(now: datetime) -> datetime:
    """The latest time that may be asked for."""
    return now - YOUNGEST - MARGIN


def announced(reply: Reply) -> int:
    """How many rows there are, as ``count`` in the reply says; 0 where it does not say."""
    try:
        return int(reply.data.get("count"))
    except (TypeError, ValueError, OverflowError):
        return 0


def _following(reply: Reply, export: Export, rows: list[Row]) -> Position | None:
    """Where the page after ``reply`` begins, or None if the reply says that it is the last.

    The link's parameters are used, whatever they are called, but not its address: that is the
    vendor's, even if this account is read through a proxy. Without any link the walk goes on at
    the time of the last row. ApiError if the last row of a full page bears no time.
    """
    link = parse_qsl(urlsplit(str(reply.data.get("next_page") or "")).query)
    position = {name: value for name, value in link if name not in ("fields", "limit")}
    end_time, end_id = reply.data.get("end_time"), reply.data.get("end_id")
    if position:
        return position
    is_short = len(rows) < int(reply.request.params["limit"])
    if not rows or (is_short and "next_page" in reply.data):
        return None
    if end_time is not None:
        return {"start_time": str(end_time), **({"start_id": str(end_id)} if end_id else {})}
    last = export.row_moment(rows[-1])
    if last is not None:
        return export.position_at(last)
    if is_short:
        return None
    raise ApiError(f"{export.path}: a full page does not say where the next one begins")


def _past_last_row(reply: Reply, following: Position, rows: list[Row]) -> Position:
    """The position after the last row, where ``following``, its time, leads back to it.

    That is ``following`` if it is no time, or if the row has no id.
    """
    last_id = reply.data.get("end_id") or rows[-1].get("id")
    if last_id is None or "start_time" not in following:
        return following
    return {**following, "start_id": str(last_id)}


def _is_doubtful(reply: Reply, export: Export, rows: list[Row], longest_known: int) -> bool:
    """May another page follow, although this one is shorter than asked for?

    Its length may be one that somebody has chosen. Or nothing happened after it for several times
    as long as within it, so that more rows are likely, unless the account is no longer in use. If
    the server is known to give longer pages, only a length that somebody may have chosen since then
    counts.
    """
    if len(rows) < longest_known:
        return is_round(len(rows)) and len(rows) >= SHORTEST_CUT
    if is_round(len(rows)):
        return True
    found = [export.row_moment(row) for row in rows]
    moments = sorted(moment for moment in found if moment is not None)
    pauses = [later - earlier for earlier, later in pairwise(moments)]
    return not pauses or reply.date - moments[-1] > LONG_PAUSES * max(pauses)


def _larger(asked: int, export: Export) -> PageSize:
    """The largest page size, for a full page that leads to itself.

    ApiError if it was of that size.
    """
    if asked >= LARGEST_PAGE:
        raise ApiError(
            f"{export.path}: {asked} rows or more share one moment, and the API does not lead past "
            "them"
        )
    return PageSize(LARGEST_PAGE)
