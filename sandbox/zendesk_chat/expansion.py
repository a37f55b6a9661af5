"""Resource expansion, such as fields=chats(id,visitor(*),rating) [DOC incremental_export]."""

from __future__ import annotations

import re
from typing import Any

from sandbox.table import Row
from sandbox.zendesk_chat.errors import refuse

Tree = dict[str, "Tree | None"]
"""The names asked for. One without a selection of its own has None; "*" stands for all."""

_TOKEN = re.compile(r"\s*([\w.-]+|[*(),])")


def parse(text: str) -> Tree:
    """Return the selections by resource. Refuses what can't be read."""
    tokens = [found[1] for found in _TOKEN.finditer(text)]
    if _TOKEN.sub("", text).strip():
        raise refuse("Invalid fields parameter")
    return _list([*reversed(tokens)], "") if text else {}


def _list(tokens: list[str], closing: str) -> Tree:
    """Read a list and what closes it. ``tokens`` are in reverse order."""
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
    raise refuse("Invalid fields parameter")


def select(row: Row, tree: Tree, bare_objects_whole: bool) -> Row:
    """Return the keys of a row that are asked for."""
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
