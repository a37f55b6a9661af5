"""Every endpoint: its path, how it answers, and who may ask what (data/routes.json)."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Any

from sandbox.freshdesk import lists, search
from sandbox.freshdesk.call import Answer, Call, Listing, Reader, Route
from sandbox.freshdesk.errors import refuse
from sandbox.freshdesk.knowledge import translated
from sandbox.freshdesk.params import PAGING
from sandbox.freshdesk.people import short_agent
from sandbox.freshdesk.tickets import LISTED, State
from sandbox.table import Row
from sandbox.template import load


def _single(call: Call) -> Row:
    """A ticket with all that only its own view shows."""
    [ticket], account = call.ids, call.account
    only_here = account.views.single_only(ticket, call.memory.serial)
    return {**account.views.row(ticket), **account.views.description(ticket), **only_here}


def _ticket(call: Call) -> Row:
    return lists.with_includes(call, _single(call), call.ids[0])


def _of(states: tuple[State, ...], read: Reader) -> Reader:
    """``read``, for tickets in these states; 404 for others, archived ones included (inferred).

    Children of spam and deleted tickets are mostly refused (SIO 0.8.2; option trash_children).
    """

    def guarded(call: Call) -> Answer:
        [ticket], tickets = call.ids, call.account.tickets
        state = tickets[ticket].state if ticket in tickets else State.PURGED
        if state not in states:
            raise refuse(404)
        is_trash = state in (State.SPAM, State.DELETED)
        if is_trash and read is not _ticket and call.options.trash_children != 200:
            raise refuse(call.options.trash_children)
        return read(call)

    return guarded


def _thread(call: Call) -> Listing:
    return Listing(call.account.threads.of(call.ids[0]))


def _of_ticket(table: str) -> Reader:
    """The rows of a table that belong to a ticket."""

    def read(call: Call) -> Listing:
        rows = getattr(call.account, table)
        return Listing([row for row in rows if row["ticket_id"] == call.ids[0]])

    return _of(LISTED, read)


def _account(call: Call) -> Row:
    return {**call.account.settings["account"][0], "tier_type": call.options.plan}


def _group_agents(call: Call) -> Listing:
    """The agents of a group, each in a short form (DOCS)."""
    group, agents = _one_of({"one_of": "groups"}, call), call.account.settings["agents"]
    return Listing([short_agent(row) for row in agents if group["id"] in row["group_ids"]])


def _rules(call: Call) -> Row:
    """The automation rules of a kind, in an envelope (DOCS)."""
    rules = call.account.settings["automation_rules"]
    rows = [row for row in rules if row["automation_type_id"] == call.ids[0]]
    if not rows:
        raise refuse(404)
    return {"rules": rows, "meta": {"count": len(rows), "cascading_rules": False}}


def _records(call: Call) -> Row:
    """A page of a custom object's records, newest first, with a relative link to the next (DOCS).

    The link does not say what was filtered, and a deleted object has no records (inferred).
    """
    if _one_of({"one_of": "custom_objects"}, call)["deleted"]:
        raise refuse(404)
    args, since = call.args, 1_000 * call.args.get("updated_time[gte]", 0)
    rows = [row for row in call.account.records if row["schema_id"] == call.ids[0]]
    shown = [row for row in reversed(rows) if row["updated_time"] >= since]
    begin, size = int(args.get("next_token", 0)), args.get("page_size", 20)
    links, end = {}, begin + size
    if end < len(shown):
        href = f"/schemas/{call.ids[0]}/records?page_size={size}&prev_token=&next_token={end}"
        links["next"] = {"href": href}
    page = [_without(row, ("schema_id",)) for row in shown[begin:end]]
    return {"records": page, "_links": links}


_READERS: dict[str, Reader] = {
    "tickets": lists.tickets,
    "ticket": _of(LISTED, _ticket),
    "thread": _of(LISTED, _thread),
    "ticket_time_entries": _of_ticket("time_entries"),
    "ticket_ratings": _of_ticket("ratings"),
    "archived_ticket": _of((State.ARCHIVED,), _single),
    "archived_thread": _of((State.ARCHIVED,), _thread),
    "contacts": lists.contacts,
    "companies": lists.table("companies", "updated_since", "updated_at", "delete_company", "name"),
    "search_tickets": search.tickets,
    "search_contacts": search.contacts,
    "search_companies": search.companies,
    "ratings": lists.table("ratings", "created_since", "created_at"),
    "time_entries": lists.table(
        "time_entries", "executed_after", "executed_at", "delete_time_entry"
    ),
    "me": lists.me,
    "helpdesk": lambda call: call.account.settings["settings"][0],
    "account": _account,
    "group_agents": _group_agents,
    "rules": _rules,
    "custom_objects": lambda call: {"schemas": call.account.settings["custom_objects"]},
    "records": _records,
}


def _one_of(spec: dict[str, Any], call: Call) -> Row:
    """The row that the path names, without the fields that only lists show."""
    for row in call.account.settings[spec["one_of"]]:
        if row["id"] == call.ids[0]:
            return _without(row, spec.get("without", ()))
    raise refuse(404)


def _without(row: Row, hidden: Collection[str]) -> Row:
    return {name: value for name, value in row.items() if name not in hidden}


def _all_of(spec: dict[str, Any], call: Call) -> Listing:
    """The rows of a small table, without the fields that only single views show.

    They may have to lie ``below`` the row that the path names, and to fit ``where``. Of the
    parameters, ``state`` names a field that must be true, and ``only`` another table of the rows.
    A language at the end of the path leaves the rows that are translated into it.
    """
    stream, wanted, args = spec["all_of"], dict(spec.get("where", {})), call.args
    if "below" in spec:
        parent, key = spec["below"]
        wanted[key] = _one_of({"one_of": parent}, call)["id"]
    if "state" in args:
        wanted[args["state"]] = True
    rows = call.account.settings[f"{stream}_{args['only']}" if "only" in args else stream]
    rows = [row for row in rows if wanted.items() <= row.items()]
    if call.language:
        rows = translated(rows, call.language)
    hidden = {*spec.get("without", ())} - {*args.get("include", ())}
    return Listing(rows, lambda row: _without(row, hidden))


def _reader(spec: dict[str, Any]) -> Reader:
    if "one_of" in spec:
        return partial(_one_of, spec)
    if "all_of" in spec:
        return partial(_all_of, spec)
    return _READERS[spec["read"]]


def _route(spec: dict[str, Any]) -> Route:
    paging = PAGING if spec.get("paged", "one_of" not in spec) else ()
    names = ("admin", "feature", "bucket", "include_cost")
    return Route(
        _reader(spec),
        params=(*paging, *spec.get("params", ())),
        choices=spec.get("choices", {}),
        **{name: spec[name] for name in names if name in spec},
    )


ROUTES = {path: _route(spec) for path, spec in load(__file__, "routes")["routes"].items()}
