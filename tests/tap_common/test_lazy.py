"""Rows that stay undecoded are the rows that they would be as dicts, and are written alike."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw

from tap_common import codec, lazy, shape
from tap_common.drift import Drift
from tap_common.lazy import LazyRow
from tap_common.shape import Treatment
from tap_common.typed import UNFIT, TypedRows
from tests.tap_common.test_shape import ROWS, VALUES
from tests.tap_common.test_typed import Case, cases

LOOKED_AT = frozenset({"a", "id"})
ADDED = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=2)


def undecoded(row: dict[str, Any]) -> LazyRow:
    """The row as a reader gets it; of one that is not read lazily, no field is decoded."""
    data = json.dumps(row).encode()
    [found] = lazy.decode(b"[%b]" % data, "utf-8", None, LOOKED_AT)
    return found if isinstance(found, LazyRow) else LazyRow(Raw(data), {}, frozenset())


@settings(max_examples=40, deadline=None)
@given(sent=ROWS, changes=st.tuples(ADDED, ADDED), defaults=st.tuples(ADDED, ADDED))
def test_it_is_the_row_that_a_dict_would_be(
    sent: dict[str, Any],
    changes: tuple[dict[str, Any], dict[str, Any]],
    defaults: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    def added_to(row: Any) -> Any:
        return defaults[1] | (defaults[0] | row) | changes[0] | changes[1]

    found = added_to(undecoded(sent))
    wanted = added_to(codec.decode(json.dumps(sent).encode()))
    assert isinstance(found, LazyRow)
    assert found == wanted
    assert found == added_to(undecoded(sent))
    assert found != {**wanted, "other": 1}
    assert found is not None
    assert {**found} == wanted
    assert (list(found), list(found.keys()), len(found)) == ([*wanted], [*wanted], len(wanted))
    assert (list(found.values()), dict(found.items()), found.copy()) == (
        list(wanted.values()),
        wanted,
        wanted,
    )
    for name in "abcd":
        assert found.get(name, "nothing") == wanted.get(name, "nothing")
        assert (name in found) == (name in wanted)
        if name in wanted:
            assert found[name] == wanted[name]
    with pytest.raises(KeyError):
        found["e"]


@settings(max_examples=50, deadline=None)
@given(case=cases(), changes=ADDED, defaults=ADDED)
def test_both_ways_write_the_same_bytes_of_it(
    case: Case,
    changes: dict[str, Any],
    defaults: dict[str, Any],
) -> None:
    schema, treatment, sent = case
    row = defaults | undecoded(sent) | changes
    drift = Drift()
    shaped = shape.compiled(schema, treatment, drift)(row.decoded())
    try:
        written = TypedRows(schema, treatment, ["id"]).encoded(row)
    except UNFIT:
        return
    assert written == codec.encode(shaped)
    assert not drift.unknown
    assert not drift.mismatched


def test_a_default_is_written_where_the_row_has_no_such_field_and_a_change_in_any_case() -> None:
    text = {"type": ["null", "string"]}
    properties = {"id": {"type": "integer"}, **dict.fromkeys("abc", text)}
    sent = undecoded({"id": 1, "b": "own", "c": "own"})
    row = {"a": "default", "b": "default"} | sent | {"c": "changed"}
    written = TypedRows({"properties": properties}, Treatment(), ["id"]).encoded(row)
    assert codec.decode(written) == {"id": 1, "a": "default", "b": "own", "c": "changed"}


def test_the_rest_of_a_reply_is_decoded() -> None:
    body = b'{"rows":[{"id":1},{"id":2}],"count":2,"users":[{"id":3}],"next":null}'
    found = lazy.decode(body, None, "rows", LOOKED_AT)
    assert found == json.loads(body)
    assert [type(row) for row in found["rows"]] == [LazyRow, LazyRow]
    assert [type(row) for row in found["users"]] == [dict]


def test_a_reply_may_be_the_list_of_rows() -> None:
    assert lazy.decode(b'[{"id":1,"b":2}]', None, None, LOOKED_AT) == [{"id": 1, "b": 2}]


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b'"text"',
        b"{}",
        b'{"rows":null}',
        b'{"rows":{}}',
        b'{"rows":[1]}',
        b'{"rows":[{"id":1},[]]}',
        b'{"rows":[{"id":NaN}]}',
        b'{"rows":[{"b":"\\ud800"}]}',
        b'{"rows":[{"id":1e999}]}',
        b'{"rows":[{"b":"\xff","id":"\xff"}]}',
        b'{"rows":' + b"[" * 5000 + b"]" * 5000 + b"}",
    ],
)
def test_a_reply_of_another_form_is_decoded_as_any_other(body: bytes) -> None:
    def outcome(decode: Any) -> Any:
        try:
            return decode()
        except ValueError:
            return "refused"

    lazily = outcome(lambda: lazy.decode(body, None, "rows", LOOKED_AT))
    assert lazily == outcome(lambda: codec.decode(body))


def test_text_in_another_character_set_is_read_by_it() -> None:
    body = '{"rows":[{"id":1,"b":"é"}]}'.encode("latin-1")
    assert lazy.decode(body, "latin-1", "rows", LOOKED_AT) == {"rows": [{"id": 1, "b": "é"}]}


def test_a_row_with_broken_text_is_mended_when_it_is_looked_at() -> None:
    [row] = lazy.decode(b'{"rows":[{"id":1,"b":"\xff"}]}', None, "rows", LOOKED_AT)["rows"]
    assert row == {"id": 1, "b": "\ufffd"}
    assert row["b"] == "\ufffd"


@pytest.mark.parametrize("body", [b'{"rows":[{"id":1}', b'{"rows":[{"id":"\\q"}]}', b"", b"<html>"])
def test_what_is_no_json_is_refused_at_once(body: bytes) -> None:
    with pytest.raises(json.JSONDecodeError):
        lazy.decode(body, None, "rows", LOOKED_AT)
