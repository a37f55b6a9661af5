"""The incremental exports and their resource expansion [DOC incremental_export]."""

import re
from typing import Any, NamedTuple

from sandbox.chance import Dice
from sandbox.errors import Refusal
from sandbox.table import Order, Row
from sandbox.zendesk_chat.call import Call, cursor

MOST = 1_000
Key = tuple[int, str]
Tree = dict[str, "Tree | None"]
"""The names asked for. One without a selection of its own has None; "*" stands for all."""

_TOKEN = re.compile(r"\s*([\w.-]+|[*(),])")
_PLACE = ("start_time", "start_id", "cursor")


class Export(NamedTuple):
    """An export: how many units of its times make a second, and whether ids tell equal times."""

    resource: str
    parts: int
    by_id: bool

    def read(self, call: Call) -> dict[str, Any]:
        """Answers a request."""
        limit = call.limit(MOST, MOST)
        start = self._start(call)
        order = call.account.exports[self.resource]
        if self.resource == "chats":
            _churn(call, order, start)
        place = order.place(start, call.options.start_id_included)
        keys = order[place : place + limit]
        if not call.options.recent_rows:
            newest = (call.account.now() - call.options.minimum_age) * self.parts
            keys = [key for key in keys if key[0] < newest]
        return self._envelope(call, start, keys, self._rows(call, keys))

    def _start(self, call: Call) -> Key:
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
        if int(given) >= (call.account.now() - call.options.minimum_age) * self.parts:
            raise Refusal("reason", reason="start_time must be more than 5 minutes in the past")
        return int(given), call.text("start_id") if self.by_id else ""

    def _rows(self, call: Call, keys: list[Key]) -> list[Any]:
        """Returns the rows with the keys that ``fields`` asks for ("Resource expansion")."""
        known = call.account.exports[self.resource].rows
        tree = parse(call.text("fields")).get(self.resource)
        if tree is None and self.resource in call.options.bare_exports:
            return [{"id": row_id} for _, row_id in keys]
        rows = [known[row_id] for _, row_id in keys]
        if not tree:
            return rows
        whole = call.options.bare_objects == "whole"
        return [select(row, tree, whole) for row in rows]

    def _envelope(self, call: Call, start: Key, keys: list[Key], rows: list[Any]) -> dict[str, Any]:
        """Returns the rows with the way on. An empty page leads to itself (inferred)."""
        answer: dict[str, Any] = {self.resource: call.listed(rows), "count": len(keys)}
        if call.options.links == "none":
            return answer
        time, row_id = keys[-1] if keys else start
        given = dict(call.request.query).items()
        query: dict[str, Any] = {name: text for name, text in given if name not in _PLACE}
        if call.options.links == "cursor":
            query["cursor"] = cursor(f"{time} {row_id}")
        else:
            as_float = call.options.end_time == "float" and self.parts == 1
            answer["end_time"] = query["start_time"] = float(time) if as_float else time
            if self.by_id and call.options.links != "time":
                answer["end_id"] = query["start_id"] = row_id
        return answer | {"next_page": call.link(call.request.path, **query)}


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
