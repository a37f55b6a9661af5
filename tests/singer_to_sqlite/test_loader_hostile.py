"""Input that no good tap writes: the load ends with a sentence, the rows before it are stored."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as testing
from hypothesis import strategies as st

from singer_to_sqlite.database import open_database
from singer_to_sqlite.errors import LoadError
from singer_to_sqlite.load import load
from singer_to_sqlite.settings import Settings
from singer_to_sqlite.terminal import one_line
from tap_common import terminal
from tests.singer_to_sqlite.conftest import ROOT, Singer, SqliteFile, as_input

STRANGE_SCHEMAS: list[tuple[Any, str, str]] = [
    ({"anyOf": 5}, "TEXT", "anyOf must be a list, not 5"),
    (
        {"anyOf": {"type": "integer"}},
        "INTEGER",
        "anyOf must be a list, not {'type': 'integer'}",
    ),
    ({"oneOf": None, "allOf": []}, "TEXT", "oneOf must be a list, not None"),
    ({"anyOf": [5, None, "x"]}, "TEXT", "'x' is no schema"),
    ({"type": 7}, "TEXT", "7 is no type"),
    ({"type": {"type": "integer"}}, "TEXT", "{'type': 'integer'} is no type"),
    ({"type": ["integer", []]}, "TEXT", "[] is no type"),
    ({"type": "strnig"}, "TEXT", "'strnig' is no type"),
    ({"type": ["null", "integer"], "anyOf": 5}, "TEXT", "anyOf must be a list, not 5"),
    ([], "TEXT", "[] is no schema"),
    (None, "TEXT", "None is no schema"),
]


@pytest.mark.parametrize(("schema", "column", "fault"), STRANGE_SCHEMAS)
def test_a_field_with_a_strange_schema_is_loaded_and_told_in_one_line(
    db: SqliteFile, singer: type[Singer], schema: Any, column: str, fault: str
) -> None:
    message = singer.schema(["id"], id="integer")
    message["schema"]["properties"]["field"] = schema
    ended = db.load(message, message, singer.record({"id": 1, "field": 7}))
    assert ended.code == 0
    assert ended.said == [
        f"singer-to-sqlite: things: the schema of field 'field' makes no sense ({fault}); "
        f"its column is {column}",
        f"singer-to-sqlite: 1 row written to 1 table of {db.path}; exit 0",
    ]
    assert db.columns("things")["field"] == column
    assert db.rows("SELECT CAST(field AS INTEGER) FROM things") == [7]


@pytest.mark.parametrize("schema", [{}, True, {"type": []}, {"anyOf": [{"type": "integer"}, {}]}])
def test_a_field_that_may_hold_anything_is_loaded_without_a_word(
    db: SqliteFile, singer: type[Singer], schema: Any
) -> None:
    message = singer.schema(["id"], id="integer")
    message["schema"]["properties"]["field"] = schema
    ended = db.load(message, singer.record({"id": 1, "field": 7}))
    assert ended.said == [f"singer-to-sqlite: 1 row written to 1 table of {db.path}; exit 0"]
    assert db.columns("things")["field"] == "TEXT"


def test_a_schema_that_is_nested_deeply_is_loaded(db: SqliteFile, singer: type[Singer]) -> None:
    nested: dict[str, Any] = {"type": "integer"}
    for _ in range(400):
        nested = {"anyOf": [nested]}
    ended = db.load(singer.schema(["id"], id=nested), singer.record({"id": 1}))
    assert ended.code == 0
    assert db.columns("things") == {"id": "INTEGER"}


@pytest.mark.parametrize("word", ["type", "stream", "schema", "key_properties"])
@pytest.mark.parametrize("value", [None, 5, [], {}, "", [[]], {"properties": 5}])
def test_a_strange_message_ends_the_load_in_one_line(
    db: SqliteFile, singer: type[Singer], word: str, value: Any
) -> None:
    good = [singer.schema(["id"], id="integer"), singer.record({"id": 1})]
    strange = {**singer.schema(["id"], "others", id="integer"), word: value}
    ended = db.load(*good, strange)
    assert ended.code in (0, 1)
    assert all(line.startswith("singer-to-sqlite: ") for line in ended.said)
    assert sum(line.startswith("singer-to-sqlite: error: ") for line in ended.said) == ended.code
    assert db.rows("SELECT id FROM things") == [1]


def test_what_the_loader_says_does_not_control_the_terminal(
    db: SqliteFile, singer: type[Singer]
) -> None:
    stream, field = "a\x1b]0;title\x07", "b\u202e\x9b31m"
    ended = db.load(
        singer.schema([], stream, **{field: "integer"}),
        singer.record({field: "text"}, stream),
        singer.record({}, "no such \x1b[2J stream"),
    )
    assert ended.code == 1
    assert len(ended.said) == 3
    assert all(line.isprintable() for line in ended.said)
    assert "a\\x1b]0;title\\x07" in ended.said[0]


@pytest.mark.process
def test_bad_arguments_are_told_in_plain_text(db: SqliteFile) -> None:
    command = [*db.command, "--\x1b[31mred", "file.db"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 2
    assert "unrecognized arguments: --\\x1b[31mred" in done.stderr.decode()
    assert b"\x1b" not in done.stderr


@given(st.text())
def test_the_loader_and_the_taps_make_the_same_characters_visible(text: str) -> None:
    assert one_line(text) == terminal.one_line(text)


@pytest.mark.process
def test_the_loader_imports_next_to_nothing_before_it_minds_signals() -> None:
    program = (
        "import json, sys; before = set(sys.modules); import singer_to_sqlite.cli;"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True
    )
    assert set(json.loads(done.stdout)) == {
        "singer_to_sqlite",
        "singer_to_sqlite.cli",
        "singer_to_sqlite.signals",
    }


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.sampled_from(["id", "things", "integer", "object", "null", "\x1b", "\ud83d", "ID", "\0"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "ID", "a", "", '"', "]", "type", "anyOf", "properties", "\ud83d"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
WORDS = ("type", "stream", "schema", "key_properties", "record", "version", "value", "source")
MESSAGES = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["SCHEMA", "RECORD", "STATE", "ACTIVATE_VERSION"]),
        "stream": st.sampled_from(["things", "THINGS", "others", "_singer_sources", "sqlite_x"]),
    },
    optional={
        "schema": st.fixed_dictionaries(
            {"properties": st.dictionaries(st.sampled_from(["id", "a", "A", '"']), VALUES)}
        ),
        "key_properties": st.lists(st.sampled_from(["id", "a", "A"]), max_size=2),
        "record": st.dictionaries(st.sampled_from(["id", "a", "A", "b", '"']), VALUES),
        "version": st.integers(0, 3),
        "source": st.sampled_from(["tap-a", "tap-b"]),
        "value": VALUES,
    },
)
LINES = st.lists(
    MESSAGES
    | st.dictionaries(st.sampled_from(WORDS), VALUES)
    | st.binary(max_size=20).map(lambda line: line.replace(b"\n", b"") + b"\n"),
    max_size=8,
)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name)


@testing(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(lines=LINES)
def test_any_input_is_loaded_or_refused_and_the_file_stays_a_database(
    folder: Path, lines: list[dict[str, Any] | bytes]
) -> None:
    path = folder / "any.db"
    for name in folder.iterdir():
        name.unlink()
    said: list[str] = []
    with redirect_stderr(io.StringIO()) as stderr:
        refused = refusal(io.BytesIO(as_input(lines)), path, said)
    assert "\n" not in refused
    assert stderr.getvalue() == ""
    assert [line for line in said if "\n" in line] == []
    db = open_database(str(path))
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()


def refusal(lines: io.BytesIO, path: Path, said: list[str]) -> str:
    """Why the load ended early; "" if it did not."""
    try:
        settings = Settings(str(path), metadata=str(path.with_suffix(".json")))
        load(lines, settings, lambda line: None, said.append)
    except LoadError as error:
        return str(error)
    return ""
