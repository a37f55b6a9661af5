"""A STATE is a promise: what came before it is in the file. A bad line breaks no such promise."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from singer_to_sqlite.errors import LoadError
from singer_to_sqlite.load import load
from singer_to_sqlite.settings import Settings
from tests.singer_to_sqlite.conftest import NewFile, Singer, SqliteFile

BIG = "x" * 300_000


def test_the_last_state_is_printed_as_its_value(db: SqliteFile, singer: type[Singer]) -> None:
    ended = db.load(
        singer.schema(["id"], id="integer"),
        singer.record({"id": 1}),
        singer.state({"bookmarks": {"things": {"id": 1}}}),
        singer.record({"id": 2}),
        singer.state({"bookmarks": {"things": {"id": 2}}, "é": [1, None]}),
    )
    assert (ended.code, ended.states) == (0, [{"bookmarks": {"things": {"id": 2}}, "é": [1, None]}])


def test_a_state_alone_is_printed(db: SqliteFile, singer: type[Singer]) -> None:
    assert db.load(singer.state(None)).states == [None]


def test_rows_after_the_last_state_are_stored_as_well(db: SqliteFile, singer: type[Singer]) -> None:
    db.load(singer.schema(["id"], id="integer"), singer.state(0), singer.record({"id": 1}))
    assert db.rows("SELECT id FROM things") == [1]


def test_empty_input_is_no_error_and_prints_nothing(db: SqliteFile) -> None:
    ended = db.load()
    assert (ended.code, ended.states, ended.said) == (0, [], [])


def test_blank_lines_say_nothing_and_types_may_be_in_lower_case(
    db: SqliteFile, singer: type[Singer]
) -> None:
    ended = db.load(
        "",
        singer.schema(["id"], id="integer") | {"type": "schema"},
        " ",
        "",
        singer.record({"id": 1}),
    )
    assert (ended.code, db.rows("SELECT id FROM things")) == (0, [1])


def test_the_end_says_how_many_rows_and_tables(db: SqliteFile, singer: type[Singer]) -> None:
    ended = db.load(
        singer.schema(["id"], "users", id="integer"),
        singer.schema(["id"], "groups", id="integer"),
        *[singer.record({"id": key}, "users") for key in (1, 2)],
    )
    assert ended.said == [f"singer-to-sqlite: 2 rows written to 2 tables of {db.path}; exit 0"]


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("nonsense", "not JSON: Expecting value at character 1"),
        (
            '{"type": "RECORD", "stream": "things", "record": {"id": NaN}}',
            "not JSON: NaN is no JSON value",
        ),
        (b'{"type": "STATE", "value": "\xff"}\n', "not UTF-8"),
        ("[" * 100_000, "not loadable: nested too deeply"),
        ("[1]", "not a JSON object"),
        ("{}", "a message without a type"),
        ('{"type": "BATCH", "stream": "things"}', "unknown message type 'BATCH'"),
        ('{"type": "STATE"}', "STATE without a value"),
        ('{"type": "RECORD", "record": {}}', "RECORD without a stream"),
        ('{"type": "RECORD", "stream": ["things"], "record": {}}', "RECORD without a stream"),
        (
            '{"type": "RECORD", "stream": "others", "record": {"id": 1}}',
            "stream 'others': RECORD before SCHEMA",
        ),
        (
            '{"type": "ACTIVATE_VERSION", "stream": "o", "version": 1}',
            "stream 'o': ACTIVATE_VERSION before SCHEMA",
        ),
        (
            '{"type": "ACTIVATE_VERSION", "stream": "things"}',
            "stream 'things': ACTIVATE_VERSION without a version",
        ),
        (
            '{"type": "RECORD", "stream": "things"}',
            "stream 'things': RECORD without a record object",
        ),
        (
            '{"type": "RECORD", "stream": "things", "record": {"name": 1}}',
            "stream 'things': key field 'id' is missing",
        ),
        (
            '{"type": "RECORD", "stream": "things", "record": {"id": null}}',
            "stream 'things': key field 'id' is null",
        ),
        (
            '{"type": "SCHEMA", "stream": "s", "key_properties": []}',
            "stream 's': SCHEMA without a schema object",
        ),
        (
            '{"type": "SCHEMA", "stream": "s", "schema": {}}',
            "stream 's': SCHEMA whose key_properties are not a list of names",
        ),
        (b'{"type": "RECORD", "stream": "thi', "not JSON: the input ends within the line"),
    ],
)
def test_a_bad_line_is_told_and_all_before_it_is_kept(
    db: SqliteFile, singer: type[Singer], line: Any, cause: Any
) -> None:
    ended = db.load(
        singer.schema(["id"], id="integer"),
        singer.record({"id": 1}),
        singer.state("safe"),
        singer.record({"id": 2}),
        line,
        *(
            []
            if isinstance(line, bytes)
            else [singer.record({"id": 3}), singer.state("not reached")]
        ),
    )
    assert (ended.code, ended.error) == (1, f"line 5: {cause}")
    assert ended.states == ["safe"]
    assert db.rows("SELECT id FROM things ORDER BY id") == [1, 2]


def test_a_last_line_that_only_lacks_its_line_end_is_whole(
    db: SqliteFile, singer: type[Singer]
) -> None:
    source = singer.as_input(singer.schema(["id"], id="integer"), singer.record({"id": 1}))
    assert db.load(source.rstrip(b"\n")).code == 0
    assert db.rows("SELECT id FROM things") == [1]


def test_states_come_out_in_order_while_the_input_goes_on(
    db: SqliteFile, singer: type[Singer]
) -> None:
    lines = [singer.schema(["id"], id="integer", text="string")]
    for key in range(60):
        lines += [singer.record({"id": key, "text": BIG}), singer.state(key)]
    states = db.load(*lines).states
    assert 1 < len(states) < 60
    assert states == sorted(states)
    assert states[-1] == 59


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_cut_anywhere_a_state_promises_no_more_than_the_file_has_and_a_rerun_completes_it(
    new_file: NewFile, singer: type[Singer], data: Any
) -> None:
    size = data.draw(st.sampled_from([0, 20, len(BIG)]))
    lines = [singer.schema(["id"], id="integer", text="string")]
    for key in range(1, 31):
        lines += [singer.record({"id": key, "text": BIG[:size]}), singer.state(key)]
    source = singer.as_input(*lines)
    cut = data.draw(st.integers(0, len(source)))
    db = new_file()

    ended = db.load(source[:cut])

    stored = db.rows("SELECT id FROM things ORDER BY id") if db.columns("things") else []
    whole = source[:cut].count(b'"RECORD"') and source[:cut].rsplit(b"\n", 1)[0].count(b'"RECORD"')
    assert stored == list(range(1, len(stored) + 1))
    assert len(stored) >= whole
    assert all(state <= len(stored) for state in ended.states)
    assert ended.code in (0, 1)
    assert db.load(source).states[-1] == 30
    assert db.rows("SELECT count(*), min(length(text)), max(length(text)) FROM things") == [
        (30, size, size)
    ]


def test_what_came_before_the_input_broke_off_is_loaded(
    db: SqliteFile, singer: type[Singer]
) -> None:
    def broken() -> Iterator[bytes]:
        schema = singer.schema(["id"], id="integer")
        yield from io.BytesIO(
            singer.as_input(schema, singer.record({"id": 1}), singer.state("one"))
        )
        raise LoadError("can't read standard input: Input/output error")

    states: list[bytes] = []
    with pytest.raises(LoadError, match="can't read standard input"):
        load(broken(), Settings(str(db.path)), states.append, lambda text: None)
    assert states == [b'"one"\n']
    assert db.rows("SELECT id FROM things") == [1]
