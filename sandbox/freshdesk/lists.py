"""The lists that filter and order: tickets, contacts, companies, ratings, time entries, agents (sheet 2.1)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable

from sandbox.freshdesk import ids
from sandbox.freshdesk.call import Call, Listing
from sandbox.freshdesk.office import SINGLE_ONLY_OF_AGENTS
from sandbox.freshdesk.ordered import Ordered
from sandbox.freshdesk.params import PAGING
from sandbox.freshdesk.people import State as ContactState
from sandbox.freshdesk.tickets import ID_BITS, ID_MASK, State
from sandbox.table import Row
from sandbox.times import DAY, parse

Keep = Callable[[int], bool]

_WITHOUT_SINCE = 30 * DAY


def me(call: Call) -> Row:
    """The agent to whom the key belongs: the first one for an admin, the second for a plain agent."""
    number = 1 if call.options.role == "admin" else 2
    agent = next(row for row in call.account.settings["agents"] if row["id"] == ids.AGENTS + number)
    return {**agent, "ticket_scope": call.options.ticket_scope}


def ticket_list(call: Call) -> Listing:
    """GET /tickets. Without updated_since only tickets created in the last 30 days come (DOCS; AB #6133)."""
    account, args, memory = call.account, call.args, call.memory
    tickets = account.tickets
    memory.ticket_lists += 1
    if (
        call.options.churn
        and memory.delivered_tickets
        and memory.ticket_lists % call.options.churn == 0
    ):
        moving = memory.random.choice(memory.delivered_tickets)
        if tickets.state[moving] == State.LIVE:
            account.changes.update_ticket(moving)
    state = {"deleted": State.DELETED, "spam": State.SPAM}.get(args.get("filter", ""), State.LIVE)
    order_by = args.get("order_by", "created_at")
    keys = tickets.ordered(state, order_by)
    keys = tickets.ordered(state, order_by)
    start = 0
    keep = _ticket_filters(call)
    horizon = 0
    if order_by == "updated_at" and "updated_since" in args:
        start = bisect_left(keys, args["updated_since"] << ID_BITS)
    elif "updated_since" in args:
        keep.append(lambda ticket: tickets.updated[ticket] >= args["updated_since"])
    else:
        horizon = account.now() - _WITHOUT_SINCE
        keep.append(lambda ticket: tickets.created[ticket] >= horizon)
    if keep:
        asked = sorted(
            (name, value) for name, value in args.items() if name not in (*PAGING, "include")
        )
        whose = (call.options.role, call.options.ticket_scope, horizon)
        every = keys[start:]
        keys = call.cached(
            "tickets",
            (asked, whose),
            lambda: [key for key in every if all(test(key & ID_MASK) for test in keep)],
        )
        start = 0
    ordered = Ordered(keys, start, args.get("order_type", "desc") == "desc", _arrangement(call))
    return Listing(ordered, lambda key: _listed_ticket(call, key & ID_MASK))


def _arrangement(call: Call) -> Callable[[list[int]], None] | None:
    return {
        "id": None,
        "oldest-first": list[int].sort,
        "random-per-request": call.memory.random.shuffle,
    }[call.options.tie_order]


def _ticket_filters(call: Call) -> list[Keep]:
    account, args = call.account, call.args
    tickets, agent = account.tickets, me(call)
    number, groups = agent["id"] - ids.AGENTS, [group - ids.GROUPS for group in agent["group_ids"]]
    filters: list[Keep] = []
    if "requester_id" in args:
        filters.append(
            lambda ticket: tickets.requester[ticket] == args["requester_id"] - ids.CONTACTS
        )
    if "email" in args:
        requester = account.contacts.find(args["email"])
        filters.append(lambda ticket: tickets.requester[ticket] == requester)
    if "unique_external_id" in args:
        wanted = args["unique_external_id"]
        filters.append(
            lambda ticket: (
                account.contact(tickets.requester[ticket])["unique_external_id"] == wanted
            )
        )
    if "company_id" in args:
        filters.append(lambda ticket: account.company_of(ticket) == args["company_id"])
    if args.get("filter") == "new_and_my_open":
        filters.append(
            lambda ticket: tickets.status[ticket] == 2 and tickets.responder[ticket] in (0, number)
        )
    if args.get("filter") == "watching":
        filters.append(lambda ticket: ticket % 50 == 0)
    if call.options.ticket_scope == 2:
        filters.append(
            lambda ticket: tickets.group[ticket] in groups or tickets.responder[ticket] == number
        )
    if call.options.ticket_scope == 3:
        filters.append(lambda ticket: tickets.responder[ticket] == number)
    return filters


def _listed_ticket(call: Call, ticket: int) -> Row:
    call.memory.delivered_tickets.append(ticket)
    return with_includes(call, call.account.ticket(ticket), ticket)


def with_includes(call: Call, row: Row, ticket: int) -> Row:
    """The row with what ``include`` asks for."""
    account = call.account
    for include in call.args.get("include", ()):
        if include == "stats":
            row["stats"] = account.views.stats(ticket)
        elif include == "requester":
            row["requester"] = account.contacts.brief(account.tickets.requester[ticket])
        elif include == "company":
            row["company"] = account.company_brief(account.company_of(ticket)) or (
                {} if ticket % 2 else None
            )
        elif include == "description":
            row |= account.views.description(ticket)
        elif include == "conversations":
            row["conversations"] = account.threads.of(ticket)[:10]
        elif include == "sla_policy":
            row["sla_policy"] = account.settings["sla_policies"][0]
    return row


def _leaving(
    call: Call, name: str, leave: Callable[[int], object], row: Callable[[int], Row]
) -> Callable[[int], Row]:
    """``row`` for the list ``name``, which one of the rows that were delivered leaves now and then."""
    memory, delivered = call.memory, call.memory.delivered[name]
    memory.listed[name] += 1
    if call.options.leaving and delivered and memory.listed[name] % call.options.leaving == 0:
        leave(delivered.popleft())

    def remembered(key: int) -> Row:
        if call.options.leaving and key not in delivered:
            delivered.append(key)
        return row(key)

    return remembered


def contact_list(call: Call) -> Listing:
    """GET /contacts, alphabetical (DOCS); blocked and deleted contacts have lists of their own."""
    account, args, memory = call.account, call.args, call.memory
    contacts, changes = account.contacts, account.changes
    memory.contact_lists += 1
    if (
        call.options.contact_churn
        and memory.delivered_contacts
        and memory.contact_lists % call.options.contact_churn == 0
    ):
        account.changes.update_contact(
            ids.CONTACTS + memory.random.choice(memory.delivered_contacts)
        )
    states = {
        "verified": (ContactState.VERIFIED,),
        "unverified": (ContactState.UNVERIFIED,),
        "blocked": (ContactState.BLOCKED,),
        "deleted": (ContactState.DELETED,),
    }.get(args.get("state", ""), (ContactState.VERIFIED, ContactState.UNVERIFIED))
    since: int = args.get("_updated_since") or args.get("updated_since") or 0
    wanted = {
        name: args[name]
        for name in ("email", "mobile", "phone", "unique_external_id", "contact_type")
        if name in args
    }
    company = args.get("company_id")

    def matches(number: int) -> bool:
        if contacts.state[number] not in states or contacts.updated[number] < since:
            return False
        if company and contacts.company[number] != company - ids.COMPANIES:
            return False
        row = account.contact(number) if wanted else {}
        return all(row[name] == value for name, value in wanted.items())

    def compute() -> list[int]:
        found = filter(matches, range(len(contacts)))
        return sorted(found, key=lambda number: (contacts.names[number].casefold(), number))

    def listed(number: int) -> Row:
        memory.delivered_contacts.append(number)
        return account.contact(number)

    row: Callable[[int], Row] = listed
    if args.get("state") in ("deleted", "blocked"):
        row = _leaving(
            call,
            args["state"],
            lambda number: changes.move_contact(ids.CONTACTS + number, "verified"),
            listed,
        )
    return Listing(
        call.cached("contacts", (states, since, company, tuple(wanted.items())), compute), row
    )


def company_list(call: Call) -> Listing:
    """GET /companies, alphabetical (AB-REC)."""
    since, companies = call.args.get("updated_since"), call.account.companies
    listed = _leaving(call, "companies", call.account.changes.delete_company, companies.row)

    def compute() -> list[int]:
        rows = (row for row in companies if since is None or parse(row["updated_at"]) >= since)
        return [
            row["id"]
            for row in sorted(rows, key=lambda row: (str(row["name"]).casefold(), row["id"]))
        ]

    return Listing(call.cached("companies", since, compute), listed)


def rating_list(call: Call) -> Listing:
    """GET /surveys/satisfaction_ratings; whether created_since is inclusive is not documented."""
    since, user, table = (
        call.args.get("created_since"),
        call.args.get("user_id"),
        call.account.ratings,
    )
    if since is not None and call.options.created_since == "exclusive":
        since += 1

    def compute() -> list[int]:
        return [
            row["id"]
            for row in table
            if (since is None or parse(row["created_at"]) >= since)
            and (user is None or row["user_id"] == user)
        ]

    return Listing(
        call.cached("ratings", (since, user), compute) if since or user else table.ids, table.row
    )


def ticket_ratings(call: Call) -> Listing:
    """GET /tickets/{id}/satisfaction_ratings."""
    table = call.account.ratings
    return _of_ticket(call, [row for row in table if row["ticket_id"] == call.ids[0]])


def time_entry_list(call: Call) -> Listing:
    """GET /time_entries, newest first (AB-REC)."""
    args, table = call.args, call.account.time_entries
    listed = _leaving(
        call, "time entries", call.account.changes.delete_time_entry, call.account.time_entry
    )
    wanted = {name: value for name, value in args.items() if name not in PAGING}

    def matches(row: Row) -> bool:
        executed = parse(row["executed_at"])
        return (
            wanted.get("company_id", row["company_id"]) == row["company_id"]
            and wanted.get("agent_id", row["agent_id"]) == row["agent_id"]
            and wanted.get("executed_after", executed)
            <= executed
            <= wanted.get("executed_before", executed)
            and wanted.get("billable", row["billable"])
            in (row["billable"], str(row["billable"]).lower())
        )

    def compute() -> list[int]:
        return [entry for entry in table.ids if matches(call.account.time_entry(entry))]

    keys = call.cached("time entries", tuple(wanted.items()), compute) if wanted else table.ids
    return Listing(keys, listed)


def ticket_time_entries(call: Call) -> Listing:
    """GET /tickets/{id}/time_entries."""
    account = call.account
    return _of_ticket(
        call,
        [
            account.time_entry(row["id"])
            for row in account.time_entries
            if row["ticket_id"] == call.ids[0]
        ],
    )


def _of_ticket(call: Call, rows: list[Row]) -> Listing:
    return Listing(rows, lambda row: row)


def agent_list(call: Call) -> Listing:
    """GET /agents, alphabetical; no group_ids, role_ids, skill_ids (DOCS, AB-REC)."""
    args = call.args
    occasional = {"occasional": True, "fulltime": False}.get(args.get("state", ""))
    rows = [
        row
        for row in call.account.settings["agents"]
        if occasional in (None, row["occasional"])
        and all(
            row["contact"][name] == args[name]
            for name in ("email", "mobile", "phone")
            if name in args
        )
    ]
    return Listing(
        rows,
        lambda row: {key: value for key, value in row.items() if key not in SINGLE_ONLY_OF_AGENTS},
    )
