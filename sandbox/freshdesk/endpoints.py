"""Every endpoint: its path, how it answers, and who may ask what (data/routes.json)."""

from __future__ import annotations

from typing import Any

from sandbox.freshdesk import ids, lists, search
from sandbox.freshdesk.call import Answer, Call, Listing, Reader, Route
from sandbox.freshdesk.data import load
from sandbox.freshdesk.errors import refuse
from sandbox.freshdesk.params import PAGING
from sandbox.freshdesk.people import admin_group
from sandbox.freshdesk.tickets import LISTED, State
from sandbox.table import Row


def _single(call: Call) -> Row:
    """A ticket with all that only its own view shows."""
    [ticket], account = call.ids, call.account
    only_here = account.views.single_only(ticket, call.memory.serial)
    return {**account.ticket(ticket), **account.views.description(ticket), **only_here}


def _ticket(call: Call) -> Row:
    return lists.with_includes(call, _single(call), call.ids[0])


def _of(states: tuple[State, ...], read: Reader) -> Reader:
    """``read``, for tickets in these states; 404 for others, archived ones included (inferred).

    Children of spam and deleted tickets are mostly refused (SIO 0.8.2; option trash_children).
    """

    def guarded(call: Call) -> Answer:
        [ticket], tickets = call.ids, call.account.tickets
        state = tickets.state[ticket] if ticket in tickets else State.PURGED
        if state not in states:
            raise refuse(404)
        is_trash = state in (State.SPAM, State.DELETED)
        if is_trash and read is not _ticket and call.options.trash_children != 200:
            raise refuse(call.options.trash_children)
        return read(call)

    return guarded


def _thread(call: Call) -> Listing:
    return Listing(call.account.threads.of(call.ids[0]))


def _ratings(call: Call) -> Listing:
    return Listing([row for row in call.account.ratings if row["ticket_id"] == call.ids[0]])


def _time_entries(call: Call) -> Listing:
    entries = call.account.time_entries
    keys = [row["id"] for row in entries if row["ticket_id"] == call.ids[0]]
    return Listing(keys, call.account.time_entry)


def _contact(call: Call) -> Row:
    number = call.ids[0] - ids.CONTACTS
    if not 0 <= number < len(call.account.contacts):
        raise refuse(404)
    return call.account.contact(number) | call.account.contacts.single_only(number)


def _company(call: Call) -> Row:
    if call.ids[0] not in call.account.companies:
        raise refuse(404)
    return call.account.companies.row(call.ids[0])


def _surveys(call: Call) -> Listing:
    only_active = "state" in call.args
    rows = call.account.settings["surveys"]
    return Listing([row for row in rows if row["active"] or not only_active])


def _top_folders(call: Call) -> Listing:
    _find(call, "solution_categories")
    folders = _below(call, "solution_folders", "category_id")
    return Listing([row for row in folders if row["parent_folder_id"] is None])


def _definitions(stream: str) -> Reader:
    return lambda call: Listing(call.account.definitions(stream))


_READERS: dict[str, Reader] = {
    "tickets": lists.tickets,
    "ticket": _of(LISTED, _ticket),
    "thread": _of(LISTED, _thread),
    "ticket_time_entries": _of(LISTED, _time_entries),
    "ticket_ratings": _of(LISTED, _ratings),
    "archived_ticket": _of((State.ARCHIVED,), _single),
    "archived_thread": _of((State.ARCHIVED,), _thread),
    "contacts": lists.contacts,
    "contact": _contact,
    "companies": lists.companies,
    "company": _company,
    "search_tickets": search.tickets,
    "search_contacts": search.contacts,
    "search_companies": search.companies,
    "agents": lists.agents,
    "me": lists.me,
    "groups": lists.groups,
    "admin_groups": lambda call: Listing(call.account.settings["groups"], admin_group),
    "surveys": _surveys,
    "ratings": lists.ratings,
    "time_entries": lists.time_entries,
    "ticket_fields": _definitions("ticket_fields"),
    "admin_ticket_fields": _definitions("admin_ticket_fields"),
    "contact_fields": _definitions("contact_fields"),
    "company_fields": _definitions("company_fields"),
    "helpdesk": lambda call: call.account.settings["settings"][0],
    "top_folders": _top_folders,
    "account": lambda call: call.account.describe(call.options.plan),
}


def _find(call: Call, stream: str) -> Row:
    """The row that the path names."""
    for row in call.account.settings[stream]:
        if row["id"] == call.ids[0]:
            return row
    raise refuse(404)


def _below(call: Call, stream: str, key: str) -> list[Row]:
    return [row for row in call.account.settings[stream] if row[key] == call.ids[0]]


def _all_of(stream: str, parent: str = "", key: str = "") -> Reader:
    """The rows of a small table, or those below the parent that the path names."""

    def read(call: Call) -> Listing:
        if not parent:
            return Listing(call.account.settings[stream])
        _find(call, parent)
        return Listing(_below(call, stream, key))

    return read


def _one_of(stream: str) -> Reader:
    return lambda call: _find(call, stream)


def _route(spec: dict[str, Any]) -> Route:
    if "all_of" in spec:
        read = _all_of(spec["all_of"], *spec.get("below", ()))
    elif "one_of" in spec:
        read = _one_of(spec["one_of"])
    else:
        read = _READERS[spec["read"]]
    is_paged = spec.get("paged", "one_of" not in spec)
    names = ("admin", "feature", "bucket", "include_cost")
    return Route(
        read,
        params=(*(PAGING if is_paged else ()), *spec.get("params", ())),
        choices=spec.get("choices", {}),
        **{name: spec[name] for name in names if name in spec},
    )


ROUTES = {path: _route(spec) for path, spec in load("routes")["routes"].items()}
