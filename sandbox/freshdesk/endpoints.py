"""Every endpoint: its path, how it answers, and who may ask what (data/routes.json)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

from sandbox.freshdesk import lists
from sandbox.freshdesk.call import Answer, Call, Listing, Reader, Route
from sandbox.freshdesk.errors import refuse
from sandbox.freshdesk.knowledge import translated
from sandbox.freshdesk.params import PAGING
from sandbox.freshdesk.people import short_agent
from sandbox.freshdesk.tickets import State
from sandbox.table import Row
from sandbox.template import load


def _single(call: Call) -> Row:
    """A ticket with all that only its own view shows."""
    [ticket], views = call.ids, call.account.views
    only_here = views.single_only(ticket, call.memory.serial)
    row = {**views.row(ticket), **views.description(ticket), **only_here}
    return lists.with_includes(call, row, ticket)


def _of(spec: Row, read: Reader, call: Call) -> Answer:
    """``read``, for tickets in ``states``; 404 for others, archived ones included (inferred).

    Children of spam and deleted tickets are mostly refused (SIO 0.8.2; option trash_children).
    """
    [ticket], tickets = call.ids, call.account.tickets
    state = tickets[ticket].state if ticket in tickets else State.PURGED
    if state.name not in spec["states"]:
        raise refuse(404)
    is_trash = state in (State.SPAM, State.DELETED)
    if is_trash and read is not _single and call.options.trash_children != 200:
        raise refuse(call.options.trash_children)
    return read(call)


def _thread(call: Call) -> Listing:
    return Listing(call.account.threads.of(call.ids[0]))


def _of_ticket(spec: Row, call: Call) -> Listing:
    """The rows of a table that belong to a ticket."""
    rows = getattr(call.account, spec["of_ticket"])
    return Listing([row for row in rows if row["ticket_id"] == call.ids[0]])


def _account(call: Call) -> Row:
    return {**call.account.settings["account"][0], "tier_type": call.options.plan}


def _group_agents(call: Call) -> Listing:
    """The agents of a group, each in a short form (DOCS)."""
    group, settings = _one_of({"one_of": "groups"}, call), call.account.settings
    members = [row for row in settings["agents"] if group["id"] in row["group_ids"]]
    return Listing(members, short_agent)


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
    begin, size = args.get("next_token", 0), args.get("page_size", 20)
    links, end = {}, begin + size
    if end < len(shown):
        href = f"/schemas/{call.ids[0]}/records?page_size={size}&prev_token=&next_token={end}"
        links["next"] = {"href": href}
    page = [_without(row, ("schema_id",)) for row in shown[begin:end]]
    return {"records": page, "_links": links}


def _one_of(spec: Row, call: Call) -> Row:
    """The row that the path names, without the fields that only lists show."""
    for row in call.account.settings[spec["one_of"]]:
        if row["id"] == call.ids[0]:
            return _without(row, spec.get("without", ()))
    raise refuse(404)


def _without(row: Row, hidden: Collection[str]) -> Row:
    return {name: value for name, value in row.items() if name not in hidden}


def _all_of(spec: Row, call: Call) -> Listing:
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


_BY_KIND: dict[str, Callable[[Row, Call], Answer]] = {
    "one_of": _one_of,
    "all_of": _all_of,
    "of_ticket": _of_ticket,
    "table": lists.table,
    "search": lists.search,
}
_READERS: dict[str, Reader] = {
    "tickets": lists.tickets,
    "ticket": _single,
    "thread": _thread,
    "contacts": lists.contacts,
    "me": lists.me,
    "helpdesk": lambda call: call.account.settings["settings"][0],
    "account": _account,
    "group_agents": _group_agents,
    "rules": _rules,
    "custom_objects": lambda call: {"schemas": call.account.settings["custom_objects"]},
    "records": _records,
}


def _reader(spec: Row) -> Reader:
    kinds = [partial(read, spec) for kind, read in _BY_KIND.items() if kind in spec]
    read = kinds[0] if kinds else _READERS[spec["read"]]
    return partial(_of, spec, read) if "states" in spec else read


def _route(spec: Row) -> Route:
    paging = PAGING if spec.get("paged", "one_of" not in spec) else ()
    names = ("admin", "feature", "bucket", "include_cost")
    return Route(
        _reader(spec),
        params=(*paging, *spec.get("params", ())),
        choices=spec.get("choices", {}),
        **{name: spec[name] for name in names if name in spec},
    )


ROUTES = {path: _route(spec) for path, spec in load(__file__, "routes")["routes"].items()}
