"""A JSON schema as a tree: its nodes, by where they stand in it."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any

from tap_common.stream import Schema

Breadcrumb = tuple[str, ...]
"""Where a node stands, as catalogs write it: ("properties", "a", "items", "properties", "b")."""
Node = tuple[Breadcrumb, Any]
"""Where a schema stands inside another one, and that schema."""


def nodes(schema: Mapping[str, Any], breadcrumb: Breadcrumb = ()) -> Iterator[Node]:
    """``schema``, which stands at ``breadcrumb``, and all schemas inside it, in their order."""
    yield breadcrumb, schema
    for name, node in schema.get("properties", {}).items():
        yield from nodes(node, (*breadcrumb, "properties", name))
    if isinstance(schema.get("items"), dict):
        yield from nodes(schema["items"], (*breadcrumb, "items"))


def fields(schema: Mapping[str, Any]) -> dict[Breadcrumb, str]:
    """The fields that ``schema`` declares at every depth: the path of each, by its breadcrumb."""
    return {
        breadcrumb: path_of(breadcrumb) for breadcrumb, _ in nodes(schema) if _is_field(breadcrumb)
    }


def _is_field(breadcrumb: Breadcrumb) -> bool:
    """Does a field stand there, rather than the whole schema or the items of an array?"""
    is_field, parts = False, iter(breadcrumb)
    for part in parts:
        is_field = part == "properties"
        if is_field:
            next(parts)
    return is_field


def path_of(breadcrumb: Breadcrumb) -> str:
    """("properties", "a", "items", "properties", "b") as "a[].b"."""
    path, parts = "", iter(breadcrumb)
    for part in parts:
        path += "[]" if part == "items" else f".{next(parts)}"
    return path.removeprefix(".")


def is_below(breadcrumb: Breadcrumb, others: Container[Breadcrumb]) -> bool:
    """Is ``breadcrumb`` inside one of ``others``?"""
    return any(breadcrumb[:end] in others for end in range(1, len(breadcrumb)))


def kinds_of(node: Mapping[str, Any]) -> list[str]:
    """The types that ``node`` declares besides null."""
    declared = node.get("type", [])
    names = [declared] if isinstance(declared, str) else declared
    return [name for name in names if name != "null"]


def rewritten(schema: Schema, change: Callable[[Schema], Schema]) -> Schema:
    """``schema`` in which ``change`` has made each node anew, the innermost ones first."""
    made = dict(schema)
    if "properties" in schema:
        properties = schema["properties"].items()
        made["properties"] = {name: rewritten(node, change) for name, node in properties}
    if isinstance(schema.get("items"), dict):
        made["items"] = rewritten(schema["items"], change)
    return change(made)


def without(schema: Schema, gone: Container[Breadcrumb], breadcrumb: Breadcrumb = ()) -> Schema:
    """``schema``, which stands at ``breadcrumb``, without the fields that stand at ``gone``."""
    made = dict(schema)
    if "properties" in schema:
        places = {name: (*breadcrumb, "properties", name) for name in schema["properties"]}
        made["properties"] = {
            name: without(schema["properties"][name], gone, place)
            for name, place in places.items()
            if place not in gone
        }
    if isinstance(schema.get("items"), dict):
        made["items"] = without(schema["items"], gone, (*breadcrumb, "items"))
    return made


def declaring(schema: Schema, column: str, fields: Mapping[str, Schema]) -> Schema:
    """``schema`` whose object ``column`` declares ``fields``, in the order of their names."""
    declared = {name: fields[name] for name in sorted(fields)}
    typed = {**schema["properties"][column], "properties": declared}
    return {**schema, "properties": {**schema["properties"], column: typed}}
