"""Two taps with a stream of the same name do not write into one table, unless somebody asks."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from sandbox import freshdesk
from sandbox import zendesk_support as zendesk
from tap_common.catalog import discovered
from tap_freshdesk.tap import TAP as FRESHDESK_TAP
from tap_zendesk_support.tap import TAP as ZENDESK_TAP
from tests.harness import Workplace, selecting
from tests.singer_to_sqlite.conftest import ROOT, Singer, SqliteFile, as_input

FRESHDESK, ZENDESK = "tap-freshdesk acme.freshdesk.com", "tap-zendesk-support acme.zendesk.com"


def tickets(source: str | None, *ids: int) -> list[dict[str, Any]]:
    """What a tap writes for some tickets; it names itself if it has a ``source``."""
    schema = Singer.schema(["id"], "tickets", id="integer", subject="string")
    if source is not None:
        schema["source"] = source
    rows = [{"id": number, "subject": source or "unknown"} for number in ids]
    return [schema, *(Singer.record(row, "tickets") for row in rows)]


def held(db: SqliteFile) -> list[Any]:
    return db.rows("SELECT id, subject FROM tickets ORDER BY id")


def test_rows_of_another_tap_are_refused(db: SqliteFile, singer: type[Singer]) -> None:
    assert db.load(*tickets(FRESHDESK, 1, 2)).code == 0
    ended = db.load(
        singer.schema(["id"], "brands", id="integer"),
        singer.record({"id": 7}, "brands"),
        *tickets(ZENDESK, 2, 3),
    )
    assert ended.code == 1
    assert ended.error == (
        f"line 3: stream 'tickets': its table has rows from '{FRESHDESK}', these are from "
        f"'{ZENDESK}'; load them into another file, or call singer-to-sqlite with --merge"
    )
    assert held(db) == [(1, FRESHDESK), (2, FRESHDESK)]
    assert db.rows("SELECT id FROM brands") == [7]


def test_rows_of_the_same_tap_are_taken_again_and_again(db: SqliteFile) -> None:
    for _ in range(2):
        assert db.load(*tickets(FRESHDESK, 1), *tickets(FRESHDESK, 2)).code == 0
    assert held(db) == [(1, FRESHDESK), (2, FRESHDESK)]


@pytest.mark.process
def test_asked_to_merge_the_loader_takes_rows_of_both(db: SqliteFile) -> None:
    assert db.load(*tickets(FRESHDESK, 1, 2)).code == 0
    merged = subprocess.run(
        [*db.command, "--merge", str(db.path)],
        cwd=ROOT,
        input=as_input(tickets(ZENDESK, 2, 3)),
        capture_output=True,
        check=False,
    )
    assert merged.returncode == 0
    assert held(db) == [(1, FRESHDESK), (2, ZENDESK), (3, ZENDESK)]
    assert db.load(*tickets(FRESHDESK, 1)).code == 0
    assert db.load(*tickets(ZENDESK, 4)).code == 1


@pytest.mark.parametrize(("first", "second"), [(None, FRESHDESK), (FRESHDESK, None), (None, None)])
def test_a_tap_that_does_not_name_itself_is_not_checked(
    db: SqliteFile, first: str | None, second: str | None
) -> None:
    assert db.load(*tickets(first, 1)).code == 0
    assert db.load(*tickets(second, 2)).code == 0
    assert held(db) == [(1, first or "unknown"), (2, second or "unknown")]


def test_a_table_from_an_older_loader_belongs_to_the_first_tap_that_names_itself(
    db: SqliteFile,
) -> None:
    assert db.load(*tickets(None, 1)).code == 0
    assert db.load(*tickets(FRESHDESK, 2)).code == 0
    assert db.load(*tickets(ZENDESK, 3)).code == 1


def test_a_schema_that_is_refused_does_not_take_the_table_over(
    db: SqliteFile, singer: type[Singer]
) -> None:
    assert db.load(*tickets(None, 1)).code == 0
    other_key = {**singer.schema(["subject"], "tickets", subject="string"), "source": ZENDESK}
    assert db.load(other_key).code == 1
    assert db.load(*tickets(FRESHDESK, 2)).code == 0


def test_a_stream_with_the_name_of_the_loaders_own_table_is_refused(
    db: SqliteFile, singer: type[Singer]
) -> None:
    ended = db.load(singer.schema(["id"], "_Singer_Sources", id="integer"))
    assert ended.code == 1
    assert "_singer_sources is the loader's own table" in ended.error


@pytest.mark.process
def test_the_taps_name_themselves_and_their_account(db: SqliteFile, tmp_path: Path) -> None:
    with (
        freshdesk.serve(freshdesk.Account(seed=1, tickets=3), freshdesk.Options(limit=0)) as one,
        zendesk.serve(zendesk.Account(seed=1, tickets=3), zendesk.Options(limit=0)) as other,
    ):
        first = Workplace(
            tmp_path / "freshdesk",
            "tap_freshdesk",
            {**one.credentials, "base_url": one.url},
        )
        second = Workplace(
            tmp_path / "zendesk",
            "tap_zendesk_support",
            {**other.credentials, "subdomain": "acme", "base_url": other.url},
        )
        sent = [
            tap.run(catalog=selecting(discovered(made, made.schemas, {}), "tickets")).out
            for tap, made in ((first, FRESHDESK_TAP), (second, ZENDESK_TAP))
        ]
    assert db.load(sent[0]).code == 0
    ended = db.load(sent[1])
    assert ended.code == 1
    assert f"rows from '{FRESHDESK}', these are from '{ZENDESK}'" in ended.error
