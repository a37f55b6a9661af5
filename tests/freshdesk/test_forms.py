"""What the config makes of personal and of nested data, beside the same rows as they are."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from tests.freshdesk.conftest import Helpdesk
from tests.harness import Run
from tests.truth import Row

STREAMS = ("tickets", "contacts", "companies", "agents")
KEY = "a key of twenty-four signs"
FOLDER = Path(__file__).resolve().parents[2] / "schemas" / "tap_freshdesk"


@pytest.fixture(scope="module")
def desk() -> Helpdesk:
    return Helpdesk(tickets=12)


@pytest.fixture(scope="module")
def plain(desk: Helpdesk) -> Run:
    return read(desk)


def read(desk: Helpdesk, **config: Any) -> Run:
    run = desk.tap.run(catalog=desk.tap.catalog(*STREAMS), **config)
    assert run.code == 0, run.err
    return run


def declared(stream: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / f"{stream}.json").read_text())
    return content


def sent_schema(run: Run, stream: str) -> dict[str, Any]:
    [message] = [one for one in run.messages if one.get("stream") == stream and "schema" in one]
    schema: dict[str, Any] = message["schema"]
    return schema


def digest(text: str) -> str:
    return hmac.new(KEY.encode(), text.encode(), hashlib.sha256).hexdigest() if text else ""


def is_text(node: dict[str, Any]) -> bool:
    return set(node["type"]) <= {"null", "string"} and "format" not in node


def protected(node: dict[str, Any], value: Any, *, hashes: bool) -> Any:
    """A value that ``node`` declares, without the personal data in it."""
    if isinstance(value, dict):
        return {
            name: made
            for name, inner in value.items()
            for made in [field(node.get("properties", {}).get(name, {}), inner, hashes=hashes)]
            if made is not GONE
        }
    if isinstance(value, list):
        return [protected(node["items"], item, hashes=hashes) for item in value]
    return value


GONE = object()


def field(node: dict[str, Any], value: Any, *, hashes: bool) -> Any:
    if not node.get("personal"):
        return protected(node, value, hashes=hashes)
    if hashes and is_text(node):
        return None if value is None else digest(value)
    if hashes and "items" in node and is_text(node["items"]):
        return None if value is None else [item and digest(item) for item in value]
    return GONE


@pytest.mark.parametrize("mode", ["exclude", "hash"])
def test_personal_data_is_left_out_or_hashed(desk: Helpdesk, plain: Run, mode: str) -> None:
    run = read(desk, personal_data=mode, personal_data_key=KEY)
    for stream in STREAMS:
        schema, before = declared(stream), plain.records(stream)
        wanted: list[Row] = [protected(schema, row, hashes=mode == "hash") for row in before]
        assert run.records(stream) == wanted
        assert wanted != before
        assert {name for row in wanted for name in row} <= sent_schema(run, stream)[
            "properties"
        ].keys()
    assert run.state == plain.state


def test_digests_join(desk: Helpdesk) -> None:
    run = read(desk, personal_data="hash", personal_data_key=KEY)
    known = {row["email"] for row in run.records("contacts")}
    asked = {row["email"] for row in run.records("tickets")} - {None}
    assert asked & known
    assert all(len(text) == 64 for text in asked)


@pytest.mark.parametrize("key", [None, "too short"])
def test_digests_need_a_long_key(desk: Helpdesk, key: str | None) -> None:
    run = desk.tap.run(personal_data="hash", personal_data_key=key)
    assert run.code == 2
    assert "personal_data is hash, which needs a personal_data_key of at least 16" in run.err


def test_nested_values_are_sent_as_json_text(desk: Helpdesk, plain: Run) -> None:
    run = read(desk, nested="json")
    for stream in STREAMS:
        properties = declared(stream)["properties"]
        nested = [name for name, node in properties.items() if "array" in node["type"]]
        nested += [name for name, node in properties.items() if "object" in node["type"]]
        assert nested
        rows = run.records(stream)
        for row in rows:
            for name in nested:
                assert isinstance(row.get(name), str | None), name
                if row.get(name) is not None:
                    row[name] = json.loads(row[name])
        assert rows == plain.records(stream)
        sent = sent_schema(run, stream)["properties"]
        types = {tuple(sent[name]["type"]) for name in nested}
        assert types == {("null", "string")}
        as_before = sent_schema(plain, stream)["properties"]
        assert all(sent[name] == as_before[name] for name in sent.keys() - set(nested))


def test_every_object_in_a_schema_has_properties(plain: Run) -> None:
    def objects(node: dict[str, Any]) -> list[dict[str, Any]]:
        own = [node] if "object" in node.get("type", []) else []
        inside = [*node.get("properties", {}).values()]
        for sub in [*inside, node["items"]] if "items" in node else inside:
            own += objects(sub)
        return own

    for stream in STREAMS:
        found = objects(sent_schema(plain, stream))
        assert len(found) > 1
        assert all("properties" in node for node in found)
