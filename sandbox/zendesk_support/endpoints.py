"""Every endpoint, and the readers of those that are no plain list: children, search and others."""

import operator
import re

from sandbox.errors import Refusal
from sandbox.routes import Routes
from sandbox.table import Row, without
from sandbox.template import load, load_all
from sandbox.zendesk_support import exports, ids, lists, paging
from sandbox.zendesk_support.call import Call
from sandbox.zendesk_support.lists import page
from sandbox.zendesk_support.population import Listing, Population, State
from sandbox.zendesk_support.tables import refuses_side_conversations

_DEFINITIONS = load(__file__, "rows")["definitions"]
_LARGEST_SEARCH = 1_000
_TICKETS = {"list": "tickets", "sorts": ["updated_at"]}
_ACTIVITIES = {"list": "activities", "narrow": "since"}
_COMPARISON = re.compile(r"(created|updated)(>=|<=|>|<)(.+)")
_OPERATORS = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}


def definitions(spec: Row, call: Call) -> Row:
    """/routing/attributes/definitions"""
    return {"definitions": _DEFINITIONS}


def skills(spec: Row, call: Call) -> Row:
    """/routing/agents/{id}/instance_values: the skills themselves (REF)."""
    known, skills = call.account.table("attribute_values"), call.account.table("agent_skills")
    own = [row for row in skills.values() if row["agent_id"] in call.ids]
    priority = "agent_skill_priority"
    rows = [{**known[row["attribute_value_id"]], priority: row[priority]} for row in own]
    return {"attribute_values": rows}


def availabilities(spec: Row, call: Call) -> Row:
    """/agent_availabilities: rows in the JSON:API format, with their channels beside them."""
    kind = "agent_availabilities"
    document = page(call, call.account.listing(kind, "id"), "data")
    included, data = [], []
    for row in document["data"]:
        channels = [
            {"id": f"{row['id']}|channels|{own['name']}", "type": "channels", "attributes": own}
            for own in row["channels"]
        ]
        links = [{"id": channel["id"], "type": "channels"} for channel in channels]
        about = {"id": row["id"], "type": kind, "attributes": without(row, ("id", "channels"))}
        data.append({**about, "relationships": {"channels": {"data": links}}})
        included += channels
    return {**document, "data": data, "included": included}


def tickets(spec: Row, call: Call) -> Row:
    """/tickets: the live ones; start_time means nothing (ESTUARY)."""
    document = lists.answer(_TICKETS, call)
    numbers = [row["id"] for row in document["tickets"]]
    call.delivered("tickets", numbers)
    if call.asks_for("metric_sets"):
        document["metric_sets"] = [call.account.metrics(number) for number in numbers]
    exports.add_comment_counts(call, document)
    return document


def activities(spec: Row, call: Call) -> Row:
    """/activities: those since a date-time, with the users and actors named in them."""
    document = lists.answer(_ACTIVITIES, call)
    people = {row[name] for row in document["activities"] for name in ("user_id", "actor_id")}
    users = [call.account.users.row(number - ids.USERS) for number in sorted(people)]
    return {**document, "users": users, "actors": users}


# What lies below a row


def _number(call: Call, stream: str, own_id: int) -> int:
    """Returns the number of a row that can be asked for; 404 if there is none."""
    big = call.account.big[stream]
    number = own_id - big.first_id
    if number not in big or (big.state[number] == State.DELETED and stream != "users"):
        raise Refusal(404)
    return number


def children(spec: Row, call: Call) -> Row:
    """Answers with the list below the row that the path names.

    By time, it comes all at once, with ``meta``, if the ticket is archived (REF, inferred).
    """
    parents, make = call.account.children[spec["children"]]
    number = _number(call, parents, call.ids[0])
    if spec["children"] == "side_conversations" and refuses_side_conversations(number):
        raise Refusal("empty")
    rows, envelope = make(number), spec["envelope"]
    if not spec.get("by_time"):
        return page(call, Listing.of(rows, "id"), envelope, spec.get("paging", "both"))
    sort, order = call.args.get("sort", "created_at"), call.args.get("sort_order", "asc")
    by_key = {(call.moment(row, "created_at"), row["id"]): row for row in rows}
    listing = Listing(sorted(by_key), by_key.__getitem__, ("created_at", "id"))
    if call.account.tickets.state[number] == State.ARCHIVED:
        meta = {"has_more": False, "after_cursor": None, "before_cursor": None}
        links = {"prev": None, "next": None}
        return {**page(call, listing, envelope, "none"), "meta": meta, "links": links}
    if sort.removeprefix("-") != "created_at":
        raise Refusal("bad page", reason="sort is not valid")
    reverse = sort.startswith("-") if "page[size]" in call.args else order == "desc"
    return page(call, listing, envelope, reverse=reverse)


def metrics(spec: Row, call: Call) -> Row:
    """/tickets/{id}/metrics"""
    return {"ticket_metric": call.account.metrics(_number(call, "tickets", call.ids[0]))}


def metric_events(spec: Row, call: Call) -> Row:
    """/tickets/{id}/metric_events: an object by metric, whose events are those of the export."""
    number = _number(call, "tickets", call.ids[0])
    found: dict[str, list[Row]] = {}
    for place in call.account.metric_events_of(number):
        row = call.account.metric_event(number * ids.METRIC_EVENTS_PER_TICKET + place)
        found.setdefault(row["metric"], []).append(row)
    return found


def ticket_audits(spec: Row, call: Call) -> Row:
    """/ticket_audits: newest first by before_cursor, without archived tickets (REF)."""
    per_ticket, state = ids.AUDITS_PER_TICKET, call.account.tickets.state
    events = [n for _, n in call.account.events if state[n // per_ticket] == State.LIVE]
    limit = min(1_000, call.number("limit") or 100)
    place = min(call.number("cursor") or len(events), len(events))
    first = max(0, place - limit)
    rows = [
        call.account.audits.audits(number // per_ticket)[number % per_ticket]
        for number in reversed(events[first:place])
    ]
    before, after = str(first) if first else None, str(len(events))
    return {
        "audits": rows,
        "before_url": call.request.link({"cursor": before}) if before else None,
        "after_url": call.request.link({"cursor": after}),
        "before_cursor": before,
        "after_cursor": after,
    }


# Search: only ranges of time are understood


def search_export(spec: Row, call: Call) -> Row:
    """/search/export: by created_at, with archived tickets, without deleted rows (REF)."""
    size = min(_LARGEST_SEARCH, call.number("page[size]") or 100)
    listing = _hits(call, call.args.get("filter[type]", ""))
    rows, rest = paging.by_cursor(call, listing, largest=_LARGEST_SEARCH, size=size)
    return {"results": rows, "facets": None, **rest}


def search(spec: Row, call: Call) -> Row:
    """/search: the same rows in numbered pages; the type:... is in the query (REF)."""
    listing = _hits(call, _kind(call))
    rows, rest = paging.by_offset(call, listing, reverse=False, most=paging.MAX_SIZE)
    return {"results": rows, "facets": None, **rest}


def search_count(spec: Row, call: Call) -> Row:
    """/search/count: how many rows a query finds (REF)."""
    return {"count": len(_found(call, _kind(call))[1])}


def _kind(call: Call) -> str:
    named = re.search(r"\btype:(\w+)", call.args.get("query", ""))
    return named[1] if named else ""


def _hits(call: Call, kind: str) -> Listing:
    big, numbers = _found(call, kind)
    keys = sorted((big.created[number], number) for number in numbers)
    order = ("created_at", "id")
    return Listing(keys, lambda key: big.row(key[1]) | {"result_type": kind}, order)


def _found(call: Call, kind: str) -> tuple[Population, list[int]]:
    """The numbers of the rows that the query's ranges of time leave, archived tickets included."""
    big = call.account.big.get(f"{kind}s")
    if big is None:
        raise Refusal("filter type")
    times = {"created": big.created, "updated": big.updated}
    numbers = big.in_state(State.LIVE, State.ARCHIVED)
    for term in call.args.get("query", "").split():
        if found := _COMPARISON.fullmatch(term):
            at, holds, bound = times[found[1]], _OPERATORS[found[2]], lists.moment(found[3])
            numbers = [number for number in numbers if holds(at[number], bound)]
    return big, numbers


_READERS = {**globals(), "list": lists.answer, "export": exports.answer}
ROUTES = Routes(load_all(__file__, "routes"), _READERS)
