"""A small storm for each tap; ``make storm`` runs the large one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.storm.accounts import VENDORS
from tests.storm.storm import Storm, same

KILLS = 2
LARGEST = "zendesk-support"
"""Runs of real commands are slow: make test-stacks has storms for the other vendors, too."""
SECONDS = 600.0
DAMAGES = {
    "DELETE FROM customers WHERE id = (SELECT min(id) FROM customers)": "missing",
    "UPDATE customers SET first_name = 'Eve' WHERE id % 2 = 0": "first_name must be ",
    "UPDATE cases SET labels = NULL WHERE id = (SELECT min(id) FROM cases)": "labels must be ",
    "INSERT INTO customers (id) VALUES (424242)": r"customers \(424242,\): nobody sent it",
}


@pytest.mark.process
@pytest.mark.parametrize(
    "name",
    [
        LARGEST,
        *(pytest.param(name, marks=pytest.mark.stack) for name in VENDORS if name != LARGEST),
    ],
)
def test_killed_runs_lose_no_row(name: str, tmp_path: Path) -> None:
    storm = Storm(VENDORS[name], 1, tmp_path)
    storm.rage(KILLS, SECONDS)
    assert storm.kills.total() == KILLS
    assert storm.rows > 200


@pytest.mark.process
def test_a_storm_notices_a_wrong_row(tmp_path: Path) -> None:
    storm, file = Storm(VENDORS["desk"], 1, tmp_path), tmp_path / "helpdesk.db"
    storm.rage(0, 0)
    whole = file.read_bytes()
    for damage, words in DAMAGES.items():
        with closing(sqlite3.connect(file)) as database:
            assert database.execute(damage).rowcount > 0
            database.commit()
        with pytest.raises(AssertionError, match=words):
            storm.compare()
        file.write_bytes(whole)
    storm.compare()


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (None, None),
        (True, 1),
        (7, 7),
        (2.5, 2.5),
        ("7", "7"),
        (7, "7"),
        ({"a": [1, None]}, '{"a":[1,null]}'),
        ([], "[]"),
    ],
)
def test_values_in_the_file_are_compared_as_the_loader_writes_them(value: Any, stored: Any) -> None:
    assert same(value, stored)


@pytest.mark.parametrize(
    ("value", "stored"),
    [(None, 0), (None, "null"), (0, None), ("7", 7), ("", None), ({"a": 1}, None), ([1], "[2]")],
)
def test_other_values_are_not_the_same(value: Any, stored: Any) -> None:
    assert not same(value, stored)
