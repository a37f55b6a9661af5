"""The lists that filter and order: tickets, contacts, companies, ratings, time entries, agents."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from typing import Any

from sandbox.freshdesk import ids
from sandbox.freshdesk.call import Call, Listing, Tests
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
    account, args = call.account, call.args
    call.disturb("tickets", call.options.churn, lambda key: _update_if_live(call, key & ID_MASK))
    state = _TICKET_STATES.get(args.get("filter", ""), State.LIVE)
    order_by, since = args.get("order_by", "created_at"), args.get("updated_since")
    keys, start = account.tickets.ordered(state, order_by), 0
    more: dict[str, Any] = {
        "state": state,
        "order_by": order_by,
        "scope": call.options.ticket_scope,
    }
    if since is None:
        more["created_since"] = account.now() - _WITHOUT_SINCE
    elif order_by == "updated_at":
        start = bisect_left(keys, since << ID_BITS)
        more["updated_since"] = 0
    if _is_filtered(call, more):
        keys, start = call.found("tickets", keys[start:], _ticket_tests(call), more), 0
    keys = _arranged(call, keys[start:], args.get("order_type", "desc") == "desc")
    row = call.remembering("tickets", lambda key: _listed(call, key & ID_MASK))
    return Listing(keys, row)


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


def _is_filtered(call: Call, more: dict[str, Any]) -> bool:
    """Whether a ticket list holds fewer tickets than its order and ``updated_since`` say."""
    paged = {"page", "per_page", "include", "order_by", "order_type", "updated_since"}
    asked = {name for name in call.args if name not in paged}
    hidden = "created_since" in more or more["scope"] > 1 or more["order_by"] != "updated_at"
    return (
        hidden
        or not asked <= {"filter"}
        or call.args.get("filter") in ("new_and_my_open", "watching")
    )


def _ticket_tests(call: Call) -> Tests:
    account, tickets, agent = call.account, call.account.tickets, me(call)
    number, groups = agent["id"] - ids.AGENTS, [key - ids.GROUPS for key in agent["group_ids"]]

    def is_mine(ticket: int) -> bool:
        return bool(tickets.responder[ticket] == number)

    kinds: dict[str, Callable[[int], bool]] = {
        "new_and_my_open": lambda t: (
            tickets.status[t] == OPEN and tickets.responder[t] in (0, number)
        ),
        "watching": lambda ticket: ticket % 50 == 0,
    }
    scopes: dict[int, Callable[[int], bool]] = {
        1: lambda ticket: True,
        2: lambda ticket: tickets.group[ticket] in groups or is_mine(ticket),
        3: is_mine,
    }
    by_ticket: Tests = {
        "state": lambda ticket, state: tickets.state[ticket] == state,
        "order_by": lambda ticket, _: True,
        "requester_id": lambda ticket, key: tickets.requester[ticket] == key - ids.CONTACTS,
        "email": lambda ticket, text: account.contacts.email(tickets.requester[ticket]) == text,
        "unique_external_id": lambda ticket, text: (
            account.contact(tickets.requester[ticket])["unique_external_id"] == text
        ),
        "company_id": lambda ticket, key: tickets.company[ticket] == key - ids.COMPANIES,
        "updated_since": lambda ticket, since: tickets.updated[ticket] >= since,
        "created_since": lambda ticket, since: tickets.created[ticket] >= since,
        "filter": lambda ticket, name: name not in kinds or kinds[name](ticket),
        "scope": lambda ticket, scope: scopes[scope](ticket),
    }

    def by_key(test: Callable[[int, Any], bool]) -> Callable[[int, Any], bool]:
        return lambda key, value: test(key & ID_MASK, value)

    return {name: by_key(test) for name, test in by_ticket.items()}


def contacts(call: Call) -> Listing:
    """GET /contacts, alphabetical; blocked and deleted contacts have lists of their own (DOCS)."""
    account, contacts, changes = call.account, call.account.contacts, call.account.changes
    state = call.args.get("state", "default")
    call.disturb(
        "contacts", call.options.contact_churn, lambda n: changes.update_contact(ids.CONTACTS + n)
    )
    if state in ("deleted", "blocked"):
        call.disturb(
            state,
            call.options.leaving,
            lambda number: changes.move_contact(ids.CONTACTS + number, "verified"),
        )

    def is_equal(name: str) -> Callable[[int, Any], bool]:
        return lambda number, value: account.contact(number)[name] == value

    def is_changed(number: int, since: int) -> bool:
        return contacts.updated[number] >= since

    tests: Tests = {
        "state": lambda number, name: (
            contacts.state[number] in _CONTACT_STATES.get(name, _DEFAULT_STATES)
        ),
        "_updated_since": is_changed,
        "updated_since": is_changed,
        "company_id": lambda number, key: contacts.company[number] == key - ids.COMPANIES,
        **{name: is_equal(name) for name in ("email", "mobile", "phone")},
        **{name: is_equal(name) for name in ("unique_external_id", "contact_type")},
    }

    def name(number: int) -> tuple[str, int]:
        return contacts.names[number].casefold(), number

    keys = call.found("contacts", range(len(contacts)), tests, {"state": state}, name)
    return Listing(keys, call.remembering("contacts", call.remembering(state, account.contact)))


def companies(call: Call) -> Listing:
    """GET /companies, alphabetical (AB-REC)."""
    table = call.account.companies
    call.disturb("companies", call.options.leaving, call.account.changes.delete_company)
    tests: Tests = {
        "updated_since": lambda key, since: parse(table.row(key)["updated_at"]) >= since,
    }

    def name(key: int) -> tuple[str, int]:
        return table.row(key)["name"].casefold(), key

    keys = call.found("companies", table.ids, tests, by=name)
    return Listing(keys, call.remembering("companies", table.row))


def ratings(call: Call) -> Listing:
    """GET /surveys/satisfaction_ratings, newest first (inferred)."""
    table = call.account.ratings
    tests: Tests = {
        "created_since": lambda key, since: parse(table.row(key)["created_at"]) >= since,
        "user_id": lambda key, user: table.row(key)["user_id"] == user,
    }
    return Listing(call.found("ratings", table.ids, tests), table.row)


def time_entries(call: Call) -> Listing:
    """GET /time_entries, newest first (AB-REC)."""
    account = call.account
    call.disturb("time entries", call.options.leaving, account.changes.delete_time_entry)

    def field(name: str) -> Callable[[int], Any]:
        return lambda entry: account.time_entry(entry)[name]

    executed, billable = field("executed_at"), field("billable")
    tests: Tests = {
        "company_id": lambda entry, company: field("company_id")(entry) == company,
        "agent_id": lambda entry, agent: field("agent_id")(entry) == agent,
        "executed_after": lambda entry, moment: parse(executed(entry)) >= moment,
        "executed_before": lambda entry, moment: parse(executed(entry)) <= moment,
        "billable": lambda entry, text: billable(entry) == (text == "true"),
    }
    keys = call.found("time entries", account.time_entries.ids, tests)
    return Listing(keys, call.remembering("time entries", account.time_entry))


def agents(call: Call) -> Listing:
    """GET /agents, alphabetical."""

    def has(name: str) -> Callable[[Row, Any], bool]:
        return lambda row, value: row["contact"][name] == value

    tests: Tests = {
        "state": lambda row, state: row["occasional"] == (state == "occasional"),
        **{name: has(name) for name in ("email", "mobile", "phone")},
    }
    rows = call.found("agents", call.account.settings["agents"], tests)
    return Listing(rows, lambda row: _without("agents", row))


def groups(call: Call) -> Listing:
    """GET /groups."""
    return Listing(call.account.settings["groups"], lambda row: _without("groups", row))


def _without(stream: str, row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in _SINGLE_ONLY[stream]}
