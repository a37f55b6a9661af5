"""Every schema keeps the rules of docs/records.md ("What every schema keeps to")."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tap_common.catalog import discovered
from tap_common.stream import Stream
from tap_common.tap import Tap
from tests.harness import ROOT
from tests.truth import Row, schema_of

PACKAGES = sorted(path.name for path in (ROOT / "schemas").iterdir())
TAPS: dict[str, Tap] = {name: importlib.import_module(f"{name}.tap").TAP for name in PACKAGES}
STREAMS: dict[str, Stream] = {
    f"{package}.{stream.name}": stream for package, tap in TAPS.items() for stream in tap.streams
}
TYPES = {"string", "integer", "number", "boolean", "object", "array"}
WORDS = {"type", "format", "description", "properties", "items", "additionalProperties"}
NOTES = {"references", "personal"}
"""What a schema file says beside JSON schema's own words."""
LONGEST_NAME = 63

CONDITIONS = {"conditions.all[].value", "conditions.any[].value"}
VARYING = {
    "tap_zendesk_chat.zopim_chats": {"webpath[]"},
    "tap_zendesk_chat.zopim_triggers": {"definition.condition[]", "definition.actions[]"},
    "tap_zendesk_support.audits": {"events[].value", "events[].previous_value"},
    "tap_zendesk_support.automations": CONDITIONS | {"actions[].value"},
    "tap_zendesk_support.group_sla_policies": {"filter.all[].value"},
    "tap_zendesk_support.queues": {"definition.all[].value", "definition.any[].value"},
    "tap_zendesk_support.sla_policies": {"filter.all[].value", "filter.any[].value"},
    "tap_zendesk_support.ticket_events": {"child_events[].previous_value"},
    "tap_zendesk_support.tickets": {"custom_fields[].value", "fields[].value"},
    "tap_zendesk_support.triggers": CONDITIONS | {"actions[].value"},
    "tap_zendesk_support.views": CONDITIONS,
    "tap_zendesk_support.workspaces": CONDITIONS,
    "tap_zendesk_support.zendesk_macros": {"actions[].value"},
}
"""Values inside arrays for which the vendor declares no type."""


def nodes(schema: Row, path: str = "") -> Iterator[tuple[str, Row]]:
    """Yields each field by its path ("a", "a.b", "a[].b"), and what an array holds ("a[]")."""
    for name, node in schema.get("properties", {}).items():
        inside = f"{path}.{name}".removeprefix(".")
        yield inside, node
        yield from nodes(node, inside)
    if "items" in schema:
        yield f"{path}[]", schema["items"]
        yield from nodes(schema["items"], f"{path}[]")


def types(node: Row) -> list[str]:
    """Returns the declared types of a field, null aside."""
    declared: Any = node.get("type", [])
    names = [declared] if isinstance(declared, str) else list(declared)
    return [name for name in names if name != "null"]


@pytest.mark.parametrize("name", STREAMS)
def test_names_can_be_columns(name: str) -> None:
    schema = schema_of(*name.split("."))
    assert re.fullmatch("[a-z0-9_]+", STREAMS[name].name)
    for path, node in [("", schema), *nodes(schema)]:
        names = list(node.get("properties", {}))
        assert len({field.lower() for field in names}) == len(names), path
        assert [field for field in names if "." in field] == [], path
        assert [field for field in names if len(field.encode()) > LONGEST_NAME] == [], path


@pytest.mark.parametrize("name", STREAMS)
def test_every_field_has_one_type_that_targets_know(name: str) -> None:
    schema = schema_of(*name.split("."))
    assert schema["type"] == "object"
    for path, node in nodes(schema):
        assert node.keys() <= WORDS | NOTES, path
        assert node.get("additionalProperties", True) is True, path
        if path in VARYING.get(name, ()):
            continue
        assert len(types(node)) == 1, path
        assert set(types(node)) <= TYPES, path
        assert node.get("format") in (None, "date-time"), path
        if types(node) == ["array"]:
            varies = f"{path}[]" in VARYING.get(name, ())
            assert varies or "array" not in types(node["items"]), path
        if types(node) == ["object"]:
            assert "properties" in node or node["additionalProperties"] is True, path


@pytest.mark.parametrize("name", STREAMS)
def test_all_fields_but_the_key_may_be_null(name: str) -> None:
    schema, stream = schema_of(*name.split(".")), STREAMS[name]
    assert stream.key
    for path, node in nodes(schema):
        assert ("null" in node.get("type", "null")) == (path not in stream.key), path


@pytest.mark.parametrize("name", STREAMS)
def test_the_streams_own_fields_are_in_its_schema(name: str) -> None:
    schema, stream = schema_of(*name.split(".")), STREAMS[name]
    fields = dict(nodes(schema))
    for field in stream.key:
        assert fields[field]["type"] in ("string", "integer"), field
    if stream.replication_key is not None:
        assert types(fields[stream.replication_key]) in (["string"], ["integer"])
    for path in stream.text_fields:
        assert types(fields[path]) == ["string"], path


@pytest.mark.parametrize("name", STREAMS)
def test_every_field_is_described(name: str) -> None:
    schema = schema_of(*name.split("."))
    assert schema["description"]
    for path, node in nodes(schema):
        assert path.endswith("[]") or node.get("description"), path


@pytest.mark.parametrize("name", STREAMS)
def test_a_reference_points_to_a_column_of_its_type(name: str) -> None:
    package = name.split(".", maxsplit=1)[0]
    for path, node in nodes(schema_of(*name.split("."))):
        if "references" in node:
            stream, column = node["references"].split(".")
            assert types(dict(nodes(schema_of(package, stream)))[column]) == types(node), path


@pytest.mark.parametrize("name", STREAMS)
def test_catalogs_carry_no_notes(name: str) -> None:
    package, stream = name.split(".")
    for path, node in nodes(TAPS[package].schemas[stream]):
        assert node.keys() <= WORDS, path


@pytest.mark.parametrize("package", PACKAGES)
def test_each_stream_has_a_schema_and_each_schema_a_stream(package: str) -> None:
    files = {path.stem for path in (ROOT / "schemas" / package).glob("*.json")}
    assert files == {stream.name for stream in TAPS[package].streams}


def test_discovery_gives_every_field_its_metadata() -> None:
    for package, tap in TAPS.items():
        schemas = {stream.name: schema_of(package, stream.name) for stream in tap.streams}
        for entry in discovered(tap, schemas, {})["streams"]:
            described = {tuple(item["breadcrumb"]) for item in entry["metadata"]}
            fields = {("properties", name) for name in entry["schema"]["properties"]}
            assert fields | {()} <= described, entry["stream"]
