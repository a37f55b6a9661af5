"""What goes wrong between the tap and the API, and the quota that keeps it from going wrong."""

from __future__ import annotations

from typing import Any

import pytest

from tap_desk.api import readings
from tests.desk.conftest import Place
from tests.harness import selecting


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 400, "next": 3},
        {"kind": "status", "status": 429, "body": "vendor", "next": 1, "retry_after": 1},
        {"kind": "status", "status": 502, "body": "html", "next": 2},
        {"kind": "status", "status": 200, "body": "html", "next": 1},
        {"kind": "truncated", "next": 1},
        {"kind": "reset", "next": 2},
        {"kind": "status", "status": 401, "next": 1},
    ],
    ids=str,
)
def test_what_passes_is_waited_out(place: Place, fault: dict[str, Any]) -> None:
    server, taps = place(limit=1000, window_seconds=2)
    catalog = selecting(taps.discovered(), "cases", "replies")
    server.faults.set([{**fault, "path": "*/cases/search"}, {**fault, "path": "*/replies"}])
    run = taps.run(catalog=catalog)
    assert run.code == 0, run.err
    assert len(run.records("cases")) == 250
    assert len(run.records("replies")) == len(server.account.rows("replies"))


def test_a_bad_request_that_stays_one_fails_its_stream_only(place: Place) -> None:
    server, taps = place()
    server.faults.add("status", path="*/companies", status=400)
    run = taps.run(catalog=selecting(taps.discovered(), "companies", "brands"))
    assert run.code == 3
    assert len(run.records("brands")) == 2
    assert (
        server.log.endpoints["GET companies"] == 8
    )  # in discovery and in the run, one attempt and three more each


def test_what_only_administrators_may_read_is_marked_and_skipped(place: Place) -> None:
    _, taps = place(role="agent")
    catalog = taps.discovered()
    refused = {
        entry["tap_stream_id"]
        for entry in catalog["streams"]
        for item in entry["metadata"]
        if not item["breadcrumb"] and "unavailable" in item["metadata"]
    }
    assert refused == {
        "rules", "site_settings", "inbound_mailboxes", "outbound_mailboxes", "jobs", "integration_urls", "custom_fields",
    }  # fmt: skip
    run = taps.run()
    assert run.code == 0, run.err
    assert len(run.records("cases")) == 250


def test_a_stream_that_is_refused_after_discovery_makes_the_run_partial(place: Place) -> None:
    server, taps = place()
    catalog = taps.discovered()
    server.options.forbidden = "labels"
    run = taps.run(catalog=catalog)
    assert run.code == 3
    assert len(run.records("users")) == len(server.account.staff.users)


def test_the_quota_is_kept_with_a_reserve_for_others(place: Place) -> None:
    server, taps = place(limit=60, window_seconds=2)
    run = taps.run(catalog=selecting(taps.discovered(), "cases", "replies"))
    assert run.code == 0, run.err
    assert len(run.records("replies")) == len(server.account.rows("replies"))
    assert server.log.statuses[429] == 0


def test_a_limit_of_one_leaves_nothing_to_others_and_is_used(place: Place) -> None:
    server, taps = place()
    catalog = selecting(taps.discovered(), "brands", "labels")
    server.options.limit, server.options.window_seconds = 1, 1
    run = taps.run(catalog=catalog)
    assert run.code == 0, run.err
    assert run.records("labels")


def test_when_others_use_the_quota_up_the_tap_waits_for_the_next_minute(place: Place) -> None:
    server, taps = place(limit=60, window_seconds=2)
    catalog = selecting(taps.discovered(), "cases", "replies")
    server.faults.add("status", path="*/replies", status=429, every=20, next=3)
    run = taps.run(catalog=catalog)
    assert run.code == 0, run.err
    assert len(run.records("replies")) == len(server.account.rows("replies"))


@pytest.mark.parametrize(
    ("said", "seconds"), [("0", 0.5), ("59", 59.5), ("86400", 60.5), ("soon", None)]
)
def test_the_budget_renews_within_a_minute_whatever_the_header_says(
    said: str, seconds: float | None
) -> None:
    headers = {
        "X-Rate-Limit-Limit": "300",
        "X-Rate-Limit-Remaining": "0",
        "X-Rate-Limit-Reset": said,
    }
    assert [reading.reset for reading in readings(headers)] == [seconds]


def test_a_list_that_ends_at_the_last_page_with_more_to_come_fails_loudly(place: Place) -> None:
    server, taps = place()
    page = {
        "total_entries": 3,
        "_links": {"self": None, "next": {"href": "/api/v2/labels?page=2", "class": "page"}},
        "_embedded": {
            "entries": [
                {"name": "a", "_links": {"self": {"href": "/api/v2/labels/1", "class": "label"}}}
            ]
        },
    }
    server.faults.add("status", path="*/labels", status=200, body=page)
    run = taps.run(catalog=selecting(taps.discovered(), "labels"))
    assert run.code == 3
    assert "page 2 is page 1 again" in run.err


@pytest.mark.parametrize("kind", ["lone_surrogate", "invalid_utf8", "huge_integer"])
def test_rows_that_strict_readers_refuse_are_mended(place: Place, kind: str) -> None:
    server, taps = place()
    server.faults.add(kind, path="*/cases/search", field="subject")
    run = taps.run(catalog=selecting(taps.discovered(), "cases"))
    assert run.code == 0, run.err
    assert len(run.records("cases")) == 250
    assert all(isinstance(row["subject"], str) for row in run.records("cases"))
