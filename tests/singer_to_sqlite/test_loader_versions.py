"""ACTIVATE_VERSION: a full read says which rows are left."""

from typing import Any

import pytest

from tests.singer_to_sqlite.conftest import Singer, SqliteFile


def test_rows_of_another_version_are_deleted_and_counted(
    db: SqliteFile, singer: type[Singer]
) -> None:
    schema = singer.schema(["id"], id="integer")
    db.load(
        schema,
        *[singer.record({"id": key}, version=100) for key in (1, 2, 3)],
        singer.activate(100),
    )
    ended = db.load(
        schema, *[singer.record({"id": key}, version=200) for key in (1, 2)], singer.activate(200)
    )
    assert db.rows("SELECT id, _sdc_table_version FROM things") == [(1, 200), (2, 200)]
    assert ended.said == [
        f"singer-to-sqlite: 2 rows written to 1 table of {db.path}, 1 deleted; exit 0"
    ]


def test_rows_without_a_version_are_deleted_too(db: SqliteFile, singer: type[Singer]) -> None:
    schema = singer.schema(["id"], id="integer")
    db.load(schema, singer.record({"id": 1}), singer.record({"id": 2}))
    db.load(schema, singer.record({"id": 2}, version=1), singer.activate(1))
    assert db.rows("SELECT id FROM things") == [2]


def test_a_full_read_that_found_nothing_leaves_nothing(
    db: SqliteFile, singer: type[Singer]
) -> None:
    schema = singer.schema(["id"], id="integer")
    db.load(schema, singer.record({"id": 1}))
    ended = db.load(schema, singer.activate(7))
    assert db.rows("SELECT id FROM things") == []
    assert ended.said == [
        f"singer-to-sqlite: 0 rows written to 1 table of {db.path}, 1 deleted; exit 0"
    ]


def test_without_a_key_the_new_version_replaces_the_old_one(
    db: SqliteFile, singer: type[Singer]
) -> None:
    schema = singer.schema([], id="integer")
    for version in (1, 2):
        db.load(schema, singer.record({"id": 1}, version=version), singer.activate(version))
    assert db.rows("SELECT id FROM things") == [1]


def test_until_it_is_activated_a_version_deletes_nothing(
    db: SqliteFile, singer: type[Singer]
) -> None:
    schema = singer.schema(["id"], id="integer")
    db.load(schema, *[singer.record({"id": key}, version=1) for key in (1, 2)], singer.activate(1))
    db.load(schema, singer.record({"id": 1}, version=2))
    assert db.rows("SELECT id FROM things ORDER BY id") == [1, 2]


def test_other_streams_keep_their_rows(db: SqliteFile, singer: type[Singer]) -> None:
    db.load(
        singer.schema(["id"], id="integer"),
        singer.schema(["id"], "others", id="integer"),
        singer.record({"id": 1}, "others"),
        singer.activate(5),
    )
    assert db.rows("SELECT id FROM others") == [1]


def test_the_version_column_is_there_only_where_versions_are_used(
    db: SqliteFile, singer: type[Singer]
) -> None:
    db.load(
        singer.schema(["id"], id="integer"),
        singer.record({"id": 1}),
        singer.schema(["id"], "versioned", id="integer"),
        singer.record({"id": 1}, "versioned", version=5),
    )
    assert list(db.columns("things")) == ["id"]
    assert db.columns("versioned") == {"id": "INTEGER", "_sdc_table_version": "INTEGER"}


@pytest.mark.parametrize("version", ["5", 1.5, True, 2**63])
def test_a_version_is_an_integer(db: SqliteFile, singer: type[Singer], version: Any) -> None:
    schema = singer.schema(["id"], id="integer")
    for message in (singer.record({"id": 1}, version=version), singer.activate(version)):
        ended = db.load(schema, message)
        assert (ended.code, ended.error) == (
            1,
            "line 2: stream 'things': version is not an integer",
        )


def test_a_field_with_the_name_of_the_version_column_is_an_error(
    db: SqliteFile, singer: type[Singer]
) -> None:
    ended = db.load(
        singer.schema(["id"], id="integer"), singer.record({"id": 1, "_sdc_table_version": 5})
    )
    assert (ended.code, "the loader's own column" in ended.error) == (1, True)
