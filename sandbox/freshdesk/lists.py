"""The lists that filter and order: tickets, contacts, companies, ratings, time entries, agents (sheet 2.1)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable

from sandbox.freshdesk import ids
from sandbox.freshdesk.call import Call, Listing
from sandbox.freshdesk.office import SINGLE_ONLY_OF_AGENTS
from sandbox.freshdesk.params import DEFAULT_PER_PAGE
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
    if call.options.churn and memory.delivered_tickets and memory.ticket_lists % call.options.churn == 0:
        moving = memory.random.choice(memory.delivered_tickets)
        if tickets.state[moving] == State.LIVE:
            account.changes.update_ticket(moving)
    state = {"deleted": State.DELETED, "spam": State.SPAM}.get(args.get("filter", ""), State.LIVE)
    order_by = args.get("order_by", "created_at")
    keys = tickets.ordered(state, order_by)
    since = args.get("updated_since")
    if since is None:
        horizon = account.now() - _WITHOUT_SINCE
        keys = [key for key in keys if tickets.created[key & ID_MASK] >= horizon]
    elif order_by == "updated_at":
        keys = keys[bisect_left(keys, since << ID_BITS) :]
    else:
        keys = [key for key in keys if tickets.updated[key & ID_MASK] >= since]
    for keep in _ticket_filters(call):
        keys = [key for key in keys if keep(key & ID_MASK)]
    if args.get("order_type", "desc") == "desc":
        keys.reverse()
    if call.options.tie_order == "random-per-request":
        _shuffle_ties(call, keys)
    return Listing(keys, lambda key: _listed_ticket(call, key & ID_MASK))


def _ticket_filters(call: Call) -> list[Keep]:
    account, args = call.account, call.args
    tickets, agent = account.tickets, me(call)
    number, groups = agent["id"] - ids.AGENTS, [id - ids.GROUPS for id in agent["group_ids"]]
    filters: list[Keep] = []
    if "requester_id" in args:
        filters.append(lambda id: tickets.requester[id] == args["requester_id"] - ids.CONTACTS)
    if "email" in args:
        requester = account.contacts.find(args["email"])
        filters.append(lambda id: tickets.requester[id] == requester)
    if "unique_external_id" in args:
        wanted = args["unique_external_id"]
        filters.append(lambda id: account.contact(tickets.requester[id])["unique_external_id"] == wanted)
    if "company_id" in args:
        filters.append(lambda id: account.company_of(id) == args["company_id"])
    if args.get("filter") == "new_and_my_open":
        filters.append(lambda id: tickets.status[id] == 2 and tickets.responder[id] in (0, number))
    if args.get("filter") == "watching":
        filters.append(lambda id: id % 50 == 0)
    if call.options.ticket_scope == 2:
        filters.append(lambda id: tickets.group[id] in groups or tickets.responder[id] == number)
    if call.options.ticket_scope == 3:
        filters.append(lambda id: tickets.responder[id] == number)
    return filters


def _shuffle_ties(call: Call, keys: list[int]) -> None:
    """Give rows of one value, as far as they touch the page, a new order at each request (no second key is documented)."""
    size = call.args.get("per_page", DEFAULT_PER_PAGE)
    first = (call.args.get("page", 1) - 1) * size
    last = min(first + size, len(keys)) - 1
    if first > last:
        return
    head, tail = keys[first] >> ID_BITS, keys[last] >> ID_BITS
    while first > 0 and keys[first - 1] >> ID_BITS == head:
        first -= 1
    while last < len(keys) - 1 and keys[last + 1] >> ID_BITS == tail:
        last += 1
    sign = 1 if head <= tail else -1
    chance = call.memory.random.random
    keys[first : last + 1] = sorted(keys[first : last + 1], key=lambda key: (sign * (key >> ID_BITS), chance()))


def _listed_ticket(call: Call, id: int) -> Row:
    call.memory.delivered_tickets.append(id)
    return with_includes(call, call.account.ticket(id), id)


def with_includes(call: Call, row: Row, id: int) -> Row:
    """The row with what ``include`` asks for."""
    account = call.account
    for include in call.args.get("include", ()):
        if include == "stats":
            row["stats"] = account.views.stats(id)
        elif include == "requester":
            row["requester"] = account.contacts.brief(account.tickets.requester[id])
        elif include == "company":
            row["company"] = account.company_brief(account.company_of(id)) or ({} if id % 2 else None)
        elif include == "description":
            row |= account.views.description(id)
        elif include == "conversations":
            row["conversations"] = account.threads.of(id)[:10]
        elif include == "sla_policy":
            row["sla_policy"] = account.settings["sla_policies"][0]
    return row


def contact_list(call: Call) -> Listing:
    """GET /contacts, alphabetical (DOCS); blocked and deleted contacts have lists of their own."""
    account, args, memory = call.account, call.args, call.memory
    contacts = account.contacts
    memory.contact_lists += 1
    if call.options.contact_churn and memory.delivered_contacts and memory.contact_lists % call.options.contact_churn == 0:
        account.changes.update_contact(ids.CONTACTS + memory.random.choice(memory.delivered_contacts))
    states = {
        "verified": (ContactState.VERIFIED,),
        "unverified": (ContactState.UNVERIFIED,),
        "blocked": (ContactState.BLOCKED,),
        "deleted": (ContactState.DELETED,),
    }.get(args.get("state", ""), (ContactState.VERIFIED, ContactState.UNVERIFIED))
    since: int = args.get("_updated_since") or args.get("updated_since") or 0
    wanted = {name: args[name] for name in ("email", "mobile", "phone", "unique_external_id", "contact_type") if name in args}
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

    return Listing(call.cached("contacts", (states, since, company, tuple(wanted.items())), compute), listed)


def company_list(call: Call) -> Listing:
    """GET /companies, alphabetical (AB-REC)."""
    since = call.args.get("updated_since")

    def compute() -> list[int]:
        rows = (row for row in call.account.companies if since is None or parse(row["updated_at"]) >= since)
        return [row["id"] for row in sorted(rows, key=lambda row: (str(row["name"]).casefold(), row["id"]))]

    return Listing(call.cached("companies", since, compute), call.account.companies.row)


def rating_list(call: Call) -> Listing:
    """GET /surveys/satisfaction_ratings; created_since is inclusive (inferred)."""
    since, user, table = call.args.get("created_since"), call.args.get("user_id"), call.account.ratings

    def compute() -> list[int]:
        return [
            row["id"]
            for row in table
            if (since is None or parse(row["created_at"]) >= since) and (user is None or row["user_id"] == user)
        ]

    return Listing(call.cached("ratings", (since, user), compute) if since or user else table.ids, table.row)


def ticket_ratings(call: Call) -> Listing:
    """GET /tickets/{id}/satisfaction_ratings."""
    table = call.account.ratings
    return _of_ticket(call, [row for row in table if row["ticket_id"] == call.ids[0]])


def time_entry_list(call: Call) -> Listing:
    """GET /time_entries, newest first (AB-REC)."""
    args, table = call.args, call.account.time_entries
    wanted = {name: args[name] for name in ("company_id", "agent_id", "executed_after", "executed_before", "billable") if name in args}

    def matches(row: Row) -> bool:
        executed = parse(row["executed_at"])
        return (
            wanted.get("company_id", row["company_id"]) == row["company_id"]
            and wanted.get("agent_id", row["agent_id"]) == row["agent_id"]
            and wanted.get("executed_after", executed) <= executed <= wanted.get("executed_before", executed)
            and wanted.get("billable", row["billable"]) in (row["billable"], str(row["billable"]).lower())
        )

    def compute() -> list[int]:
        return [id for id in table.ids if matches(call.account.time_entry(id))]

    keys = call.cached("time entries", tuple(wanted.items()), compute) if wanted else table.ids
    return Listing(keys, call.account.time_entry)


def ticket_time_entries(call: Call) -> Listing:
    """GET /tickets/{id}/time_entries."""
    account = call.account
    return _of_ticket(call, [account.time_entry(row["id"]) for row in account.time_entries if row["ticket_id"] == call.ids[0]])


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
        and all(row["contact"][name] == args[name] for name in ("email", "mobile", "phone") if name in args)
    ]
    return Listing(rows, lambda row: {key: value for key, value in row.items() if key not in SINGLE_ONLY_OF_AGENTS})
