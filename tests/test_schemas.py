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
from tests.nodes import nodes
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


def schemas(package: str) -> Iterator[tuple[str, Row]]:
    """Yields the name ("tap_desk.cases") and the schema of each stream of a tap."""
    for stream in TAPS[package].streams:
        yield f"{package}.{stream.name}", schema_of(package, stream.name)


def types(node: Row) -> list[str]:
    """Returns the declared types of a field, null aside."""
    declared: Any = node.get("type", [])
    names = [declared] if isinstance(declared, str) else list(declared)
    return [name for name in names if name != "null"]


@pytest.mark.parametrize("package", PACKAGES)
def test_names_can_be_columns(package: str) -> None:
    for name, schema in schemas(package):
        assert re.fullmatch("[a-z0-9_]+", STREAMS[name].name)
        for path, node in [("", schema), *nodes(schema)]:
            names = list(node.get("properties", {}))
            assert len({field.lower() for field in names}) == len(names), (name, path)
            assert [field for field in names if "." in field] == [], (name, path)
            assert [field for field in names if len(field.encode()) > LONGEST_NAME] == [], name


@pytest.mark.parametrize("package", PACKAGES)
def test_every_field_has_one_type_that_targets_know(package: str) -> None:
    for name, schema in schemas(package):
        assert schema["type"] == "object"
        for path, node in nodes(schema):
            assert node.keys() <= WORDS | NOTES, (name, path)
            assert node.get("additionalProperties", True) is True, (name, path)
            if path not in VARYING.get(name, ()):
                assert has_one_type(node, f"{path}[]" in VARYING.get(name, ())), (name, path)


def has_one_type(node: Row, items_vary: bool) -> bool:
    if len(types(node)) != 1 or node.get("format") not in (None, "date-time"):
        return False
    [kind] = types(node)
    if kind == "array":
        return items_vary or "array" not in types(node["items"])
    if kind == "object":
        return "properties" in node or node["additionalProperties"] is True
    return kind in TYPES


@pytest.mark.parametrize("package", PACKAGES)
def test_all_fields_but_the_key_may_be_null(package: str) -> None:
    for name, schema in schemas(package):
        key = STREAMS[name].key
        assert key
        for path, node in nodes(schema):
            assert ("null" in node.get("type", "null")) == (path not in key), (name, path)


@pytest.mark.parametrize("package", PACKAGES)
def test_the_streams_own_fields_are_in_its_schema(package: str) -> None:
    for name, schema in schemas(package):
        stream, fields = STREAMS[name], dict(nodes(schema))
        for field in stream.key:
            assert fields[field]["type"] in ("string", "integer"), (name, field)
        if stream.replication_key is not None:
            assert types(fields[stream.replication_key]) in (["string"], ["integer"]), name
        for path in stream.text_fields:
            assert types(fields[path]) == ["string"], (name, path)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_field_is_described(package: str) -> None:
    for name, schema in schemas(package):
        assert schema["description"], name
        for path, node in nodes(schema):
            assert path.endswith("[]") or node.get("description"), (name, path)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_reference_points_to_a_column_of_its_type(package: str) -> None:
    for name, schema in schemas(package):
        for path, node in nodes(schema):
            if "references" in node:
                stream, column = node["references"].split(".")
                target = dict(nodes(schema_of(package, stream)))[column]
                assert types(target) == types(node), (name, path)


@pytest.mark.parametrize("package", PACKAGES)
def test_catalogs_carry_no_notes(package: str) -> None:
    for stream, schema in TAPS[package].schemas.items():
        for path, node in nodes(schema):
            assert node.keys() <= WORDS, (stream, path)


@pytest.mark.parametrize("package", PACKAGES)
def test_each_stream_has_a_schema_and_each_schema_a_stream(package: str) -> None:
    files = {path.stem for path in (ROOT / "schemas" / package).glob("*.json")}
    assert files == {stream.name for stream in TAPS[package].streams}


def test_discovery_gives_every_field_its_metadata() -> None:
    for package, tap in TAPS.items():
        own = {stream.name: schema_of(package, stream.name) for stream in tap.streams}
        for entry in discovered(tap, own, {})["streams"]:
            described = {tuple(item["breadcrumb"]) for item in entry["metadata"]}
            fields = {("properties", name) for name in entry["schema"]["properties"]}
            assert fields | {()} <= described, entry["stream"]


@pytest.mark.parametrize("name", STREAMS)
def test_no_key_is_personal_data(name: str) -> None:
    package, _, stream = name.partition(".")
    fields = schema_of(package, stream)["properties"]
    marked = {field for field, node in fields.items() if node.get("personal")}
    assert not marked & set(STREAMS[name].automatic)
