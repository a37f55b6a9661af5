"""What changed since the bookmark, read in windows.

A window is one walk by id through all that changed since the window's beginning (``position``).
Servers that do not go along with that are read in other ways.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace

from tap_common.context import ReadContext
from tap_common.errors import ApiError
from tap_common.stream import Bookmark, Row
from tap_common.vendor import Request
from tap_common.watermark import Watermark
from tap_desk.lists import LARGEST_PAGE
from tap_desk.position import SINCE, Position
from tap_desk.rows import changed_at
from tap_desk.search import by_id, by_time, last_change
from tap_desk.search_page import Misbehaved

MOST_LATER_PAGES = 20
"""Pages of what changed after a read by time began, or is dated in the future, that it follows."""

Positions = Mapping[str, Position]
Wanted = tuple[Mapping[str, list[Row]], Mapping[str, Bookmark]]
"""The rows that each stream wants of a page, and the bookmarks that hold once they are written."""


def changed(context: ReadContext, request: Request) -> Iterator[Wanted]:
    """What each selected stream wants of a search, page by page.

    Where the server does not go along with one strategy, the next one begins anew. No bookmark
    moves backwards then. ApiError if none of them can read the search without losing rows.
    """
    begin = {name: Position.from_state(context, name) for name in context.fields}
    reached: dict[str, str] = {}
    status = 0
    for strategy in (_by_ids, _by_times, _all_ids, _plain_list):
        try:
            for rows, bookmarks in strategy(context, request, begin):
                onward = {
                    name: bookmark
                    for name, bookmark in bookmarks.items()
                    if bookmark and bookmark[SINCE] >= reached.get(name, "")
                }
                reached.update({name: bookmark[SINCE] for name, bookmark in onward.items()})
                yield rows, onward
            return
        except Misbehaved as error:
            context.warn(f"{request.path}: {error}")
            status = error.status
    text = f"{request.path}: the search can't be read without losing rows"
    raise ApiError(text, status=status)


def _by_ids(context: ReadContext, request: Request, begin: Positions) -> Iterator[Wanted]:
    """One walk through the ids of the window, and after one that had been interrupted another walk
    for what changed behind it."""
    was_interrupted = not all(position.is_fresh for position in begin.values())
    ended = yield from _walk(context, request, begin, is_last=not was_interrupted)
    if was_interrupted:
        following = {name: position.following(context, name) for name, position in ended.items()}
        yield from _walk(context, request, following, is_last=True)


def _walk(
    context: ReadContext, request: Request, positions: Positions, *, is_last: bool
) -> Generator[Wanted, None, Positions]:
    """One walk through the ids of the window; returns the positions at its end.

    A page's bookmark holds once the page after it has come, which shows whether any row was left
    out. If the only page of the last walk brings all, there is no bookmark in its middle.
    """
    since = min(position.since for position in positions.values())
    last = min(position.last for position in positions.values())
    size = context.page_size(LARGEST_PAGE)
    for page in by_id(context.api, request, size, since, last):
        is_all = is_last and page.is_all
        if any(position.is_fresh for position in positions.values()):
            newest = "" if is_all else last_change(context.api, request, since)
            positions = {
                name: position.begun(page.reply, newest) for name, position in positions.items()
            }
        rows = {name: position.wanted(page.rows) for name, position in positions.items()}
        proven = {name: position.to_state() for name, position in positions.items()}
        positions = {
            name: position.after(page.rows, rows[name]) for name, position in positions.items()
        }
        yield rows, {} if is_all else proven
    yield {}, {name: position.at_end() for name, position in positions.items()}
    return positions


def _by_times(context: ReadContext, request: Request, begin: Positions) -> Iterator[Wanted]:
    """From second to second. A bookmark moves to a second when all before it has been read, and the
    page after it has shown that the search leaves out what has come.

    What changes after the read began is followed for some pages and then left to the next read, so
    that the read ends even if the account changes faster than it is read.
    """
    positions = {name: _anew(position) for name, position in begin.items()}
    since = min(position.since for position in positions.values())
    size = context.page_size(LARGEST_PAGE)
    proven: dict[str, Bookmark] = {}
    later_pages = 0
    for page in by_time(context.api, request, size, since):
        rows = {}
        passed: dict[str, Bookmark] = {}
        for name, position in positions.items():
            rows[name] = [row for row in page.rows if changed_at(row) >= position.since]
            positions[name] = position.begun(page.reply, "").seen(rows[name])
            second = min(page.second, positions[name].watermark.value or "")
            if second > (position.watermark.before or ""):
                passed[name] = {SINCE: second}
        yield rows, proven if page.narrowed else {}
        if later_pages > MOST_LATER_PAGES:
            break
        proven = passed
        later_pages += all(position.is_passed(page.second) for position in positions.values())
    yield {}, {name: position.at_end() for name, position in positions.items()}


def _all_ids(context: ReadContext, request: Request, begin: Positions) -> Iterator[Wanted]:
    """One walk through all ids, whenever they changed. The bookmarks move at its end."""
    positions = {name: _anew(position) for name, position in begin.items()}
    size = context.page_size(LARGEST_PAGE)
    for page in by_id(context.api, request, size, None, 0):
        positions = {name: position.begun(page.reply, "") for name, position in positions.items()}
        rows = {name: position.wanted(page.rows) for name, position in positions.items()}
        positions = {
            name: position.after(page.rows, rows[name]) for name, position in positions.items()
        }
        yield rows, {}
    yield {}, {name: position.at_end() for name, position in positions.items()}


def _plain_list(context: ReadContext, request: Request, begin: Positions) -> Iterator[Wanted]:
    """The same through the plain list.

    Exporters gave it since_id and an order, too (desk-php's exporter, Data Virtuality).
    """
    plain = replace(request, path=request.path.removesuffix("/search"))
    yield from _all_ids(context, plain, begin)


def _anew(position: Position) -> Position:
    """The same window from its beginning."""
    return Position(Watermark(position.watermark.before), position.since)
