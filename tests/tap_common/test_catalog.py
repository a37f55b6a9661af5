"""The catalog: what discovery prints, and what a person's choices in it select."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_common import catalog
from tap_common.context import Reader
from tap_common.errors import ApiError, StreamRefused, UsageError
from tap_common.stream import Stream
from tap_common.tap import Tap
from tap_common.vendor import Request
from tests.nodes import fields
from tests.tap_common.shop import tap

INTEGER = {"type": ["null", "integer"]}
NESTED: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": ["integer"]},
        "changed": {"type": ["null", "string"], "format": "date-time"},
        "flat": INTEGER,
        "object": {"type": ["null", "object"], "properties": {"a": INTEGER, "b": INTEGER}},
        "list": {
            "type": ["null", "array"],
            "items": {"type": ["null", "object"], "properties": {"a": INTEGER, "b": INTEGER}},
        },
    },
}
NESTED_STREAM = Stream(
    "nested",
    "nested",
    method="INCREMENTAL",
    replication_key="changed",
    unselected=frozenset({"flat"}),
)
CHILD = Stream("child", "nested/{id}/child", parent="nested", by_default=False)


@pytest.fixture(scope="module")
def nested(tmp_path_factory: pytest.TempPathFactory) -> Tap:
    folder = tmp_path_factory.mktemp("schemas")
    for name in ("nested", "child"):
        (folder / f"{name}.json").write_text(json.dumps(NESTED))
    reader = Reader((NESTED_STREAM, CHILD), lambda context: iter(()), Request("nested", "nested"))
    return tap(reader, package=str(folder))


Load = Callable[[dict[str, Any]], dict[str, catalog.Entry]]


@pytest.fixture
def load(nested: Tap, tmp_path: Path) -> Load:
    """Reads a catalog's content back as a catalog file's."""

    def loaded(content: Any) -> dict[str, catalog.Entry]:
        path = tmp_path / "catalog.json"
        path.write_text(json.dumps(content))
        return catalog.load(nested, str(path))

    return loaded


def found(nested: Tap, refusal: str = "") -> dict[str, Any]:
    """The discovered catalog, as it comes back from a file. The first stream may be refused."""
    unavailable = {"nested": refusal} if refusal else {}
    discovered = catalog.discovered(nested, nested.schemas, unavailable)
    content: dict[str, Any] = json.loads(json.dumps(discovered))
    return content


def facts(content: dict[str, Any], stream: int = 0) -> dict[str, Any]:
    """The metadata of one stream by dotted breadcrumbs ("" for the stream itself)."""
    items = content["streams"][stream]["metadata"]
    return {".".join(item["breadcrumb"]): item["metadata"] for item in items}


def test_discovery_describes_each_stream_and_each_field(nested: Tap) -> None:
    content = found(nested)
    first = content["streams"][0]
    assert {key: first[key] for key in first if key not in ("schema", "metadata")} == {
        "tap_stream_id": "nested",
        "stream": "nested",
        "key_properties": ["id"],
        "replication_method": "INCREMENTAL",
        "replication_key": "changed",
    }
    assert first["schema"] == NESTED
    available, automatic = {"inclusion": "available"}, {"inclusion": "automatic"}
    assert facts(content) == {
        "": {
            "inclusion": "available",
            "selected-by-default": True,
            "table-key-properties": ["id"],
            "forced-replication-method": "INCREMENTAL",
            "valid-replication-keys": ["changed"],
            "replication-key": "changed",
        },
        "properties.id": automatic,
        "properties.changed": automatic,
        "properties.flat": {**available, "selected-by-default": False},
        "properties.object": available,
        "properties.object.properties.a": available,
        "properties.object.properties.b": available,
        "properties.list": available,
        "properties.list.items.properties.a": available,
        "properties.list.items.properties.b": available,
    }
    assert facts(content, 1)[""] == {
        "inclusion": "available",
        "selected-by-default": False,
        "table-key-properties": ["id"],
        "forced-replication-method": "FULL_TABLE",
        "parent-tap-stream-id": "nested",
    }
    assert "replication_key" not in content["streams"][1]


def test_a_new_catalog_selects_what_is_selected_by_default(nested: Tap, load: Load) -> None:
    entries = load(found(nested))
    assert list(entries) == ["nested"]
    assert entries["nested"].fields == {"id", "changed", "object", "list"}
    assert entries["nested"].dropped == {"flat"}
    assert entries["nested"].expected


def test_an_unavailable_stream_is_selected_only_by_a_person(nested: Tap, load: Load) -> None:
    content = found(nested, "HTTP 403: plan")
    assert facts(content)[""]["unavailable"] == "HTTP 403: plan"
    assert load(content) == {}
    facts(content)[""]["selected"] = True
    entry = load(content)["nested"]
    assert not entry.expected
    assert not entry.fails(StreamRefused("HTTP 403"))
    assert entry.fails(ApiError("HTTP 500"))


def test_without_a_catalog_everything_is_read_and_refusals_are_no_failure(nested: Tap) -> None:
    entries = catalog.everything(nested)
    assert list(entries) == ["nested", "child"]
    assert entries["nested"].fields == {"id", "changed", "object", "list"}
    assert not entries["nested"].fails(StreamRefused("HTTP 403"))


def selecting(content: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """``content`` with ``selected`` of fields set; "__" stands for each step inwards."""
    chosen = deepcopy(content)
    for name, value in fields.items():
        breadcrumb = "properties." + name.replace("__", ".properties.")
        breadcrumb = breadcrumb.replace("list.properties", "list.items.properties")
        facts(chosen)[breadcrumb]["selected"] = value
    return chosen


def test_fields_are_left_out_at_every_depth(nested: Tap, load: Load) -> None:
    chosen = selecting(
        found(nested), flat=True, object__a=False, list__b="false", id=False, changed=False
    )
    entry = load(chosen)["nested"]
    assert entry.dropped == {"object.a", "list[].b"}
    properties = entry.schema["properties"]
    assert list(properties) == ["id", "changed", "flat", "object", "list"]
    assert list(properties["object"]["properties"]) == ["b"]
    assert list(properties["list"]["items"]["properties"]) == ["a"]


def test_a_field_that_is_left_out_takes_what_is_below_with_it(nested: Tap, load: Load) -> None:
    entry = load(selecting(found(nested), object=False, object__a=True))["nested"]
    assert entry.dropped == {"flat", "object"}


def test_unsupported_fields_are_never_sent(nested: Tap, load: Load) -> None:
    content = found(nested)
    facts(content)["properties.object"] |= {"inclusion": "unsupported", "selected": True}
    assert "object" not in load(content)["nested"].fields


@pytest.mark.parametrize(
    ("value", "is_selected"),
    [(True, True), (False, False), ("true", True), ("TRUE", True), ("False", False), (None, True)],
)
def test_a_choice_is_a_boolean_or_its_name(
    nested: Tap, load: Load, value: Any, *, is_selected: bool
) -> None:
    content = found(nested)
    facts(content)[""]["selected"] = value
    assert bool(load(content)) == is_selected


def test_a_choice_in_the_schema_counts_as_older_tools_write_it(nested: Tap, load: Load) -> None:
    content = found(nested)
    content["streams"][1]["schema"]["selected"] = True
    content["streams"][1]["schema"]["properties"]["object"]["selected"] = False
    entry = load(content)["child"]
    assert "object" in entry.dropped
    assert "selected" not in entry.schema


def test_a_catalog_without_metadata_selects_by_its_schemas(nested: Tap, load: Load) -> None:
    content = found(nested)
    for entry in content["streams"]:
        del entry["metadata"]
        entry["schema"]["selected"] = "true"
    assert list(load(content)) == ["nested", "child"]


def test_streams_are_read_in_the_taps_order(nested: Tap, load: Load) -> None:
    content = found(nested)
    facts(content, 1)[""]["selected"] = True
    content["streams"].reverse()
    assert list(load(content)) == ["nested", "child"]


def without(content: dict[str, Any], field: str) -> None:
    del content["streams"][0]["schema"]["properties"][field]


def second(content: dict[str, Any], name: str) -> None:
    facts(content, 1)[""]["selected"] = True
    content["streams"][1]["tap_stream_id"] = name


def schema_of_object(content: dict[str, Any], schema: Any) -> None:
    content["streams"][0]["schema"]["properties"]["object"]["properties"]["a"] = schema


ANEW = "make the catalog anew with --discover"
NO_METADATA = (
    "nested: metadata must be a list of objects, each with a breadcrumb (a list of names) and "
    "metadata (an object)"
)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda content: content["streams"].insert(0, {}), "streams[0] has no tap_stream_id"),
        (lambda content: content["streams"].append("x"), "streams[2] has no tap_stream_id"),
        (
            lambda content: content["streams"][0].pop("schema"),
            f"nested has no schema with properties; {ANEW}",
        ),
        (
            lambda content: content["streams"][0].update(schema={"type": "object"}),
            f"nested has no schema with properties; {ANEW}",
        ),
        (
            lambda content: schema_of_object(content, {"type": "strnig"}),
            f"nested: the schema of object.a is no JSON schema; {ANEW}",
        ),
        (
            lambda content: schema_of_object(content, {"type": ["null", 7]}),
            f"nested: the schema of object.a is no JSON schema; {ANEW}",
        ),
        (
            lambda content: schema_of_object(content, True),
            f"nested: the schema of object.a is no JSON schema; {ANEW}",
        ),
        (lambda content: without(content, "id"), f"nested: the schema lacks id; {ANEW}"),
        (lambda content: without(content, "changed"), f"nested: the schema lacks changed; {ANEW}"),
        (lambda content: second(content, "nested"), "stream nested is listed twice"),
        (
            lambda content: second(content, "nestd"),
            "stream nestd is selected, but this tap has no such stream; did you mean nested?",
        ),
        (
            lambda content: second(content, "other"),
            "stream other is selected, but this tap has no such stream, see --about",
        ),
        (
            lambda content: facts(content)[""].update(selected="maybe"),
            "nested: selected of the stream is 'maybe', but it must be true or false",
        ),
        (
            lambda content: facts(content)["properties.list.items.properties.a"].update(selected=1),
            "nested: selected of list[].a is 1, but it must be true or false",
        ),
        (lambda content: content["streams"][0].update(metadata={}), NO_METADATA),
        (lambda content: content["streams"][0].update(metadata=[7]), NO_METADATA),
        (
            lambda content: content["streams"][0].update(metadata=[{"breadcrumb": "x"}]),
            NO_METADATA,
        ),
        (
            lambda content: content["streams"][0].update(
                metadata=[{"breadcrumb": [1], "metadata": {}}]
            ),
            NO_METADATA,
        ),
    ],
)
def test_a_catalog_that_makes_no_sense_is_a_usage_error(
    nested: Tap, load: Load, spoil: Callable[[dict[str, Any]], Any], message: str
) -> None:
    content = found(nested)
    spoil(content)
    with pytest.raises(UsageError) as caught:
        load(content)
    assert str(caught.value) == f"catalog: {message}"


@pytest.mark.parametrize("content", [[], {}, {"streams": {}}, None])
def test_a_file_that_is_no_catalog_is_a_usage_error(load: Load, content: Any) -> None:
    with pytest.raises(UsageError, match='must be an object with a list "streams"; make it with'):
        load(content)


CHOICES = st.sampled_from([True, False, "true", "false", None])
FIELDS = ["flat", "object", "list", "object__a", "object__b", "list__a", "list__b", "id"]


@given(st.dictionaries(st.sampled_from(FIELDS), CHOICES))
def test_schema_and_dropped_paths_together_are_all_fields(
    nested: Tap, choices: dict[str, Any]
) -> None:
    content = selecting(found(nested), **choices)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catalog.json"
        path.write_text(json.dumps(content))
        entry = catalog.load(nested, str(path))["nested"]
    whole = fields(NESTED).keys()
    gone = {path for path in whole if path.startswith(tuple(entry.dropped))}
    assert fields(entry.schema).keys() == whole - gone
    assert {"id", "changed"} <= entry.fields
