"""The incremental exports: cursor and time pages over what changed."""

import re
from base64 import b64decode, b64encode
from bisect import bisect_right
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from sandbox.errors import Refusal
from sandbox.table import Row
from sandbox.zendesk_support import ids, paging
from sandbox.zendesk_support.call import Call
from sandbox.zendesk_support.lists import check_path
from sandbox.zendesk_support.population import Feed, Listing, State

LARGEST = 1_000
Pairs = list[tuple[int, int]]
_CURSOR = re.compile(r"(\d+)\.0\|\|(\d+)\|")


class Export(NamedTuple):
    """What an export walks over: a feed, how a number becomes a row and an id, what is hidden.

    ``lenient`` exports accept a start_time of the last minute.
    """

    feed: Feed
    row: Callable[[int], Row]
    base: int = 0
    keep: Callable[[int], bool] | None = None
    lenient: bool = False


def answer(spec: Row, call: Call) -> Row:
    """Returns a page of the export that an entry of data/routes/ describes."""
    check_path(spec, call)
    stream = spec["export"]
    export = _big(call, stream) or _small(spec, call)
    if spec["by"] == "either" and "page[size]" in call.args:
        rows, rest = _by_list_cursor(call, export)
        return {stream: rows, **rest}
    by_cursor = spec["by"] == "cursor"
    page, rest = _by_cursor(call, export) if by_cursor else _by_time(call, export, spec)
    numbers = [number for _, number in page]
    call.delivered(stream, numbers)
    envelope = str(spec.get("envelope", stream))
    document: Row = {envelope: [export.row(number) for number in numbers], **rest}
    _add_sideloads(call, stream, numbers, document)
    if "end" in spec:
        is_last = document.pop("end_of_stream")
        if spec["end"] == "meta":
            document |= {"filter": None, "meta": {"has_more": not is_last}}
        elif spec["end"] == "null" and is_last:
            document["next_page"] = None
    return document


def _big(call: Call, stream: str) -> Export | None:
    """Returns the export of one of the streams that remember when each row changed last."""
    account = call.account
    scope = account.tickets.scope(call.args.get("support_type_scope", "agent"))
    if stream == "ticket_metric_events":
        return Export(account.metric_events, account.metric_event, lenient=True)
    if stream in account.big:
        big, keep = account.big[stream], scope if stream == "tickets" else None
        return Export(big.exported, big.row, big.first_id, keep)
    if stream != "ticket_events":
        return None

    def is_shown(number: int) -> bool:
        ticket = number // ids.AUDITS_PER_TICKET
        is_hidden = not call.options.messaging_events and account.is_messaging(ticket)
        return not is_hidden and (scope is None or scope(ticket))

    event = partial(account.audits.event, with_comments=call.asks_for("comment_events"))
    return Export(account.events, event, keep=is_shown)


def _small(spec: Row, call: Call) -> Export:
    """Returns the export of a small stream, or of its rows that the path names."""
    below, time = spec.get("below"), spec.get("time", "updated_at")
    rows = [
        row
        for row in call.account.table(spec["export"]).values()
        if below is None or row[below] in call.ids
    ]
    times = [call.moment(row, time) for row in rows]
    return Export(Feed(zip(times, range(len(rows)), strict=True)), rows.__getitem__)


# Pages


def _start_time(call: Call, lenient: bool) -> int:
    """Returns start_time, of which the leading digits count (inferred from STITCH).

    One that is younger than a minute is a 400 (AIRBYTE 23246).
    """
    digits = re.match(r"\d+", call.args.get("start_time", ""))
    if not digits:
        raise Refusal("start missing")
    start = int(digits[0])
    if not lenient and start > call.account.now() - call.options.min_age:
        raise Refusal("start recent")
    return start


def _size(call: Call, parameter: str = "per_page") -> int:
    options = call.options
    size = min(LARGEST, call.number(parameter) or LARGEST)
    if options.slow_per_page and size > options.slow_per_page:
        raise Refusal(504)
    return min(size, options.max_page)


def _until(call: Call) -> int:
    return call.account.now() - call.options.hold_back


def _encode(pair: tuple[int, int], base: int) -> str:
    at, number = pair
    return b64encode(f"{at}.0||{number + base}|".encode()).decode()


def _decode(cursor: str) -> tuple[int, int]:
    try:
        found = _CURSOR.fullmatch(b64decode(cursor, validate=True).decode("latin-1"))
    except ValueError:
        found = None
    if not found:
        raise Refusal("bad page", reason="cursor is not valid")
    return int(found[1]), int(found[2])


def _by_cursor(call: Call, export: Export) -> tuple[Pairs, Row]:
    """Returns a cursor page, and its envelope without the rows."""
    cursor, feed, base = call.args.get("cursor"), export.feed, export.base
    if cursor:
        at, own_id = _decode(cursor)
        start = bisect_right(feed, (at, own_id - base))
    else:
        start = feed.begin(_start_time(call, export.lenient))
    page, is_last = feed.page(start, _until(call), _size(call), export.keep)
    after = cursor if call.options.empty_cursor == "same" else None
    before = None
    if page:
        after = _encode(page[-1], base)
        before = _encode(page[0], base) if cursor else None
    link = partial(call.request.link, without=("start_time",))
    return page, {
        "after_url": link({"cursor": after}) if after else None,
        "before_url": link({"cursor": before}) if before else None,
        "after_cursor": after,
        "before_cursor": before,
        "end_of_stream": is_last,
    }


def _by_time(call: Call, export: Export, spec: Row) -> tuple[Pairs, Row]:
    """Returns a time page, and its envelope without the rows.

    A page begins with the second that ended the last one, and a second with more rows than a page
    is never left behind (POSTHOG 59215); or pages are filled up to the whole second (LIVE).
    """
    since, until, feed = _start_time(call, export.lenient), _until(call), export.feed
    size = min(spec.get("most", LARGEST), _size(call))
    page, is_last = feed.page(feed.begin(since), until, size, export.keep)
    end = since if call.options.empty_cursor == "same" else None
    if page:
        end = page[-1][0]
    if page and not is_last and call.options.time_border == "whole":
        last = page[-1][0]
        rest, is_last = feed.page(feed.begin(last), last, len(feed), export.keep)
        page = [pair for pair in page if pair[0] < last] + rest
        is_last = feed.begin(last + 1) >= feed.begin(until + 1)
        end = last if is_last else last + 1
    return page, {
        "next_page": call.request.link({"start_time": end}) if end is not None else None,
        "count": len(page),
        "end_time": end,
        "end_of_stream": is_last,
    }


def _by_list_cursor(call: Call, export: Export) -> tuple[list[Row], Row]:
    """Metric events page as lists do, with up to 1,000 rows (ESTUARY)."""
    _size(call, "page[size]")
    feed, order = export.feed, ("time_at", "id")
    begin, end = feed.begin(_start_time(call, export.lenient)), feed.begin(_until(call) + 1)
    keys = feed[begin:end]
    listing = Listing(keys, lambda key: export.row(key[1]), order, ids.METRIC_EVENTS)
    return paging.by_cursor(call, listing, largest=LARGEST)


# Sideloads


def _add_sideloads(call: Call, stream: str, numbers: list[int], document: Row) -> None:
    if stream == "tickets":
        _add_metric_sets(call, numbers, document)
        add_comment_counts(call, document)
    if stream == "users" and call.asks_for("identities"):
        users = call.account.users
        document["identities"] = [row for number in numbers for row in users.identities(number)]


def _add_metric_sets(call: Call, numbers: list[int], document: Row) -> None:
    if not call.asks_for("metric_sets"):
        return
    account, options = call.account, call.options
    found: dict[int, Row | None] = {}
    for number in numbers:
        is_deleted = account.tickets.state[number] == State.DELETED
        if not is_deleted or options.deleted_metric_set == "present":
            found[number] = account.metrics(number)
        elif options.deleted_metric_set == "null":
            found[number] = None
    if options.metric_sets != "beside":
        for row in document["tickets"]:
            if row["id"] in found:
                row["metric_set"] = found[row["id"]]
    if options.metric_sets != "inside":
        document["metric_sets"] = [row for row in found.values() if row]


def add_comment_counts(call: Call, document: Row) -> None:
    """Adds how many comments each ticket of a page has, if ``include`` asks for it."""
    if call.asks_for("comment_count"):
        for row in document["tickets"]:
            row["comment_count"] = len(call.account.audits.comments(row["id"]))
