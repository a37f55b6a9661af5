"""The catalog: made by discovery, read back with what a person chose in it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tap_common import files, protocol
from tap_common.errors import StreamRefused, UsageError
from tap_common.protocol import Breadcrumb, Metadata
from tap_common.stream import Schema, Stream
from tap_common.tap import Tap

UNAVAILABLE = "unavailable"
TYPES = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})
"""The names of types in JSON schema."""


@dataclass(frozen=True)
class Entry:
    """A selected stream: its schema cut down to the selected fields, the paths ("a", "a.b", "a[].b") of the fields cut off,
    and whether the catalog selects it as one that is available (only then is a refusal a failure)."""

    stream: Stream
    schema: Schema
    dropped: frozenset[str]
    expected: bool

    def fails(self, error: Exception) -> bool:
        """Does the run fail if this stream ends with ``error``?"""
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
    """The catalog of ``tap`` as discovery prints it; ``unavailable`` maps streams that were refused to the reason."""
    return {
        "streams": [
            _entry(stream, schemas[stream.name], unavailable.get(stream.name))
            for stream in tap.streams
        ]
    }


def _entry(stream: Stream, schema: Schema, unavailable: str | None) -> dict[str, Any]:
    compiled = protocol.standard_metadata(stream, schema)
    root = compiled[()]
    root["selected-by-default"] = stream.by_default and unavailable is None
    if stream.replication_key:
        root["replication-key"] = stream.replication_key
        compiled[("properties", stream.replication_key)]["inclusion"] = "automatic"
    for field in stream.unselected:
        compiled[("properties", field)]["selected-by-default"] = False
    if stream.parent:
        root["parent-tap-stream-id"] = stream.parent
    if unavailable is not None:
        root[UNAVAILABLE] = unavailable
    for breadcrumb in _nested(schema, ()):
        compiled.setdefault(breadcrumb, {"inclusion": "available"})
    entry = {
        "tap_stream_id": stream.name,
        "stream": stream.name,
        "key_properties": list(stream.key),
        "replication_method": stream.method,
        "schema": schema,
        "metadata": [
            {"breadcrumb": list(breadcrumb), "metadata": facts}
            for breadcrumb, facts in compiled.items()
        ],
    }
    if stream.replication_key:
        entry["replication_key"] = stream.replication_key
    return entry


def _nested(schema: Mapping[str, Any], breadcrumb: Breadcrumb) -> Iterator[Breadcrumb]:
    for name, sub in schema.get("properties", {}).items():
        yield (*breadcrumb, "properties", name)
        yield from _nested(sub, (*breadcrumb, "properties", name))
    if isinstance(schema.get("items"), dict):
        yield from _nested(schema["items"], (*breadcrumb, "items"))


def load(tap: Tap, name: str) -> dict[str, Entry]:
    """The selected streams of the catalog file ``name``, in the tap's order. UsageError if the file makes no sense."""
    content = files.read_json("catalog", name, "make it anew with --discover")
    if not isinstance(content, dict) or not isinstance(content.get("streams"), list):
        raise UsageError(
            f'catalog: {name} must be an object with a list "streams"; make it with --discover'
        )
    known = {stream.name: stream for stream in tap.streams}
    selected: dict[str, Entry] = {}
    for number, raw in enumerate(content["streams"]):
        if not isinstance(raw, dict) or not isinstance(raw.get("tap_stream_id"), str):
            raise UsageError(f"catalog: streams[{number}] has no tap_stream_id")
        entry = _chosen(raw, known)
        if entry and selected.setdefault(entry.stream.name, entry) is not entry:
            raise UsageError(f"catalog: stream {entry.stream.name} is listed twice")
    return {name: selected[name] for name in known if name in selected}


def _chosen(raw: Mapping[str, Any], known: Mapping[str, Stream]) -> Entry | None:
    name = raw["tap_stream_id"]
    schema = raw.get("schema")
    if not isinstance(schema, dict) or not isinstance(schema.get("properties"), dict):
        raise UsageError(
            f"catalog: {name} has no schema with properties; make the catalog anew with --discover"
        )
    _check(name, schema, ())
    metadata = _metadata(name, raw.get("metadata") or [])
    root = metadata.get((), {})
    chosen = _flag(name, (), root.get("selected", schema.get("selected")))
    if chosen is None:
        chosen = _flag(name, (), root.get("selected-by-default")) or False
    if not chosen:
        return None
    if name not in known:
        nearest = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {nearest[0]}?" if nearest else ", see --about"
        raise UsageError(
            f"catalog: stream {name} is selected, but this tap has no such stream{hint}"
        )
    stream = known[name]
    automatic = set(stream.automatic)
    missing = sorted(automatic - schema["properties"].keys())
    if missing:
        raise UsageError(
            f"catalog: {name}: the schema lacks {', '.join(missing)}; make the catalog anew with --discover"
        )
    dropped: set[Breadcrumb] = set()
    kept = _pruned(name, schema, metadata, (), automatic, dropped)
    return Entry(stream, kept, frozenset(map(_path, dropped)), expected=not root.get(UNAVAILABLE))


def _metadata(name: str, raw: Any) -> Metadata:
    if not isinstance(raw, list) or not all(
        isinstance(item, dict)
        and _texts(item.get("breadcrumb"))
        and isinstance(item.get("metadata"), dict)
        for item in raw
    ):
        raise UsageError(
            f"catalog: {name}: metadata must be a list of objects with breadcrumb (a list of names) and metadata"
        )
    return protocol.metadata_by_breadcrumb(raw)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def _flag(name: str, breadcrumb: Breadcrumb, value: Any) -> bool | None:
    """A choice as people and tools write it: a boolean, or its name as a string."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    where = ".".join(breadcrumb[1::2]) or "the stream"
    raise UsageError(f"catalog: {name}: selected of {where} is {value!r}, it must be true or false")


def _path(breadcrumb: Breadcrumb) -> str:
    """("properties", "a", "items", "properties", "b") as "a[].b"."""
    path, parts = "", iter(breadcrumb)
    for part in parts:
        path += "[]" if part == "items" else f".{next(parts)}"
    return path.removeprefix(".")


def _pruned(
    name: str,
    schema: Schema,
    metadata: Metadata,
    breadcrumb: Breadcrumb,
    automatic: set[str],
    dropped: set[Breadcrumb],
) -> Schema:
    """``schema`` without the fields not selected, which are added to ``dropped``; ``automatic`` ones always stay."""
    result = {word: value for word, value in schema.items() if word != "selected"}
    if "properties" in schema:
        result["properties"] = {}
        for field, sub in schema["properties"].items():
            inside = (*breadcrumb, "properties", field)
            if field in automatic or _field_chosen(name, inside, sub, metadata):
                result["properties"][field] = _pruned(name, sub, metadata, inside, set(), dropped)
            else:
                dropped.add(inside)
    if isinstance(schema.get("items"), dict):
        result["items"] = _pruned(
            name, schema["items"], metadata, (*breadcrumb, "items"), set(), dropped
        )
    return result


def _check(name: str, schema: Any, breadcrumb: Breadcrumb) -> None:
    """UsageError if ``schema`` or one inside it is no JSON schema."""
    sound = isinstance(schema, dict) and isinstance(schema.get("properties", {}), dict)
    if not sound or not _is_type(schema.get("type", [])):
        where = _path(breadcrumb) or "the stream"
        raise UsageError(
            f"catalog: {name}: the schema of {where} is none; make the catalog anew with --discover"
        )
    for field, sub in schema.get("properties", {}).items():
        _check(name, sub, (*breadcrumb, "properties", field))
    if isinstance(schema.get("items"), dict):
        _check(name, schema["items"], (*breadcrumb, "items"))


def _is_type(value: Any) -> bool:
    """Is ``value`` the name of a JSON schema type, or a list of such names?"""
    names = [value] if isinstance(value, str) else value
    return _texts(names) and TYPES.issuperset(names)


def _field_chosen(name: str, breadcrumb: Breadcrumb, schema: Any, metadata: Metadata) -> bool:
    facts = metadata.get(breadcrumb, {})
    if facts.get("inclusion") == "unsupported":
        return False
    chosen = _flag(name, breadcrumb, facts.get("selected", schema.get("selected")))
    if chosen is None:
        chosen = _flag(name, breadcrumb, facts.get("selected-by-default"))
    return chosen is not False
