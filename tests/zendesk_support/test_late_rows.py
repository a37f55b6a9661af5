"""Rows that appear late, and those that change without coming through their filter again."""

from __future__ import annotations

from math import ceil

import pytest

from sandbox.times import stamp
from tests.truth import unread
from tests.zendesk_support.conftest import Site, assert_complete, live_tickets
from tests.zendesk_support.truth import expected


def test_metric_events_that_appear_late_with_their_own_time() -> None:
    """On pages so small that the sweep of older events does not get there."""
    site = Site(config={"page_size": 10})
    site.run("ticket_metric_events")
    site.changes.breach(live_tickets(site)[0])
    site.later(1200)
    site.run("ticket_metric_events")
    site.changes.breach(live_tickets(site)[1], at=stamp(site.account.now() - 13 * 60 - 1200))
    site.later()
    site.run("ticket_metric_events")
    assert_complete(site, "ticket_metric_events")


def test_a_breach_that_is_written_ahead_does_not_carry_the_bookmark_with_it() -> None:
    site = Site(hold_back=0)
    site.options.hold_back = -7200
    ahead = site.changes.breach(live_tickets(site)[0], at=stamp(site.account.now() + 3600))
    site.run("ticket_metric_events")
    sent = {row["id"] for row in site.sent("ticket_metric_events")}
    assert set(ahead["ticket_metric_events"]) <= sent
    site.changes.breach(live_tickets(site)[1])
    site.run("ticket_metric_events")
    assert_complete(site, "ticket_metric_events")


def test_metric_events_that_are_marked_deleted_later_are_found_within_some_runs() -> None:
    site = Site(40, config={"page_size": 100})
    site.run("ticket_metric_events")
    [old] = site.changes.breach(live_tickets(site)[0], at="2025-01-05T00:00:00Z")[
        "ticket_metric_events"
    ]
    site.changes.withdraw_breach(old)
    events = len(expected(site.server, "ticket_metric_events"))
    for _ in range(events // 100 + 2):
        site.run("ticket_metric_events")
    assert_complete(site, "ticket_metric_events")


@pytest.mark.parametrize("by", ["updated_at", "created_at"])
def test_ratings_that_are_edited_long_after_they_were_offered(by: str) -> None:
    site = Site(200, ratings_filter=by, config={"page_size": 2})
    site.run("satisfaction_ratings")
    oldest = min(site.sent("satisfaction_ratings"), key=lambda row: str(row["created_at"]))
    ratings = site.account.table("satisfaction_ratings")
    now = stamp(site.account.now())
    site.account.version += 1
    ratings[oldest["id"]] = {**ratings[oldest["id"]], "score": "bad", "updated_at": now}
    site.later()
    for _ in range(len(ratings) // 20 + 2):
        site.run("satisfaction_ratings")
    assert_complete(site, "satisfaction_ratings")


def test_a_sweep_gets_past_a_second_that_fills_its_slice() -> None:
    site = Site(10, config={"page_size": 5})
    ticket = live_tickets(site)[0]
    for _ in range(9):
        site.changes.breach(ticket, at="2024-06-01T00:00:01Z")
    site.run("ticket_metric_events")
    site.changes.breach(ticket, at="2024-06-01T00:00:09Z")
    for _ in range(6):
        site.run("ticket_metric_events")
    assert_complete(site, "ticket_metric_events")


def test_while_all_older_rows_fit_into_a_slice_they_are_read_in_each_run() -> None:
    site = Site(10)
    ticket = live_tickets(site)[0]
    old = [
        site.changes.breach(ticket, at=f"2025-01-0{day}T00:00:00Z")["ticket_metric_events"][0]
        for day in (1, 2, 3)
    ]
    site.run("ticket_metric_events")
    for event in old:
        site.changes.withdraw_breach(event)
        run = site.run("ticket_metric_events")
        assert_complete(site, "ticket_metric_events")
        assert "swept" not in (run.state or {})["bookmarks"]["ticket_metric_events"]


@pytest.mark.parametrize("stream", ["ticket_metric_events", "satisfaction_ratings"])
def test_what_the_look_back_shows_is_not_swept_as_well(stream: str) -> None:
    site = Site(60)
    site.changes.rate(live_tickets(site)[0])
    site.changes.breach(live_tickets(site)[1])
    site.run(stream)
    sent = site.run(stream).records(stream)
    assert sent
    assert len({row["id"] for row in sent}) == len(sent)


def test_a_sweep_ends_where_the_run_began_to_read() -> None:
    config = {"page_size": 2, "lookback_seconds": 0, "ratings_lookback_days": 0}
    site = Site(60, config=config)
    rows = sorted(expected(site.server, "satisfaction_ratings"), key=lambda row: row["created_at"])
    begin = rows[5]["created_at"]
    state = {"bookmarks": {"satisfaction_ratings": {"updated_at": begin}}}
    run = site.run("satisfaction_ratings", state=state)
    changed = [row for row in rows if row["updated_at"] >= begin]
    assert unread(run.records("satisfaction_ratings")) == [*changed, *rows[:5]]
    assert len(site.requests()) == ceil(len(changed) / 2) + 3
    assert "swept" not in (run.state or {})["bookmarks"]["satisfaction_ratings"]
