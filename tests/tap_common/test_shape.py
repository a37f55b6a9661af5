"""Shaping: for any value under any declared type, what goes out keeps the schema's promise."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from tap_common import codec, shape
from tap_common.drift import Drift
from tap_common.errors import StrictnessError
from tap_common.shape import Treatment
from tests import truth
from tests.shaper import Shaper
from tests.test_truth import EXAMPLES

SCALARS = st.sampled_from(
    [
        {"type": ["null", "string"]},
        {"type": ["null", "string"], "format": "date-time"},
        {"type": ["null", "integer"]},
        {"type": ["null", "number"]},
        {"type": ["null", "boolean"]},
        {"type": ["null", "number", "string"]},
        {"type": ["null", "integer", "string"]},
        {
            "type": ["null", "object", "array", "string"],
            "properties": {"a": {"type": ["null", "integer"]}},
        },
        {"type": ["null", "object"], "additionalProperties": True},
        {},
    ]
)
SCHEMAS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.builds(lambda items: {"type": ["null", "array"], "items": items}, inner),
        st.builds(
            lambda properties: {"type": ["null", "object"], "properties": properties},
            st.dictionaries(st.sampled_from("abc"), inner, min_size=1),
        ),
    ),
    max_leaves=6,
)
TEXT = st.text(st.characters(exclude_categories=[], exclude_characters="\0"), max_size=8)
TIMES = st.sampled_from(
    [
        "2026-01-31T12:00:00Z",
        "2026-02-31T12:00:00Z",
        "2019-12-18T11:45:25.017Z",
        "2020-01-01T05:30:00+05:30",
        "2026-01-31",
        "2026-01-31 10:00:00",
        "0000-00-00",
        "2026-01-31T24:61:00Z",
        "sat",
    ]
)
WRITTEN = ["", "10", "-7", "+7", "1_000", " 7", "1e3", "1.50", ".5", "nan", "inf", "٣", "0x1f"]
WRITTEN += ["1e400", "9007199254740993", "9223372036854775808", "9" * 400, "true", "No", "perhaps"]
NUMBERS = st.sampled_from(WRITTEN)
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**65), 2**65),
        st.floats(-1e10, 1e10).map(lambda number: round(number, 3)),
        TEXT,
        TIMES,
        NUMBERS,
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abcd"), inner, max_size=3)
    ),
    max_leaves=8,
)
ROWS = st.dictionaries(st.sampled_from("abcd"), VALUES)
OBJECT = {"type": ["null", "object"], "properties": {"b": {"type": ["null", "integer"]}}}


def sent(shaper: Any, row: dict[str, Any]) -> Any:
    """What a target gets of a row that a vendor sends."""
    return json.loads(codec.encode(shaper(codec.decode(json.dumps(row).encode()))))


@settings(max_examples=120, deadline=None)
@given(properties=st.dictionaries(st.sampled_from("abc"), SCHEMAS, min_size=1), row=ROWS)
def test_any_row_becomes_the_record_that_the_rules_promise(
    properties: dict[str, Any], row: dict[str, Any]
) -> None:
    schema = {"type": "object", "properties": properties}
    drift = Drift()
    record = sent(shape.compiled(schema, Treatment(), drift), row)
    assert truth.exact(record) == truth.exact(Shaper(schema)(row))
    assert list(Draft4Validator(schema).iter_errors(record)) == []
    assert ("d" in row) == ("d" in drift.unknown)


STRINGS = {"type": ["null", "array"], "items": {"type": ["null", "string"]}}
DECLARED: list[dict[str, Any]] = [
    {"type": ["null", "string"]},
    {"type": ["null", "string"], "format": "date-time"},
    {"type": ["null", "integer"]},
    {"type": ["null", "number"]},
    {"type": "boolean"},
    {"type": ["null", "number", "string"]},
    {"type": ["null", "integer", "string"]},
    {"type": ["null", "string", "number", "boolean"]},
    {"type": ["null", "object", "array"], "properties": {"b": {"type": ["null", "integer"]}}},
    {"type": ["null", "object"], "additionalProperties": True},
    {},
    STRINGS,
]
TEXTS = ["2026-01-31T12:00:00Z", "2026-02-31T12:00:00Z", "2026-01-31 10:00:00", "half \ud83d"]
OTHERS = [None, True, False, 0, 1, -1, 2**53 + 1, 2**63 - 1, 2**63, 2**64, -(2**63), 1.0, 1.5]
OTHERS += [-0.0, 1e18, 1e19, 1e300, 1577836800, 1577836800000, 1577836800000000, 253402300800]
NESTED = [[], [""], [[1]], {}, {"b": "7"}, {"b": {}, "c": ""}, [{"b": 1.0}], {"c": [None]}]


@pytest.mark.parametrize("schema", DECLARED, ids=str)
def test_each_kind_of_value_becomes_what_the_rules_say(schema: dict[str, Any]) -> None:
    whole = {"properties": {"a": schema}}
    shaper = shape.compiled(whole, Treatment(), Drift())
    for value in [*WRITTEN, *TEXTS, *OTHERS, *NESTED]:
        expected = truth.exact(Shaper(whole)({"a": value}))
        assert truth.exact(sent(shaper, {"a": value})) == expected, value


@given(row=ROWS)
def test_a_row_is_not_changed(row: dict[str, Any]) -> None:
    schema = {"type": "object", "properties": {"a": OBJECT, "b": {"type": ["null", "array"]}}}
    before = json.dumps(row)
    shape.compiled(schema, Treatment(), Drift())(row)
    assert json.dumps(row) == before


@given(row=st.dictionaries(st.sampled_from("ab"), VALUES))
def test_what_is_not_selected_is_neither_sent_nor_counted(row: dict[str, Any]) -> None:
    schema = {"type": "object", "properties": {"a": {"type": ["null", "object"], "properties": {}}}}
    drift = Drift()
    treatment = Treatment(dropped=frozenset({"b", "a.a", "a.b", "a.c", "a.d"}))
    record = shape.compiled(schema, treatment, drift)(row)
    assert set(record) == row.keys() & {"a"}
    assert not record.get("a")
    assert not drift.unknown


def test_fields_below_lists_are_left_out_by_their_paths() -> None:
    schema = {"properties": {"a": {"type": ["null", "array"], "items": OBJECT}}}
    shaper = shape.compiled(schema, Treatment(dropped=frozenset({"a[].c"})), Drift())
    assert shaper({"a": [{"b": 1, "c": 2}, None]}) == {"a": [{"b": 1}, None]}


def test_a_text_field_takes_every_type_and_counts_none() -> None:
    text = {"type": ["null", "string"]}
    items = {"type": ["null", "object"], "properties": {"b": text}}
    schema = {"properties": {"a": text, "c": {"type": ["null", "array"], "items": items}}}
    drift = Drift()
    shaper = shape.compiled(schema, Treatment(text_fields=frozenset({"a", "c[].b"})), drift)
    assert shaper({"a": [1, True], "c": [{"b": {"x": None}}]}) == {
        "a": "[1,true]",
        "c": [{"b": '{"x":null}'}],
    }
    assert not drift.mismatched


def test_drift_is_counted_by_path() -> None:
    schema = {"properties": {"a": OBJECT, "c": {"type": ["null", "array"], "items": OBJECT}}}
    drift = Drift()
    shaper = shape.compiled(schema, Treatment(), drift)
    for _ in range(3):
        shaper({"a": {"b": "x", "new": 1}, "c": [{"b": 1.5}], "d": None})
    assert drift.unknown == {"a.new": 3, "d": 3}
    assert drift.mismatched == {"a.b": 3, "c[].b": 3}


@pytest.mark.parametrize(
    ("drift", "row", "message"),
    [
        (
            Drift(fail_unknown=True),
            {"a": {"c": 1}},
            "the schema does not know the field a.c (unknown_fields is 'fail')",
        ),
        (
            Drift(fail_mismatched=True),
            {"a": {"b": [1]}},
            "a.b holds a value of type list that does not fit (type_mismatch is 'fail')",
        ),
    ],
)
def test_strict_settings_end_the_stream(drift: Drift, row: dict[str, Any], message: str) -> None:
    shaper = shape.compiled({"properties": {"a": OBJECT}}, Treatment(), drift)
    with pytest.raises(StrictnessError) as caught:
        shaper(row)
    assert str(caught.value) == message


RULES: list[tuple[dict[str, Any], Any, Any]] = [
    ({"type": ["null", "string"]}, 7, "7"),
    ({"type": ["null", "string"]}, {"x": True}, '{"x":true}'),
    ({"type": ["null", "integer"]}, 1.0, 1),
    ({"type": ["null", "integer"]}, "7", 7),
    ({"type": ["null", "integer"]}, "1_000", None),
    ({"type": ["null", "integer"]}, "9" * 5_000, None),
    ({"type": ["null", "number"]}, "9" * 5_000, None),
    ({"type": ["null", "integer"]}, 1.5, None),
    ({"type": ["null", "integer"]}, 2**63, None),
    ({"type": ["null", "number"]}, "12.50", 12.5),
    ({"type": ["null", "number"]}, "1_000", None),
    ({"type": ["null", "number"]}, "9007199254740993", 2**53 + 1),
    ({"type": ["null", "number", "string"]}, "9007199254740993", 2**53 + 1),
    ({"type": ["null", "number"]}, "12345678901234567890", 12345678901234567890.0),
    ({"type": ["null", "number"]}, "nan", None),
    ({"type": ["null", "boolean"]}, "0", False),
    ({"type": ["null", "boolean"]}, 1, True),
    ({"type": ["null", "boolean"]}, 0.0, False),
    ({"type": ["null", "boolean"]}, 1.5, None),
    ({"type": ["null", "boolean"]}, "perhaps", None),
    ({"type": ["null", "array"], "items": {"type": ["null", "string"]}}, "one", ["one"]),
    ({"type": ["null", "object"], "additionalProperties": True}, [], None),
    ({"type": ["null", "number", "string"]}, "n/a", "n/a"),
    ({"type": ["null", "number", "string"]}, "", None),
    ({"type": ["null", "string", "integer"], "format": "date-time"}, "", ""),
    (
        {"type": ["null", "string"], "format": "date-time"},
        "2020-01-01T05:30:00+05:30",
        "2020-01-01T00:00:00Z",
    ),
    ({"type": ["null", "string"], "format": "date-time"}, 1577836800000, "2020-01-01T00:00:00Z"),
    ({"type": ["null", "string"], "format": "date-time"}, "", None),
]


@pytest.mark.parametrize(("schema", "value", "expected"), RULES)
def test_the_documented_rules(schema: dict[str, Any], value: Any, expected: Any) -> None:
    shaper = shape.compiled({"properties": {"a": schema}}, Treatment(), Drift())
    assert truth.exact(shaper({"a": value})) == truth.exact({"a": expected})


@pytest.mark.parametrize(("schema", "value", "expected"), EXAMPLES)
def test_each_rule_by_an_example(schema: dict[str, Any], value: Any, expected: Any) -> None:
    record = sent(shape.compiled({"properties": {"a": schema}}, Treatment(), Drift()), {"a": value})
    assert truth.exact(record) == truth.exact({"a": expected})


@pytest.mark.parametrize(
    ("schema", "value", "counted"),
    [
        ({"type": ["null", "boolean"]}, "", 0),
        ({"type": ["null", "boolean"]}, "perhaps", 1),
        ({"type": ["null", "boolean"]}, "No", 0),
        ({"type": ["null", "integer"]}, 1.0, 0),
        ({"type": ["null", "integer"]}, "7", 1),
        ({"type": ["null", "number"]}, "1.5", 0),
        ({"type": ["null", "string"], "format": "date-time"}, "", 1),
        ({"type": ["null", "number", "string"]}, "", 0),
    ],
)
def test_what_is_counted_as_a_mismatch(schema: dict[str, Any], value: Any, counted: int) -> None:
    drift = Drift()
    shape.compiled({"properties": {"a": schema}}, Treatment(), drift)({"a": value})
    assert drift.mismatched.total() == counted


def test_a_field_inside_an_open_object_can_be_left_out() -> None:
    schema = {"properties": {"a": {"type": "object", "additionalProperties": True}}}
    compiled = shape.compiled(schema, Treatment(dropped=frozenset({"a.b"})), Drift())
    assert compiled({"a": {"b": 1, "c": 2}}) == {"a": {"c": 2}}


def test_a_record_always_has_its_replication_key() -> None:
    schema = {"properties": {"id": {"type": "integer"}, "updated_at": {"type": "string"}}}
    compiled = shape.compiled(schema, Treatment(replication_key="updated_at"), Drift())
    assert compiled({"id": 1}) == {"id": 1, "updated_at": None}
