"""Lists: how they page and order, and what they can be filtered by."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from sandbox.errors import Refusal
from sandbox.table import Row, without
from sandbox.times import parse
from sandbox.wire import positive
from sandbox.zendesk_support import ids, paging
from sandbox.zendesk_support.call import Call
from sandbox.zendesk_support.population import Listing


def answer(spec: Row, call: Call) -> Row:
    """Returns a page of the list that an entry of data/routes/ describes."""
    check_path(spec, call)
    kind = spec.get("paging", "both")
    if kind == "asked":
        kind = "both" if {"page[size]", "page", "per_page"} & set(call.args) else "none"
    if kind == "offset":
        _vanish(spec["list"], call)
    order, reverse = _order(spec, call, whole=kind == "none")
    listing = call.account.listing(spec["list"], *order)
    keep = _filter(spec, call)
    if keep is not None:
        rows = {key: listing.row(key) for key in listing.keys}
        keys = [key for key, row in rows.items() if keep(row)]
        listing = replace(listing, keys=keys, row=rows.__getitem__)
    envelope = str(spec.get("envelope", spec["list"]))
    document = page(call, listing, envelope, kind, reverse, spec.get("most", paging.MAX_SIZE))
    if spec.keys() & {"hidden", "inside", "sideloads"}:
        document[envelope] = [_shown(spec, call, row) for row in document[envelope]]
    return document


def check_path(spec: Row, call: Call) -> None:
    """404 if the path names a row that is not there."""
    for stream, column in spec.get("of", {}).items():
        if call.ids[0] not in [row[column] for row in call.account.table(stream).values()]:
            raise Refusal(404)


def _shown(spec: Row, call: Call, row: Row) -> Row:
    unasked = [name for name in spec.get("sideloads", ()) if not call.asks_for(name)]
    shown = without(row, {*spec.get("hidden", ()), *unasked})
    for name, stream in spec.get("inside", {}).items():
        if call.asks_for(name):
            rows = call.account.table(stream).values()
            shown[name] = [other for other in rows if other["source_id"] == row["id"]]
    return shown


def _vanish(stream: str, call: Call) -> None:
    """Removes the first row, when a later page is asked for and the option says so."""
    if call.options.vanishing and call.number("page") > 1:
        call.options.vanishing -= 1
        call.changes.remove_row(stream, next(iter(call.account.table(stream))))


def _order(spec: Row, call: Call, whole: bool) -> tuple[tuple[str, ...], bool]:
    """Returns the fields by which the list is ordered, and whether it runs backwards."""
    order = tuple(spec.get("order", ("id",)))
    wanted = call.args.get("sort", "")
    if whole:
        order = tuple(spec.get("whole_order", order))
    if "sorts" not in spec or not wanted:
        return order, spec.get("newest_first", False)
    name = wanted.removeprefix("-")
    if name not in ("id", *spec["sorts"]):
        raise Refusal("bad page", reason="sort is not valid")
    return ("id",) if name == "id" else (name, "id"), wanted.startswith("-")


def page(
    call: Call,
    listing: Listing,
    envelope: str,
    kind: str = "both",
    reverse: bool = False,
    most: int = paging.MAX_SIZE,
) -> Row:
    """Returns a page of a listing in its envelope."""
    if kind == "both" and "page[size]" in call.args:
        rows, rest = paging.by_cursor(call, listing, reverse, most)
    elif kind == "none":
        rows = [listing.row(key) for key in listing.keys]
        rest = {"next_page": None, "previous_page": None, "count": len(rows)}
    else:
        rows, rest = paging.by_offset(call, listing, reverse, most)
    return {envelope: rows, **rest}


# Filters


def _filter(spec: Row, call: Call) -> Callable[[Row], bool] | None:
    is_wanted = _FILTERS.get(spec.get("narrow", ""))
    if spec.get("if_asked", "") not in ("", *call.args):
        is_wanted = None
    if "below" not in spec:
        return partial(is_wanted, call) if is_wanted else None
    column, parent = spec["below"], call.ids[-1]
    return lambda row: row[column] == parent and (is_wanted is None or is_wanted(call, row))


def _rated_between(call: Call, row: Row) -> bool:
    """Ratings between start_time and end_time, both included; not of the last minute (ESTUARY)."""
    at = call.moment(row, call.options.ratings_filter)
    end = positive(call.args.get("end_time"), 1 << 40)
    return call.number("start_time") <= at <= min(end, call.account.now() - call.options.hold_back)


def _logged_between(call: Call, row: Row) -> bool:
    """Audit logs in a range of created_at, and of one source type or action."""
    bounds = call.args.get("filter[created_at][]", "").split("\n")
    at = call.moment(row, "created_at")
    if len(bounds) == 2 and not moment(bounds[0]) <= at <= moment(bounds[1]):
        return False
    kinds = {"source_type": "filter[source_type]", "action": "filter[action]"}
    return all(
        row[name] == call.args.get(parameter, row[name]) for name, parameter in kinds.items()
    )


_FILTERS: Mapping[str, Callable[[Call, Row], bool]] = {
    # groups: deleted ones only with exclude_deleted=false (REF)
    "not_deleted": lambda call, row: (
        not row["deleted"] or call.args.get("exclude_deleted") == "false"
    ),
    # records of custom objects: deleted ones are in the export only (REF)
    "not_erased": lambda call, row: row["name"] != "[DELETED]",
    # surveys that were sent since a time in milliseconds, which begins their id (AIRFOIL)
    "surveyed_since": lambda call, row: (
        row["id"] >= ids.ulid(call.number("filter[created_at_start]"), 0)
    ),
    "of_roles": lambda call, row: row["role"] in call.args["role[]"].split("\n"),
    # skills of some agents (REF)
    "of_agents": lambda call, row: (
        str(row["agent_id"]) in call.args.get("filter[agent_ids]", "").split(",")
    ),
    "since": lambda call, row: (
        call.moment(row, "created_at") >= moment(call.args.get("since") or "1970-01-01")
    ),
    "since_start_time": lambda call, row: (
        call.moment(row, "updated_at") >= call.number("start_time")
    ),
    "rated_between": _rated_between,
    "logged_between": _logged_between,
}


def moment(text: str) -> int:
    """Returns the epoch seconds of a date-time; 400 for anything else."""
    try:
        return parse(text)
    except ValueError:
        raise Refusal("bad date", text=text) from None
