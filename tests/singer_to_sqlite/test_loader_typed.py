"""Rows like the one before are read straight into their columns' types, and nothing shows it.

The loader takes a message type in lower case as well, but only slowly. So a load of "record" lines
says what a load of "RECORD" lines must do.
"""

import io
import itertools
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as testing
from hypothesis import strategies as st

from singer_to_sqlite.columns import FLOAT, INTEGER, TEXT, Column
from singer_to_sqlite.errors import LoadError
from singer_to_sqlite.load import load
from singer_to_sqlite.settings import Settings
from singer_to_sqlite.typed import row_reader
from tests.singer_to_sqlite.conftest import Singer, SqliteFile

FIELDS = {
    "id": {"type": "integer"},
    "text": {"type": ["null", "string"]},
    "number": {"type": ["null", "number"]},
    "flag": {"type": ["null", "boolean"]},
    "list": {"type": ["null", "array"]},
    "any": {},
}
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "text", "é, \u2028", "\ud83d", "\0", '", ": \\u', "null", "{}"]),
    st.lists(st.integers(-3, 2**70) | st.floats(0, 1) | st.text(max_size=3), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=3), max_size=2),
)
FITTING = {
    "text": st.text(max_size=5) | st.none(),
    "number": st.integers(-5, 5) | st.floats(-1, 1) | st.none(),
    "flag": st.booleans() | st.none(),
    "list": st.lists(st.integers() | st.text(max_size=3), max_size=3) | st.none(),
    "any": VALUES,
}
FIT = st.fixed_dictionaries(FITTING)
ANY = st.dictionaries(st.sampled_from([*FITTING, "more"]), VALUES)
ROWS = st.lists(FIT | FIT | FIT | ANY, max_size=12)
WRITTEN = st.sampled_from(
    [
        {"separators": (",", ":"), "ensure_ascii": False},
        {"separators": (",", ":")},
        {},
        {"separators": (" ,\t", " : ")},
    ]
)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name)


def loaded(path: Path, lines: bytes) -> tuple[Any, ...]:
    """What the load of ``lines`` said, and all values in the file with their types."""
    for old in path.parent.iterdir():
        old.unlink()
    said: list[str] = []
    states: list[bytes] = []
    try:
        said.append(str(load(io.BytesIO(lines), Settings(str(path)), states.append, said.append)))
    except LoadError as error:
        said.append(str(error))
    with closing(sqlite3.connect(path)) as database:
        names = [row[1] for row in database.execute("PRAGMA table_info(things)")]
        listed = ", ".join(f'typeof("{name}"), "{name}"' for name in names)
        return said, states, names, database.execute(f"SELECT {listed} FROM things").fetchall()


@testing(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(rows=ROWS, versions=st.sampled_from([None, 1]), style=WRITTEN)
def test_rows_are_stored_as_if_each_value_was_looked_at(
    folder: Path, rows: list[dict[str, Any]], versions: int | None, style: dict[str, Any]
) -> None:
    schema = {"properties": FIELDS}
    head = {"type": "SCHEMA", "stream": "things", "schema": schema, "key_properties": ["id"]}
    outcomes = []
    for kind in ("RECORD", "record"):
        messages: list[dict[str, Any]] = [head]
        for number, row in enumerate(rows):
            message = {"type": kind, "stream": "things", "record": {"id": number, **row}}
            messages.append(message | ({"version": versions} if versions else {}))
        written = "".join(json.dumps(message, **style) + "\n" for message in messages)
        text = written.encode("utf-8", "surrogatepass")
        outcomes.append(loaded(folder / "any.db", text))
    assert outcomes[0] == outcomes[1]


def test_rows_of_other_kinds_come_in_between(db: SqliteFile, singer: type[Singer]) -> None:
    fields = {"id": "integer", "size": "number", "via": "object"}
    rows: list[dict[str, Any]] = []
    for number in range(300):
        rows.append({"id": number, "size": number / 2, "via": {"a": number}})
        if number % 7 == 0:
            rows.append({"id": number, "via": None})
        if number % 50 == 49:
            rows.append({"id": number, "size": "large", "via": [number]})
    messages: list[Any] = [singer.schema(["id"], **fields), singer.schema(["id"], "others")]
    for row, other in itertools.zip_longest(rows, range(20)):
        messages.append(singer.record(row))
        if other is not None:
            messages.append(singer.record({"id": other}, "others"))
    assert db.load(*messages, singer.state(1)).code == 0
    expected: dict[int, dict[str, Any]] = {}
    for row in rows:
        expected.setdefault(row["id"], {}).update(row)
    found = db.rows("SELECT id, size, via FROM things ORDER BY id")
    assert [(key, size, via and json.loads(via)) for key, size, via in found] == [
        (row["id"], str(row["size"]), row["via"]) for row in expected.values()
    ]
    assert db.rows("SELECT count(*) FROM others") == [20]


def test_a_column_that_was_widened_keeps_every_digit(db: SqliteFile, singer: type[Singer]) -> None:
    sizes = [0.1 + 0.2] * 4
    rows = [*sizes, "large", *sizes]
    messages = [singer.record({"id": key, "size": size}) for key, size in enumerate(rows)]
    assert db.load(singer.schema(["id"], id="integer", size="number"), *messages).code == 0
    stored = ["0.30000000000000004"] * 4
    assert db.rows("SELECT size FROM things ORDER BY id") == [*stored, "large", *stored]


def column(field: str, sql_type: str, *, is_key: bool = False) -> Column:
    return Column(field, field, sql_type, is_key=is_key, is_text=False)


def test_a_reader_takes_just_the_lines_whose_values_fit() -> None:
    columns = [column("id", INTEGER, is_key=True), column("size", FLOAT), column("via", TEXT)]
    reader = row_reader("things", columns, versioned=False)
    assert reader is not None
    head = b'{"type":"RECORD","stream":"things","record":{"id":1,"size":%b,"via":%b}%b}\n'
    assert reader.row(head % (b"1.5", b'{"a":[1]}', b"")) == [1, 1.5, '{"a":[1]}']
    assert reader.row(head % (b"3", b'"x"', b',"version":null')) == [1, 3, "x"]
    assert reader.row(head % (b"null", b"null", b',"time_extracted":"now"')) == [1, None, None]
    for size, via, rest in (
        (b"1e400", b"1", b""),
        (b"9007199254740993", b"1", b""),
        (b"true", b"1", b""),
        (b"1", b'"\\ud83d"', b""),
        (b"1", b'{"a":"\xff"}', b""),
        (b"1", b"{", b""),
        (b"1", b"1", b',"version":5'),
        (b"1", b'1,"more":1', b""),
    ):
        assert reader.row(head % (size, via, rest)) is None
    assert reader.row((head % (b"1", b"1", b"")).replace(b"things", b"others")) is None
    for key in (b"null", b"1.0", b"9223372036854775808", b"-9223372036854775809"):
        assert reader.row((head % (b"1", b"1", b"")).replace(b'"id":1', b'"id":' + key)) is None


def test_a_name_that_can_not_be_typed_has_no_reader() -> None:
    assert row_reader("things", [column('a"b', INTEGER)], versioned=False) is None
