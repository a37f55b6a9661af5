"""Keys: which rows are one row, and what becomes of it."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.singer_to_sqlite.conftest import NewFile, Singer, SqliteFile


def test_a_row_sent_again_replaces_the_row_with_its_key(
    db: SqliteFile, singer: type[Singer]
) -> None:
    schema = singer.schema(["id"], id="integer", name="string")
    db.load(
        schema, singer.record({"id": 1, "name": "old"}), singer.record({"id": 2, "name": "other"})
    )
    ended = db.load(schema, singer.record({"id": 1, "name": "new"}))
    assert db.rows("SELECT id, name FROM things ORDER BY id") == [(1, "new"), (2, "other")]
    assert ended.said == [f"singer-to-sqlite: 1 row written to 1 table of {db.path}; exit 0"]


def test_a_null_is_written_and_a_field_that_is_not_sent_stays(
    db: SqliteFile, singer: type[Singer]
) -> None:
    db.load(
        singer.schema(["id"], id="integer", a="string", b="string"),
        singer.record({"id": 1, "a": "old", "b": "old"}),
        singer.record({"id": 1, "a": None}),
    )
    assert db.rows("SELECT a, b FROM things") == [(None, "old")]


def test_several_fields_can_make_the_key(db: SqliteFile, singer: type[Singer]) -> None:
    schema = singer.schema(["b", "a"], a="integer", b="string", n="integer")
    rows = [(1, "x", 1), (1, "y", 2), (2, "x", 3), (1, "x", 4)]
    db.load(schema, *[singer.record({"a": a, "b": b, "n": n}) for a, b, n in rows])
    assert db.rows("SELECT a, b, n FROM things ORDER BY a, b") == [
        (1, "x", 4),
        (1, "y", 2),
        (2, "x", 3),
    ]


def test_the_order_of_the_key_fields_does_not_matter(db: SqliteFile, singer: type[Singer]) -> None:
    db.load(singer.schema(["a", "b"], a="integer", b="integer"), singer.record({"a": 1, "b": 2}))
    ended = db.load(
        singer.schema(["b", "a"], a="integer", b="integer"), singer.record({"b": 2, "a": 1})
    )
    assert ended.code == 0
    assert db.rows("SELECT a, b FROM things") == [(1, 2)]


def test_a_row_of_nothing_but_its_key_is_one_row(db: SqliteFile, singer: type[Singer]) -> None:
    db.load(singer.schema(["id"], id="integer"), *[singer.record({"id": 1})] * 3)
    assert db.rows("SELECT id FROM things") == [1]


def test_without_a_key_rows_are_appended(db: SqliteFile, singer: type[Singer]) -> None:
    lines = singer.schema([], id="integer"), singer.record({"id": 1}), singer.record({"id": 1})
    db.load(*lines)
    db.load(*lines)
    assert db.rows("SELECT id FROM things") == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("before", "after"), [(["id"], ["uuid"]), (["id"], []), ([], ["id"]), (["id"], ["id", "uuid"])]
)
def test_another_key_than_the_table_has_is_an_error_that_names_both(
    db: SqliteFile, singer: type[Singer], before: Any, after: Any
) -> None:
    types = {"id": "integer", "uuid": "string"}
    db.load(singer.schema(before, **types), singer.record({"id": 1, "uuid": "x"}))
    ended = db.load(singer.schema(after, **types), singer.record({"id": 1, "uuid": "x"}))
    assert ended.code == 1
    assert (
        ended.error == f"line 1: stream 'things': key_properties are {after}, "
        f"but its table has the key {before}"
    )
    assert db.rows("SELECT id FROM things") == [1]


def test_streams_may_come_mixed(db: SqliteFile, singer: type[Singer]) -> None:
    streams = ("users", "groups")
    db.load(
        *[singer.schema(["id"], stream, id="integer") for stream in streams],
        *[singer.record({"id": key}, stream) for key in range(10) for stream in streams],
    )
    assert [db.rows(f"SELECT count(*) FROM {stream}") for stream in streams] == [[10], [10]]


VALUES = {
    "i": st.none() | st.integers(-(2**70), 2**70) | st.booleans(),
    "f": st.none() | st.floats(allow_nan=False, allow_infinity=False),
    "s": st.none() | st.text(st.characters(exclude_categories=["Cs"])),
    "o": st.none() | st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
}
ROWS = st.fixed_dictionaries({"id": st.integers(1, 5)}, optional=VALUES)


@settings(max_examples=30, deadline=None)
@given(rows=st.lists(ROWS, max_size=30), again=st.lists(ROWS, max_size=10))
def test_whatever_is_sent_in_whatever_order_the_last_value_of_each_field_stays(
    new_file: NewFile, singer: type[Singer], rows: Any, again: Any
) -> None:
    db = new_file()
    schema = singer.schema(["id"], id="integer", i="integer", f="number", s="string", o="object")
    for batch in (rows, again):
        assert db.load(schema, *map(singer.record, batch)).code == 0
    expected: dict[int, dict[str, object]] = {}
    for row in rows + again:
        expected.setdefault(row["id"], dict.fromkeys(VALUES)).update(row)
    stored = {
        key: dict(zip("ifso", values, strict=True))
        for key, *values in db.rows("SELECT id, i, f, s, o FROM things")
    }
    assert {key: values_of(row) for key, row in expected.items()} == {
        key: {
            "i": _number(row["i"]),
            "f": _number(row["f"]),
            "s": row["s"],
            "o": row["o"] and json.loads(row["o"]),
        }
        for key, row in stored.items()
    }


def values_of(row: dict[str, object]) -> dict[str, object]:
    return {name: row[name] for name in "ifso"}


def _number(stored: object) -> object:
    """What a number column means, whether it is numeric still or has become TEXT."""
    return json.loads(stored) if isinstance(stored, str) else stored
