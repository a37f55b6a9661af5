"""In PostgreSQL, on the tables that target-postgres makes, the views hold the same rows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from helpdesk_report.sql import script, views
from tests.environments import programs
from tests.harness import execute
from tests.helpdesk_report.conftest import Filled
from tests.postgres import Postgres
from tests.truth import Row

pytestmark = [pytest.mark.stack, pytest.mark.process]


def into_postgres(postgres: Postgres, filled: Filled, schema: str, folder: Path) -> None:
    """Lets target-postgres load the lines of a file into a schema."""
    login = {"host": postgres.host, "port": postgres.port, "user": postgres.user, "password": "x"}
    place = {"database": postgres.database, "default_target_schema": schema}
    config = folder / "config.json"
    config.write_text(json.dumps(login | place), "utf-8")
    target = str(programs("target-postgres") / "target-postgres")
    loaded = execute([target, "--config", str(config)], filled.lines)
    assert loaded.code == 0, loaded.err[-3000:]


@pytest.fixture(scope="module")
def schema(filled: Filled, postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The schema in PostgreSQL that holds the same tables as the file, and the views."""
    name = f"views_of_{filled.vendor.replace('-', '_')}"
    into_postgres(postgres, filled, name, tmp_path_factory.mktemp("target"))
    postgres.query(f"SET search_path TO {name};\n{script(filled.tap, 'postgresql')}")
    return name


def test_each_view_has_the_rows_that_it_has_in_sqlite(
    filled: Filled, postgres: Postgres, schema: str, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(filled.path.read_bytes())
    with closing(sqlite3.connect(copy)) as database:
        database.row_factory = sqlite3.Row
        database.executescript(script(filled.tap, "sqlite"))
        for view in views(filled.tap, "sqlite"):
            ours = map(dict, database.execute(f"SELECT * FROM {view.name}"))
            theirs = postgres.query(f"SELECT row_to_json(r) FROM {schema}.{view.name} AS r")
            rows = plain(ours)
            assert rows
            assert plain(json.loads(text) for (text,) in theirs) == rows, view.name


def plain(rows: Iterable[Row]) -> list[Row]:
    """Rows in a fixed order, in which a value doesn't show which database it comes from."""
    return sorted(map(alike_row, rows), key=json.dumps)


def alike_row(row: Row) -> Row:
    return {name: alike_in_both(value) for name, value in row.items()}


def alike_in_both(value: Any) -> Any:
    """A number in few digits, a truth value as a number, and a time without its zone."""
    if isinstance(value, bool | int | float):
        return round(float(value), 4)
    return value.removesuffix("Z").removesuffix("+00:00") if isinstance(value, str) else value
