"""The catalog: made by discovery, read back with what a person chose in it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tap_common import files, protocol
from tap_common.errors import StreamRefused, UsageError
from tap_common.protocol import Breadcrumb, Metadata
from tap_common.stream import Schema, Stream
from tap_common.tap import Tap

UNAVAILABLE = "unavailable"
ANEW = "make the catalog anew with --discover"
TYPES = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})
"""The names of types in JSON schema."""


@dataclass(frozen=True)
class Entry:
    """A selected stream.

    ``schema`` has the selected fields only, ``dropped`` the paths ("a", "a.b", "a[].b") of the
    others. ``expected`` says that the catalog selects the stream and does not call it unavailable.
    """

    stream: Stream
    schema: Schema
    dropped: frozenset[str]
    expected: bool

    def fails(self, error: Exception) -> bool:
        """Does the run fail if this stream ends with ``error``?

        A refusal fails it only if the stream was expected to be available.
        """
        return self.expected or not isinstance(error, StreamRefused)

    @property
    def fields(self) -> frozenset[str]:
        """The selected top-level fields."""
        return frozenset(self.schema["properties"])


def everything(tap: Tap) -> dict[str, Entry]:
    """What is synced without a catalog: every stream with the fields selected by default."""
    return {stream.name: _whole(stream, tap.schemas[stream.name]) for stream in tap.streams}


def _whole(stream: Stream, schema: Schema) -> Entry:
    chosen = {
        name: sub for name, sub in schema["properties"].items() if name not in stream.unselected
    }
    return Entry(stream, {**schema, "properties": chosen}, stream.unselected, expected=False)


def discovered(
    tap: Tap, schemas: Mapping[str, Schema], unavailable: Mapping[str, str]
) -> dict[str, Any]:
    """The catalog of ``tap`` as discovery prints it.

    ``unavailable`` maps the streams that were refused to the reason.
    """
    entries = [
        _entry(stream, schemas[stream.name], unavailable.get(stream.name)) for stream in tap.streams
    ]
    return {"streams": entries}


def _entry(stream: Stream, schema: Schema, unavailable: str | None) -> dict[str, Any]:
    entry = {
        "tap_stream_id": stream.name,
        "stream": stream.name,
        "key_properties": list(stream.key),
        "replication_method": stream.method,
        "schema": schema,
        "metadata": [
            {"breadcrumb": list(breadcrumb), "metadata": facts}
            for breadcrumb, facts in _discovered_metadata(stream, schema, unavailable).items()
        ],
    }
    if stream.replication_key:
        entry["replication_key"] = stream.replication_key
    return entry


def _discovered_metadata(stream: Stream, schema: Schema, unavailable: str | None) -> Metadata:
    metadata = protocol.standard_metadata(stream, schema)
    root = metadata[()]
    root["selected-by-default"] = stream.by_default and unavailable is None
    if stream.replication_key:
        root["replication-key"] = stream.replication_key
        metadata["properties", stream.replication_key]["inclusion"] = "automatic"
    for name in stream.unselected:
        metadata["properties", name]["selected-by-default"] = False
    if stream.parent:
        root["parent-tap-stream-id"] = stream.parent
    if unavailable is not None:
        root[UNAVAILABLE] = unavailable
    for breadcrumb in _nested(schema, ()):
        metadata.setdefault(breadcrumb, {"inclusion": "available"})
    return metadata


def _nested(schema: Mapping[str, Any], breadcrumb: Breadcrumb) -> Iterator[Breadcrumb]:
    """The breadcrumbs of all fields in ``schema``, which stands at ``breadcrumb``."""
    for name, sub in schema.get("properties", {}).items():
        yield (*breadcrumb, "properties", name)
        yield from _nested(sub, (*breadcrumb, "properties", name))
    if isinstance(schema.get("items"), dict):
        yield from _nested(schema["items"], (*breadcrumb, "items"))


def load(tap: Tap, name: str) -> dict[str, Entry]:
    """The selected streams of the catalog file ``name``, in the tap's order.

    UsageError if the file makes no sense.
    """
    content = files.read_json("catalog", name, ANEW)
    if not isinstance(content, dict) or not isinstance(content.get("streams"), list):
        raise UsageError(
            f'catalog: {name} must be an object with a list "streams"; make it with --discover'
        )
    known = {stream.name: stream for stream in tap.streams}
    selected: dict[str, Entry] = {}
    for number, raw in enumerate(content["streams"]):
        if not isinstance(raw, dict) or not isinstance(raw.get("tap_stream_id"), str):
            raise UsageError(f"catalog: streams[{number}] has no tap_stream_id")
        entry = _selected(raw, known)
        if entry is None:
            continue
        if entry.stream.name in selected:
            raise UsageError(f"catalog: stream {entry.stream.name} is listed twice")
        selected[entry.stream.name] = entry
    return {name: selected[name] for name in known if name in selected}


def _selected(raw: Mapping[str, Any], known: Mapping[str, Stream]) -> Entry | None:
    """What the catalog's entry ``raw`` selects, or None if it does not select its stream."""
    name, schema = raw["tap_stream_id"], raw.get("schema")
    if not isinstance(schema, dict) or not isinstance(schema.get("properties"), dict):
        raise UsageError(f"catalog: {name} has no schema with properties; {ANEW}")
    _check(name, schema, ())
    selection = _Selection(name, _metadata(name, raw.get("metadata")))
    if not selection.has(schema, (), default=False):
        return None
    if name not in known:
        nearest = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {nearest[0]}?" if nearest else ", see --about"
        raise UsageError(
            f"catalog: stream {name} is selected, but this tap has no such stream{hint}"
        )
    stream = known[name]
    missing = [field for field in stream.automatic if field not in schema["properties"]]
    if missing:
        raise UsageError(f"catalog: {name}: the schema lacks {', '.join(missing)}; {ANEW}")
    kept = selection.pruned(schema, (), stream.automatic)
    unavailable = selection.metadata.get((), {}).get(UNAVAILABLE)
    return Entry(stream, kept, frozenset(selection.dropped), expected=not unavailable)


@dataclass
class _Selection:
    """What a person or a tool selected of the stream ``name``.

    ``dropped`` collects the paths of the fields that ``pruned`` leaves out.
    """

    name: str
    metadata: Metadata
    dropped: set[str] = field(default_factory=set)

    def has(self, schema: Schema, breadcrumb: Breadcrumb, *, default: bool) -> bool:
        """Is what stands at ``breadcrumb`` selected? ``default`` is for what says nothing of it."""
        facts = self.metadata.get(breadcrumb, {})
        if facts.get("inclusion") == "unsupported":
            return False
        chosen = self._flag(breadcrumb, facts.get("selected", schema.get("selected")))
        if chosen is None:
            chosen = self._flag(breadcrumb, facts.get("selected-by-default"))
        return default if chosen is None else chosen

    def _flag(self, breadcrumb: Breadcrumb, value: Any) -> bool | None:
        """A choice as people and tools write it: a boolean, or its name as a string."""
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        where = _path(breadcrumb) or "the stream"
        raise UsageError(
            f"catalog: {self.name}: selected of {where} is {value!r}, but it must be true or false"
        )

    def pruned(
        self, schema: Schema, breadcrumb: Breadcrumb, automatic: Sequence[str] = ()
    ) -> Schema:
        """``schema`` with the selected fields, and with the ``automatic`` ones in any case."""
        result = {key: value for key, value in schema.items() if key != "selected"}
        if "properties" in schema:
            result["properties"] = {}
        for field_name, sub in schema.get("properties", {}).items():
            inside = (*breadcrumb, "properties", field_name)
            if field_name in automatic or self.has(sub, inside, default=True):
                result["properties"][field_name] = self.pruned(sub, inside)
            else:
                self.dropped.add(_path(inside))
        if isinstance(schema.get("items"), dict):
            result["items"] = self.pruned(schema["items"], (*breadcrumb, "items"))
        return result


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


def _path(breadcrumb: Breadcrumb) -> str:
    """("properties", "a", "items", "properties", "b") as "a[].b"."""
    path, parts = "", iter(breadcrumb)
    for part in parts:
        path += "[]" if part == "items" else f".{next(parts)}"
    return path.removeprefix(".")


def _check(name: str, schema: Any, breadcrumb: Breadcrumb) -> None:
    """UsageError if ``schema`` or one inside it is no JSON schema."""
    sound = isinstance(schema, dict) and isinstance(schema.get("properties", {}), dict)
    if not sound or not _is_type(schema.get("type", [])):
        where = _path(breadcrumb) or "the stream"
        raise UsageError(f"catalog: {name}: the schema of {where} is no JSON schema; {ANEW}")
    for field_name, sub in schema.get("properties", {}).items():
        _check(name, sub, (*breadcrumb, "properties", field_name))
    if isinstance(schema.get("items"), dict):
        _check(name, schema["items"], (*breadcrumb, "items"))


def _is_type(value: Any) -> bool:
    """Is ``value`` the name of a JSON schema type, or a list of such names?"""
    names = [value] if isinstance(value, str) else value
    return _are_texts(names) and TYPES.issuperset(names)
