"""The tests' own truth: its rules by examples, and a comparison that notices every difference."""

from __future__ import annotations

from typing import Any

import pytest

from tests.shaper import Shaper
from tests.truth import (
    Row,
    assert_holds,
    assert_references,
    schema_of,
    selected,
    values_at,
)

STRING = {"type": ["null", "string"]}
DATE_TIME = {"type": ["null", "string"], "format": "date-time"}
INTEGER = {"type": ["null", "integer"]}
NUMBER = {"type": ["null", "number"]}
BOOLEAN = {"type": ["null", "boolean"]}
STRINGS = {"type": ["null", "array"], "items": STRING}
OPEN = {"type": ["null", "object"], "additionalProperties": True}
POINT = {"type": ["null", "object"], "properties": {"x": INTEGER}}
ANYTHING = {"type": ["null", "object", "array", "string", "number", "boolean"]}
EXAMPLES: list[tuple[Row, Any, Any]] = [
    (STRING, None, None),
    (STRING, "a\0b", "ab"),
    (STRING, "half \ud83d", "half \ufffd"),
    (STRING, 7, "7"),
    (STRING, -(2**63) - 1, "-9.223372036854776e+18"),
    (STRING, {"x": [True, "é\0"]}, '{"x":[true,"é"]}'),
    (DATE_TIME, "2020-01-31T12:00:00Z", "2020-01-31T12:00:00Z"),
    (DATE_TIME, "2020-01-31T12:00:00.000Z", "2020-01-31T12:00:00Z"),
    (DATE_TIME, "2020-01-31T12:00:00.017Z", "2020-01-31T12:00:00.017000Z"),
    (DATE_TIME, "2020-01-01T05:30:00+05:30", "2020-01-01T00:00:00Z"),
    (DATE_TIME, "2020-01-01 05:30:00 -0030", "2020-01-01T06:00:00Z"),
    (DATE_TIME, "2020-01-31", "2020-01-31T00:00:00Z"),
    (DATE_TIME, 1577836800, "2020-01-01T00:00:00Z"),
    (DATE_TIME, 1577836800000, "2020-01-01T00:00:00Z"),
    (DATE_TIME, 1577836800000000, "2020-01-01T00:00:00Z"),
    (DATE_TIME, 10**11, "1973-03-03T09:46:40Z"),
    (DATE_TIME, 10**14, "1973-03-03T09:46:40Z"),
    (DATE_TIME, 1577836800.25, "2020-01-01T00:00:00.250000Z"),
    (DATE_TIME, "", None),
    (DATE_TIME, "0000-00-00", None),
    (DATE_TIME, "2020-02-31T12:00:00Z", None),
    (DATE_TIME, "soon", None),
    (DATE_TIME, 0, None),
    (DATE_TIME, True, None),
    (INTEGER, 1.0, 1),
    (INTEGER, "7", 7),
    (INTEGER, "-7", -7),
    (INTEGER, True, 1),
    (INTEGER, 1.5, None),
    (INTEGER, "1_000", None),
    (INTEGER, "7.0", None),
    (INTEGER, 2**63, None),
    (INTEGER, {}, None),
    (NUMBER, 2**63, 9223372036854775808.0),
    (NUMBER, -(2**63), -9223372036854775808.0),
    (NUMBER, 7, 7),
    (NUMBER, "1.5", 1.5),
    (NUMBER, "9007199254740993", 9007199254740993),
    (NUMBER, True, 1),
    (NUMBER, "nan", None),
    (NUMBER, float("inf"), None),
    (NUMBER, "1e999", None),
    (NUMBER, [], None),
    (BOOLEAN, "Yes", True),
    (BOOLEAN, "0", False),
    (BOOLEAN, 1, True),
    (BOOLEAN, "", None),
    (BOOLEAN, 2, None),
    (BOOLEAN, 1.0, True),
    (STRINGS, "one", ["one"]),
    (STRINGS, ["one", 2, None], ["one", "2", None]),
    (OPEN, {"a": 1.0}, {"a": 1.0}),
    (OPEN, [], None),
    (POINT, {"x": "7", "unknown": 1}, {"x": 7, "unknown": 1}),
    ({**OPEN, **POINT}, {"x": "7", "unknown": "7"}, {"x": 7, "unknown": "7"}),
    (ANYTHING, "", None),
    (ANYTHING, "text", "text"),
    (ANYTHING, False, False),
    (ANYTHING, 1.5, 1.5),
    (ANYTHING, ["a"], ["a"]),
    ({"type": ["null", "number", "string"]}, "12.50", 12.5),
    ({"type": ["null", "number", "string"]}, "n/a", "n/a"),
    ({"type": ["null", "integer", "string"]}, [1], "[1]"),
    ({"type": ["null", "integer", "number"]}, [1], None),
    ({}, [1], [1]),
]


@pytest.mark.parametrize(("schema", "value", "expected"), EXAMPLES)
def test_each_rule_by_an_example(schema: Row, value: Any, expected: Any) -> None:
    record = Shaper({"properties": {"a": schema}})({"a": value})
    assert_holds([{"id": 1, "a": expected}], [{"id": 1, **record}])


def test_a_record_has_the_schemas_fields_that_the_row_has() -> None:
    schema = {"properties": {"id": INTEGER, "name": STRING, "updated_at": DATE_TIME}}
    assert Shaper(schema)({"id": 1, "other": 2}) == {"id": 1}
    shaper = Shaper(schema, replication_key="updated_at")
    assert shaper({"id": 1}) == {"id": 1, "updated_at": None}


def test_a_row_gets_its_own_record_though_another_has_equal_values() -> None:
    shaper = Shaper({"properties": {"id": {}}})
    records = [shaper({"id": value}) for value in (1, 1.0, True, 1)]
    assert str(records) == "[{'id': 1}, {'id': 1.0}, {'id': True}, {'id': 1}]"


def test_text_fields_take_any_type_at_their_path() -> None:
    item = {"type": "object", "properties": {"value": STRING}}
    schema = {"properties": {"a": {"type": "array", "items": item}}}
    row = {"a": [{"value": ["x", 1]}, {"value": "x"}, {"value": None}]}
    assert Shaper(schema, text_fields={"a[].value"})(row) == {
        "a": [{"value": '["x",1]'}, {"value": "x"}, {"value": None}]
    }


def test_schemas_are_read_from_the_project() -> None:
    assert "id" in schema_of("tap_desk", "cases")["properties"]


def facts(*path: str, **metadata: Any) -> Row:
    return {"breadcrumb": list(path), "metadata": metadata}


def test_selected_cuts_rows_at_every_depth() -> None:
    inner = {"type": "object", "properties": {"y": STRING, "z": STRING}}
    properties = {
        "id": INTEGER,
        "seen_at": DATE_TIME,
        "no": STRING,
        "never": STRING,
        "yes": STRING,
        "list": {"type": "array", "items": inner},
    }
    catalog = {
        "streams": [
            {
                "tap_stream_id": "things",
                "key_properties": ["id"],
                "replication_key": "seen_at",
                "schema": {"properties": properties},
                "metadata": [
                    facts(selected=True),
                    facts("properties", "id", selected=False),
                    facts("properties", "seen_at", selected=False),
                    facts("properties", "no", selected="false"),
                    facts("properties", "never", selected=True, inclusion="unsupported"),
                    facts("properties", "yes", **{"selected-by-default": True}),
                    facts(
                        "properties",
                        "list",
                        "items",
                        "properties",
                        "z",
                        **{"selected-by-default": False},
                    ),
                ],
            }
        ]
    }
    row = {
        "id": 1,
        "seen_at": None,
        "no": "",
        "never": "",
        "yes": "",
        "list": [{"y": "", "z": "", "unknown": ""}, None],
    }
    assert selected([row], catalog, "things") == [
        {"id": 1, "seen_at": None, "yes": "", "list": [{"y": "", "unknown": ""}, None]}
    ]


ROWS: list[Row] = [{"id": 1, "a": {"x": [1, None]}, "b": True}, {"id": 2, "a": None, "b": False}]


def test_the_last_record_of_a_key_counts_and_order_does_not() -> None:
    stale = {"id": 1, "a": {"x": []}, "b": True}
    assert_holds(ROWS, [stale, ROWS[1], {"b": True, "a": {"x": [1, None]}, "id": 1}])
    assert_holds([], [])


def test_rows_that_left_the_account_may_stay() -> None:
    assert_holds(ROWS[:1], ROWS, gone={(2,)})
    assert_holds(ROWS[:1], ROWS[:1], gone={(2,)})


def second(**changes: Any) -> list[Row]:
    return [ROWS[0], {**ROWS[1], **changes}]


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (ROWS[:1], "id 2: missing"),
        ([*ROWS, {"id": 3}], "id 3: sent, but not expected"),
        (second(a=0), "id 2: a must be null, not 0"),
        (second(b=0), "id 2: b must be false, not 0"),
        (second(c=None), "id 2: c must be no such field, not null"),
        ([ROWS[0], {"id": 2, "b": False}], "id 2: a must be null, not no such field"),
        ([{**ROWS[0], "a": {"x": [1.0, None]}}, ROWS[1]], 'id 1: a must be {"x":[1,null]}, not'),
        ([*ROWS, ROWS[0] | {"b": False}], "id 1: b must be true, not false"),
        ([*ROWS, {"a": 1}], 'a record has no id: {"a": 1}'),
    ],
)
def test_any_difference_is_named(sent: list[Row], message: str) -> None:
    with pytest.raises(AssertionError) as failure:
        assert_holds(ROWS, sent, stream="things")
    assert message in str(failure.value)


def test_many_differences_are_counted_and_some_are_shown() -> None:
    with pytest.raises(AssertionError) as failure:
        assert_holds([{"id": number} for number in range(60)], [], stream="things")
    lines = str(failure.value).splitlines()
    assert lines[0] == "things: 60 of 60 rows differ"
    assert len([line for line in lines if line.endswith("missing")]) == 5


def test_an_expectation_that_repeats_a_key_is_a_mistake_of_the_test() -> None:
    with pytest.raises(AssertionError, match="the expected rows repeat a key"):
        assert_holds([*ROWS, ROWS[0]], ROWS)


def test_a_path_leads_to_all_values_below_it() -> None:
    row = {"a": 1, "b": {"c": 2}, "d": [3, None, 4], "e": [{"f": 5}, {"f": None}, {}], "g": None}
    found = {path: list(values_at(row, path.split("."))) for path in ("a", "b.c", "d[]", "e[].f")}
    assert found == {"a": [1], "b.c": [2], "d[]": [3, 4], "e[].f": [5]}
    assert list(values_at(row, ["g", "h"])) == list(values_at(row, ["i[]"])) == []
    assert list(values_at({"a": [{"b": [1]}, {"b": [2, 3]}]}, ["a[]", "b[]"])) == [1, 2, 3]


def test_a_reference_that_leads_nowhere_is_named() -> None:
    people = {"properties": {"id": {}, "team_ids": {"items": {"references": "teams.id"}}}}
    schemas: Row = {"people": people, "teams": {"properties": {"id": {}}}}
    rows: dict[str, list[Row]] = {"people": [{"id": 1, "team_ids": [7]}, {"id": 2}], "teams": []}
    with pytest.raises(AssertionError, match=r"people.team_ids\[\]: no teams.id is 7"):
        assert_references(rows, schemas.__getitem__)
    assert_references({**rows, "teams": [{"id": 7}]}, schemas.__getitem__)
