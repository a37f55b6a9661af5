"""The fast way of a row makes the same bytes of it as the way of ``shape``, or refuses it."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw

from tap_common import codec, shape
from tap_common.catalog import Entry
from tap_common.common_settings import COMMON
from tap_common.config import Config
from tap_common.drift import Drift
from tap_common.encoder import ODD_ROWS_TO_LEARN_FROM
from tap_common.flat import nested
from tap_common.lazy import LazyRow
from tap_common.messages import Writer
from tap_common.output import StreamOutput
from tap_common.personal import Digest
from tap_common.schema_tree import kinds_of
from tap_common.shape import Treatment
from tap_common.stream import Stream
from tap_common.typed import UNFIT, TypedRows
from tests.nodes import fields
from tests.tap_common.test_shape import ROWS, TEXT, VALUES
from tests.tap_common.test_shape import SCHEMAS as CLOSED

SCHEMAS = st.recursive(
    CLOSED,
    lambda inner: st.builds(
        lambda properties: {
            "type": ["null", "object"],
            "properties": properties,
            "additionalProperties": True,
        },
        st.dictionaries(st.sampled_from("abc"), inner, min_size=1),
    ),
)
MOMENTS = st.sampled_from(
    [
        "2026-01-31T12:00:00Z",
        "2020-02-29T23:59:59Z",
        "2019-12-18T11:45:25.017Z",
        "2019-12-18T11:45:25.999999999Z",
        "2020-01-01T05:30:00+05:30",
        "2020-01-01 05:30:00",
    ]
)
NUMBERS = st.one_of(
    st.integers(-(2**64), 2**64),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([1e15, 1e16, -1e16, 1e22, 5e-324, 1e-7, -0.0, 2**63 - 1, 2**63, -(2**63)]),
)
ANY_TEXT = st.one_of(TEXT, st.sampled_from(["", "\0", "a\0b", "\ud83d", "ü", "\u2028"]))
OF_KIND = {
    "string": ANY_TEXT,
    "integer": st.one_of(st.integers(-(2**63), 2**63), st.just(1.0)),
    "number": NUMBERS,
    "boolean": st.booleans(),
    "object": st.dictionaries(st.sampled_from("abcd"), VALUES, max_size=3),
    "array": st.lists(VALUES, max_size=3),
}


def fitting(node: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that the schema ``node`` declares."""
    kinds = kinds_of(node)
    if node.get("format") == "date-time":
        return MOMENTS
    if kinds[:1] == ["array"]:
        return st.lists(fitting(node.get("items", {})), max_size=3)
    if "properties" in node:
        others = {"d": VALUES} if node.get("additionalProperties") else {}
        own = {name: fitting(sub) for name, sub in node["properties"].items()}
        return st.fixed_dictionaries({}, optional={**others, **own})
    return st.one_of([OF_KIND[kind] for kind in kinds or OF_KIND])


def forms(sent: dict[str, Any]) -> list[dict[str, Any]]:
    """The row that a reply holds, decoded and undecoded."""
    data = json.dumps(sent).encode()
    return [codec.decode(data), LazyRow(Raw(data), {}, frozenset())]


def _is_text(node: dict[str, Any]) -> bool:
    return kinds_of(node) == ["string"] and "format" not in node


Case = tuple[dict[str, Any], Treatment, dict[str, Any]]
"""A schema, what becomes of its fields, and a row."""


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A schema, a selection with text fields, and a row that fits the schema or does not."""
    properties = draw(st.dictionaries(st.sampled_from("abc"), SCHEMAS, min_size=1))
    schema = {"type": "object", "properties": {**properties, "id": {"type": "integer"}}}
    known = fields(schema)
    texts = [path for path, node in known.items() if _is_text(node)]
    replication_key = draw(st.sampled_from([None, "id", *properties]))
    treatment = Treatment(
        dropped=frozenset(draw(st.sets(st.sampled_from([*known]))) - {"id", replication_key}),
        text_fields=frozenset(texts if draw(st.booleans()) else []),
        replication_key=replication_key,
        hashed=frozenset(draw(st.sets(st.sampled_from(texts))) if texts else []),
        digest=Digest(b"a key of this test"),
        flattened=nested(schema) if draw(st.booleans()) else frozenset(),
    )
    odd = draw(ROWS) if draw(st.integers(0, 3)) == 0 else {}
    return schema, treatment, {**draw(fitting(schema)), **odd, "id": draw(st.integers(0, 9))}


@settings(max_examples=80, deadline=None)
@given(case=cases())
def test_both_ways_write_the_same_bytes(case: Case) -> None:
    schema, treatment, sent = case
    drift, typed = Drift(), TypedRows(schema, treatment, ["id"])
    row, undecoded = forms(sent)
    expected = codec.encode(shape.compiled(schema, treatment, drift)(row))
    for form in (row, undecoded):
        try:
            written = typed.encoded(form)
        except UNFIT:
            continue
        assert written == expected
        assert drift.is_empty


ZONED = "2024-01-01T00:00:00+02:00"


@pytest.mark.parametrize(
    ("node", "value"),
    [
        (
            {
                "type": ["null", "array", "string"],
                "items": {"type": ["null", "string"], "format": "date-time"},
            },
            [ZONED],
        ),
        ({"type": ["null", "string", "integer"], "format": "date-time"}, ZONED),
        ({"type": ["null", "string", "integer"], "format": "date-time"}, ""),
    ],
)
def test_a_text_under_several_types_stays_as_it_is_on_both_ways(
    node: dict[str, Any], value: object
) -> None:
    row = {"id": 1, "v": value}
    schema = {"type": "object", "properties": {"id": {"type": ["null", "integer"]}, "v": node}}
    expected = codec.encode(row)
    assert codec.encode(shape.compiled(schema, Treatment(), Drift())(row)) == expected
    try:
        written = TypedRows(schema, Treatment(), ["id"]).encoded(row)
    except UNFIT:
        return
    assert written == expected


@pytest.mark.parametrize("row", [{"at": ZONED, "until": None}, {"until": ZONED}, {"at": ZONED}])
def test_a_date_time_of_another_zone_is_written_in_utc_on_both_ways(row: dict[str, Any]) -> None:
    moment = {"type": ["null", "string"], "format": "date-time"}
    properties = {"id": {"type": "integer"}, "at": moment, "until": moment}
    schema = {"type": "object", "properties": properties}
    expected = {"id": 1, **{name: row[name] and "2023-12-31T22:00:00Z" for name in row}}
    shaped = shape.compiled(schema, Treatment(), Drift())({"id": 1, **row})
    written = TypedRows(schema, Treatment(), ["id"]).encoded({"id": 1, **row})
    assert codec.decode(written) == codec.decode(codec.encode(shaped)) == expected


@settings(max_examples=80, deadline=None)
@given(case=cases())
def test_what_odd_rows_have_shown_changes_neither_bytes_nor_counts(case: Case) -> None:
    schema, treatment, sent = case
    drift = Drift()
    row, undecoded = forms(sent)
    expected = codec.encode(shape.compiled(schema, treatment, drift)(row))
    for form in (row, undecoded):
        counted = Drift()
        seen: dict[str, Any] = {
            "off_type": drift.off_type,
            "undeclared": drift.undeclared,
            "drift": counted,
        }
        try:
            written = TypedRows(schema, treatment, ["id"], **seen).encoded(form)
        except UNFIT:
            continue
        assert written == expected
        assert (counted.unknown, counted.mismatched) == (drift.unknown, drift.mismatched)


def test_rows_that_are_always_odd_are_written_by_types_in_the_end() -> None:
    properties = {
        "id": {"type": "integer"},
        "price": {"type": ["null", "number"]},
        "sold": {"type": ["null", "boolean"]},
        "tags": {"type": ["null", "array"], "items": {"type": ["null", "integer"]}},
        "day": {"type": ["null", "string"], "format": "date-time"},
    }
    schema = {"type": "object", "properties": properties}
    row = {"id": 1, "price": "9.50", "sold": "yes", "tags": ["7", 8], "day": "2026-01-31", "new": 1}
    drift, counted = Drift(), Drift()
    shape.compiled(schema, Treatment(), drift)(row)
    assert drift.off_type == {"price", "sold", "tags[]", "day"}
    assert drift.undeclared == {"new"}
    seen: dict[str, Any] = {
        "off_type": drift.off_type,
        "undeclared": drift.undeclared,
        "drift": counted,
    }
    written = TypedRows(schema, Treatment(), ["id"], **seen).encoded(row)
    assert codec.decode(written) == {
        "id": 1,
        "price": 9.5,
        "sold": True,
        "tags": [7, 8],
        "day": "2026-01-31T00:00:00Z",
    }
    assert (counted.unknown, counted.mismatched) == ({"new": 1}, {"tags[]": 1})


MOMENT = {"type": ["null", "string"], "format": "date-time"}
CLOSED_INSIDE = {"type": ["null", "object"], "properties": {"x": {}, "y": {}}}


def opened(**properties: Any) -> dict[str, Any]:
    """An object that may have other fields than these."""
    return {"type": ["null", "object"], "additionalProperties": True, "properties": properties}


def test_a_row_stays_as_it_is_when_its_record_is_written() -> None:
    inner = opened(m=MOMENT, n={"type": ["null", "string"]})
    schema = {
        "type": "object",
        "properties": {
            "id": {"type": "integer"},
            "a": opened(b=inner),
            "c": {"type": ["null", "array"], "items": inner},
        },
    }
    moments = [{"m": "2026-01-31T12:00:00+02:00", "n": "x"}, None, {"n": "y"}]
    row = {"id": 1, "a": {"b": moments[0], "z": 1}, "c": moments}
    before = codec.encode(row)
    written = TypedRows(schema, Treatment(dropped=frozenset({"a.z", "c[].n"})), ["id"]).encoded(row)
    assert codec.decode(written) == {
        "id": 1,
        "a": {"b": {"m": "2026-01-31T10:00:00Z", "n": "x"}},
        "c": [{"m": "2026-01-31T10:00:00Z"}, None, {}],
    }
    assert codec.encode(row) == before


def test_what_a_reader_adds_to_a_row_is_left_out_if_it_is_not_selected() -> None:
    schema = {"type": "object", "properties": {"id": {"type": "integer"}}}
    row = {"gone": False} | LazyRow(Raw(b'{"id":1}'), {}, frozenset()) | {"also": 1}
    typed = TypedRows(schema, Treatment(dropped=frozenset({"gone", "also"})), ["id"])
    assert typed.encoded(row) == b'{"id":1}'


@pytest.mark.parametrize(
    ("node", "value"),
    [
        (MOMENT, ""),
        (MOMENT, "2026-02-30T12:00:00Z"),
        (MOMENT, "2026-01-31T12:00:00+02:00"),
        (MOMENT, "2026-W01-1T12:00:00Z"),
        (MOMENT, "2026-01-31T12:00:60Z"),
        ({"type": ["null", "object", "string"], "additionalProperties": True}, ""),
        ({"type": ["null", "integer", "string"], "format": "date-time"}, "2026-01-31 12:00:00"),
        ({"type": ["null", "array", "string"]}, "a"),
        ({"type": ["null", "object", "array"], "properties": {"b": {}}}, [1e22]),
        ({"type": ["null", "array", "string"], "items": MOMENT}, ["2026-01-31 12:00:00"]),
        ({"type": ["null", "string", "integer"], "format": "date-time"}, "2026-01-31 12:00:00"),
        (opened(b=CLOSED_INSIDE), {"b": {"y": 1, "x": 2}}),
        (opened(b=CLOSED_INSIDE, m=MOMENT), {"b": {"y": 1, "x": 2}}),
        (opened(b={"type": ["null", "integer"]}), {"b": "7"}),
        ({"type": ["null", "string"]}, "a\0"),
        ({"type": ["null", "object"], "properties": {"b": MOMENT}}, {"b": "", "c": 1}),
        ({"type": ["null", "object"], "properties": {"b": {}, "c": {}}}, {"c": 1, "b": 2}),
    ],
    ids=str,
)
def test_a_value_that_the_types_let_pass_is_written_as_the_rules_would(
    node: dict[str, Any], value: Any
) -> None:
    schema = {"type": "object", "properties": {"id": {"type": "integer"}, "a": node}}
    drift = Drift()
    expected = codec.encode(shape.compiled(schema, Treatment(), drift)({"id": 1, "a": value}))
    try:
        written = TypedRows(schema, Treatment(), ["id"]).encoded({"id": 1, "a": value})
    except UNFIT:
        return
    assert (written, drift.is_empty) == (expected, True)


def test_an_odd_value_of_which_nothing_remains_is_null_where_others_are_text() -> None:
    properties = {"id": {"type": "integer"}, "a": opened()}
    typed = TypedRows(
        {"type": "object", "properties": properties},
        Treatment(flattened=frozenset({"a"})),
        ["id"],
        off_type={"a"},
    )
    assert typed.encoded({"id": 1, "a": "x"}) == b'{"id":1,"a":null}'
    assert typed.encoded({"id": 1, "a": {"b": 2}}) == b'{"id":1,"a":"{\\"b\\":2}"}'


@pytest.mark.parametrize("value", [2**63, -(2**63), 2**64, 1e16, -1e16])
@pytest.mark.parametrize("kind", ["integer", "number", "array"])
def test_numbers_that_libraries_write_in_different_ways_are_left_to_the_rules(
    kind: str, value: float
) -> None:
    schema = {"type": "object", "properties": {"id": {"type": "integer"}, "n": {"type": kind}}}
    row = {"id": 1, "n": [value] if kind == "array" else value}
    with pytest.raises(UNFIT):
        TypedRows(schema, Treatment(), ["id"]).encoded(row)


def test_an_unknown_field_whose_name_looks_like_a_path_hides_no_other_field() -> None:
    inner = {"type": ["null", "object"], "properties": {"b": {"type": ["null", "integer"]}}}
    schema = {"type": "object", "properties": {"id": {"type": "integer"}, "a": inner}}
    row, drift = {"id": 1, "a": {"b": 2}, "a.b": 3}, Drift()
    assert shape.compiled(schema, Treatment(), drift)(row) == {"id": 1, "a": {"b": 2}}
    with pytest.raises(UNFIT):
        TypedRows(schema, Treatment(), ["id"], undeclared=drift.undeclared).encoded(row)


def test_each_odd_value_is_counted_once_whichever_way_its_row_takes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    properties = {"id": {"type": "integer"}, "size": {"type": ["null", "integer"]}, "name": {}}
    stream = Stream("shirts", "shirts")
    entry = Entry(stream, {"type": "object", "properties": properties}, frozenset(), expected=True)
    output, out = StreamOutput(entry, Config({}, COMMON, {}), 1), io.BytesIO()
    names = [str(number) for number in range(3 * ODD_ROWS_TO_LEARN_FROM)]
    rows: list[dict[str, Any]] = [{"id": 1, "size": "7", "name": name, "x": 1} for name in names]
    rows[-2]["name"] += "\0"
    writer = Writer(out)
    with writer.uninterrupted():
        assert output.write(writer, rows, "2026-01-31T12:00:00Z") == len(names)
    records = [json.loads(line)["record"] for line in out.getvalue().splitlines()]
    assert records == [{"id": 1, "size": 7, "name": name} for name in names]
    output.warn_of_drift()
    assert "the schema does not know these fields, left out: x (300)" in caplog.text
    assert "were converted: size (300)" in caplog.text
