"""A new file gets its write-ahead log, though another process has the file locked at first."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from singer_to_sqlite import database


def test_it_asks_again_until_the_other_process_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "new.db"
    timeouts: list[int] = []

    def other_is_done(_seconds: float) -> None:
        timeouts.extend(own.execute("PRAGMA busy_timeout").fetchone())
        other.execute("COMMIT")

    with (
        closing(sqlite3.connect(path, isolation_level=None)) as other,
        closing(sqlite3.connect(path, isolation_level=None)) as own,
    ):
        other.execute("BEGIN EXCLUSIVE")
        monkeypatch.setattr("time.sleep", other_is_done)
        database.use_write_ahead_log(Database(own))
        assert own.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert not other.in_transaction
        timeouts.extend(own.execute("PRAGMA busy_timeout").fetchone())
    assert timeouts == [0, 10_000]


def test_a_file_that_cannot_be_written_is_not_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "new.db"
    path.touch()
    monkeypatch.setattr("time.sleep", lambda _seconds: pytest.fail("it waits"))
    with (
        closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)) as own,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        database.use_write_ahead_log(Database(own))
