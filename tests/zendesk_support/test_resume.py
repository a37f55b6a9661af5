"""Runs that are killed, and bookmarks of every kind."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.times import parse, stamp
from sandbox.zendesk_support import ids
from tests.truth import assert_holds, selected, unread
from tests.zendesk_support.conftest import (
    EACH_WAY,
    HISTORY,
    Site,
    assert_audits,
    assert_complete,
    examples,
    live_tickets,
)
from tests.zendesk_support.truth import expected

CHANGED = ("tickets", "zendesk_ticket_metrics", "users", "organizations", *HISTORY)


@examples(3)
@given(seed=st.integers(0, 999), cuts=st.lists(st.integers(1, 600), min_size=1, max_size=2))
def test_killed_anywhere_nothing_is_lost(seed: int, cuts: list[int]) -> None:
    site = Site(20, seed=seed, config={"page_size": 9})
    for lines in cuts:
        site.run(*EACH_WAY, lines=lines)
    site.run(*EACH_WAY)
    assert_complete(site, *EACH_WAY)


@examples(3)
@given(seed=st.integers(0, 999), cut=st.integers(1, 300), changes=st.integers(1, 15))
def test_killed_while_the_account_changes(seed: int, cut: int, changes: int) -> None:
    site = Site(20, seed=seed, config={"page_size": 9})
    site.run(*CHANGED)
    site.server.changes.live(seed, changes)
    site.later()
    site.run(*CHANGED, lines=cut)
    site.server.changes.live(seed + 1, changes)
    site.later()
    site.run(*CHANGED)
    assert_complete(site, *CHANGED)


@pytest.mark.parametrize("after", [0, 1, 2, 4, 6])
def test_exports_refused_in_mid_run(after: int) -> None:
    site = Site(24, refuse_exports_after=after, config={"page_size": 12}, seed=3)
    site.run("tickets", "users", "audits")
    site.options.refuse_exports_after = None
    site.run("tickets", "users", "audits")
    for stream in ("tickets", "users", "audits"):
        keys = {row["id"] for row in expected(site.server, stream)}
        listed = {row["id"] for row in expected(site.server, stream, "list")}
        sent = {row["id"] for row in site.sent(stream)}
        assert listed <= sent <= keys | listed


def test_an_export_that_opens_again_goes_on_where_the_lists_ended() -> None:
    site = Site(refused_exports=["*"])
    site.run("tickets", "users", "organizations")
    site.options.refused_exports = ()
    live = live_tickets(site)
    site.changes.update_ticket(live[0])
    site.later(1200)
    second = site.run("tickets", "users", "organizations")
    assert 1 <= second.counts()["tickets"] < 10
    sent = {row["id"]: row for row in site.sent("tickets")}
    [changed] = [row for row in expected(site.server, "tickets") if row["id"] == live[0]]
    assert sent[live[0]]["priority"] == changed["priority"]


@pytest.mark.parametrize("mode", ["auto", "list"])
def test_a_bookmark_is_the_time_of_the_newest_row(mode: str) -> None:
    """In lists that is the time of change, which an update by the system does not move."""
    site = Site(config={"export_mode": mode})
    site.changes.system_update(next(number for _, number in site.account.tickets.listed))
    site.later(600)
    run = site.run("tickets", "users")
    tickets, users = (expected(site.server, stream) for stream in ("tickets", "users"))
    generated = max(row["generated_timestamp"] for row in tickets)
    updated = max(row["updated_at"] for row in tickets)
    assert generated > parse(updated)
    bookmarks = (run.state or {})["bookmarks"]
    reached = parse(updated) if mode == "list" else generated
    assert bookmarks["tickets"]["generated_timestamp"] == reached
    assert bookmarks["users"]["updated_at"] == max(row["updated_at"] for row in users)


@pytest.mark.parametrize("mode", ["auto", "list"])
def test_a_stream_that_is_ahead_of_a_killed_walk_keeps_its_bookmark(mode: str) -> None:
    site = Site(config={"export_mode": mode, "page_size": 10})
    first = site.run("tickets")
    run = site.run("tickets", "zendesk_ticket_metrics")
    known = [message["value"]["bookmarks"] for message in run.messages if "value" in message]
    begun = [bookmarks for bookmarks in known if "zendesk_ticket_metrics" in bookmarks]
    assert len(begun) > 2
    tickets = (first.state or {})["bookmarks"]["tickets"]
    assert all(bookmarks["tickets"] == tickets for bookmarks in begun[:-1])


def test_lists_of_deleted_rows_have_a_bookmark_of_their_own() -> None:
    site = Site(config={"export_mode": "list"})
    before = (site.run("tickets").state or {})["bookmarks"]["tickets"]
    deleted = stamp(site.account.now())
    site.changes.delete_ticket(next(number for _, number in site.account.tickets.listed))
    site.later(600)
    after = (site.run("tickets").state or {})["bookmarks"]["tickets"]
    assert after == {**before, "list_deleted_at": deleted}


def test_a_row_that_a_list_shows_late_comes_within_the_look_back() -> None:
    site = Site(config={"export_mode": "list"})
    site.run("users")
    newest = max(parse(row["updated_at"]) for row in expected(site.server, "users"))
    site.changes.add_row("users", at=stamp(newest - 299))
    site.run("users")
    assert_complete(site, "users", mode="list")


def test_lists_begin_where_the_export_or_the_lists_ended_whichever_is_later() -> None:
    site = Site(config={"export_mode": "list", "lookback_seconds": 0})
    rows = sorted(expected(site.server, "users"), key=lambda row: str(row["updated_at"]))
    early, late = (rows[at]["updated_at"] for at in (5, -5))
    later_rows = [row for row in rows if row["updated_at"] >= late]
    for exported, listed in ((early, late), (late, early)):
        bookmark = {"updated_at": exported, "list_updated_at": listed, "list_deleted_at": listed}
        run = site.run("users", state={"bookmarks": {"users": bookmark}})
        assert_holds(later_rows, run.records("users"), stream="users")


def test_the_list_of_deleted_rows_begins_at_its_own_bookmark() -> None:
    site = Site(config={"export_mode": "list", "lookback_seconds": 0})
    deleted = ids.USERS + site.account.users.agents + 2
    site.changes.remove_row("users", deleted, at="2026-05-01T00:00:00Z")
    rows = sorted(expected(site.server, "users"), key=lambda row: str(row["updated_at"]))
    bookmark = {"list_updated_at": rows[-2]["updated_at"], "list_deleted_at": rows[5]["updated_at"]}
    run = site.run("users", state={"bookmarks": {"users": bookmark}})
    since = {True: bookmark["list_updated_at"], False: bookmark["list_deleted_at"]}
    wanted = [row for row in rows if row["updated_at"] >= since[row["active"]]]
    assert deleted in {row["id"] for row in wanted}
    assert_holds(wanted, run.records("users"), stream="users")


def test_metrics_of_archived_tickets_come_when_the_export_opens_again() -> None:
    site = Site(refused_exports=["*"])
    first = site.run("tickets", "zendesk_ticket_metrics")
    site.options.refused_exports = ()
    site.later(1200)
    second = site.run("tickets", "zendesk_ticket_metrics")
    assert first.counts()["zendesk_ticket_metrics"] < first.counts()["tickets"]
    assert second.counts()["tickets"] < 10
    assert_complete(site, "zendesk_ticket_metrics")


def test_killed_among_the_lists_that_took_over_from_an_export() -> None:
    """Tickets that the system updated are late in the export and early in the lists."""
    first = Site(40, config={"page_size": 9})
    whole = _cut_short(first)
    for lines in [at for at, message in enumerate(whole, 1) if message["type"] == "STATE"][6:-1:3]:
        site = Site(40, config={"page_size": 9})
        _prepare(site)
        site.run("tickets", lines=lines)
        site.run("tickets")
        keys = {row["id"] for row in expected(site.server, "tickets")}
        assert {row["id"] for row in site.sent("tickets")} == keys


def _prepare(site: Site) -> None:
    live = sorted(number for _, number in site.account.tickets.listed)
    for number in live[4:12:2]:
        site.changes.system_update(number)
    site.later(600)
    site.options.refuse_exports_after = 5


def _cut_short(site: Site) -> list[dict[str, Any]]:
    _prepare(site)
    return list(site.run("tickets").messages)


@pytest.mark.parametrize("refused", [["ticket_events"], ["ticket_events", "tickets"]])
@pytest.mark.parametrize("seconds", [0, 200])
def test_the_past_of_a_ticket_that_changed_during_the_last_minute(
    refused: list[str], seconds: int
) -> None:
    """The ticket export holds it back; the event export, open again, begins behind its audits.

    To read the other tickets' audits may take longer than that minute.
    """
    site = Site(refused_exports=refused, seconds_per_request=seconds)
    at = stamp(site.account.now() + 3 * seconds)
    for _, number in list(site.account.tickets.listed)[:8]:
        site.changes.update_ticket(number, at=at)
    site.run("audits")
    site.options.seconds_per_request = 0
    site.options.refused_exports = ()
    site.later(600)
    second = site.run("audits")
    assert_audits(site)
    assert second.counts()["audits"] < len(site.sent("audits")) / 3


@pytest.mark.parametrize("newest", ["audit", "ticket"])
def test_the_event_export_goes_on_where_audits_and_tickets_were_both_read_to(newest: str) -> None:
    site = Site(refused_exports=["ticket_events"])
    first, second, *_ = live_tickets(site)
    site.changes.update_ticket(first)
    written = stamp(site.account.now())
    site.later(600)
    (site.changes.update_ticket if newest == "audit" else site.changes.system_update)(second)
    if newest == "ticket":
        site.later(600)
    run = site.run("audits")
    bookmark = (run.state or {})["bookmarks"]["audits"]
    assert bookmark["created_at"] == written


def test_the_event_export_begins_where_tickets_were_read_to() -> None:
    """What changed later may be read, too, but deleted tickets show no audits."""
    site = Site(refused_exports=["ticket_events"], seconds_per_request=200)
    now = site.account.now()
    deleted, changed = [number for _, number in site.account.tickets.listed][:2]
    site.changes.delete_ticket(deleted, at=stamp(now + 700))
    site.changes.update_ticket(changed, at=stamp(now + 1_400))
    site.run("audits")
    site.options.refused_exports, site.options.seconds_per_request = (), 0
    site.run("audits")
    ends = [row["id"] for row in expected(site.server, "audits") if row["ticket_id"] == deleted]
    assert max(ends) in {row["id"] for row in site.sent("audits")}


def test_a_walk_that_meets_archived_tickets_alone_does_not_begin_the_history_at_1970() -> None:
    since = "2025-12-01T00:00:00Z"
    site = Site(40, config={"export_mode": "list", "start_date": since})
    live = live_tickets(site)
    for row in expected(site.server, "tickets"):
        if row["id"] in live and str(row["updated_at"]) >= since:
            site.account.tickets.archive(row["id"])
    recent = {
        row["id"] for row in expected(site.server, "tickets") if str(row["updated_at"]) >= since
    }
    for _ in range(2):
        run = site.run("audits")
        assert {row["ticket_id"] for row in run.records("audits")} <= recent
        assert "created_at" not in site.state["bookmarks"]["audits"]


def test_a_refused_cursor_falls_back_to_its_time() -> None:
    site = Site()
    first = site.run("tickets", "users")
    state: Any = first.state
    for bookmark in state["bookmarks"].values():
        bookmark["cursor"] = "no cursor"
    second = site.run("tickets", "users", state=state)
    assert second.err.count("the cursor is refused") == 2
    assert second.counts()["tickets"] < 10
    assert_complete(site, "tickets", "users")


def test_a_state_of_singer_ios_tap_is_understood() -> None:
    site = Site()
    moments = sorted(row["generated_timestamp"] for row in expected(site.server, "tickets"))
    bookmark = moments[20] + 300
    site.run("tickets", state={"bookmarks": {"tickets": {"generated_timestamp": bookmark}}})
    rows = selected(expected(site.server, "tickets"), site.catalog("tickets"), "tickets")
    wanted = [row for row in rows if row["generated_timestamp"] >= moments[20]]
    assert_holds(wanted, site.sent("tickets"), stream="tickets")


def test_a_stream_that_is_added_later_begins_at_the_start() -> None:
    site = Site()
    site.run("tickets", "audits")
    site.run("tickets", "zendesk_ticket_metrics", "audits", "ticket_comments")
    assert_complete(site, "tickets", "zendesk_ticket_metrics", "audits", "ticket_comments")


def test_the_start_date_is_where_the_first_run_begins() -> None:
    start = "2026-05-01T00:00:00Z"
    site = Site(config={"start_date": start})
    site.run("tickets", "users", "audits", "zendesk_macros")
    fields = {
        "tickets": "generated_timestamp",
        "users": "updated_at",
        "audits": "created_at",
    }
    for stream, field in fields.items():
        rows = selected(expected(site.server, stream), site.catalog(stream), stream)
        rows = [row for row in rows if _time(row[field]) >= parse(start)]
        assert_holds(rows, unread(site.sent(stream)), stream=stream)
    assert_complete(site, "zendesk_macros")


def _time(value: Any) -> int:
    return value if isinstance(value, int) else parse(value)


@pytest.mark.parametrize(
    ("stream", "key", "value"),
    [
        ("tickets", "generated_timestamp", [1]),
        ("tickets", "generated_timestamp", 1_577_836_800_000),
        ("tickets", "list_updated_at", "yesterday"),
        ("users", "updated_at", "yesterday"),
        ("users", "updated_at", True),
        ("audits", "created_at", {}),
        ("audits", "ticket_generated_timestamp", "soon"),
        ("ticket_metric_events", "time", 17),
        ("satisfaction_ratings", "swept", "x"),
    ],
)
def test_a_bookmark_that_is_no_moment_ends_the_run(stream: str, key: str, value: Any) -> None:
    site = Site(5)
    bookmark = {"updated_at": "2026-05-01T00:00:00Z"} if key == "swept" else {}
    state = {"bookmarks": {stream: {**bookmark, key: value}}}
    run = site.run(stream, code=2, state=state)
    text = f"CRITICAL state: bookmarks.{stream}.{key} is {value!r}, which is not a date-time"
    assert run.err.count(text) == 1


def test_bookmarks_that_lie_ahead_are_no_reason_to_fail() -> None:
    site = Site()
    later = "2999-01-01T00:00:00Z"
    bookmarks = {
        "tickets": {"generated_timestamp": 4_102_444_800},
        "users": {"updated_at": later},
        "audits": {"created_at": later},
    }
    run = site.run("tickets", "users", "audits", state={"bookmarks": bookmarks})
    assert run.counts()["tickets"] == 0
