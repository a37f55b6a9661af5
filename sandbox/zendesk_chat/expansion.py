"""Resource expansion: ``fields=chats(id,visitor(*),rating)`` says what an export's rows hold (DOC incremental_export)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sandbox.table import Row
from sandbox.zendesk_chat.errors import bad_request

Tree = dict[
    str, "Tree | None"
]  # a name without a selection of its own has None; "*" stands for everything

_TOKEN = re.compile(r"\s*([\w.-]+|[*(),])")


def parse(text: str) -> Tree:
    """The selections by resource; 400 for what can't be read."""
    tokens = _tokens(text)
    tree = _list(tokens, "")
    if text and not tree:
        raise bad_request("Invalid fields parameter")
    return tree


def _tokens(text: str) -> Iterator[str]:
    place = 0
    while place < len(text.rstrip()):
        found = _TOKEN.match(text, place)
        if not found:
            raise bad_request("Invalid fields parameter")
        place = found.end()
        yield found[1]


def _list(tokens: Iterator[str], closing: str) -> Tree:
    tree: Tree = {}
    name = ""
    for part in tokens:
        if part == closing and name:
            return tree
        if part == "(" and name:
            tree[name] = _list(tokens, ")")
        elif part == "," and name:
            name = ""
        elif part not in "()," and not name:
            name = part
            tree[name] = None
        else:
            raise bad_request("Invalid fields parameter")
    if closing:
        raise bad_request("Invalid fields parameter")
    return tree


def select(row: Row, tree: Tree, bare_objects_whole: bool) -> Row:
    """The keys of a row that are asked for."""
    if "*" in tree:
        return row
    return {
        name: _value(row[name], below, bare_objects_whole)
        for name, below in tree.items()
        if name in row
    }


def _value(value: Any, tree: Tree | None, bare_objects_whole: bool) -> Any:
    if isinstance(value, list):
        return [_value(item, tree, bare_objects_whole) for item in value]
    if not isinstance(value, dict):
        return value
    if tree is not None:
        return select(value, tree, bare_objects_whole)
    return value if bare_objects_whole or "id" not in value else {"id": value["id"]}
