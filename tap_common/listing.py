"""A stream as a catalog lists it: its schema, and what the metadata says of it and its fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tap_common import protocol
from tap_common.errors import UsageError
from tap_common.protocol import Metadata
from tap_common.schema_tree import Breadcrumb, fields, path_of
from tap_common.stream import Schema
from tap_common.words import counted, did_you_mean, some

ANEW = "make the catalog anew with --discover"
SELECTED = "selected"
TYPES = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})
"""The names of types in JSON schema."""


@dataclass(frozen=True)
class Listing:
    """The stream ``name`` in a catalog. ``metadata`` maps breadcrumbs (() for the stream) to facts.

    The facts may be changed; the schema may not.
    """

    name: str
    schema: Schema
    metadata: Metadata

    @cached_property
    def paths(self) -> dict[Breadcrumb, str]:
        """The path ("a", "a.b", "a[].b") of each field at every depth, by its breadcrumb."""
        return fields(self.schema)

    def choose(self, breadcrumb: Breadcrumb, *, selected: bool) -> None:
        """Notes that what stands at ``breadcrumb`` is selected or not."""
        self.metadata.setdefault(breadcrumb, {})[SELECTED] = selected

    def leave_out(self, breadcrumb: Breadcrumb) -> bool:
        """Notes that what stands at ``breadcrumb`` is not selected, unless it is automatic.

        Returns whether that was possible.
        """
        if self.metadata.get(breadcrumb, {}).get("inclusion") == "automatic":
            return False
        self.choose(breadcrumb, selected=False)
        return True

    def choice(self, breadcrumb: Breadcrumb) -> bool | None:
        """What a person or a tool chose for ``breadcrumb``; None if nothing was chosen.

        UsageError if the choice makes no sense.
        """
        facts = self.metadata.get(breadcrumb, {})
        return self._flag(breadcrumb, facts.get(SELECTED, self._schema_at(breadcrumb)))

    def selects(self, breadcrumb: Breadcrumb = (), *, default: bool = False) -> bool:
        """Is what stands at ``breadcrumb`` selected? ``default`` is for what says nothing of it."""
        facts = self.metadata.get(breadcrumb, {})
        if facts.get("inclusion") == "unsupported":
            return False
        chosen = self.choice(breadcrumb)
        if chosen is None:
            chosen = self._flag(breadcrumb, facts.get("selected-by-default"))
        return default if chosen is None else chosen

    def check_metadata(self) -> None:
        """UsageError if the metadata makes a choice for a field that the schema does not have."""
        for breadcrumb, facts in self.metadata.items():
            if SELECTED in facts and self._find(breadcrumb) is None:
                path = path_of(breadcrumb) if _is_well_formed(breadcrumb) else ".".join(breadcrumb)
                hint = did_you_mean(path, self.paths.values())
                raise UsageError(
                    f"catalog: {self.name}: the metadata makes a choice for the field {path}, which"
                    f" the schema does not have{hint}"
                )

    def _schema_at(self, breadcrumb: Breadcrumb) -> Any:
        """The choice in the schema itself, where older tools write it."""
        return (self._find(breadcrumb) or {}).get(SELECTED)

    def _find(self, breadcrumb: Breadcrumb) -> Mapping[str, Any] | None:
        """The schema that stands at ``breadcrumb``, or None."""
        node: Any = self.schema
        for part in breadcrumb:
            node = node.get(part) if isinstance(node, dict) else None
        return node if isinstance(node, dict) else None

    def _flag(self, breadcrumb: Breadcrumb, value: Any) -> bool | None:
        """A choice as people and tools write it: a boolean, or its name as a string."""
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        where = path_of(breadcrumb) or "the stream"
        raise UsageError(
            f"catalog: {self.name}: selected of {where} is {value!r}, but it must be true or false"
        )


def listings(content: Any, file: str) -> list[Listing]:
    """The streams of the catalog ``content``, which was read from ``file``.

    UsageError if it makes no sense.
    """
    if not isinstance(content, dict) or not isinstance(content.get("streams"), list):
        raise UsageError(
            f'catalog: {file} must be an object with a list "streams"; make it with --discover'
        )
    return [_listing(raw, number) for number, raw in enumerate(content["streams"])]


def in_words(catalog: Any) -> str:
    """How many streams are in a ``catalog`` that was discovered, and which a sync leaves out."""
    found = listings(catalog, "")
    left_out = [listing.name for listing in found if not listing.selects()]
    text = f"{counted(len(found), 'stream')} in the catalog"
    return f"{text}; not selected: {some(left_out)}" if left_out else text


def _listing(raw: Any, number: int) -> Listing:
    if not isinstance(raw, dict) or not isinstance(raw.get("tap_stream_id"), str):
        raise UsageError(f"catalog: streams[{number}] has no tap_stream_id")
    name, schema = raw["tap_stream_id"], raw.get("schema")
    if not isinstance(schema, dict) or not isinstance(schema.get("properties"), dict):
        raise UsageError(f"catalog: {name} has no schema with properties; {ANEW}")
    _check(name, schema, ())
    return Listing(name, schema, _metadata(name, raw.get("metadata")))


def _is_well_formed(breadcrumb: Sequence[str]) -> bool:
    rest = list(breadcrumb)
    while rest:
        size = 1 if rest[0] == "items" else 2
        if rest[0] not in ("items", "properties") or len(rest) < size:
            return False
        rest = rest[size:]
    return True


def _metadata(name: str, raw: Any) -> Metadata:
    items = [] if raw is None else raw
    if not isinstance(items, list) or not all(map(_is_metadata, items)):
        raise UsageError(
            f"catalog: {name}: metadata must be a list of objects, each with a breadcrumb (a list "
            "of names) and metadata (an object)"
        )
    return protocol.metadata_by_breadcrumb(items)


def _is_metadata(item: Any) -> bool:
    if not isinstance(item, dict) or not isinstance(item.get("metadata"), dict):
        return False
    return _are_texts(item.get("breadcrumb"))


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def _check(name: str, schema: Any, breadcrumb: Breadcrumb) -> None:
    """UsageError if ``schema`` or one inside it is no JSON schema."""
    sound = isinstance(schema, dict) and isinstance(schema.get("properties", {}), dict)
    if not sound or not _is_type(schema.get("type", [])):
        where = path_of(breadcrumb) or "the stream"
        raise UsageError(f"catalog: {name}: the schema of {where} is no JSON schema; {ANEW}")
    for field_name, sub in schema.get("properties", {}).items():
        _check(name, sub, (*breadcrumb, "properties", field_name))
    if isinstance(schema.get("items"), dict):
        _check(name, schema["items"], (*breadcrumb, "items"))


def _is_type(value: Any) -> bool:
    """Is ``value`` the name of a JSON schema type, or a list of such names?"""
    names = [value] if isinstance(value, str) else value
    return _are_texts(names) and TYPES.issuperset(names)
