"""The schemas are what targets can take, and say what every field means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tap_common.model import Stream

from tap_common import schemas
from tap_zendesk_chat.tap import TAP
from tests.harness import ROOT

SCHEMAS = schemas.load(TAP)
NARROW = {
    "enum",
    "const",
    "maxLength",
    "minLength",
    "pattern",
    "minimum",
    "maximum",
    "anyOf",
    "oneOf",
    "allOf",
    "$ref",
}


def nodes(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every field of a schema by its path ("a", "a.b", "a[].b"), and what a list holds ("a[]")."""
    for name, node in schema.get("properties", {}).items():
        inside = f"{path}.{name}".removeprefix(".")
        yield inside, node
        yield from nodes(node, inside)
    if schema.get("items"):
        yield f"{path}[]", schema["items"]
        yield from nodes(schema["items"], f"{path}[]")


@pytest.mark.parametrize("stream", TAP.streams, ids=lambda stream: stream.name)
def test_a_schema(stream: Stream) -> None:
    schema = SCHEMAS[stream.name]
    fields = dict(nodes(schema))
    assert schema["type"] == "object"
    assert schema["description"]
    assert [
        path
        for path, node in fields.items()
        if not path.endswith("[]") and not node.get("description")
    ] == []
    assert [
        path
        for path, node in fields.items()
        if path not in stream.key and "null" not in node["type"]
    ] == []
    assert [
        name
        for name in stream.key
        if schema["properties"][name]["type"] not in ("string", "integer")
    ] == []
    assert [
        path
        for path, node in fields.items()
        if NARROW & node.keys() or node.get("additionalProperties") is False
    ] == []
    assert [path for path in stream.text_fields if "string" not in fields[path]["type"]] == []
    assert len({name.lower() for name in schema["properties"]}) == len(schema["properties"])
    assert (
        stream.replication_key is None
        or schema["properties"][stream.replication_key]["format"] == "date-time"
    )


def test_there_is_a_file_for_every_stream_and_no_other() -> None:
    files = {path.stem for path in (ROOT / "schemas" / TAP.package).glob("*.json")}
    assert files == {stream.name for stream in TAP.streams} == SCHEMAS.keys()


def test_the_tables_and_columns_that_people_have_are_there() -> None:
    columns = {
        "zopim_account": "account_key create_date status plan billing",
        "zopim_agents": "id first_name last_name display_name create_date email role enabled departments",
        "zopim_banned_ips": "id ip_address reason type",
        "zopim_banned_visitors": "id ip_address visitor_id visitor_name reason type",
        "zopim_chats": "id visitor type started_by session timestamp count duration department_id department_name response_time "
        "agent_names agent_ids triggered triggered_response unread missed history tags rating comment webpath zendesk_ticket_id",
        "zopim_departments": "id name description enabled members settings",
        "zopim_shortcuts": "name options message tags",
        "zopim_triggers": "name enabled description",
    }
    assert all(
        set(names.split()) <= SCHEMAS[stream]["properties"].keys()
        for stream, names in columns.items()
    )
