"""Every endpoint, and the readers of those that are no list with a filter or an order."""

from collections.abc import Iterator

from sandbox.errors import Refusal
from sandbox.freshdesk import lists
from sandbox.freshdesk.call import Call
from sandbox.freshdesk.knowledge import LANGUAGES, translated
from sandbox.freshdesk.people import short_agent
from sandbox.freshdesk.tickets import State
from sandbox.routes import Routes
from sandbox.table import Listing, Row, without
from sandbox.template import load


def _number(spec: Row, call: Call) -> int:
    """The ticket that the path names; 404 if it is not in one of the entry's ``states``.

    So are archived ones (inferred). Children of spam and deleted tickets are mostly refused (SIO
    0.8.2; option trash_children).
    """
    [ticket], tickets = call.ids, call.account.tickets
    state = tickets[ticket].state if ticket in tickets else State.PURGED
    if state.name not in spec["states"]:
        raise Refusal(404)
    is_refused = state in (State.SPAM, State.DELETED) and call.options.trash_children != 200
    if is_refused and spec.get("answer") != "ticket":
        raise Refusal(call.options.trash_children)
    return ticket


def ticket(spec: Row, call: Call) -> Row:
    """A ticket with all that only its own view shows."""
    number, views = _number(spec, call), call.account.views
    only_here = views.single_only(number, call.serial)
    row = {**views.row(number), **views.description(number), **only_here}
    return lists.with_includes(call, row, number)


def thread(spec: Row, call: Call) -> Listing:
    """The conversations of a ticket, the oldest first."""
    return Listing(call.account.threads.of(_number(spec, call)))


def of_ticket(spec: Row, call: Call) -> Listing:
    """The rows of a table that belong to a ticket."""
    number, rows = _number(spec, call), call.account.tables[spec["of_ticket"]]
    return Listing([row for row in rows if row["ticket_id"] == number])


def account(spec: Row, call: Call) -> Row:
    """The account, with its plan."""
    return {**call.account.settings["account"][0], "tier_type": call.options.plan}


def group_agents(spec: Row, call: Call) -> Listing:
    """The agents of a group, each in a short form (DOCS)."""
    group, settings = one_of({"one_of": "groups"}, call), call.account.settings
    members = [row for row in settings["agents"] if group["id"] in row["group_ids"]]
    return Listing(members, short_agent)


def rules(spec: Row, call: Call) -> Row:
    """The automation rules of a kind, in an envelope (DOCS)."""
    every = call.account.settings["automation_rules"]
    rows = [row for row in every if row["automation_type_id"] == call.ids[0]]
    if not rows:
        raise Refusal(404)
    return {"rules": rows, "meta": {"count": len(rows), "cascading_rules": False}}


def custom_objects(spec: Row, call: Call) -> Row:
    """The custom objects, in an envelope (DOCS)."""
    return {"schemas": call.account.settings["custom_objects"]}


def records(spec: Row, call: Call) -> Row:
    """A page of a custom object's records, newest first, with a relative link to the next (DOCS).

    The link does not say what was filtered, and a deleted object has no records (inferred).
    """
    if one_of({"one_of": "custom_objects"}, call)["deleted"]:
        raise Refusal(404)
    args, since = call.args, 1_000 * call.args.get("updated_time[gte]", 0)
    rows = [row for row in call.account.records if row["schema_id"] == call.ids[0]]
    shown = [row for row in reversed(rows) if row["updated_time"] >= since]
    begin, size = args.get("next_token", 0), args.get("page_size", 20)
    links, end = {}, begin + size
    if end < len(shown):
        href = f"/schemas/{call.ids[0]}/records?page_size={size}&prev_token=&next_token={end}"
        links["next"] = {"href": href}
    page = [without(row, ("schema_id",)) for row in shown[begin:end]]
    return {"records": page, "_links": links}


def one_of(spec: Row, call: Call) -> Row:
    """The row that the path names, or the only one, without the fields that only lists show."""
    for row in call.account.settings[spec["one_of"]]:
        if not call.ids or row["id"] == call.ids[0]:
            return without(row, spec.get("without", ()))
    raise Refusal(404)


def all_of(spec: Row, call: Call) -> Listing:
    """The rows of a small table, as the entry and the parameters choose them."""
    stream, wanted, args = spec["all_of"], dict(spec.get("where", {})), call.args
    if "below" in spec:
        parent, key = spec["below"]
        wanted[key] = one_of({"one_of": parent}, call)["id"]
    if "state" in args:
        wanted[args["state"]] = True
    rows = call.account.settings[f"{stream}_{args['only']}" if "only" in args else stream]
    rows = [row for row in rows if wanted.items() <= row.items()]
    if spec["language"]:
        rows = translated(rows, spec["language"])
    hidden = {*spec.get("without", ())} - {*args.get("include", ())}
    return Listing(rows, lambda row: without(row, hidden))


def _entries() -> Iterator[tuple[str, Row]]:
    """Yields the entry of each endpoint, once for each language if there is one in its path."""
    for path, spec in load(__file__, "routes")["routes"].items():
        for language in LANGUAGES if "{lang}" in path else ("",):
            yield path.replace("{lang}", language), {**spec, "language": language}


ROUTES = Routes(dict(_entries()), {**vars(lists), **globals()})
