"""Tickets and their conversations: three lists (live, spam, deleted), each with its bookmark, and the archive on request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tap_common import times
from tap_common.errors import ApiError
from tap_common.http import ENOUGH, Api
from tap_common.model import Page, Row, Stream, Walk
from tap_common.sync import lookback
from tap_common.vendor import Request
from tap_freshdesk import archive
from tap_freshdesk.api import LISTED_TICKETS
from tap_freshdesk.lists import LARGEST_PAGE, children, stamp
from tap_freshdesk.seconds import Batch, changed

TICKETS = Stream(
    "tickets",
    "tickets",
    method="INCREMENTAL",
    replication_key="updated_at",
    text_fields=frozenset({"source_additional_info"}),
    note="live, spam and deleted ones; archived ones on request",
)
CONVERSATIONS = Stream(
    "conversations",
    "tickets/{id}/conversations",
    method="INCREMENTAL",
    parent="tickets",
    text_fields=frozenset({"source_additional_info", "outgoing_failures"}),
    note="all of each changed ticket",
)
LISTS: dict[str, dict[str, str]] = {
    "live": {},
    "spam": {"filter": "spam"},
    "deleted": {"filter": "deleted"},
}
"""A list's bookmark and the parameters that ask for it: without a filter neither spam nor deleted tickets come."""

INCLUDES = {
    "requester": ("requester", "email", "name", "phone"),
    "stats": ("stats",),
    "company": ("company",),
    "description": ("description", "description_text", "structured_description"),
}
"""What a list must be asked to include so that it holds these fields; each costs two more credits a page."""
INCLUDE_CREDITS = 2
DOUBTS = 3
"""A 403 on /tickets has been seen to pass (singer-io/tap-freshdesk #28), so it is not believed at once."""
PROBE = Request(
    "tickets", TICKETS.name, {"per_page": 1, "updated_since": archive.BEGINNING}, tries=DOUBTS
)


def pages(walk: Walk) -> Iterator[Page]:
    """Tickets by time of change, each page with all conversations of just its tickets."""
    includes = [
        include for include, fields in INCLUDES.items() if walk.wants(TICKETS.name, *fields)
    ]
    stream = TICKETS.name if walk.selected(TICKETS.name) else CONVERSATIONS.name
    marks = {name: dict(walk.bookmarks[name]) for name in walk.fields}
    begin = {leaf: {name: _since(walk, name, leaf) for name in walk.fields} for leaf in LISTS}
    for leaf, params in LISTS.items():
        request = Request(
            "tickets",
            stream,
            {**params, "per_page": walk.page_size(LARGEST_PAGE)},
            bucket=LISTED_TICKETS,
            tries=DOUBTS,
        )
        for tickets, second in _changed(walk.api, request, min(begin[leaf].values()), includes):
            for mark in marks.values():
                mark[leaf] = max(second, _stamped(mark.get(leaf)))
            yield _page(walk, tickets, begin[leaf], marks)
    if walk.config["archived_tickets"]:
        since = dict.fromkeys(walk.fields, times.text(walk.start))
        for tickets, progress in archive.pages(walk, stream):
            for mark in marks.values():
                mark.update(progress)
            yield _page(walk, tickets, since, marks, "tickets/archived")


def _changed(api: Api, request: Request, since: str, includes: list[str]) -> Iterator[Batch]:
    """``changed`` with ``includes``, from which company is taken out if the account refuses it: the reference does not name it,
    though singer-io's tap has sent it since 2018."""
    single = [include for include in includes if include != "description"]
    try:
        yield from changed(
            api,
            _including(request, includes),
            since,
            _including(replace(request, params={}), single).params,
        )
    except ApiError as error:
        if error.status != 400 or "include" not in error.fields() or "company" not in includes:
            raise
        includes.remove("company")
        yield from _changed(api, request, since, includes)


def _including(request: Request, includes: list[str]) -> Request:
    params = {**request.params, "include": ",".join(includes)} if includes else request.params
    return replace(request, params=params, cost=1 + INCLUDE_CREDITS * len(includes))


def _since(walk: Walk, stream: str, leaf: str) -> str:
    """Where to begin with one list: its bookmark, or (in a state of singer-io's tap) the one for all, or the start date."""
    bookmark = walk.moment(stream, leaf) or walk.moment(stream, "updated_at")
    return times.text(
        (lookback(bookmark, walk.config) if bookmark else walk.start).replace(microsecond=0)
    )


def _stamped(value: Any) -> str:
    return times.rfc3339(value) or ""


def _page(
    walk: Walk,
    tickets: list[Row],
    since: dict[str, str],
    marks: dict[str, dict[str, Any]],
    folder: str = "tickets",
) -> Page:
    """Each stream of ``marks`` gets the tickets, or the children of the tickets, from its own bookmark on.

    Conversations that fail leave ``marks``, and the tickets go on alone.
    """
    rows: dict[str, list[Row]] = {}
    if TICKETS.name in marks:
        begin = since[TICKETS.name]
        rows[TICKETS.name] = _with_requester([row for row in tickets if stamp(row, begin) >= begin])
    if CONVERSATIONS.name in marks:
        begin = since[CONVERSATIONS.name]
        parents = [row["id"] for row in tickets if row["id"] and stamp(row, begin) >= begin]
        try:
            rows[CONVERSATIONS.name] = _conversations(walk.api, folder, parents)
        except ApiError as error:
            del marks[CONVERSATIONS.name]
            if not marks:
                raise
            walk.leave(CONVERSATIONS.name, error)
    return Page(rows, {name: dict(mark) for name, mark in marks.items()})


def _conversations(api: Api, folder: str, tickets: list[int]) -> list[Row]:
    """All conversations of ``tickets``: there is no other list, and editing one does not surely touch its ticket."""
    wanted = [
        Request(
            f"{folder}/{number}/conversations",
            CONVERSATIONS.name,
            {"per_page": LARGEST_PAGE},
            child=True,
        )
        for number in tickets
    ]
    return [row for _, rows in children(api, wanted, ENOUGH) for row in rows]


def _with_requester(tickets: list[Row]) -> list[Row]:
    """The tickets, with the requester's email, name and phone in the columns of the same names, which the API leaves empty."""
    for row in tickets:
        requester = row.get("requester")
        if isinstance(requester, dict):
            for name in ("email", "name", "phone"):
                if row.get(name) is None:
                    row[name] = requester.get(name)
    return tickets
