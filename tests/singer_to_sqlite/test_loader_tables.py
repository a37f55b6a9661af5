"""What a stream's table looks like and which value stands for what."""

import json
from typing import Any

import pytest

from tests.singer_to_sqlite.conftest import Singer, SqliteFile

DATE_TIME = {"type": ["null", "string"], "format": "date-time"}


def test_columns_get_their_types_from_the_schema(db: SqliteFile, singer: type[Singer]) -> None:
    db.load(
        singer.schema(
            ["id"],
            id="integer",
            size=["null", "number"],
            open=["null", "boolean"],
            name=["null", "string"],
            at=DATE_TIME,
            tags={"type": ["null", "array"], "items": {"type": "string"}},
            via=["null", "object"],
            mixed=["null", "string", "integer"],
            either={"anyOf": [{"type": "integer"}, {"type": "null"}]},
            any={},
        )
    )
    assert db.columns("things") == {
        "id": "INTEGER",
        "size": "FLOAT",
        "open": "INTEGER",
        "name": "TEXT",
        "at": "TEXT",
        "tags": "TEXT",
        "via": "TEXT",
        "mixed": "TEXT",
        "either": "INTEGER",
        "any": "TEXT",
    }


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        ("boolean", True, 1),
        ("boolean", False, 0),
        ("integer", 2**63 - 1, 2**63 - 1),
        ("integer", -(2**63), -(2**63)),
        ("integer", 3.5, 3.5),
        ("number", 5, 5.0),
        ("number", 0.1 + 0.2, 0.1 + 0.2),
        ("string", "nul \0 and 🖨", "nul \0 and 🖨"),
        ("object", {"a": [1, "é"]}, '{"a":[1,"é"]}'),
        ("array", [], "[]"),
        (["string", "integer"], 7, "7"),
        (["string", "boolean"], True, "true"),
        (["string", "number"], 0.1 + 0.2, "0.30000000000000004"),
        ({}, {"a": None}, '{"a":null}'),
        ({}, "text", "text"),
        ("string", None, None),
    ],
)
def test_a_value_is_stored_as(
    db: SqliteFile, singer: type[Singer], kind: Any, value: Any, stored: Any
) -> None:
    db.load(
        singer.schema(["id"], id="integer", value=kind), singer.record({"id": 1, "value": value})
    )
    assert db.rows("SELECT value FROM things") == [stored]


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        ("integer", 2**64, str(2**64)),
        ("integer", 2**63, str(2**63)),
        ("integer", -(2**70), str(-(2**70))),
        ("integer", int("9" * 999), "9" * 999),
        ("integer", "007", "007"),
        ("integer", [1], "[1]"),
        ("number", 2**60 + 1, str(2**60 + 1)),
        ("number", "1e3", "1e3"),
        ("boolean", "yes", "yes"),
    ],
)
def test_a_value_that_its_column_would_bend_makes_the_column_text_and_stays_whole(
    db: SqliteFile, singer: type[Singer], kind: Any, value: Any, stored: Any
) -> None:
    ended = db.load(
        singer.schema(["id"], id="integer", value=kind),
        singer.record({"id": 1, "value": 0.30000000000000004}),
        singer.record({"id": 2, "value": 5}),
        singer.record({"id": 3, "value": value}),
        singer.record({"id": 4, "value": None}),
    )
    assert ended.code == 0
    assert db.columns("things")["value"] == "TEXT"
    assert db.rows("SELECT value FROM things ORDER BY id")[2:] == [stored, None]
    assert json.loads(db.rows("SELECT value FROM things WHERE id = 1")[0]) == 0.30000000000000004
    assert float(db.rows("SELECT value FROM things WHERE id = 2")[0]) == 5
    assert "column 'value' is TEXT from now on" in ended.said[0]


def test_a_key_beyond_64_bits_is_a_key_still(db: SqliteFile, singer: type[Singer]) -> None:
    schema = singer.schema(["id"], id="integer", name="string")
    for name in ("first", "second"):
        rows = [singer.record({"id": key, "name": name}) for key in (5, 2**64, 2**64 + 1)]
        assert db.load(schema, *rows).code == 0
    assert db.rows("SELECT id, name FROM things ORDER BY id") == [
        (str(2**64), "second"),
        (str(2**64 + 1), "second"),
        ("5", "second"),
    ]


def test_numbers_beyond_64_bits_survive_inside_objects_and_states(
    db: SqliteFile, singer: type[Singer]
) -> None:
    ended = db.load(
        singer.schema([], via="object"),
        singer.record({"via": {"id": 2**64 + 1}}),
        singer.state({"at": 2**64 + 1}),
    )
    assert json.loads(db.rows("SELECT via FROM things")[0]) == {"id": 2**64 + 1}
    assert ended.states == [{"at": 2**64 + 1}]


def test_a_number_beyond_a_double_is_kept_as_text(db: SqliteFile, singer: type[Singer]) -> None:
    db.load(
        singer.schema([], size="number"),
        '{"type":"RECORD","stream":"things","record":{"size":1e400}}',
    )
    assert db.rows("SELECT size FROM things") == ["1e400"]


def test_half_a_character_is_replaced_and_told_and_kept_in_json(
    db: SqliteFile, singer: type[Singer]
) -> None:
    ended = db.load(
        singer.schema([], text="string", via="object"),
        singer.record({"text": "cut \ud83d", "via": {"text": "cut \ud83d"}}),
    )
    assert db.rows("SELECT text FROM things") == ["cut \ufffd"]
    assert json.loads(db.rows("SELECT via FROM things")[0]) == {"text": "cut \ud83d"}
    assert "1 text held half a character" in ended.said[-2]


def test_a_schema_that_grew_adds_columns(db: SqliteFile, singer: type[Singer]) -> None:
    db.load(singer.schema(["id"], id="integer"), singer.record({"id": 1}))
    db.load(
        singer.schema(["id"], id="integer", size="number"), singer.record({"id": 2, "size": 1.5})
    )
    assert db.rows("SELECT id, size FROM things ORDER BY id") == [(1, None), (2, 1.5)]


def test_a_schema_that_shrank_drops_nothing(db: SqliteFile, singer: type[Singer]) -> None:
    db.load(
        singer.schema(["id"], id="integer", size="number"), singer.record({"id": 1, "size": 1.5})
    )
    db.load(singer.schema(["id"], id="integer"), singer.record({"id": 1}))
    assert db.rows("SELECT id, size FROM things") == [(1, 1.5)]


def test_a_field_that_the_schema_does_not_declare_gets_a_column(
    db: SqliteFile, singer: type[Singer]
) -> None:
    db.load(
        singer.schema(["id"], id="integer"),
        singer.record(
            {"id": 1, "count": 3, "size": 1.5, "via": {"a": 1}, "name": "x", "none": None}
        ),
    )
    columns = {
        "id": "INTEGER",
        "count": "INTEGER",
        "size": "FLOAT",
        "via": "TEXT",
        "name": "TEXT",
        "none": "TEXT",
    }
    assert db.columns("things") == columns
    assert db.rows("SELECT count, size, via, name FROM things") == [(3, 1.5, '{"a":1}', "x")]


def test_a_stream_without_any_declared_field_has_a_table_from_its_first_record_on(
    db: SqliteFile, singer: type[Singer]
) -> None:
    db.load(singer.schema([]), singer.record({"a": 1}), singer.record({"b": "x"}))
    assert db.rows("SELECT a, b FROM things") == [(1, None), (None, "x")]


def test_names_that_differ_in_case_only_are_two_columns_and_stay_the_same_two(
    db: SqliteFile, singer: type[Singer]
) -> None:
    schema = singer.schema(["id"], id="integer", Name="string", name="string")
    swapped = singer.schema(["id"], name="string", Name="string", id="integer")
    db.load(schema, singer.record({"id": 1, "Name": "upper", "name": "lower"}))
    db.load(swapped, singer.record({"id": 2, "name": "lower", "Name": "upper"}))
    _, upper, lower = db.columns("things")
    assert (upper, lower[:6]) == ("Name", "name__")
    assert db.rows(f'SELECT "{upper}", "{lower}" FROM things') == [("upper", "lower")] * 2


def test_streams_that_differ_in_case_only_are_two_tables(
    db: SqliteFile, singer: type[Singer]
) -> None:
    db.load(
        *[singer.schema(["id"], name, id="integer") for name in ("things", "Things")],
        *[singer.record({"id": key}, name) for key, name in ((1, "things"), (2, "Things"))],
    )
    assert db.rows("SELECT id FROM things") == [1]
    assert len(db.rows("SELECT name FROM sqlite_master WHERE type = 'table'")) == 2


@pytest.mark.parametrize(
    "name",
    [
        "select",
        "rowid",
        "a b.c-d",
        'quo"te',
        "[brackets]",
        "é",
        "",
        "?",
        ":a",
        "n" * 10_000,
        "'; --",
        "new\nline",
    ],
)
def test_any_name_works_as_a_field_a_key_and_a_stream(
    db: SqliteFile, singer: type[Singer], name: str
) -> None:
    stream = name or "things"
    schema = singer.schema([name], stream, **{name: "integer", "value": "integer"})
    for value in ("one", "two"):
        ended = db.load(schema, singer.record({name: 1, "value": value}, stream))
        assert ended.code == 0
    quoted = stream.replace('"', '""')
    assert db.rows(f'SELECT * FROM "{quoted}"') == [(1, "two")]


@pytest.mark.parametrize("name", ["nul\0", "half\ud83d"])
def test_a_name_that_sqlite_cannot_hold_is_an_error(
    db: SqliteFile, singer: type[Singer], name: str
) -> None:
    ended = db.load(singer.schema([], id="integer"), singer.record({name: 1}))
    assert ended.code == 1
    assert ended.error.startswith("line 2: stream 'things': SQLite can't hold a name with")


def test_a_table_with_more_columns_than_sqlite_has_is_an_error(
    db: SqliteFile, singer: type[Singer]
) -> None:
    ended = db.load(singer.schema([], **{f"f{number}": "integer" for number in range(2001)}))
    assert ended.code == 1
    assert "too many columns" in ended.error
