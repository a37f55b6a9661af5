"""Endpoints that are no plain list: single rows, what hangs on a ticket, search."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from functools import partial

from sandbox.table import Row
from sandbox.template import load
from sandbox.zendesk_support import errors, exports, ids, incidents, lists, paging
from sandbox.zendesk_support.call import Answer, Call
from sandbox.zendesk_support.feed import Listing
from sandbox.zendesk_support.lists import page
from sandbox.zendesk_support.people import People
from sandbox.zendesk_support.tickets import State

_DEFINITIONS = load(__file__, "rows")["definitions"]
_LARGEST_SEARCH = 1_000
_TICKETS = {"list": "tickets", "sorts": ["updated_at"]}
_COMPARISON = re.compile(r"(created|updated)(>=|<=|>|<)(.+)")
_OPERATORS = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}


def definitions(call: Call) -> Answer:
    """/routing/attributes/definitions"""
    return {"definitions": _DEFINITIONS}


def skills(call: Call) -> Answer:
    """/routing/agents/{id}/instance_values: the skills themselves (REF)."""
    known = call.account.table("attribute_values")
    own = [
        row for row in call.account.table("agent_skills").values() if row["agent_id"] in call.ids
    ]
    priority = "agent_skill_priority"
    return {
        "attribute_values": [
            {**known[row["attribute_value_id"]], priority: row[priority]} for row in own
        ]
    }


def availabilities(call: Call) -> Answer:
    """/agent_availabilities: rows in the JSON:API format, with their channels beside them."""
    listing = call.account.listing("agent_availabilities", "id")
    document = page(call, listing, "data")
    included = [channel for row in document["data"] for channel in _channels(row)]
    data = [_availability(row) for row in document["data"]]
    return {**document, "data": data, "included": included}


def _availability(row: Row) -> Row:
    attributes = {name: row[name] for name in row if name not in ("id", "channels")}
    links = [{"id": channel["id"], "type": "channels"} for channel in _channels(row)]
    return {
        "id": row["id"],
        "type": "agent_availabilities",
        "attributes": attributes,
        "relationships": {"channels": {"data": links}},
    }


def _channels(row: Row) -> list[Row]:
    return [
        {"id": f"{row['id']}|channels|{own['name']}", "type": "channels", "attributes": own}
        for own in row["channels"]
    ]


def tickets(call: Call) -> Answer:
    """/tickets: the live ones; start_time means nothing (ESTUARY)."""
    document = lists.reader(_TICKETS)(call)
    numbers = [row["id"] for row in document["tickets"]]
    call.memory.delivered("tickets", numbers)
    if call.asks_for("metric_sets"):
        document["metric_sets"] = [call.account.metrics(number) for number in numbers]
    return exports.with_people(call, numbers, document)


def ticket_metrics(call: Call) -> Answer:
    """/ticket_metrics: newest ticket first, no archived ones, ``sort`` means nothing (LIVE)."""
    return page(call, call.account.listing("ticket_metrics"), "ticket_metrics", reverse=True)


def activities(call: Call) -> Answer:
    """/activities: those since a date-time, with the users and actors named in them."""
    since = lists.moment(call.args["since"]) if call.args.get("since") else 0
    rows = call.account.table("activities").values()
    recent = [row for row in rows if call.moment(row, "created_at") >= since]
    document = page(call, Listing.of(recent, "id"), "activities")
    people = {row[name] for row in document["activities"] for name in ("user_id", "actor_id")}
    users = [call.account.user(number - ids.USERS) for number in sorted(people)]
    return {**document, "users": users, "actors": users}


# Single rows


def _number(people: People, call: Call, first_id: int) -> int:
    number: int = call.ids[0] - first_id
    if number not in people:
        raise errors.refuse(404)
    return number


def user(call: Call) -> Answer:
    """/users/{id}"""
    return {"user": call.account.user(_number(call.account.users, call, ids.USERS))}


def me(call: Call) -> Answer:
    """/users/me"""
    return {"user": call.account.user(1)}


def identities(call: Call) -> Answer:
    """/users/{id}/identities"""
    users = call.account.users
    rows = users.identities(_number(users, call, ids.USERS))
    return page(call, Listing.of(rows, "id"), "identities")


def organization(call: Call) -> Answer:
    """/organizations/{id}"""
    people = call.account.organizations
    number = _number(people, call, ids.ORGANIZATIONS)
    if people.state[number]:
        raise errors.refuse(404)
    return {"organization": call.account.organization(number)}


# What hangs on a ticket


def _readable(call: Call) -> int:
    number: int = call.ids[0]
    tickets = call.account.tickets
    if number not in tickets or tickets.state[number] == State.DELETED:
        raise errors.refuse(404)
    return number


def ticket(call: Call) -> Answer:
    """/tickets/{id}"""
    return {"ticket": call.account.ticket(_readable(call))}


def metrics(call: Call) -> Answer:
    """/tickets/{id}/metrics"""
    return {"ticket_metric": call.account.metrics(_readable(call))}


def metric_events(call: Call) -> Answer:
    """/tickets/{id}/metric_events: an object by metric, whose events are those of the export."""
    number = _readable(call)
    found: dict[str, list[Row]] = {}
    for place in call.account.metric_events_of(number):
        row = call.account.metric_event(number * ids.METRIC_EVENTS_PER_TICKET + place)
        found.setdefault(row["metric"], []).append(row)
    return found


def audits(call: Call) -> Answer:
    """/tickets/{id}/audits"""
    return _in_order_of_time(call, call.account.audits.audits(_readable(call)), "audits")


def comments(call: Call) -> Answer:
    """/tickets/{id}/comments"""
    return _in_order_of_time(call, call.account.audits.comments(_readable(call)), "comments")


def _in_order_of_time(call: Call, rows: list[Row], envelope: str) -> Row:
    """Pages in order of time; all at once, with ``meta``, of archived tickets (REF, inferred)."""
    if call.account.tickets.state[call.ids[0]] == State.ARCHIVED:
        return {
            envelope: rows,
            "meta": {"has_more": False, "after_cursor": None, "before_cursor": None},
            "links": {"prev": None, "next": None},
            "count": len(rows),
            "next_page": None,
            "previous_page": None,
        }
    sort, order = call.args.get("sort", "created_at"), call.args.get("sort_order", "asc")
    if sort.removeprefix("-") != "created_at":
        raise errors.bad_page("sort is not valid")
    by_key = {(call.moment(row, "created_at"), row["id"]): row for row in rows}
    listing = Listing(("created_at", "id"), sorted(by_key), by_key.__getitem__)
    reverse = sort.startswith("-") if "page[size]" in call.args else order == "desc"
    return page(call, listing, envelope, reverse=reverse)


def side_conversations(call: Call) -> Answer:
    """/tickets/{id}/side_conversations: by next_page; single tickets refuse (AIRBYTE 84353)."""
    number = _readable(call)
    if incidents.refuses_side_conversations(number):
        raise errors.no("empty")
    rows = call.account.incidents.side_conversations(number)
    return page(call, Listing.of(rows, "id"), "side_conversations", "offset")


def ticket_audits(call: Call) -> Answer:
    """/ticket_audits: newest first by before_cursor, without archived tickets (REF)."""
    size, events = ids.AUDITS_PER_TICKET, call.account.live_events()
    limit = min(1_000, paging.positive(call.args.get("limit"), 100))
    place = min(paging.positive(call.args.get("cursor"), len(events)), len(events))
    first = max(0, place - limit)
    rows = [
        call.account.audits.audits(number // size)[number % size]
        for _, number in reversed(events[first:place])
    ]
    before, after = str(first) if first else None, str(len(events))
    return {
        "audits": rows,
        "before_url": call.links.to({"cursor": before}) if before else None,
        "after_url": call.links.to({"cursor": after}),
        "before_cursor": before,
        "after_cursor": after,
    }


# Search: only ranges of time are understood


def search_export(call: Call) -> Answer:
    """/search/export: by created_at, with archived tickets, without deleted rows (REF)."""
    listing = _found(call, call.args.get("filter[type]", ""))
    size = min(_LARGEST_SEARCH, paging.positive(call.args.get("page[size]"), 100))
    args = {**call.args, "page[size]": str(size)}
    rows, rest = paging.by_cursor(listing, args, call.links, False, _LARGEST_SEARCH)
    return {"results": rows, "facets": None, **rest}


def search(call: Call) -> Answer:
    """/search: the same by offset, of the kind that the query names, 1,000 results at most."""
    terms = call.args.get("query", "").split()
    kinds = [term.removeprefix("type:") for term in terms if term.startswith("type:")]
    listing = _found(call, kinds[0] if kinds else "ticket")
    first = Listing(listing.order, listing.keys[:_LARGEST_SEARCH], listing.row)
    return page(call, first, "results", "offset")


def _found(call: Call, kind: str) -> Listing:
    account = call.account
    tickets, people = (
        account.tickets,
        {"user": account.users, "organization": account.organizations},
    )
    makers = {"ticket": account.ticket, "user": account.user, "organization": account.organization}
    if kind not in makers:
        raise errors.no("filter type")
    if kind == "ticket":
        created, updated = tickets.created, tickets.updated
        shown = [number for number in tickets.ids() if tickets.state[number] != State.DELETED]
    else:
        created, updated = people[kind].created, people[kind].updated
        shown = [number for number in people[kind].numbers() if not people[kind].state[number]]
    times = {"created": created, "updated": updated}
    for name, is_within in _ranges(call):
        shown = [number for number in shown if is_within(times[name][number])]
    make = makers[kind]
    keys = sorted((created[number], number) for number in shown)
    return Listing(("created_at", "id"), keys, lambda key: make(key[1]) | {"result_type": kind})


def _ranges(call: Call) -> Iterator[tuple[str, Callable[[int], bool]]]:
    for term in call.args.get("query", "").split():
        if found := _COMPARISON.fullmatch(term):
            yield found[1], partial(_compare, found[2], lists.moment(found[3]))


def _compare(sign: str, bound: int, at: int) -> bool:
    return bool(_OPERATORS[sign](at, bound))
