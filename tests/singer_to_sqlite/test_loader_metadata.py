"""Descriptions of tables and columns for Datasette, and indexes on the columns that join tables."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from singer_to_sqlite.names import joins
from tests.environments import programs
from tests.singer_to_sqlite.conftest import ROOT, Singer, SqliteFile

NAMED_OTHERWISE = {
    ("tap_desk", "feedbacks", "case"),
    ("tap_desk", "feedbacks", "user"),
    ("tap_freshdesk", "groups", "escalate_to"),
    ("tap_zendesk_support", "talk_legs", "conference_to"),
    ("tap_zendesk_support", "talk_legs", "consultation_to"),
    ("tap_zendesk_support", "talk_legs", "transferred_from"),
    ("tap_zendesk_support", "talk_legs", "transferred_to"),
}
"""Few rows have a value here, or another column that is indexed has the same value."""


def things(singer: type[Singer], **descriptions: str) -> dict[str, Any]:
    message = singer.schema(["id"], "things", **dict.fromkeys(descriptions, "integer"))
    for name, text in descriptions.items():
        message["schema"]["properties"][name]["description"] = text
    message["schema"]["description"] = "One row for each thing."
    return message


def test_tables_and_columns_are_described_as_their_schemas_do(
    db: SqliteFile, singer: type[Singer], tmp_path: Path
) -> None:
    path = tmp_path / "metadata.json"
    plain = singer.schema([], "plain", id="integer")
    db.load(things(singer, id="The id.", ID="Another <b>one</b>."), plain, metadata=path)
    (other,) = [name for name in db.columns("things") if name.startswith("ID__")]
    assert json.loads(path.read_text()) == {
        "databases": {
            "file": {
                "tables": {
                    "things": {
                        "description": "One row for each thing.",
                        "columns": {"id": "The id.", other: "Another <b>one</b>."},
                    },
                    "plain": {},
                }
            }
        }
    }


def test_what_people_wrote_into_the_metadata_stays(
    db: SqliteFile, singer: type[Singer], tmp_path: Path
) -> None:
    path = tmp_path / "metadata.json"
    things_by_hand = {"title": "Things", "description": "old", "sort_desc": "id"}
    by_hand: dict[str, Any] = {
        "title": "Our helpdesk",
        "databases": {"file": {"license": "ours", "tables": {"things": things_by_hand}}},
    }
    path.write_text(json.dumps(by_hand))
    path.chmod(0o600)
    db.load(things(singer, id="The id."), metadata=path)
    table = {
        "title": "Things",
        "description": "One row for each thing.",
        "sort_desc": "id",
        "columns": {"id": "The id."},
    }
    by_hand["databases"]["file"]["tables"]["things"] = table
    assert json.loads(path.read_text()) == by_hand
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["metadata.json"]


@pytest.mark.parametrize("content", ["[]", "{", "[" * 100_000, "5"])
def test_a_file_that_is_no_metadata_ends_the_load_before_it_begins(
    db: SqliteFile, singer: type[Singer], tmp_path: Path, content: str
) -> None:
    path = tmp_path / "diary.txt"
    path.write_text(content)
    ended = db.load(things(singer, id="The id."), metadata=path)
    assert (ended.code, len(ended.said)) == (1, 1)
    assert ended.error == f"{path} is not a metadata file: it holds no JSON object"
    assert path.read_text() == content
    assert not db.path.exists()


def test_a_metadata_file_that_cannot_be_written_is_one_line(
    db: SqliteFile, singer: type[Singer], tmp_path: Path
) -> None:
    path = tmp_path / "nowhere" / "metadata.json"
    ended = db.load(things(singer, id="The id."), singer.record({"id": 1}), metadata=path)
    assert ended.code == 1
    assert ended.said == [
        f"singer-to-sqlite: 1 row written to 1 table of {db.path}",
        f"singer-to-sqlite: error: can't write {path}: No such file or directory",
    ]
    assert db.rows("SELECT id FROM things") == [1]


def indexed(db: SqliteFile, table: str) -> set[str]:
    sql = f"SELECT i.name FROM pragma_index_list('{table}') l, pragma_index_info(l.name) i"
    return set(db.rows(f"{sql} WHERE l.origin = 'c'"))


def test_columns_that_join_tables_are_indexed(db: SqliteFile, singer: type[Singer]) -> None:
    fields = {
        "id": "integer",
        "owner_id": "integer",
        "OWNER_ID": "string",
        "sent_by": "integer",
        "idea": "string",
        "paid": "boolean",
        "via": "object",
    }
    message = singer.schema(["id"], "things", **fields)
    row = {"id": 1, "owner_id": 2, "external_id": "x"}
    assert db.load(message, singer.record(row)).code == 0
    (other,) = [name for name in db.columns("things") if name.startswith("OWNER_ID__")]
    assert indexed(db, "things") == {"owner_id", "sent_by", "external_id"}
    assert other.startswith("OWNER_ID__")
    assert db.load(message, singer.record({"id": 2, "owner_id": "text"})).code == 0
    assert indexed(db, "things") == {"owner_id", "sent_by", "external_id"}
    assert db.rows("SELECT count(*) FROM things") == [2]


def test_the_first_column_of_the_key_is_not_indexed_again(
    db: SqliteFile, singer: type[Singer]
) -> None:
    message = singer.schema(["parent_id", "child_id"], parent_id="integer", child_id="integer")
    assert db.load(message).code == 0
    assert indexed(db, "things") == {"child_id"}


def references() -> Iterator[tuple[str, str, str]]:
    """Yields tap, stream and field of each reference that a column with a plain value holds."""
    for path in sorted((ROOT / "schemas").glob("*/*.json")):
        schema = json.loads(path.read_text("utf-8"))
        for field, node in schema["properties"].items():
            if "references" in node:
                yield path.parent.name, path.stem, field


def test_the_references_of_the_suites_own_schemas_are_indexed() -> None:
    found = set(references())
    assert {(tap, stream, field) for tap, stream, field in found if not joins(field)} <= (
        NAMED_OTHERWISE
    )


@pytest.mark.stack
@pytest.mark.process
@pytest.mark.parametrize("version", ["datasette", "datasette-1"])
def test_datasette_shows_the_descriptions_and_what_people_wrote(
    db: SqliteFile, singer: type[Singer], tmp_path: Path, version: str
) -> None:
    path = tmp_path / "metadata.json"
    by_hand = {"databases": {"file": {"tables": {"things": {"facets": ["status"]}}}}}
    path.write_text(json.dumps(by_hand))
    message = things(singer, id="The <i>id</i>.", status="A number.")
    db.load(message, singer.record({"id": 1, "status": 77}), metadata=path)
    command = [str(programs(version) / "datasette"), str(db.path), "--metadata", str(path)]
    done = subprocess.run([*command, "--get", "/file/things"], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    page = done.stdout.decode()
    assert "One row for each thing." in page
    assert "<dd>The &lt;i&gt;id&lt;/i&gt;.</dd>" in page
    assert 'id="facet-status"' in page
