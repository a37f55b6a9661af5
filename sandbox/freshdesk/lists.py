"""The lists that filter and order: tickets, contacts, and the tables; and searches of them."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from functools import partial
from operator import attrgetter

from sandbox.freshdesk import ids
from sandbox.freshdesk.account import Account
from sandbox.freshdesk.call import Call, invalid
from sandbox.freshdesk.people import State as ContactState
from sandbox.freshdesk.tickets import State, Ticket
from sandbox.table import Listing, Row
from sandbox.times import DAY, parse

HITS_PER_PAGE = 30
_RowOf = Callable[[int], Row]
_WITHOUT_SINCE = 30 * DAY
_CONTACT_STATES = {
    "": (ContactState.VERIFIED, ContactState.UNVERIFIED),
    **{state.name.lower(): (state,) for state in ContactState},
}
_QUERY = re.compile(r"\"updated_at:>'(\d{4}-\d\d-\d\d)'\"")


def me(spec: Row, call: Call) -> Row:
    """The agent to whom the key belongs: the first is an administrator, the second is not."""
    number = 1 if call.options.role == "admin" else 2
    agents = call.account.settings["agents"]
    agent = next(row for row in agents if row["id"] == ids.AGENTS + number)
    return {**agent, "ticket_scope": call.options.ticket_scope}


def tickets(spec: Row, call: Call) -> Listing:
    """GET /tickets. Without updated_since: those created in the last 30 days (DOCS, AB #6133)."""
    args, tickets = call.args, call.account.tickets
    call.names = ("tickets",)
    call.disturb("tickets", call.options.churn, partial(_update_if_live, call))
    state, since = State[args.get("filter", "live").upper()], args.get("updated_since")
    order = args.get("order_by", "created_at").removesuffix("_at")
    rows: list[Ticket] = call.account.cached(
        ("tickets", state, order),
        lambda: sorted(tickets.listed(state), key=attrgetter(order, "id")),
    )
    if since is None:
        begin = call.account.now() - _WITHOUT_SINCE
        rows = [ticket for ticket in rows if ticket.created >= begin]
    elif order == "updated":
        rows = rows[bisect_left(rows, since, key=attrgetter(order)) :]
    else:
        rows = [ticket for ticket in rows if ticket.updated >= since]
    if call.options.ticket_scope > 1:
        rows = [ticket for ticket in rows if _is_in_scope(call, ticket)]

    def row(ticket: Ticket) -> Row:
        return with_includes(call, call.account.views.row(ticket.id), ticket.id)

    return Listing(_arranged(call, rows, order), row)


def _update_if_live(call: Call, ticket: Ticket) -> None:
    if ticket.state == State.LIVE:
        call.changes.update_ticket(ticket.id)


def with_includes(call: Call, row: Row, ticket: int) -> Row:
    """The row with what ``include`` asks for."""
    for name in call.args.get("include", ()):
        row = row | call.account.included(ticket, name)
    return row


def _is_in_scope(call: Call, ticket: Ticket) -> bool:
    """Whether an agent of a limited scope sees a ticket: it is the agent's own, or the group's."""
    agent = me({}, call)
    is_of_group = call.options.ticket_scope == 2 and ticket.group + ids.GROUPS in agent["group_ids"]
    return is_of_group or ids.AGENTS + ticket.responder == agent["id"]


def _arranged(call: Call, tickets: list[Ticket], order: str) -> list[Ticket]:
    """The list in its direction; how equal ones come is not documented (option tie_order)."""
    tickets, descending = list(tickets), call.args.get("order_type", "desc") == "desc"
    if call.options.tie_order == "id":
        return tickets[::-1] if descending else tickets
    if call.options.tie_order == "random-per-request":
        call.churn.random.shuffle(tickets)
    return sorted(tickets, key=attrgetter(order), reverse=descending)


def contacts(spec: Row, call: Call) -> Listing:
    """GET /contacts, alphabetical; blocked and deleted contacts have lists of their own (DOCS)."""
    contacts, changes, state = call.account.contacts, call.changes, call.args.get("state")
    call.names = (state or "normal", "contacts")
    renamed, restored = changes.update_contact, partial(changes.move_contact, to="verified")
    call.disturb("contacts", call.options.contact_churn, renamed)
    if state in ("deleted", "blocked"):
        call.disturb(state, call.options.leaving, restored)
    since = max(call.args.get(name, 0) for name in ("_updated_since", "updated_since"))
    shown = contacts.changed(_CONTACT_STATES[state or ""])

    def listed() -> list[int]:
        found = [key for key, updated in shown if updated >= since]
        return sorted(found, key=lambda key: (contacts[key].name.casefold(), key))

    keys = call.account.cached(("contacts", since, state), listed)
    return Listing(keys, contacts.row)


def table(spec: Row, call: Call) -> Listing:
    """The list of one of the account's tables, filtered and ordered as its entry says."""
    name: str = spec["table"]
    rows, since = call.account.tables[name], call.args.get(spec["since"], 0)
    call.names = (name,)
    if leave := spec.get("leave"):
        call.disturb(name, call.options.leaving, getattr(call.changes, leave))

    def listed() -> list[int]:
        found = [row for row in rows if not since or parse(row[spec["field"]]) >= since]
        if order := spec.get("order"):
            found.sort(key=lambda row: (row[order].casefold(), row["id"]))
        return [row["id"] for row in found]

    return Listing(call.account.cached((name, since), listed), rows.row)


def search(spec: Row, call: Call) -> Row:
    """GET /search/...: how many rows changed on a day or later, and the first of them.

    Of the query language only this condition is spoken: "updated_at:>'2026-01-31'", which includes
    its own day (DOCS, Filter tickets). Spam, deleted and archived rows are not found (DOCS).
    """
    condition = _QUERY.fullmatch(call.args.get("query", ""))
    if not condition:
        raise invalid("query", "Given query is invalid.")
    changed, row = _searched(call.account, spec["search"])
    found = [key for key, updated in changed if updated >= parse(condition[1])]
    page = Listing(found, row).page(call.args.get("page", 1), HITS_PER_PAGE)
    return {"total": len(found), "results": list(page)}


def _searched(account: Account, kind: str) -> tuple[Iterable[tuple[int, int]], _RowOf]:
    """The keys of what may be found with their times of change, and how to make rows of them."""
    if kind == "contacts":
        return account.contacts.changed(_CONTACT_STATES[""]), account.contacts.row
    if kind == "companies":
        rows = account.tables["companies"]
        return ((row["id"], parse(row["updated_at"])) for row in rows), rows.row
    tickets = account.tickets.listed(State.LIVE)
    return ((ticket.id, ticket.updated) for ticket in tickets), account.views.row
