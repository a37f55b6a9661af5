"""The lists that filter and order: tickets, contacts, and the tables."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from functools import partial

from sandbox.freshdesk import ids
from sandbox.freshdesk.call import Call, Listing, Reader
from sandbox.freshdesk.people import State as ContactState
from sandbox.freshdesk.tickets import ID_BITS, ID_MASK, State
from sandbox.table import Row, Table
from sandbox.times import DAY, parse

_WITHOUT_SINCE = 30 * DAY
_CONTACT_STATES = {
    "": (ContactState.VERIFIED, ContactState.UNVERIFIED),
    **{state.name.lower(): (state,) for state in ContactState},
}


def me(call: Call) -> Row:
    """The agent to whom the key belongs: the first is an administrator, the second is not."""
    number = 1 if call.options.role == "admin" else 2
    agents = call.account.settings["agents"]
    agent = next(row for row in agents if row["id"] == ids.AGENTS + number)
    return {**agent, "ticket_scope": call.options.ticket_scope}


def tickets(call: Call) -> Listing:
    """GET /tickets. Without updated_since: those created in the last 30 days (DOCS, AB #6133)."""
    args, tickets = call.args, call.account.tickets
    call.disturb("tickets", call.options.churn, partial(_update_if_live, call))
    order_by, since = args.get("order_by", "created_at"), args.get("updated_since")
    keys = tickets.ordered(State[args.get("filter", "live").upper()], order_by)
    if since is None:
        begin = call.account.now() - _WITHOUT_SINCE
        keys = [key for key in keys if tickets[key & ID_MASK].created >= begin]
    elif order_by == "updated_at":
        keys = keys[bisect_left(keys, since << ID_BITS) :]
    else:
        keys = [key for key in keys if tickets[key & ID_MASK].updated >= since]
    if call.options.ticket_scope > 1:
        is_shown = _scope(call)
        keys = [key for key in keys if is_shown(key & ID_MASK)]
    keys = _arranged(call, keys, args.get("order_type", "desc") == "desc")
    return Listing(keys, partial(_listed, call), ("tickets",))


def _update_if_live(call: Call, key: int) -> None:
    if call.account.tickets[key & ID_MASK].state == State.LIVE:
        call.account.changes.update_ticket(key & ID_MASK)


def _listed(call: Call, key: int) -> Row:
    return with_includes(call, call.account.views.row(key & ID_MASK), key & ID_MASK)


def with_includes(call: Call, row: Row, ticket: int) -> Row:
    """The row with what ``include`` asks for."""
    for name in call.args.get("include", ()):
        row = row | call.account.included(ticket, name)
    return row


def _scope(call: Call) -> Callable[[int], bool]:
    """Which tickets an agent of a limited scope sees: the group's, or the agent's own."""
    tickets, agent = call.account.tickets, me(call)
    number, groups = agent["id"] - ids.AGENTS, [key - ids.GROUPS for key in agent["group_ids"]]
    shown_groups = groups if call.options.ticket_scope == 2 else []
    return lambda ticket: (
        tickets[ticket].responder == number or tickets[ticket].group in shown_groups
    )


def _arranged(call: Call, keys: list[int], descending: bool) -> list[int]:
    """The keys in the list's order; how equal ones come is not documented (option tie_order)."""
    if call.options.tie_order == "id":
        return keys[::-1] if descending else keys
    if call.options.tie_order == "random-per-request":
        call.memory.random.shuffle(keys)
    return sorted(keys, key=lambda key: key >> ID_BITS, reverse=descending)


def contacts(call: Call) -> Listing:
    """GET /contacts, alphabetical; blocked and deleted contacts have lists of their own (DOCS)."""
    contacts, changes, state = call.account.contacts, call.account.changes, call.args.get("state")
    renamed, restored = changes.update_contact, partial(changes.move_contact, to="verified")
    call.disturb("contacts", call.options.contact_churn, lambda key: renamed(ids.CONTACTS + key))
    if state in ("deleted", "blocked"):
        call.disturb(state, call.options.leaving, lambda key: restored(ids.CONTACTS + key))
    since = max(call.args.get(name, 0) for name in ("_updated_since", "updated_since"))
    states = _CONTACT_STATES[state or ""]

    def is_listed(number: int) -> bool:
        return contacts[number].state in states and contacts[number].updated >= since

    def name(number: int) -> tuple[str, int]:
        return contacts[number].name.casefold(), number

    keys = call.found("contacts", range(len(contacts)), is_listed, by=name)
    return Listing(keys, contacts.row, (state or "normal", "contacts"))


def table(name: str, filter: str, field: str, leave: str = "", by_name: bool = False) -> Reader:
    """The list of one of the account's tables, as it lies there or ``by_name``.

    ``filter`` is the parameter that leaves out rows whose ``field`` is earlier, and ``leave`` the
    change by which rows leave the list.
    """

    def read(call: Call) -> Listing:
        since = call.args.get(filter)
        rows: Table = getattr(call.account, name)
        if leave:
            call.disturb(name, call.options.leaving, getattr(call.account.changes, leave))

        def is_listed(key: int) -> bool:
            return since is None or parse(rows.row(key)[field]) >= since

        def own_name(key: int) -> tuple[str, int]:
            return rows.row(key)["name"].casefold(), key

        keys = call.found(name, rows.ids, is_listed, by=own_name if by_name else None)
        return Listing(keys, rows.row, (name,))

    return read
