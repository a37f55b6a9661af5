"""Custom objects, their fields and their records."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from sandbox.times import parse, stamp
from tap_zendesk_support.custom_objects import record_row
from tests.truth import assert_holds
from tests.zendesk_support.conftest import Site, assert_complete
from tests.zendesk_support.truth import expected

OBJECTS = ("custom_objects", "custom_object_fields", "custom_object_records")
RECORDS = "custom_object_records"
FORBIDDEN = {"error": "Forbidden", "description": "no"}
EXPORT = "*/incremental/custom_objects/*"


def records(site: Site) -> dict[Any, Any]:
    return site.account.table(RECORDS)


def erase(site: Site) -> Any:
    """Deletes the first record as Zendesk does."""
    row = next(iter(records(site).values()))
    gone = dict.fromkeys(row["custom_object_fields"], "[DELETED]")
    site.changes.update_row(RECORDS, row["id"], name="[DELETED]", custom_object_fields=gone)
    return row["id"]


def test_each_object_goes_on_from_its_own_cursor() -> None:
    site = Site(200, max_page=3)
    site.run(*OBJECTS)
    assert_complete(site, *OBJECTS)
    site.server.log.reset()
    run = site.run(RECORDS)
    assert run.counts()[RECORDS] == 0
    assert len(site.requests()) == 1 + len(site.account.table("custom_objects"))
    last = list(records(site))[-1]
    site.changes.update_row(RECORDS, last, name="Neu")
    site.later()
    run = site.run(RECORDS)
    assert run.counts()[RECORDS] == 1
    assert_complete(site, RECORDS)


def test_the_bookmark_says_how_far_the_object_furthest_behind_is() -> None:
    site = Site(100)
    site.run(RECORDS)
    newest: dict[str, str] = {}
    for row in expected(site.server, RECORDS):
        key = row["custom_object_key"]
        newest[key] = max(newest.get(key, ""), row["updated_at"])
    assert len(set(newest.values())) > 1
    assert site.state["bookmarks"][RECORDS]["updated_at"] == min(newest.values())


@pytest.mark.parametrize(
    ("name", "values", "is_deleted"),
    [
        ("[DELETED]", {"a": "[DELETED]", "b": "[DELETED]"}, True),
        ("[DELETED]", {}, True),
        ("[DELETED]", None, True),
        ("[DELETED]", {"a": "[DELETED]", "b": 1}, False),
        ("Van", {"a": "[DELETED]"}, False),
    ],
)
def test_a_record_is_deleted_if_all_of_it_says_so(name: str, values: Any, is_deleted: bool) -> None:
    row = record_row({"name": name, "custom_object_fields": values})
    assert row["is_deleted"] == is_deleted
    assert row["custom_object_fields"] == (None if is_deleted else values)


@pytest.mark.parametrize("lookback", [0, 300])
def test_a_listed_record_at_the_edge_of_the_look_back_comes(lookback: int) -> None:
    site = Site(100, config={"export_mode": "list", "lookback_seconds": lookback})
    site.run(RECORDS)
    vans = [row for row in records(site).values() if row["custom_object_key"] == "van"]
    last = max(parse(row["updated_at"]) for row in vans)
    site.changes.update_row(RECORDS, vans[0]["id"], at=stamp(last - lookback), name="Neu")
    site.run(RECORDS)
    assert_complete(site, RECORDS)


def test_a_deleted_record_says_so_and_has_no_values() -> None:
    site = Site(100)
    site.run(RECORDS)
    deleted = erase(site)
    site.later()
    run = site.run(RECORDS)
    assert_complete(site, RECORDS)
    [row] = [row for row in site.sent(RECORDS) if row["is_deleted"]]
    assert (row["id"], row["custom_object_fields"]) == (deleted, None)
    assert "convert" not in run.err


def test_records_are_listed_where_the_export_is_refused() -> None:
    """The list does not show deleted records; the export does as soon as it is open again."""
    site = Site(100, refused_exports=[RECORDS])
    site.run(RECORDS)
    assert_complete(site, RECORDS)
    deleted = erase(site)
    site.later()
    run = site.run(RECORDS)
    assert run.err.count("which does not show deleted ones") == 1
    rows = expected(site.server, RECORDS)
    live = [row for row in rows if row["id"] != deleted]
    assert_holds(live, [row for row in site.sent(RECORDS) if row["id"] != deleted])
    site.options.refused_exports = ()
    site.run(RECORDS)
    assert_complete(site, RECORDS)


@pytest.mark.parametrize("status", [402, 404])
def test_records_are_listed_where_there_is_no_export(status: int) -> None:
    site = Site(100)
    body = {"error": "InvalidEndpoint", "description": "Not found"}
    site.fault("status", status=status, path="*/incremental/custom_objects/*", body=body)
    run = site.run(RECORDS)
    assert_complete(site, RECORDS)
    assert "is gone" not in run.err


def test_a_refused_export_ends_the_records_if_no_list_is_wanted() -> None:
    site = Site(20, refused_exports=[RECORDS], config={"export_mode": "incremental"})
    site.run(*OBJECTS, code=3)
    assert_complete(site, "custom_objects", "custom_object_fields")
    assert site.sent(RECORDS) == []


def test_lists_alone_if_the_config_says_so() -> None:
    """A list is read down to where the last run ended."""
    site = Site(400, config={"export_mode": "list", "page_size": 3})
    site.run(RECORDS)
    assert_complete(site, RECORDS)
    assert not any("incremental" in endpoint for endpoint in site.requests())
    site.changes.update_row(RECORDS, next(iter(records(site))), name="Neu")
    site.server.log.reset()
    run = site.run(RECORDS)
    assert run.counts()[RECORDS] == 3
    assert len(site.requests()) == 1 + len(site.account.table("custom_objects"))
    assert_complete(site, RECORDS)


@pytest.mark.parametrize("status", [403, 500])
def test_an_object_that_cannot_be_read_leaves_the_others_alone(status: int) -> None:
    site = Site(100, config={"retry_seconds": 1})
    site.fault("status", status=status, path="*/custom_objects/van/*", body=FORBIDDEN)
    run = site.run(*OBJECTS, code=3)
    assert "the object 'van'" in run.err
    others = [row for row in expected(site.server, RECORDS) if row["custom_object_key"] != "van"]
    assert_holds(others, site.sent(RECORDS))
    site.server.faults.clear()
    site.run(*OBJECTS)
    assert_complete(site, *OBJECTS)


def test_an_object_that_is_new_is_read_from_the_start() -> None:
    site = Site(100)
    site.run(RECORDS)
    table = site.account.table("custom_objects")
    table["new"] = {**next(iter(table.values())), "key": "new"}
    first = next(iter(records(site).values()))
    old = {**first, "id": "01OLD", "custom_object_key": "new", "updated_at": "2026-01-01T00:00:00Z"}
    records(site)["01OLD"] = old
    site.account.version += 1
    site.run(RECORDS)
    assert_complete(site, RECORDS)


def test_an_object_that_goes_while_it_is_read_is_no_failure() -> None:
    site = Site(20)
    gone = {"error": "RecordNotFound", "description": "Not found"}
    site.fault("status", status=404, path="*/custom_objects/unused/*", body=gone)
    run = site.run(*OBJECTS)
    assert run.err.count("the object 'unused' is gone") == 2
    assert_complete(site, *OBJECTS)


def test_values_have_the_types_of_their_objects_fields() -> None:
    """A name that two objects give different types stays open."""
    site = Site(60)
    schemas: Any = site.tap.tap.customise(site.tap.api(), site.tap.tap.schemas)
    typed = schemas[RECORDS]["properties"]["custom_object_fields"]["properties"]
    assert {name: node["type"] for name, node in typed.items()} == {
        "colour": ["null", "string"],
        "doors": ["null", "integer", "string"],
        "leased": ["null", "boolean"],
        "plate": ["null", "string"],
        "user": ["null", "integer", "string"],
    }
    catalog = deepcopy(site.catalog(RECORDS))
    for entry in catalog["streams"]:
        entry["schema"] = schemas.get(entry["tap_stream_id"], entry["schema"])
    site.run(catalog=catalog)
    rows = expected(site.server, RECORDS, schema=schemas[RECORDS])
    assert_holds(rows, site.sent(RECORDS))


@pytest.mark.parametrize("objects", ["x", {"van": {}}, {"van": {"reached": "soon"}}])
def test_a_state_that_makes_no_sense_is_refused(objects: Any) -> None:
    site = Site(10)
    state = {"bookmarks": {RECORDS: {"updated_at": "2026-01-01T00:00:00Z", "objects": objects}}}
    with pytest.raises(Exception, match="correct or remove it"):
        site.run(RECORDS, state=state)
