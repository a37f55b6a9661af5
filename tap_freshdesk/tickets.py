"""Tickets and their conversations: three lists (live, spam, deleted), each with its bookmark, and the archive on request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tap_common import times
from tap_common.children import Children
from tap_common.context import ReadContext
from tap_common.errors import ApiError
from tap_common.http import Api
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_freshdesk import archive
from tap_freshdesk.api import LISTED_TICKETS
from tap_freshdesk.lists import LARGEST_PAGE, below, stamp
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


def pages(context: ReadContext) -> Iterator[Page]:
    """Tickets by time of change, each page with all conversations of just its tickets."""
    includes = [
        include for include, fields in INCLUDES.items() if context.wants(TICKETS.name, *fields)
    ]
    stream = TICKETS.name if context.selects(TICKETS.name) else CONVERSATIONS.name
    marks = {name: dict(context.bookmarks[name]) for name in context.fields}
    begin = {leaf: {name: _since(context, name, leaf) for name in context.fields} for leaf in LISTS}
    conversations: Children | None = None
    if context.selects(CONVERSATIONS.name):
        conversations = below(context, CONVERSATIONS, lambda key: f"tickets/{key}/conversations")
        for _, rows in conversations.owed():
            yield Page({CONVERSATIONS.name: rows})
    for leaf, params in LISTS.items():
        request = Request(
            "tickets",
            stream,
            {**params, "per_page": context.page_size(LARGEST_PAGE)},
            bucket=LISTED_TICKETS,
            tries=DOUBTS,
        )
        for tickets, second in _changed(context.api, request, min(begin[leaf].values()), includes):
            for mark in marks.values():
                mark[leaf] = max(second, _stamped(mark.get(leaf)))
            yield _page(tickets, begin[leaf], marks, conversations)
    if context.config["archived_tickets"]:
        since = dict.fromkeys(context.fields, times.text(context.start))
        for tickets, progress in archive.pages(context, stream):
            for mark in marks.values():
                mark.update(progress)
            yield _page(tickets, since, marks, conversations, "archived/")


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


def _since(context: ReadContext, stream: str, leaf: str) -> str:
    """Where to begin with one list: its bookmark, or (in a state of singer-io's tap) the one for
    all, or the start date."""
    return times.text(context.read_from(stream, leaf, "updated_at"))


def _stamped(value: Any) -> str:
    return times.rfc3339(value) or ""


def _page(
    tickets: list[Row],
    since: dict[str, str],
    marks: dict[str, dict[str, Any]],
    conversations: Children | None,
    prefix: str = "",
) -> Page:
    """Each stream of ``marks`` gets the tickets, or the children of the tickets, from its own bookmark on."""
    rows: dict[str, list[Row]] = {}
    if TICKETS.name in marks:
        begin = since[TICKETS.name]
        rows[TICKETS.name] = _with_requester([row for row in tickets if stamp(row, begin) >= begin])
    if conversations is not None:
        begin = since[CONVERSATIONS.name]
        parents = [str(row["id"]) for row in tickets if row["id"] and stamp(row, begin) >= begin]
        found = conversations.below([f"{prefix}{number}" for number in parents])
        rows[CONVERSATIONS.name] = [row for _, some in found for row in some]
    return Page(rows, {name: dict(mark) for name, mark in marks.items()})


def _with_requester(tickets: list[Row]) -> list[Row]:
    """The tickets, with the requester's email, name and phone in the columns of the same names, which the API leaves empty."""
    for row in tickets:
        requester = row.get("requester")
        if isinstance(requester, dict):
            for name in ("email", "name", "phone"):
                if row.get(name) is None:
                    row[name] = requester.get(name)
    return tickets
