"""The incremental exports: cursor and time pages over what changed."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from bisect import bisect_right
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from sandbox.table import Row
from sandbox.wire import positive
from sandbox.zendesk_support import errors, ids, paging
from sandbox.zendesk_support.call import Call
from sandbox.zendesk_support.feed import Feed, Listing
from sandbox.zendesk_support.lists import check_path
from sandbox.zendesk_support.population import State

LARGEST = 1_000
_CURSOR = re.compile(r"(\d+)\.0\|\|(\d+)\|")


class Export(NamedTuple):
    """What an export walks over: a feed, how a number becomes a row and an id, what is hidden.

    ``lenient`` exports accept a start_time of the last minute.
    """

    envelope: str
    feed: Feed
    row: Callable[[int], Row]
    base: int = 0
    keep: Callable[[int], bool] | None = None
    lenient: bool = False


def answer(spec: Mapping[str, Any], call: Call) -> Row:
    """Returns a page of an export: by "cursor", by "time", or "either" as page[size] says."""
    stream, by = spec["export"], spec["by"]
    export = _export(call, stream)
    if by == "either" and "page[size]" in call.args:
        return _by_list_cursor(call, export)
    numbers, rest = _by_cursor(call, export) if by == "cursor" else _by_time(call, export)
    document = {stream: [export.row(number) for number in numbers], **rest}
    if stream == "tickets":
        _add_metric_sets(call, numbers, document)
        add_comment_counts(call, document)
    if stream == "users" and call.asks_for("identities"):
        users = call.account.users
        document["identities"] = [row for number in numbers for row in users.identities(number)]
    return document


def _export(call: Call, stream: str) -> Export:
    account = call.account
    if stream == "ticket_metric_events":
        return Export(stream, account.metric_events, account.metric_event, lenient=True)
    scope = account.tickets.scope(call.args.get("support_type_scope", "agent"))
    if stream in account.sources:
        source = account.sources[stream]
        keep = scope if stream == "tickets" else None
        return Export(stream, source.all.exported, source.row, source.first_id, keep)

    def is_shown(number: int) -> bool:
        ticket = number // ids.AUDITS_PER_TICKET
        is_hidden = not call.options.messaging_events and account.is_messaging(ticket)
        return not is_hidden and (scope is None or scope(ticket))

    event = partial(account.audits.event, with_comments=call.asks_for("comment_events"))
    return Export(stream, account.events, event, keep=is_shown)


def changed(spec: Mapping[str, Any], call: Call) -> Row:
    """Returns a page of a time export over a small stream, without end_of_stream (ESTUARY).

    The last page of articles has no next_page: a peer that reads on until there is none ends.
    """
    stream = spec["changed"]
    rows = list(call.account.table(stream).values())
    by = spec.get("by", "updated_at")
    feed = Feed((call.moment(row, by), place) for place, row in enumerate(rows))
    export = Export(stream, feed, rows.__getitem__)
    numbers, rest = _by_time(call, export, spec.get("most", LARGEST))
    if rest.pop("end_of_stream") and not spec.get("last_has_next", True):
        rest["next_page"] = None
    return {spec.get("envelope", stream): [rows[place] for place in numbers], **rest}


def records(spec: Mapping[str, Any], call: Call) -> Row:
    """Returns a page of a cursor export over the rows of a small stream that the path names.

    ``meta`` says whether there is more (REF).
    """
    check_path(spec, call)
    stream = spec["records"]
    rows = [row for row in call.account.table(stream).values() if row[spec["below"]] in call.ids]
    feed = Feed((call.moment(row, "updated_at"), place) for place, row in enumerate(rows))
    numbers, rest = _by_cursor(call, Export(stream, feed, rows.__getitem__))
    meta = {"has_more": not rest.pop("end_of_stream")}
    return {stream: [rows[place] for place in numbers], **rest, "filter": None, "meta": meta}


# Pages


def _start_time(call: Call, lenient: bool) -> int:
    """Returns start_time, of which the leading digits count (inferred from STITCH).

    One that is younger than a minute is a 400 (AIRBYTE 23246).
    """
    digits = re.match(r"\d+", call.args.get("start_time", ""))
    if not digits:
        raise errors.no("start missing")
    start = int(digits[0])
    if not lenient and start > call.account.now() - call.options.min_age:
        raise errors.no("start recent")
    return start


def _size(call: Call, parameter: str = "per_page") -> int:
    options = call.options
    size = min(LARGEST, positive(call.args.get(parameter), LARGEST))
    if options.slow_per_page and size > options.slow_per_page:
        raise errors.refuse(504)
    return min(size, options.max_page)


def _until(call: Call) -> int:
    return call.account.now() - call.options.hold_back


def _encode(at: int, own_id: int) -> str:
    return b64encode(f"{at}.0||{own_id}|".encode()).decode()


def _decode(cursor: str) -> tuple[int, int]:
    try:
        found = _CURSOR.fullmatch(b64decode(cursor, validate=True).decode("latin-1"))
    except ValueError:
        found = None
    if not found:
        raise errors.no("bad page", reason="cursor is not valid")
    return int(found[1]), int(found[2])


def _by_cursor(call: Call, export: Export) -> tuple[list[int], Row]:
    """Returns the numbers of a cursor page, and its envelope without the rows."""
    cursor, feed = call.args.get("cursor"), export.feed
    if cursor:
        at, own_id = _decode(cursor)
        start = bisect_right(feed, (at, own_id - export.base))
    else:
        start = feed.begin(_start_time(call, export.lenient))
    page, is_last = feed.page(start, _until(call), _size(call), export.keep)
    after = cursor if call.options.empty_cursor == "same" else None
    before = None
    if page:
        after = _encode(page[-1][0], page[-1][1] + export.base)
        before = _encode(page[0][0], page[0][1] + export.base) if cursor else None
    numbers = [number for _, number in page]
    call.memory.delivered(export.envelope, numbers)
    return numbers, {
        "after_url": call.request.link({"cursor": after}, ("start_time",)) if after else None,
        "before_url": call.request.link({"cursor": before}, ("start_time",)) if before else None,
        "after_cursor": after,
        "before_cursor": before,
        "end_of_stream": is_last,
    }


def _by_time(call: Call, export: Export, most: int = LARGEST) -> tuple[list[int], Row]:
    """Returns the numbers of a time page, and its envelope without the rows.

    A page begins with the second that ended the last one, and a second with more rows than a page
    is never left behind (POSTHOG 59215); or pages are filled up to the whole second (LIVE).
    """
    since, until, feed = _start_time(call, export.lenient), _until(call), export.feed
    size = min(most, _size(call))
    page, is_last = feed.page(feed.begin(since), until, size, export.keep)
    end = since if call.options.empty_cursor == "same" else None
    if page:
        end = page[-1][0]
    if page and not is_last and call.options.time_border == "whole":
        rest, is_last = feed.page(feed.begin(page[-1][0]), page[-1][0], len(feed), export.keep)
        page = [pair for pair in page if pair[0] < page[-1][0]] + rest
        is_last = feed.begin(page[-1][0] + 1) >= feed.begin(until + 1)
        end = page[-1][0] if is_last else page[-1][0] + 1
    numbers = [number for _, number in page]
    call.memory.delivered(export.envelope, numbers)
    return numbers, {
        "next_page": call.request.link({"start_time": end}) if end is not None else None,
        "count": len(page),
        "end_time": end,
        "end_of_stream": is_last,
    }


def _by_list_cursor(call: Call, export: Export) -> Row:
    """Metric events page as lists do, with up to 1,000 rows (ESTUARY)."""
    _size(call, "page[size]")
    feed, order = export.feed, ("time_at", "id")
    begin, end = feed.begin(_start_time(call, export.lenient)), feed.begin(_until(call) + 1)
    listing = Listing(order, feed, lambda key: export.row(key[1]), ids.METRIC_EVENTS, begin, end)
    rows, rest = paging.by_cursor(listing, call.args, call.request, False, LARGEST)
    return {export.envelope: rows, **rest}


# Sideloads


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
