"""The command among other processes: signals, pipes, files that can't be had."""

import json
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.singer_to_sqlite.conftest import Command, Singer, SqliteFile

pytestmark = pytest.mark.process

TIMEOUT = 60


Feed = Callable[..., Command]


@pytest.fixture
def feed(db: SqliteFile, singer: type[Singer]) -> Iterator[Feed]:
    """Starts the command, gives it lines and returns it once it has read them all.

    Its input stays open.
    """
    started: list[Command] = []

    def start(*messages: dict[str, Any], **options: Any) -> Command:
        process = db.start(**options)
        started.append(process)
        process.stdin.write(
            singer.as_input(*messages, singer.schema([], "all_is_taken", id="integer"))
        )
        process.stdin.flush()
        while not (db.path.exists() and _has_table(db, "all_is_taken")):
            assert process.poll() is None
        return process

    yield start
    for process in started:
        process.kill()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                with suppress(BrokenPipeError):
                    pipe.close()
        process.wait()


def _has_table(db: SqliteFile, name: str) -> bool:
    try:
        return bool(db.columns(name))
    except sqlite3.OperationalError:
        return False


@pytest.mark.usefixtures("hangup_ends_children")
@pytest.mark.parametrize(
    ("signum", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)]
)
def test_a_signal_ends_the_load_with_what_is_whole_and_its_state(
    db: SqliteFile, singer: type[Singer], feed: Feed, signum: signal.Signals, code: int
) -> None:
    process = feed(
        singer.schema(["id"], id="integer"), singer.record({"id": 1}), singer.state("one")
    )
    process.stdin.write(b'{"type": "RECORD", "stream": "things", "rec')
    process.stdin.flush()
    process.send_signal(signum)
    out, err = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, out) == (code, b'"one"\n')
    assert db.rows("SELECT id FROM things") == [1]
    assert b"Traceback" not in err


def test_killed_outright_the_file_has_all_that_the_printed_states_promise(
    db: SqliteFile, singer: type[Singer]
) -> None:
    process = db.start()
    schema = singer.schema(["id"], id="integer")
    process.stdin.write(singer.as_input(schema))
    process.stdin.write(
        singer.as_input(
            *[m for k in range(6000) for m in (singer.record({"id": k}), singer.state(k))]
        )
    )
    process.stdin.flush()
    state = json.loads(process.stdout.readline())
    process.kill()
    with process:
        pass
    assert db.rows(f"SELECT count(*) FROM things WHERE id <= {state}") == [state + 1]


def test_a_reader_who_left_is_one_line_and_the_rows_stay(
    db: SqliteFile, singer: type[Singer], feed: Feed
) -> None:
    process = feed(
        singer.schema(["id"], id="integer"), singer.record({"id": 1}), singer.state("one")
    )
    process.stdout.close()
    with process:
        process.stdin.close()
        err = process.stderr.read()
    assert process.returncode == 1
    assert (
        err.decode()
        .splitlines()[-1]
        .endswith(
            "error: can't hand on the STATE (its rows are stored): standard output: Broken pipe; "
            "exit 1"
        )
    )
    assert b"Traceback" not in err
    assert db.rows("SELECT id FROM things") == [1]


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&-"])
def test_closed_standard_files_are_no_reason_for_a_traceback(
    db: SqliteFile, singer: type[Singer], closed: Any
) -> None:
    script = f'exec "$@" {closed}'
    done = subprocess.run(
        ["sh", "-c", script, "sh", *db.command, str(db.path)],
        input=singer.as_input(
            singer.schema(["id"], id="integer"), singer.record({"id": 1}), singer.state(1)
        ),
        capture_output=True,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert done.returncode == (0 if closed == "2>&-" else 1)
    assert b"Traceback" not in done.stderr
    if closed != "<&-":
        assert db.rows("SELECT id FROM things") == [1]


def test_people_may_read_the_file_while_it_is_written(db: SqliteFile, singer: type[Singer]) -> None:
    schema = singer.schema(["id"], id="integer")
    db.load(schema, singer.record({"id": 1}))
    with closing(sqlite3.connect(db.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM things").fetchone() == (1,)
        assert db.load(schema, singer.record({"id": 2})).code == 0
        assert reader.execute("SELECT count(*) FROM things").fetchone() == (1,)
    assert db.rows("SELECT count(*) FROM things") == [2]


def test_several_loads_into_one_new_file_at_once_all_succeed(
    db: SqliteFile, singer: type[Singer]
) -> None:
    streams = [f"stream_{number}" for number in range(6)]
    processes = [db.start() for _ in streams]
    for process, stream in zip(processes, streams, strict=True):
        records = [singer.record({"id": key}, stream) for key in range(300)]
        process.stdin.write(singer.as_input(singer.schema(["id"], stream, id="integer"), *records))
        process.stdin.close()
    for process in processes:
        with process:
            said = process.stderr.read()
        assert process.returncode == 0, said
    assert [db.rows(f"SELECT count(*) FROM {stream}") for stream in streams] == [[300]] * 6


def test_a_file_that_another_process_keeps_locked_is_one_line(
    db: SqliteFile, singer: type[Singer]
) -> None:
    schema = singer.schema(["id"], id="integer")
    db.load(schema, singer.record({"id": 1}))
    with closing(sqlite3.connect(db.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        ended = db.load(schema, singer.record({"id": 2}), singer.state("not safe"))
    assert (ended.code, ended.states) == (1, [])
    assert "is locked by another process" in ended.error


def test_a_file_that_is_no_database_is_one_line_and_stays_as_it_is(db: SqliteFile) -> None:
    db.path.write_text("Dear diary, " * 100)
    ended = db.load()
    assert (ended.code, ended.said) == (
        1,
        [f"singer-to-sqlite: error: {db.path} is not a SQLite database"],
    )
    assert db.path.read_text().startswith("Dear diary")


def test_a_directory_that_is_not_there_is_one_line(db: SqliteFile) -> None:
    db.path = db.path.parent / "nowhere" / "file.db"
    ended = db.load()
    assert (ended.code, len(ended.said)) == (1, 1)
    assert ended.error == f"can't open {db.path}: there is no directory {db.path.parent}"


def test_a_directory_in_place_of_the_file_is_one_line(db: SqliteFile) -> None:
    db.path = db.path.parent
    assert db.load().error == f"can't open {db.path}: it is a directory"


def test_a_disk_that_takes_no_more_is_one_line_and_no_state_goes_ahead_of_it(
    db: SqliteFile, singer: type[Singer]
) -> None:
    lines = [singer.schema(["id"], id="integer", text="string")]
    for key in range(80):
        lines += [singer.record({"id": key, "text": "x" * 300_000}), singer.state(key)]
    done = subprocess.run(
        ["sh", "-c", 'ulimit -f 10000; exec "$@"', "sh", *db.command, str(db.path)],
        input=singer.as_input(*lines),
        capture_output=True,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    states = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert (
        done.stderr.decode()
        .splitlines()[-1]
        .startswith(f"singer-to-sqlite: error: can't write to {db.path}: ")
    )
    assert states
    assert states[-1] < db.rows("SELECT count(*) FROM things")[0] < 80


def test_help_and_version_need_no_file(db: SqliteFile) -> None:
    for option in ("--help", "--version"):
        done = subprocess.run(
            [*db.command, option], capture_output=True, check=False, cwd=Path(__file__).parents[2]
        )
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.startswith((b"usage: singer-to-sqlite", b"singer-to-sqlite "))


@pytest.mark.parametrize("arguments", [[], ["a.db", "b.db"], ["a.db", "--nonsense"]])
def test_a_bad_command_line_is_exit_code_2(db: SqliteFile, arguments: Any) -> None:
    done = subprocess.run(
        [*db.command, *arguments], capture_output=True, check=False, cwd=Path(__file__).parents[2]
    )
    assert done.returncode == 2
