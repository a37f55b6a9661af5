"""Every endpoint: its path, how it answers, and who may ask what (data/routes.json)."""

from __future__ import annotations

from functools import partial
from typing import Any

from sandbox.freshdesk import lists, search
from sandbox.freshdesk.call import Answer, Call, Listing, Reader, Route
from sandbox.freshdesk.data import load
from sandbox.freshdesk.errors import refuse
from sandbox.freshdesk.params import PAGING
from sandbox.freshdesk.tickets import LISTED, State
from sandbox.table import Row


def _single(call: Call) -> Row:
    """A ticket with all that only its own view shows."""
    [ticket], account = call.ids, call.account
    only_here = account.views.single_only(ticket, call.memory.serial)
    return {**account.views.row(ticket), **account.views.description(ticket), **only_here}


def _ticket(call: Call) -> Row:
    return lists.with_includes(call, _single(call), call.ids[0])


def _of(states: tuple[State, ...], read: Reader) -> Reader:
    """``read``, for tickets in these states; 404 for others, archived ones included (inferred).

    Children of spam and deleted tickets are mostly refused (SIO 0.8.2; option trash_children).
    """

    def guarded(call: Call) -> Answer:
        [ticket], tickets = call.ids, call.account.tickets
        state = tickets[ticket].state if ticket in tickets else State.PURGED
        if state not in states:
            raise refuse(404)
        is_trash = state in (State.SPAM, State.DELETED)
        if is_trash and read is not _ticket and call.options.trash_children != 200:
            raise refuse(call.options.trash_children)
        return read(call)

    return guarded


def _thread(call: Call) -> Listing:
    return Listing(call.account.threads.of(call.ids[0]))


def _of_ticket(table: str) -> Reader:
    """The rows of a table that belong to a ticket."""

    def read(call: Call) -> Listing:
        rows = getattr(call.account, table)
        return Listing([row for row in rows if row["ticket_id"] == call.ids[0]])

    return _of(LISTED, read)


def _account(call: Call) -> Row:
    return {**call.account.settings["account"][0], "tier_type": call.options.plan}


_READERS: dict[str, Reader] = {
    "tickets": lists.tickets,
    "ticket": _of(LISTED, _ticket),
    "thread": _of(LISTED, _thread),
    "ticket_time_entries": _of_ticket("time_entries"),
    "ticket_ratings": _of_ticket("ratings"),
    "archived_ticket": _of((State.ARCHIVED,), _single),
    "archived_thread": _of((State.ARCHIVED,), _thread),
    "contacts": lists.contacts,
    "companies": lists.table("companies", "updated_since", "updated_at", "delete_company", "name"),
    "search_tickets": search.tickets,
    "search_contacts": search.contacts,
    "search_companies": search.companies,
    "ratings": lists.table("ratings", "created_since", "created_at"),
    "time_entries": lists.table(
        "time_entries", "executed_after", "executed_at", "delete_time_entry"
    ),
    "me": lists.me,
    "helpdesk": lambda call: call.account.settings["settings"][0],
    "account": _account,
}


def _one_of(stream: str, call: Call) -> Row:
    """The row that the path names."""
    for row in call.account.settings[stream]:
        if row["id"] == call.ids[0]:
            return row
    raise refuse(404)


def _all_of(spec: dict[str, Any], call: Call) -> Listing:
    """The rows of a small table, without the fields that only single views show.

    They may have to lie ``below`` the row that the path names, and to fit ``where``. The parameter
    ``state`` names a field that must be true.
    """
    wanted = dict(spec.get("where", {}))
    if "below" in spec:
        parent, key = spec["below"]
        wanted[key] = _one_of(parent, call)["id"]
    if "state" in call.args:
        wanted[call.args["state"]] = True
    rows = call.account.settings[spec["all_of"]]
    return Listing(
        [row for row in rows if wanted.items() <= row.items()],
        lambda row: {name: row[name] for name in row if name not in spec.get("without", ())},
    )


def _reader(spec: dict[str, Any]) -> Reader:
    if "one_of" in spec:
        return partial(_one_of, spec["one_of"])
    if "all_of" in spec:
        return partial(_all_of, spec)
    return _READERS[spec["read"]]


def _route(spec: dict[str, Any]) -> Route:
    paging = PAGING if spec.get("paged", "one_of" not in spec) else ()
    names = ("admin", "feature", "bucket", "include_cost")
    return Route(
        _reader(spec),
        params=(*paging, *spec.get("params", ())),
        choices=spec.get("choices", {}),
        **{name: spec[name] for name in names if name in spec},
    )


ROUTES = {path: _route(spec) for path, spec in load("routes")["routes"].items()}
