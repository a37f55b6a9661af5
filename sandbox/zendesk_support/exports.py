"""The incremental exports (sheet 2.0 to 2.3): cursor and time pages over what changed."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Any, NamedTuple

from sandbox.table import Row
from sandbox.zendesk_support import errors, ids, paging
from sandbox.zendesk_support.call import Answer, Call
from sandbox.zendesk_support.feed import Feed, Listing
from sandbox.zendesk_support.tickets import State

LARGEST = 1_000
_CURSOR = re.compile(r"(\d+)\.0\|\|(\d+)\|")


class Export(NamedTuple):
    """What an export walks over: a feed, how a number becomes an id and a row, and which numbers are let through."""

    envelope: str
    feed: Feed
    row: Callable[[int], Row]
    base: int = 0
    keep: Callable[[int], bool] | None = None


def _start_time(call: Call, lenient: bool = False) -> int:
    """Leading digits count (inferred from a peer that sends ISO text); younger than a minute is a 400 (AB PR 23246)."""
    digits = re.match(r"\d+", call.args.get("start_time", ""))
    if not digits:
        raise errors.say(400, "StartTimeMissing", "start_time is required")
    start = int(digits[0])
    if not lenient and start > call.account.now() - call.options.min_age:
        raise errors.say(
            400,
            "StartTimeTooRecent",
            "Too recent start_time. Use a start_time older than 60 seconds",
        )
    return start


def _size(call: Call) -> int:
    options = call.options
    size = min(LARGEST, paging.positive(call.args.get("per_page"), LARGEST))
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
        raise errors.bad_page("cursor is not valid")
    return int(found[1]), int(found[2])


def by_cursor(call: Call, export: Export) -> tuple[list[int], Row]:
    """The numbers of a cursor page, and its envelope without the rows."""
    cursor = call.args.get("cursor")
    if cursor:
        at, own_id = _decode(cursor)
        start = bisect_right(export.feed, (at, own_id - export.base))
    else:
        start = bisect_left(export.feed, (_start_time(call), 0))
    page, whole = export.feed.page(start, _until(call), _size(call), export.keep)
    after = (
        _encode(page[-1][0], page[-1][1] + export.base)
        if page
        else cursor
        if call.options.empty_cursor == "same"
        else None
    )
    before = _encode(page[0][0], page[0][1] + export.base) if page and cursor else None
    call.memory.delivered(export.envelope, [number for _, number in page])
    return [number for _, number in page], {
        "after_url": call.links.to({"cursor": after}, ("start_time",)) if after else None,
        "before_url": call.links.to({"cursor": before}, ("start_time",)) if before else None,
        "after_cursor": after,
        "before_cursor": before,
        "end_of_stream": whole,
    }


def by_time(call: Call, export: Export, lenient: bool = False) -> tuple[list[int], Row]:
    """The numbers of a time page: from start_time on, so that the last second of a page comes again on the next.

    A second with more rows than a page is never left behind (PostHog#59215).
    """
    since = _start_time(call, lenient)
    page, whole = export.feed.page(
        bisect_left(export.feed, (since, 0)), _until(call), _size(call), export.keep
    )
    end = page[-1][0] if page else since if call.options.empty_cursor == "same" else None
    call.memory.delivered(export.envelope, [number for _, number in page])
    return [number for _, number in page], {
        "next_page": call.links.to({"start_time": end}) if end is not None else None,
        "count": len(page),
        "end_time": end,
        "end_of_stream": whole,
    }


def _rows(export: Export, numbers: list[int], rest: Row) -> Row:
    return {export.envelope: [export.row(number) for number in numbers], **rest}


# Tickets


def _tickets(call: Call) -> Export:
    tickets = call.account.tickets
    return Export(
        "tickets",
        tickets.exported,
        call.account.ticket,
        0,
        tickets.keep(call.args.get("support_type_scope", "agent")),
    )


def with_sideloads(call: Call, numbers: list[int], document: Row, embedded: bool) -> Row:
    """What ``include`` asks for: metrics inside each ticket on exports, top-level on lists (ST, BRU); the rest top-level."""
    account, tickets = call.account, call.account.tickets
    wanted = call.args.get("include", "").split(",")
    for number, row in zip(numbers, document["tickets"], strict=True):
        if "comment_count" in wanted:
            row["comment_count"] = len(account.threads.comments(number))
        if embedded and "metric_sets" in wanted:
            if tickets.state[number] != State.DELETED:
                row["metric_set"] = account.metrics(number)
            elif call.options.ticket_metrics_in_deleted == "null":
                row["metric_set"] = None
    if not embedded and "metric_sets" in wanted:
        document["metric_sets"] = [account.metrics(number) for number in numbers]
    if "users" in wanted:
        requesters = sorted({tickets.requester[number] for number in numbers})
        document["users"] = [account.user(number) for number in requesters]
    if "groups" in wanted:
        document["groups"] = list(account.table("groups").values())
    if "organizations" in wanted:
        firms = sorted(
            {account.users.organization[tickets.requester[number]] for number in numbers} - {0}
        )
        document["organizations"] = [account.organization(number) for number in firms]
    return document


def tickets_by_cursor(call: Call) -> Answer:
    """/incremental/tickets/cursor"""
    export = _tickets(call)
    numbers, rest = by_cursor(call, export)
    return with_sideloads(call, numbers, _rows(export, numbers, rest), embedded=True)


def tickets_by_time(call: Call) -> Answer:
    """/incremental/tickets"""
    export = _tickets(call)
    numbers, rest = by_time(call, export)
    return with_sideloads(call, numbers, _rows(export, numbers, rest), embedded=True)


def ticket_events(call: Call) -> Answer:
    """/incremental/ticket_events"""
    account = call.account
    with_comments = "comment_events" in call.args.get("include", "").split(",")
    handled = account.tickets.keep(call.args.get("support_type_scope", "agent"))
    export = Export(
        "ticket_events",
        account.threads.feed,
        lambda number: account.threads.event(number, with_comments),
        keep=handled and (lambda number: handled(number // ids.AUDITS_PER_TICKET)),
    )
    return _rows(export, *by_time(call, export))


def ticket_metric_events(call: Call) -> Answer:
    """/incremental/ticket_metric_events: by cursor with page[size] (up to 1000), else by time; start_time may be now."""
    account = call.account
    events = account.metric_events
    if "page[size]" not in call.args:
        export = Export("ticket_metric_events", events.feed, events.row)
        return _rows(export, *by_time(call, export, lenient=True))
    if 0 < call.options.slow_per_page < paging.positive(call.args["page[size]"], 0):
        raise errors.refuse(504)
    happened = events.feed.span(_start_time(call, lenient=True), _until(call))
    listing = Listing(
        ("time_at", "id"), happened, lambda key: events.row(key[1]), ids.METRIC_EVENTS
    )
    rows, rest = paging.by_cursor(listing, call.args, call.links, False, LARGEST)
    return {"ticket_metric_events": rows, **rest}


# People


def users_by_cursor(call: Call) -> Answer:
    """/incremental/users/cursor"""
    account = call.account
    export = Export("users", account.users.exported, account.user, ids.USERS)
    numbers, rest = by_cursor(call, export)
    return _with_identities(call, numbers, _rows(export, numbers, rest))


def users_by_time(call: Call) -> Answer:
    """/incremental/users"""
    account = call.account
    export = Export("users", account.users.exported, account.user)
    numbers, rest = by_time(call, export)
    return _with_identities(call, numbers, _rows(export, numbers, rest))


def _with_identities(call: Call, numbers: list[int], document: Row) -> Row:
    if "identities" in call.args.get("include", "").split(","):
        users = call.account.users
        document["identities"] = [row for number in numbers for row in users.identities(number)]
    return document


def organizations(call: Call) -> Answer:
    """/incremental/organizations"""
    account = call.account
    export = Export("organizations", account.organizations.exported, account.organization)
    return _rows(export, *by_time(call, export))


def of_table(stream: str, last_has_next: bool = True) -> Callable[[Call], Any]:
    """A time export over a small stream, without end_of_stream: calls and legs (EST), articles.

    The last page of articles has no next_page: a peer that reads on until there is none ends in life.
    """

    def read(call: Call) -> Answer:
        rows = list(call.account.table(stream).values())
        feed = Feed((call.moment(row, "updated_at"), place) for place, row in enumerate(rows))
        export = Export(stream, feed, rows.__getitem__)
        numbers, rest = by_time(call, export)
        if rest.pop("end_of_stream") and not last_has_next:
            rest["next_page"] = None
        return _rows(export, numbers, rest)

    return read
