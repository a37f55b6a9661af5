"""The parts of a JSON schema by their paths."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]


def nodes(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Yields each field by its path ("a", "a.b", "a[].b"), and what an array holds ("a[]")."""
    for name, node in schema.get("properties", {}).items():
        inside = f"{path}.{name}".removeprefix(".")
        yield inside, node
        yield from nodes(node, inside)
    if "items" in schema:
        yield f"{path}[]", schema["items"]
        yield from nodes(schema["items"], f"{path}[]")


def fields(schema: Schema) -> dict[str, Schema]:
    """Returns the fields alone by their paths."""
    return {path: node for path, node in nodes(schema) if not path.endswith("[]")}
