"""Custom objects: each object's records are read from a bookmark of their own."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.freshdesk.conftest import Helpdesk, sent
from tests.freshdesk.truth import expected, key_of
from tests.truth import assert_holds

RECORDS = "custom_object_records"
LISTS = "custom_objects/schemas/{id}/records"
BOOKINGS = "/api/v2/custom_objects/schemas/30/records"


def of_object(desk: Helpdesk, schema: int) -> list[dict[str, Any]]:
    return [row for row in expected(desk.server, RECORDS) if row["schema_id"] == schema]


def pages_asked(desk: Helpdesk) -> list[dict[str, list[str]]]:
    """The queries of all pages of records."""
    return [parse_qs(query, keep_blank_values=True) for query in desk.requests(LISTS)]


@pytest.mark.parametrize("page_size", [1, 4, 100])
def test_all_records_come_page_by_page_and_each_page_keeps_the_filter(page_size: int) -> None:
    desk = Helpdesk(tickets=20)
    run = desk.run("custom_objects", RECORDS, page_size=page_size)
    assert run.code == 0, run.err
    desk.assert_held(run, streams=["custom_objects", RECORDS])
    assert "did not fit" not in run.err
    asked = pages_asked(desk)
    assert [query["updated_time[gte]"] for query in asked] == [["2020-01-01T00:00:00.000Z"]] * len(
        asked
    )
    assert len(asked) == sum(-(-len(of_object(desk, schema)) // page_size) for schema in (30, 31))


def test_a_second_run_asks_once_for_each_object_and_brings_what_changed() -> None:
    desk = Helpdesk(tickets=20)
    first = desk.run(RECORDS)
    assert first.state is not None
    assert first.state["bookmarks"][RECORDS]["objects"].keys() == {"30", "31"}
    desk.server.log.reset()
    desk.changes.update_record("DEV-8", remark="Repaired")
    second = desk.run(RECORDS, state=first.state)
    assert second.code == 0, second.err
    desk.assert_held(first, second, streams=[RECORDS])
    changed = {row["display_id"] for row in second.records(RECORDS)}
    assert "DEV-8" in changed
    assert len(changed) <= 2, "the border row of the other object may come again"
    assert len(desk.requests(LISTS)) == 2


def test_a_change_in_the_very_second_of_the_bookmark_comes() -> None:
    desk = Helpdesk(tickets=20)
    at = "2026-06-01T12:00:00Z"
    desk.changes.update_record("BKG-1", at=at)
    first = desk.run(RECORDS)
    desk.changes.update_record("BKG-2", at=at)
    second = desk.run(RECORDS, state=first.state)
    desk.assert_held(first, second, streams=[RECORDS])


def test_a_row_of_the_future_hides_no_later_change() -> None:
    desk = Helpdesk(tickets=20)
    desk.changes.update_record("BKG-1", at="2027-01-01T00:00:00Z")
    first = desk.run(RECORDS)
    desk.changes.update_record("BKG-2")
    second = desk.run(RECORDS, state=first.state)
    desk.assert_held(first, second, streams=[RECORDS])


@pytest.mark.parametrize("status", [403, 500])
def test_an_object_that_cannot_be_read_costs_only_its_own_records(status: int) -> None:
    desk = Helpdesk(tickets=20, config={"retry_seconds": 1})
    desk.fault("status", status=status, path=BOOKINGS)
    first = desk.run(RECORDS, "custom_objects")
    assert first.code == (0 if status == 403 else 3), first.err
    assert_holds(of_object(desk, 31), first.records(RECORDS), key=key_of(RECORDS))
    desk.server.faults.clear()
    second = desk.run(RECORDS, state=first.state)
    assert second.code == 0, second.err
    desk.assert_held(first, second, streams=[RECORDS])


def test_a_page_that_fails_in_the_middle_leaves_the_bookmark_of_its_object() -> None:
    desk = Helpdesk(tickets=40, config={"retry_seconds": 1, "page_size": 5})
    desk.fault("status", status=500, path=BOOKINGS, query="next_token=10")
    first = desk.run(RECORDS)
    assert first.code == 3, first.err
    assert first.state is not None
    assert first.state["bookmarks"][RECORDS]["objects"].keys() == {"31"}
    desk.server.faults.clear()
    second = desk.run(RECORDS, state=first.state)
    desk.assert_held(first, second, streams=[RECORDS])


def test_an_account_that_refuses_the_filter_is_read_without_it() -> None:
    desk = Helpdesk(tickets=20)
    first = desk.run(RECORDS)
    desk.changes.update_record("BKG-3")
    desk.fault("status", status=400, path="*/records", query="updated_time", body={"code": "no"})
    second = desk.run(RECORDS, state=first.state)
    assert second.code == 0, second.err
    desk.assert_held(first, second, streams=[RECORDS])
    assert len(second.records(RECORDS)) <= 3, "the border rows of both objects may come again"


@pytest.mark.parametrize("largest", [3, 12])
def test_pages_that_are_too_large_for_the_vendor_are_asked_for_in_smaller_ones(
    largest: int,
) -> None:
    desk = Helpdesk(tickets=80, largest_page=largest)
    run = desk.run(RECORDS)
    assert run.code == 0, run.err
    desk.assert_held(run, streams=[RECORDS])


def test_a_later_page_that_is_too_large_is_asked_for_with_fewer_rows() -> None:
    desk = Helpdesk(tickets=160)
    desk.fault("status", status=504, path=BOOKINGS, query="next_token=20", next=3)
    run = desk.run(RECORDS, page_size=20)
    assert run.code == 0, run.err
    desk.assert_held(run, streams=[RECORDS])
    sizes = [query["page_size"][0] for query in pages_asked(desk) if "next_token" in query]
    assert sizes[:4] == ["20", "20", "20", "10"]


def test_a_run_that_was_killed_goes_on_with_the_objects_that_are_left() -> None:
    desk = Helpdesk(tickets=30, config={"page_size": 4})
    whole = desk.run(RECORDS)
    for lines in range(2, len(whole.messages), 3):
        first = desk.run(RECORDS, lines=lines).acknowledged
        second = desk.run(RECORDS, state=first.state)
        desk.assert_held(first, second, streams=[RECORDS])


@pytest.mark.parametrize("written", [5, {"30": "some day"}])
def test_bookmarks_of_another_shape_are_named(written: Any) -> None:
    desk = Helpdesk(tickets=20)
    run = desk.run(RECORDS, state={"bookmarks": {RECORDS: {"objects": written}}})
    assert run.code == 2
    assert f"state: bookmarks.{RECORDS}.objects" in run.err
    assert not desk.server.log.entries


@pytest.mark.parametrize("written", [None, {"30": None}])
def test_bookmarks_that_hold_nothing_are_none(written: Any) -> None:
    desk = Helpdesk(tickets=20)
    run = desk.run(RECORDS, state={"bookmarks": {RECORDS: {"objects": written}}})
    assert run.code == 0, run.err
    desk.assert_held(run, streams=[RECORDS])


def test_a_page_without_records_is_the_end_though_it_has_a_link() -> None:
    desk = Helpdesk(tickets=20)
    link = {"next": {"href": "/schemas/30/records?next_token=more"}}
    records = of_object(desk, 30)
    pages = [{"records": records, "_links": link}, {"records": [], "_links": link}]
    for body in pages:
        desk.fault("status", status=200, path=BOOKINGS, body=body, next=1)
    run = desk.run(RECORDS)
    assert run.code == 0, run.err
    desk.assert_held(run, streams=[RECORDS])


def test_pages_that_lead_back_end_the_walk() -> None:
    desk = Helpdesk(tickets=20, config={"retry_seconds": 1})
    row = {"display_id": "BKG-1", "updated_time": 1_790_000_000_000}
    link = {"next": {"href": "/schemas/30/records?next_token=again"}}
    desk.fault("status", status=200, path=BOOKINGS, body={"records": [row], "_links": link})
    run = desk.run(RECORDS)
    assert run.code == 3, run.err
    assert {row["schema_id"] for row in sent(RECORDS, run)} == {30, 31}
    assert "lead back to one that was already read" in run.err


@pytest.mark.parametrize(("page_size", "code"), [(2, 3), (3, 0)])
def test_a_full_page_without_links_is_no_end(page_size: int, code: int) -> None:
    desk = Helpdesk(tickets=20)
    records = [
        {"display_id": f"BKG-{number}", "updated_time": 1_780_000_000_000} for number in "12"
    ]
    desk.fault("status", status=200, path=BOOKINGS, body={"records": records})
    run = desk.run(RECORDS, page_size=page_size)
    assert run.code == code, run.err
    assert ("without _links" in run.err) == (code == 3)
    assert run.state is not None
    assert ("30" in run.state["bookmarks"][RECORDS]["objects"]) == (code == 0)
