"""The lists that filter and order: tickets, contacts, companies, ratings, time entries, agents."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from functools import partial
from typing import Any

from sandbox.freshdesk import ids
from sandbox.freshdesk.call import NO_FILTERS, Call, Listing, Tests
from sandbox.freshdesk.people import State as ContactState
from sandbox.freshdesk.tickets import ID_BITS, ID_MASK, OPEN, State
from sandbox.table import Row
from sandbox.times import DAY, parse

_WITHOUT_SINCE = 30 * DAY
_TICKET_STATES = {"deleted": State.DELETED, "spam": State.SPAM}
_CONTACT_STATES = {state.name.lower(): (state,) for state in ContactState}
_DEFAULT_STATES = (ContactState.VERIFIED, ContactState.UNVERIFIED)
_SINGLE_ONLY = {"agents": ("group_ids", "role_ids", "skill_ids"), "groups": ("agent_ids",)}
"""What only the single view of an agent or a group shows (DOCS, AB-REC)."""


def me(call: Call) -> Row:
    """The agent to whom the key belongs: the first is an administrator, the second is not."""
    number = 1 if call.options.role == "admin" else 2
    agents = call.account.settings["agents"]
    agent = next(row for row in agents if row["id"] == ids.AGENTS + number)
    return {**agent, "ticket_scope": call.options.ticket_scope}


def tickets(call: Call) -> Listing:
    """GET /tickets. Without updated_since: those created in the last 30 days (DOCS, AB #6133)."""
    args, tickets = call.args, call.account.tickets
    call.disturb("tickets", call.options.churn, lambda key: _update_if_live(call, key & ID_MASK))
    state = _TICKET_STATES.get(args.get("filter", ""), State.LIVE)
    order_by, since = args.get("order_by", "created_at"), args.get("updated_since")
    keys, filters = tickets.ordered(state, order_by), set(args) - NO_FILTERS
    if since is None:
        args["created_since"] = call.account.now() - _WITHOUT_SINCE
    elif order_by == "updated_at":
        keys = keys[bisect_left(keys, since << ID_BITS) :]
        filters.discard("updated_since")
    if call.options.ticket_scope > 1:
        args["scope"] = call.options.ticket_scope
    if args.get("filter") in _TICKET_STATES:
        filters.discard("filter")
    if filters | args.keys() & {"created_since", "scope"}:
        name = f"tickets {state.name} {order_by}"
        keys = call.found(name, keys, lambda key: call.account.ticket(key & ID_MASK), _tests(call))
    keys = _arranged(call, keys, args.get("order_type", "desc") == "desc")
    return Listing(keys, call.remembering("tickets", lambda key: _listed(call, key & ID_MASK)))


def _update_if_live(call: Call, ticket: int) -> None:
    if call.account.tickets.state[ticket] == State.LIVE:
        call.account.changes.update_ticket(ticket)


def _listed(call: Call, ticket: int) -> Row:
    return with_includes(call, call.account.ticket(ticket), ticket)


def with_includes(call: Call, row: Row, ticket: int) -> Row:
    """The row with what ``include`` asks for."""
    for name in call.args.get("include", ()):
        row = row | call.account.included(ticket, name)
    return row


def _arranged(call: Call, keys: list[int], descending: bool) -> list[int]:
    """The keys in the list's order; how equal ones come is not documented (option tie_order)."""
    if call.options.tie_order == "id":
        return keys[::-1] if descending else keys
    if call.options.tie_order == "random-per-request":
        call.memory.random.shuffle(keys)
    return sorted(keys, key=lambda key: key >> ID_BITS, reverse=descending)


def _tests(call: Call) -> Tests:
    account, tickets, agent = call.account, call.account.tickets, me(call)
    number, groups = agent["id"] - ids.AGENTS, [key - ids.GROUPS for key in agent["group_ids"]]

    def is_mine(ticket: int) -> bool:
        return bool(tickets.responder[ticket] == number)

    def is_new_or_mine(ticket: int) -> bool:
        return tickets.status[ticket] == OPEN and tickets.responder[ticket] in (0, number)

    def of_requester(name: str) -> Callable[[int, Any], bool]:
        return lambda t, value: account.contact(tickets.requester[t])[name] == value

    named: dict[str | int, Callable[[int], bool]] = {
        **dict.fromkeys(_TICKET_STATES, lambda ticket: True),
        "new_and_my_open": is_new_or_mine,
        "watching": lambda ticket: ticket % 50 == 0,
        2: lambda ticket: tickets.group[ticket] in groups or is_mine(ticket),
        3: is_mine,
    }
    by_ticket: Tests = {
        "email": of_requester("email"),
        "unique_external_id": of_requester("unique_external_id"),
        "updated_since": lambda ticket, since: tickets.updated[ticket] >= since,
        "created_since": lambda ticket, since: tickets.created[ticket] >= since,
        "filter": lambda ticket, name: named[name](ticket),
        "scope": lambda ticket, scope: named[scope](ticket),
    }

    def by_key(test: Callable[[int, Any], bool]) -> Callable[[int, Any], bool]:
        return lambda key, value: test(key & ID_MASK, value)

    return {name: by_key(test) for name, test in by_ticket.items()}


def contacts(call: Call) -> Listing:
    """GET /contacts, alphabetical; blocked and deleted contacts have lists of their own (DOCS)."""
    account, contacts, options = call.account, call.account.contacts, call.options
    changes, state = account.changes, call.args.setdefault("state", "default")
    renamed, restored = changes.update_contact, partial(changes.move_contact, to="verified")
    call.disturb("contacts", options.contact_churn, lambda key: renamed(ids.CONTACTS + key))
    if state in ("deleted", "blocked"):
        call.disturb(state, options.leaving, lambda key: restored(ids.CONTACTS + key))

    def is_changed(number: int, since: int) -> bool:
        return contacts.updated[number] >= since

    def is_in(number: int, name: str) -> bool:
        return contacts.state[number] in _CONTACT_STATES.get(name, _DEFAULT_STATES)

    def name(number: int) -> tuple[str, int]:
        return contacts.names[number].casefold(), number

    tests: Tests = {"state": is_in, "_updated_since": is_changed, "updated_since": is_changed}
    keys = call.found("contacts", range(len(contacts)), account.contact, tests, by=name)
    return Listing(keys, call.remembering("contacts", call.remembering(state, account.contact)))


def _since(row: Callable[[int], Row], field: str) -> Callable[[int, int], bool]:
    return lambda key, moment: parse(row(key)[field]) >= moment


def companies(call: Call) -> Listing:
    """GET /companies, alphabetical (AB-REC)."""
    table = call.account.companies
    call.disturb("companies", call.options.leaving, call.account.changes.delete_company)
    tests: Tests = {"updated_since": _since(table.row, "updated_at")}

    def name(key: int) -> tuple[str, int]:
        return table.row(key)["name"].casefold(), key

    keys = call.found("companies", table.ids, table.row, tests, by=name)
    return Listing(keys, call.remembering("companies", table.row))


def ratings(call: Call) -> Listing:
    """GET /surveys/satisfaction_ratings, newest first (inferred)."""
    table = call.account.ratings
    tests: Tests = {"created_since": _since(table.row, "created_at")}
    return Listing(call.found("ratings", table.ids, table.row, tests), table.row)


def time_entries(call: Call) -> Listing:
    """GET /time_entries, newest first (AB-REC)."""
    account, row = call.account, call.account.time_entry
    call.disturb("time entries", call.options.leaving, account.changes.delete_time_entry)
    tests: Tests = {
        "executed_after": _since(row, "executed_at"),
        "executed_before": lambda entry, moment: parse(row(entry)["executed_at"]) <= moment,
    }
    keys = call.found("time entries", account.time_entries.ids, row, tests)
    return Listing(keys, call.remembering("time entries", row))


def agents(call: Call) -> Listing:
    """GET /agents, alphabetical."""
    tests: Tests = {"state": lambda row, state: row["occasional"] == (state == "occasional")}
    rows = call.account.settings["agents"]
    found = call.found("agents", rows, lambda row: {**row, **row["contact"]}, tests)
    return Listing(found, lambda row: _without("agents", row))


def groups(call: Call) -> Listing:
    """GET /groups."""
    return Listing(call.account.settings["groups"], lambda row: _without("groups", row))


def _without(stream: str, row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in _SINGLE_ONLY[stream]}
