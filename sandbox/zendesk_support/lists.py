"""Lists: what they are called, how they page and order, and what they can be filtered by (sheet 2.1, 2.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from sandbox.table import Row
from sandbox.times import parse
from sandbox.zendesk_support import errors, exports, history, ids, paging
from sandbox.zendesk_support.call import Answer, Call
from sandbox.zendesk_support.feed import Listing
from sandbox.zendesk_support.tickets import State

Paging = Literal["both", "offset", "none"]


class List(NamedTuple):
    """A list endpoint.

    paging: "both" = by cursor with page[size], else by offset; "offset" = page[size] means nothing; "none" = all at once.
    sorts: value of ``sort`` -> order; others than these are a 400, or mean nothing where there are none.
    """

    stream: str
    envelope: str = ""
    paging: Paging = "both"
    order: tuple[str, ...] = ("id",)
    sorts: dict[str, tuple[str, ...]] | None = None
    narrow: Callable[[Call, Row], bool] | None = None


_BY_UPDATE = {"id": ("id",), "updated_at": ("updated_at", "id")}


def read(spec: List) -> Callable[[Call], Answer]:
    """How such an endpoint answers."""

    def answer(call: Call) -> Answer:
        if (
            spec.paging == "offset"
            and call.options.vanishing
            and paging.positive(call.args.get("page"), 1) > 1
        ):
            call.options.vanishing -= 1
            call.account.changes.remove_row(
                spec.stream, next(iter(call.account.table(spec.stream)))
            )
        order, reverse = spec.order, False
        wanted = call.args.get("sort", "")
        if spec.sorts is not None and wanted:
            if wanted.removeprefix("-") not in spec.sorts:
                raise errors.bad_page("sort is not valid")
            order, reverse = spec.sorts[wanted.removeprefix("-")], wanted.startswith("-")
        listing = call.account.listing(spec.stream, *order)
        if spec.narrow:
            rows = {key: listing.row(key) for key in listing.keys}
            keys = [key for key, row in rows.items() if spec.narrow(call, row)]
            listing = Listing(listing.order, keys, rows.__getitem__)
        return page(call, listing, spec.envelope or spec.stream, spec.paging, reverse)

    return answer


def page(
    call: Call, listing: Listing, envelope: str, kind: Paging = "both", reverse: bool = False
) -> Row:
    """A page of a listing in its envelope."""
    if kind == "both" and "page[size]" in call.args:
        rows, rest = paging.by_cursor(listing, call.args, call.links, reverse)
    elif kind == "none":
        rows = [listing.row(key) for key in listing.keys]
        rest = {"next_page": None, "previous_page": None, "count": len(rows)}
    else:
        rows, rest = paging.by_offset(listing, call.args, call.links, reverse)
    return {envelope: rows, **rest}


def tickets(call: Call) -> Answer:
    """/tickets: the live ones; start_time means nothing (sheet 2.9)."""
    document = read(List("tickets", sorts=_BY_UPDATE))(call)
    assert isinstance(document, dict)
    numbers = [row["id"] for row in document["tickets"]]
    call.memory.delivered("tickets", numbers)
    return exports.with_sideloads(call, numbers, document, embedded=False)


def ticket_metrics(call: Call) -> Answer:
    """/ticket_metrics: newest ticket first, archived ones missing, ``sort`` silently ignored (BRU)."""
    return page(call, call.account.listing("ticket_metrics"), "ticket_metrics", reverse=True)


def ticket_fields(call: Call) -> Answer:
    """/ticket_fields: all at once without paging parameters (OAS)."""
    paged = "page[size]" in call.args or "page" in call.args or "per_page" in call.args
    return page(
        call,
        call.account.listing("ticket_fields", "position", "id"),
        "ticket_fields",
        "both" if paged else "none",
    )


def not_deleted(call: Call, row: Row) -> bool:
    """Groups: deleted ones only with exclude_deleted=false (OAS)."""
    return not row["deleted"] or call.args.get("exclude_deleted") == "false"


def since_start_time(call: Call, row: Row) -> bool:
    """Skips since start_time."""
    return call.moment(row, "updated_at") >= paging.positive(call.args.get("start_time"), 0)


def recent(call: Call, row: Row) -> bool:
    """Activities since a date-time."""
    since = call.args.get("since")
    return call.moment(row, "created_at") >= (_moment(since) if since else 0)


def rated_between(call: Call, row: Row) -> bool:
    """Ratings between start_time and end_time, both included, of whichever time the option says; not of the last minute (EST)."""
    at = call.moment(row, call.options.ratings_filter)
    end = paging.positive(call.args.get("end_time"), 1 << 40)
    return (
        paging.positive(call.args.get("start_time"), 0)
        <= at
        <= min(end, call.account.now() - call.options.hold_back)
    )


def logged_between(call: Call, row: Row) -> bool:
    """Audit logs in a range of created_at, and of one source type or action."""
    bounds = call.args.get("filter[created_at][]", "").split("\n")
    at = call.moment(row, "created_at")
    if len(bounds) == 2 and not _moment(bounds[0]) <= at <= _moment(bounds[1]):
        return False
    kinds = {"source_type": "filter[source_type]", "action": "filter[action]"}
    return all(
        row[name] == call.args.get(parameter, row[name]) for name, parameter in kinds.items()
    )


def _moment(text: str) -> int:
    try:
        return parse(text)
    except ValueError:
        raise errors.say(400, "InvalidValue", f"{text} is not a date") from None


# What hangs on a ticket


def _readable(call: Call) -> int:
    ticket, tickets = call.ids[0], call.account.tickets
    if ticket not in tickets or tickets.state[ticket] == State.DELETED:
        raise errors.refuse(404)
    return ticket


def _of_ticket(call: Call, rows: list[Row], envelope: str) -> Row:
    """Pages in order of time; all at once, with ``meta``, if the ticket is archived (OAS; ``meta`` inferred from ST)."""
    if call.account.tickets.state[call.ids[0]] == State.ARCHIVED:
        rest: Row = {
            "meta": {"has_more": False, "after_cursor": None, "before_cursor": None},
            "links": {"prev": None, "next": None},
        }
        return {
            envelope: rows,
            **rest,
            "count": len(rows),
            "next_page": None,
            "previous_page": None,
        }
    sort, order = call.args.get("sort", "created_at"), call.args.get("sort_order", "asc")
    if sort.removeprefix("-") != "created_at":
        raise errors.bad_page("sort is not valid")
    keys = [(call.moment(row, "created_at"), row["id"]) for row in rows]
    by_key = dict(zip(keys, rows, strict=True))
    reverse = sort.startswith("-") if "page[size]" in call.args else order == "desc"
    return page(
        call, Listing(("created_at", "id"), keys, by_key.__getitem__), envelope, reverse=reverse
    )


def audits(call: Call) -> Answer:
    """/tickets/{id}/audits"""
    return _of_ticket(call, call.account.threads.audits(_readable(call)), "audits")


def comments(call: Call) -> Answer:
    """/tickets/{id}/comments"""
    return _of_ticket(call, call.account.threads.comments(_readable(call)), "comments")


def ticket(call: Call) -> Answer:
    """/tickets/{id}"""
    return {"ticket": call.account.ticket(_readable(call))}


def metrics(call: Call) -> Answer:
    """/tickets/{id}/metrics"""
    return {"ticket_metric": call.account.metrics(_readable(call))}


def side_conversations(call: Call) -> Answer:
    """/tickets/{id}/side_conversations: by next_page; some tickets are refused on their own (AB#84353)."""
    number = _readable(call)
    if history.refuses_side_conversations(number):
        raise errors.refused("empty")
    listing = Listing.of(
        history.side_conversations(call.account.seed, call.account.tickets, number), "id"
    )
    return page(call, listing, "side_conversations", "offset")


def identities(call: Call) -> Answer:
    """/users/{id}/identities"""
    users, number = call.account.users, call.ids[0] - ids.USERS
    if not 0 < number < len(users.created):
        raise errors.refuse(404)
    return page(call, Listing.of(users.identities(number), "id"), "identities")


# The account's tail of audits, and search


def ticket_audits(call: Call) -> Answer:
    """/ticket_audits: newest first by before_cursor, ``limit`` up to 1000, archived tickets missing (OAS)."""
    listing = call.account.listing("ticket_audits")
    keys = listing.keys
    size = min(1_000, paging.positive(call.args.get("limit"), 100))
    place = min(paging.positive(call.args.get("cursor"), len(keys)), len(keys))
    chosen = keys[max(0, place - size) : place]
    before = str(place - len(chosen)) if place > len(chosen) else None
    return {
        "audits": [listing.row(key) for key in reversed(chosen)],
        "before_url": call.links.to({"cursor": before}) if before else None,
        "after_url": call.links.to({"cursor": str(len(keys))}),
        "before_cursor": before,
        "after_cursor": str(len(keys)),
    }


def search_export(call: Call) -> Answer:
    """/search/export: by created_at, with archived tickets, without deleted rows (sheet 2.9). Queries: time ranges only."""
    listing = _found(call, call.args.get("filter[type]", ""))
    size = min(1_000, paging.positive(call.args.get("page[size]"), 100))
    rows, rest = paging.by_cursor(
        listing, {**call.args, "page[size]": str(size)}, call.links, False, 1_000
    )
    return {"results": rows, "facets": None, **rest}


def search(call: Call) -> Answer:
    """/search: the same by offset, of the kind that ``type:`` in the query names; no more than 1,000 results."""
    terms = call.args.get("query", "").split()
    kind = next(
        (term.removeprefix("type:") for term in terms if term.startswith("type:")), "ticket"
    )
    listing = _found(call, kind)
    return page(
        call, Listing(listing.order, listing.keys[:1_000], listing.row), "results", "offset"
    )


def _found(call: Call, kind: str) -> Listing:
    account = call.account
    tests = [test for term in call.args.get("query", "").split() if (test := _range(term))]
    made = {
        "ticket": account.ticket,
        "user": account.user,
        "organization": account.organization,
    }.get(kind)
    if made is None:
        raise errors.say(
            400, "InvalidFilterType", "filter[type] must be ticket, user or organization"
        )
    if kind == "ticket":
        created, updated = account.tickets.created, account.tickets.updated
        numbers = [
            number
            for number in account.tickets.ids()
            if account.tickets.state[number] != State.DELETED
        ]
    else:
        people = account.users if kind == "user" else account.organizations
        created, updated = people.created, people.updated
        numbers = [number for number in people.numbers() if not people.state[number]]
    times = {"created": created, "updated": updated}
    keys = sorted(
        (created[n], n) for n in numbers if all(test(times[name][n]) for name, test in tests)
    )
    return Listing(("created_at", "id"), keys, lambda key: made(key[1]) | {"result_type": kind})


def _range(term: str) -> tuple[str, Callable[[int], bool]] | None:
    for sign, test in (
        (">=", lambda at, bound: at >= bound),
        ("<=", lambda at, bound: at <= bound),
        (">", lambda at, bound: at > bound),
        ("<", lambda at, bound: at < bound),
    ):
        name, found, text = term.partition(sign)
        if found and name in ("created", "updated"):
            bound = _moment(text)
            return name, lambda at, test=test, bound=bound: test(at, bound)
    return None


def activities(call: Call) -> Answer:
    """/activities: the last 30 days, with the users and actors named in them."""
    document = read(List("activities", narrow=recent))(call)
    assert isinstance(document, dict)
    people = {row[name] for row in document["activities"] for name in ("user_id", "actor_id")}
    document["users"] = document["actors"] = [
        call.account.user(number - ids.USERS) for number in sorted(people)
    ]
    return document
