"""What changed since the bookmark, read in windows: one context by id through all that changed since the window's beginning.

A bookmark is {"since_updated_at": B}: all that changed before B is out, so B is where the next window begins. While a window is
being read it is {"since_updated_at": B, "context": {"since": S, "since_id": I, "until": U}}: of what changed since S the rows up
to the id I are out. B is the greatest updated_at seen so far, at most the server's clock when the context began: what changes behind
the context is found by the next one, which follows at once where a context was interrupted. U, in seconds since 1970 as searches
take them, is the last change in the account when the context began, and stands for that clock in the state: the same account
gives the same state.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from tap_common import times
from tap_common.context import ReadContext
from tap_common.errors import ApiError, UsageError
from tap_common.stream import Bookmark, Row
from tap_common.vendor import Reply, Request
from tap_desk.hal import identifier, stamp
from tap_desk.search import Misbehaved, by_id, by_time, is_all, last_change

LEAF = "since_updated_at"


@dataclass
class Position:
    """How far one stream is.

    ``bound`` is where its next window begins ("" while unknown), ``since`` where this one began, ``last`` the id up to which rows
    are out. ``bound`` does not go beyond ``cap`` in this run, nor beyond ``until`` in one that goes on where this one is
    interrupted. ``told`` says whether there is anything in this context to tell.
    """

    bound: str
    since: str
    last: int = 0
    cap: str = ""
    until: str = ""
    told: bool = False

    @classmethod
    def of(cls, context: ReadContext, stream: str) -> Position:
        """Where the stream's bookmark (or the start date) says to go on. UsageError if the state makes no sense."""
        bookmark = context.bookmark_time(stream, LEAF)
        bound = times.text(bookmark) if bookmark else ""
        interrupted = context.bookmarks[stream].get("context")
        if interrupted is None:
            return cls(bound, times.text(context.read_from(stream, LEAF)))
        try:
            opened, last = (
                times.text(times.parse(interrupted["since"])),
                int(interrupted["since_id"]),
            )
            until = _moment(int(interrupted["until"])) if "until" in interrupted else bound
        except (KeyError, OverflowError, TypeError, ValueError):
            raise UsageError(
                f"state: bookmarks.{stream}.context makes no sense; remove it to begin that window anew"
            ) from None
        return cls(bound, opened, last, until, until, told=True)

    def begin(self, reply: Reply, newest: str) -> None:
        """The context begins with ``reply``; the account's last change was at ``newest`` ("": unknown).

        What changes behind the context does so after the server's Date. A reply without one leaves our clock, which may be ahead.
        """
        began = times.text((reply.date - timedelta(seconds=1)).replace(microsecond=0))
        self.until = min(began, newest)
        self.cap = began if "Date" in reply.headers else self.until or began

    def take(self, rows: list[Row]) -> list[Row]:
        """The rows of a page in the order of ids that this stream still wants; one that does not say when it changed is."""
        wanted = [
            row
            for row in rows
            if (identifier(row) or 0) > self.last and (not stamp(row) or stamp(row) >= self.since)
        ]
        self.last = max([self.last, *(identifier(row) or 0 for row in rows)])
        self.told = self.told or bool(wanted)
        self.bound = max(self.bound, min(max(map(stamp, wanted), default=""), self.cap))
        return wanted

    def mark(self) -> Bookmark:
        """The bookmark in the middle of the context; {} while nothing was seen in it."""
        if not self.told:
            return {}
        until = {"until": str(int(times.parse(self.until).timestamp()))} if self.until else {}
        return {
            LEAF: self.bound,
            "context": {"since": self.since, "since_id": str(self.last), **until},
        }

    def done(self) -> Bookmark:
        """The bookmark after the context; {} if nothing was ever seen."""
        return {LEAF: self.bound} if self.bound else {}


def _moment(seconds: int) -> str:
    return times.text(datetime.fromtimestamp(seconds, UTC))


Batch = tuple[Mapping[str, list[Row]], dict[str, Bookmark]]


def changed(context: ReadContext, request: Request) -> Iterator[Batch]:
    """The rows of a search that each selected stream of the context wants, page by page, with the bookmarks that hold after them.

    Each way that the server does not go along with is left for the next one, which begins anew; bookmarks don't go back then.
    """
    told: dict[str, str] = {}
    status = 0
    for way in (_by_id, _by_time, _through_all, _through_list):
        try:
            for wanted, marks in way(
                context, request, {name: Position.of(context, name) for name in context.fields}
            ):
                onward = {
                    name: mark
                    for name, mark in marks.items()
                    if mark and mark[LEAF] >= told.get(name, "")
                }
                told.update({name: mark[LEAF] for name, mark in onward.items()})
                yield wanted, onward
        except Misbehaved as error:
            context.warn(f"{request.path}: {error}")
            status = error.status
        else:
            return
    raise ApiError(f"{request.path}: the search can't be read without losing rows", status=status)


def _by_id(
    context: ReadContext, request: Request, positions: Mapping[str, Position]
) -> Iterator[Batch]:
    """One context through the ids of the window, and if it had been interrupted another one for what changed behind it."""
    since = min(position.since for position in positions.values())
    fresh = [position for position in positions.values() if not position.cap]
    resumed = len(fresh) < len(positions)
    for rows, reply in by_id(
        context.api, request, since, min(position.last for position in positions.values())
    ):
        only = not resumed and is_all(reply)
        if fresh:
            newest = "" if only else last_change(context.api, request, since)
            for position in fresh:
                position.begin(reply, newest)
            fresh = []
        wanted = {name: position.take(rows) for name, position in positions.items()}
        yield (
            wanted,
            {} if only else {name: position.mark() for name, position in positions.items()},
        )
    done = {name: position.done() for name, position in positions.items()}
    yield {}, done
    if resumed:
        onward = replace(context, bookmarks=done)
        following = {name: Position.of(onward, name) for name in done}
        for name, position in following.items():
            position.since = max(position.since, positions[name].since)
        yield from _by_id(onward, request, following)


def _by_time(
    context: ReadContext, request: Request, positions: Mapping[str, Position]
) -> Iterator[Batch]:
    """From second to second. A bookmark moves when the reading has passed it."""
    newest = dict.fromkeys(positions, "")
    fresh = list(positions.values())
    for rows, second, reply in by_time(
        context.api, request, min(position.since for position in positions.values())
    ):
        for position in fresh:
            position.begin(reply, "")
        fresh = []
        wanted = {
            name: [row for row in rows if stamp(row) >= position.since]
            for name, position in positions.items()
        }
        for name, kept in wanted.items():
            newest[name] = max(
                newest[name], min(max(map(stamp, kept), default=""), positions[name].cap)
            )
        reached = {name: min(second, newest[name]) for name in positions}
        yield (
            wanted,
            {
                name: {LEAF: reached[name]}
                for name in positions
                if reached[name] > positions[name].bound
            },
        )
    for name, position in positions.items():
        position.bound = max(position.bound, newest[name])
    yield {}, {name: position.done() for name, position in positions.items()}


def _through_all(
    context: ReadContext, request: Request, positions: Mapping[str, Position]
) -> Iterator[Batch]:
    """One context through all ids, whenever they changed. The bookmarks move at its end."""
    fresh = list(positions.values())
    for rows, reply in by_id(context.api, request, None, 0):
        for position in fresh:
            position.last = 0
            position.begin(reply, "")
        fresh = []
        yield {name: position.take(rows) for name, position in positions.items()}, {}
    yield {}, {name: position.done() for name, position in positions.items()}


def _through_list(
    context: ReadContext, request: Request, positions: Mapping[str, Position]
) -> Iterator[Batch]:
    """The same through the plain list: exporters gave it since_id and an order, too (desk-php's exporter, Data Virtuality)."""
    yield from _through_all(
        context, replace(request, path=request.path.removesuffix("/search")), positions
    )
