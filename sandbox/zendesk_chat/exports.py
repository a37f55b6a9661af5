"""The incremental exports and their resource expansion [DOC incremental_export]."""

import re
from typing import Any

from sandbox.chance import Dice
from sandbox.errors import Refusal
from sandbox.table import Order, Row, without
from sandbox.zendesk_chat.call import Call, cursor

MOST = 1_000
Key = tuple[int, str]
Tree = dict[str, "Tree | None"]
"""The names asked for. One without a selection of its own has None; "*" stands for all."""

_TOKEN = re.compile(r"\s*([\w.-]+|[*(),])")
_PLACE = ("start_time", "start_id", "cursor")


def answer(spec: Row, call: Call) -> Row:
    """Answers with a page of the export that an entry of data/routes.json describes.

    An empty page leads to itself (inferred).
    """
    resource, options = spec["export"], call.options
    limit, parts = call.limit(MOST, MOST), spec.get("parts", 1)
    newest = (call.account.now() - options.minimum_age) * parts
    start = _start(spec, call, newest)
    order = call.account.exports[resource]
    if resource == "chats":
        _churn(call, order, start)
    place = order.place(start, options.start_id_included)
    keys = [key for key in order[place : place + limit] if options.recent_rows or key[0] < newest]
    rows = call.listed(_rows(resource, call, keys))
    following = _following(spec, call, keys[-1] if keys else start)
    return {resource: rows, "count": len(keys), **following}


def _start(spec: Row, call: Call, newest: int) -> Key:
    """Returns where the walk goes on. Refuses a time that is not more than five minutes old."""
    if call.text("cursor"):
        time, _, row_id = call.cursor().partition(" ")
        return int(time), row_id
    given = call.text("start_time", "0")
    whole, _, fraction = given.partition(".")
    if call.options.end_time == "float" and not fraction.strip("0"):
        given = whole
    if not given.isascii() or not given.isdigit():
        raise Refusal("reason", reason="Invalid start_time")
    if int(given) >= newest:
        raise Refusal("reason", reason="start_time must be more than 5 minutes in the past")
    return int(given), call.text("start_id") if spec.get("by_id", True) else ""


def _rows(resource: str, call: Call, keys: list[Key]) -> list[Row]:
    """Returns the rows with the keys that ``fields`` asks for ("Resource expansion")."""
    tree = parse(call.text("fields")).get(resource)
    if tree is None and resource in call.options.bare_exports:
        return [{"id": row_id} for _, row_id in keys]
    known, whole = call.account.exports[resource].rows, call.options.bare_objects == "whole"
    rows = [known[row_id] for _, row_id in keys]
    return [select(row, tree, whole) for row in rows] if tree else rows


def _following(spec: Row, call: Call, last: Key) -> Row:
    """Returns what the envelope says of the page that follows the row with the key ``last``."""
    (time, row_id), links = last, call.options.links
    if links == "none":
        return {}
    query = without(dict(call.request.query), _PLACE)
    found: Row = {}
    if links == "cursor":
        query["cursor"] = cursor(f"{time} {row_id}")
    else:
        as_float = call.options.end_time == "float" and "parts" not in spec
        found["end_time"] = query["start_time"] = float(time) if as_float else time
        if spec.get("by_id", True) and links != "time":
            found["end_id"] = query["start_id"] = row_id
    return {**found, "next_page": call.link(call.request.path, **query)}


def _churn(call: Call, order: Order[str], start: Key) -> None:
    """Changes a chat before every so-many-th request, in turn one behind and one ahead of it."""
    every = call.options.churn
    if not every or call.exports % every or not order:
        return
    place = order.place(start, False)
    sides = [order[:place], order[place:]]
    if call.exports // every % 2 == 0:
        sides.reverse()
    keys = sides[0] or sides[1]
    call.changes.tag(Dice("churn", call.account.seed, call.exports).pick(keys)[1])


def parse(text: str) -> Tree:
    """Returns what ``fields`` selects, such as chats(id,visitor(*)). Refuses what can't be read."""
    tokens = [found[1] for found in _TOKEN.finditer(text)]
    if _TOKEN.sub("", text).strip():
        raise Refusal("reason", reason="Invalid fields parameter")
    return _list([*reversed(tokens)], "") if text else {}


def _list(tokens: list[str], closing: str) -> Tree:
    """Reads a list and what closes it. ``tokens`` are in reverse order."""
    tree: Tree = {}
    while tokens and tokens[-1] not in "(),":
        name = tokens.pop()
        tree[name] = None
        if tokens[-1:] == ["("]:
            tokens.pop()
            tree[name] = _list(tokens, ")")
        end = tokens.pop() if tokens else ""
        if end == closing:
            return tree
        if end != ",":
            break
    raise Refusal("reason", reason="Invalid fields parameter")


def select(row: Row, tree: Tree, bare_objects_whole: bool) -> Row:
    """Returns the keys of a row that are asked for."""
    if "*" in tree:
        return row
    chosen = {name: below for name, below in tree.items() if name in row}
    return {name: _value(row[name], below, bare_objects_whole) for name, below in chosen.items()}


def _value(value: Any, tree: Tree | None, bare_objects_whole: bool) -> Any:
    if isinstance(value, list):
        return [_value(item, tree, bare_objects_whole) for item in value]
    if not isinstance(value, dict):
        return value
    if tree is not None:
        return select(value, tree, bare_objects_whole)
    return value if bare_objects_whole or "id" not in value else {"id": value["id"]}
