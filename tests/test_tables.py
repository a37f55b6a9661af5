"""The pages of the tables say what is true, and their examples run."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from docs import tables
from tap_common.tap import Tap
from tests.test_schemas import TAPS


@pytest.mark.parametrize("package", TAPS)
def test_each_incremental_stream_says_how_a_deletion_shows(package: str) -> None:
    incremental = {
        stream.name for stream in TAPS[package].streams if stream.method == "INCREMENTAL"
    }
    assert set(tables.deletions(package)) == incremental


def empty(tap: Tap) -> sqlite3.Connection:
    """A database with the tap's tables, without rows."""
    database = sqlite3.connect(":memory:")
    for name, schema in tap.schemas.items():
        columns = ", ".join(f'"{column}"' for column in schema["properties"])
        database.execute(f'CREATE TABLE "{name}" ({columns})')
    return database


@pytest.mark.parametrize("package", TAPS)
def test_the_examples_run(package: str) -> None:
    tap = TAPS[package]
    with closing(empty(tap)) as database:
        for stream in tap.streams:
            database.execute(tables.example(tap, stream))


@pytest.mark.parametrize("package", TAPS)
def test_a_page_has_each_column_with_its_meaning(package: str) -> None:
    tap = TAPS[package]
    for stream in tap.streams:
        page = tables.table_page(tap, stream)
        for name, field in tap.schemas[stream.name]["properties"].items():
            assert f"| `{name}` |" in page
            assert field["description"] in page
