"""Shaping: for any value under any declared type, what goes out keeps the schema's promise."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from tap_common import messages, shape, times

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
TEXT = st.text(st.characters(exclude_categories=[]), max_size=8)
DATES = st.sampled_from([
    "2026-01-31T12:00:00Z", "2026-02-31T12:00:00Z", "2019-12-18T11:45:25.017Z",
    "2020-01-01T05:30:00+05:30", "", "0000-00-00", "2026-01-31", "2026-01-31 10:00:00", "sat", "10",
    "2026-W01-1T00:00:00Z", "2026-01-31T24:61:00Z",
])  # fmt: skip
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXT, DATES),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abcd"), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    properties=st.dictionaries(st.sampled_from("abc"), SCHEMAS, min_size=1),
    row=st.dictionaries(st.sampled_from("abcd"), VALUES),
)
def test_any_row_becomes_a_record_that_fits_its_schema(
    properties: dict[str, Any], row: dict[str, Any]
) -> None:
    schema = {"type": "object", "properties": properties}
    drift = shape.Drift()
    before = json.dumps(row)
    record = json.loads(messages.encoded(shape.compiled(schema, drift)(row)))
    assert json.dumps(row) == before
    assert set(record) == row.keys() & properties.keys()
    assert ("d" in row) == ("d" in drift.unknown)
    assert list(Draft4Validator(schema).iter_errors(record)) == []
    assert "\\u0000" not in json.dumps(record)


@given(row=st.dictionaries(st.sampled_from("ab"), VALUES))
def test_what_is_dropped_is_neither_sent_nor_told(row: dict[str, Any]) -> None:
    schema = {"type": "object", "properties": {"a": {"type": ["null", "object"], "properties": {}}}}
    drift = shape.Drift()
    record = shape.compiled(schema, drift, dropped={"b", "a.a", "a.b", "a.c", "a.d"})(row)
    assert set(record) == row.keys() & {"a"}
    assert not record.get("a")
    assert not drift.unknown


RULES: list[tuple[dict[str, Any], Any, Any]] = [
    ({"type": ["null", "string"]}, 7, "7"),
    ({"type": ["null", "string"]}, {"x": True}, '{"x":true}'),
    ({"type": ["null", "integer"]}, 1.0, 1),
    ({"type": ["null", "integer"]}, "7", 7),
    ({"type": ["null", "integer"]}, 1.5, None),
    ({"type": ["null", "integer"]}, 2**63, None),
    ({"type": ["null", "number"]}, "12.50", 12.5),
    ({"type": ["null", "number"]}, "9007199254740993", 2**53 + 1),
    ({"type": ["null", "number", "string"]}, "9007199254740993", 2**53 + 1),
    ({"type": ["null", "number"]}, "12345678901234567890", 12345678901234567890.0),
    ({"type": ["null", "number"]}, "nan", None),
    ({"type": ["null", "boolean"]}, "0", False),
    ({"type": ["null", "boolean"]}, 1, True),
    ({"type": ["null", "boolean"]}, "perhaps", None),
    ({"type": ["null", "array"], "items": {"type": ["null", "string"]}}, "one", ["one"]),
    ({"type": ["null", "object"], "additionalProperties": True}, [], None),
    ({"type": ["null", "number", "string"]}, "n/a", "n/a"),
    ({"type": ["null", "number", "string"]}, "", None),
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
    assert shape.compiled({"properties": {"a": schema}}, shape.Drift())({"a": value}) == {
        "a": expected
    }


@given(
    aware=st.datetimes(
        min_value=datetime.fromisoformat("1971-01-01"),
        max_value=datetime.fromisoformat("2100-01-01"),
        timezones=st.just(UTC),
    )
)
def test_a_moment_survives_writing_and_reading(aware: datetime) -> None:
    assert times.parse(times.text(aware)) == aware
    assert times.rfc3339(times.text(aware)) == times.text(aware)


def test_what_strict_readers_refuse_is_mended() -> None:
    mended = messages.decoded(
        b'{"a": "\\ud83d", "b": NaN, "c": 123456789012345678901, "d": "\xff"}'
    )
    assert json.loads(messages.encoded(mended)) == {
        "a": "\ufffd",
        "b": None,
        "c": "123456789012345678901",
        "d": "\ufffd",
    }
