"""JSON as vendors send it, and as every target can read it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_common.codec import decode, encode

TEXT = st.text(st.characters(exclude_categories=[]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=10,
)


@settings(max_examples=60, deadline=None)
@given(VALUES)
def test_everything_that_is_written_is_strict_json(value: Any) -> None:
    written = encode(value)
    read = json.loads(written.decode("utf-8"), parse_constant=pytest.fail)
    assert "\\u0000" not in json.dumps(read)
    assert b"\n" not in written
    assert encode(read) == written


@settings(max_examples=60, deadline=None)
@given(VALUES)
def test_what_a_vendor_sends_is_read_as_json_reads_it(value: Any) -> None:
    assert encode(decode(json.dumps(value).encode())) == encode(json.loads(json.dumps(value)))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a\0b", '"ab"'),
        ({"a\0": ["\0"]}, '{"a":[""]}'),
        ("\ud83d", '"\ufffd"'),
        ("\ud83d\ude00", '"\U0001f600"'),
        ("\\u0000", '"\\\\u0000"'),
        (2**63 - 1, "9223372036854775807"),
        (2**64, '"18446744073709551616"'),
        ([True, None, 1.5], "[true,null,1.5]"),
    ],
)
def test_what_targets_refuse_is_mended(value: Any, written: str) -> None:
    assert encode(value).decode() == written


@pytest.mark.parametrize(
    ("body", "charset", "value"),
    [
        (b'{"a": NaN, "b": -Infinity}', None, {"a": None, "b": None}),
        (b'"\\ud83d"', None, "\ud83d"),
        (b'"one\ttwo\x1b\n"', None, "one\ttwo\x1b\n"),
        (b'"caf\xc3\xa9"', "iso-8859-1", "café"),
        (b'"caf\xe9"', "iso-8859-1", "café"),
        (b'"caf\xe9"', None, "caf\ufffd"),
        (b'"caf\xe9"', "no-such-charset", "caf\ufffd"),
        (b"1" * 30, None, 1.1111111111111111e29),
        (b"9" * 5_000, None, None),
        (b"[1, 2]\n", None, [1, 2]),
        (b"\xef\xbb\xbf[1]", None, [1]),
    ],
)
def test_bodies_that_strict_readers_refuse_are_read(
    body: bytes, charset: str | None, value: Any
) -> None:
    assert decode(body, charset) == value


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b'{"a": 1',
        b"[1] [2]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a": 1}}',
        b"9" * 5_000 + b"x",
    ],
)
def test_a_body_that_is_no_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any message
        decode(body)
