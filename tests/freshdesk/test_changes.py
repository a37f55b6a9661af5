"""A second run brings what changed, and little else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.freshdesk.conftest import Helpdesk, sent
from tests.freshdesk.truth import INCREMENTAL, expected
from tests.harness import Run
from tests.truth import Row, assert_holds

BORDERS = 3
"""Bookmarks are inclusive, so the last row of each list comes again; no stream has more lists."""
OF_TICKETS = ("tickets", "conversations")


def changed(before: list[Row], after: list[Row]) -> set[int]:
    """The ids of rows that are new or different."""
    old = {row["id"]: row for row in before}
    return {row["id"] for row in after if old.get(row["id"]) != row}


def without_tickets(desk: Helpdesk) -> list[int]:
    """Contacts who have no ticket, so that changing one changes no ticket's requester."""
    asking = {row["requester_id"] for row in desk.account.rows("tickets")}
    rows = desk.account.rows("contacts")
    free = [row["id"] for row in rows if row["id"] not in asking and not row.get("deleted")]
    assert len(free) > 5
    return free


def test_an_unchanged_account_brings_only_the_border_rows() -> None:
    desk = Helpdesk(tickets=60)
    first = desk.run()
    second = desk.run(state=first.state)
    assert second.code == 0, second.err
    for stream in INCREMENTAL:
        running = [row for row in second.records(stream) if row.get("timer_running")]
        assert len(second.records(stream)) <= BORDERS + len(running), stream
    assert second.state == first.state
    assert second.messages[0] == {"type": "STATE", "value": first.state}


def test_a_running_timer_comes_in_each_run() -> None:
    desk = Helpdesk(tickets=150)
    entries = desk.account.tables["time_entries"]
    entries.change(entries.ids[-1], timer_running=True)
    first = desk.run("time_entries")
    second = desk.run("time_entries", state=first.state)
    running = [row for row in expected(desk.server, "time_entries") if row["timer_running"]]
    again = [row for row in second.records("time_entries") if row["timer_running"]]
    assert running
    assert_holds(running, again, stream="time_entries")


def test_each_kind_of_change_arrives_with_the_next_run_and_nothing_else() -> None:
    desk = Helpdesk(tickets=150)
    streams = (*INCREMENTAL, "conversations")
    before = {stream: expected(desk.server, stream) for stream in INCREMENTAL}
    first = desk.run(*streams)
    tickets, contacts = desk.live_tickets(), without_tickets(desk)
    desk.changes.new_ticket()
    desk.changes.update_ticket(tickets[0], status=5)
    desk.changes.update_ticket(tickets[0], status=2)
    desk.changes.reply(tickets[1])
    desk.changes.note(tickets[2])
    desk.changes.move_ticket(tickets[3], "deleted")
    desk.changes.move_ticket(tickets[4], "spam")
    desk.changes.rate(tickets[5])
    desk.changes.add_time_entry(tickets[6])
    for stream in ("time_entries", "satisfaction_ratings"):
        desk.changes.update_row(stream, desk.account.rows(stream)[-1]["id"])
    desk.changes.new_contact(name="Aaa Newcomer")
    desk.changes.update_contact(contacts[0], name="Zzz Renamed")
    desk.changes.move_contact(contacts[1], "deleted")
    desk.changes.move_contact(contacts[2], "blocked")
    desk.changes.update_row("companies", desk.account.rows("companies")[2]["id"])
    second = desk.run(*streams, state=first.state)
    assert second.code == 0, second.err
    hidden = {
        row["id"] for row in first.records("conversations") if row["ticket_id"] in tickets[3:5]
    }
    desk.assert_held(first, second, streams=streams, gone={"conversations": hidden})
    for stream in INCREMENTAL:
        now = expected(desk.server, stream)
        running = {row["id"] for row in now if row.get("timer_running")}
        extra = {row["id"] for row in second.records(stream)} - changed(before[stream], now)
        assert len(extra - running) <= BORDERS, stream


@pytest.mark.parametrize("to", ["deleted", "spam"])
def test_a_ticket_that_comes_back_is_no_longer_marked(to: str) -> None:
    desk = Helpdesk(tickets=40)
    ticket = desk.live_tickets()[-1]
    runs = [desk.run(*OF_TICKETS)]
    desk.changes.move_ticket(ticket, to)
    runs.append(desk.run(*OF_TICKETS, state=runs[-1].state))
    [marked] = [row for row in runs[-1].records("tickets") if row["id"] == ticket]
    assert marked[to] is True
    desk.changes.move_ticket(ticket, "live")
    runs.append(desk.run(*OF_TICKETS, state=runs[-1].state))
    [back] = [row for row in runs[-1].records("tickets") if row["id"] == ticket]
    assert (back["deleted"], back["spam"], back["archived"]) == (False, False, False)
    desk.assert_held(*runs, streams=OF_TICKETS)


@pytest.mark.parametrize("to", ["deleted", "blocked"])
def test_a_contact_that_comes_back_is_no_longer_marked(to: str) -> None:
    desk = Helpdesk(tickets=150)
    contact = without_tickets(desk)[0]
    runs = [desk.run("contacts")]
    desk.changes.move_contact(contact, to)
    runs.append(desk.run("contacts", state=runs[-1].state))
    desk.changes.move_contact(contact, "verified")
    runs.append(desk.run("contacts", state=runs[-1].state))
    marks = [row[to] for row in sent("contacts", *runs) if row["id"] == contact]
    assert marks == [False, True, False]
    desk.assert_held(*runs, streams=["contacts"])


def test_a_stream_selected_later_starts_at_its_own_beginning() -> None:
    desk = Helpdesk(tickets=100)
    first = desk.run("tickets")
    both = desk.run(*OF_TICKETS, state=first.state)
    desk.assert_held(both, streams=["conversations"])
    assert len(both.records("tickets")) <= BORDERS
    assert both.state is not None
    bookmarks = both.state["bookmarks"]
    assert bookmarks["conversations"].items() >= bookmarks["tickets"].items()


def test_bookmarks_of_streams_that_are_not_selected_stay() -> None:
    desk = Helpdesk()
    state = {
        "bookmarks": {"roles": {"updated_at": "2026-01-01T00:00:00Z"}, "elsewhere": {"cursor": 7}},
        "kept": True,
    }
    run = desk.run("groups", state=state)
    assert run.state is not None
    assert run.state["bookmarks"]["roles"] == {"updated_at": "2026-01-01T00:00:00Z"}
    assert run.state["bookmarks"]["elsewhere"] == {"cursor": 7}
    assert run.state["kept"] is True


def test_the_state_of_singer_ios_tap_is_understood() -> None:
    desk = Helpdesk(tickets=100)
    since = "2026-05-20T00:00:00Z"
    run = desk.run("tickets", state={"bookmarks": {"tickets": {"updated_at": since}}})
    assert run.code == 0, run.err
    recent = [row for row in expected(desk.server, "tickets") if row["updated_at"] >= since]
    assert recent
    assert_holds(recent, run.records("tickets"), stream="tickets")


UPDATED = ("tickets", "contacts", "companies", "time_entries", "satisfaction_ratings")


def update(desk: Helpdesk, stream: str, key: int, at: str | None) -> None:
    """Changes a row of any stream at a time, by default now."""
    if stream == "tickets":
        desk.changes.update_ticket(key, at)
    elif stream == "contacts":
        desk.changes.update_contact(key, at)
    else:
        desk.changes.update_row(stream, key, at)


def two_of(desk: Helpdesk, stream: str) -> list[int]:
    """Two rows of a stream, of which changing one changes no other stream."""
    if stream == "tickets":
        return desk.live_tickets()[:2]
    if stream == "contacts":
        return without_tickets(desk)[:2]
    return [row["id"] for row in desk.account.rows(stream)[:2]]


@pytest.mark.parametrize("since", ["inclusive", "exclusive"])
@pytest.mark.parametrize("stream", UPDATED)
def test_a_change_in_the_very_second_of_the_bookmark_comes(stream: str, since: str) -> None:
    desk = Helpdesk(tickets=150, since=since)
    first_row, second_row = two_of(desk, stream)
    at = "2026-06-01T12:00:00Z"
    update(desk, stream, first_row, at)
    first = desk.run(stream)
    update(desk, stream, second_row, at)
    second = desk.run(stream, state=first.state)
    desk.assert_held(first, second, streams=[stream])


@pytest.mark.parametrize("stream", UPDATED)
def test_a_row_of_the_future_hides_no_later_change(stream: str) -> None:
    desk = Helpdesk(tickets=150)
    first_row, second_row = two_of(desk, stream)
    update(desk, stream, first_row, "2027-01-01T00:00:00Z")
    first = desk.run(stream)
    update(desk, stream, second_row, None)
    second = desk.run(stream, state=first.state)
    desk.assert_held(first, second, streams=[stream])


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_vendor_whose_clock_differs_from_ours_costs_no_row(minutes: int) -> None:
    desk = Helpdesk(tickets=150)
    desk.account.clock = lambda: desk.clock.now() + timedelta(minutes=minutes)
    first = desk.run(*INCREMENTAL)
    desk.changes.update_ticket(desk.live_tickets()[0])
    desk.changes.update_contact(without_tickets(desk)[0])
    second = desk.run(*INCREMENTAL, state=first.state)
    desk.assert_held(first, second, streams=INCREMENTAL)


def test_a_ticket_that_appears_late_comes_within_the_look_back() -> None:
    desk = Helpdesk(config={"lookback_seconds": 300})
    desk.changes.update_ticket(desk.live_tickets()[0])
    first = desk.run("tickets")
    late = (desk.clock.now() - timedelta(seconds=200)).isoformat()
    desk.server.changes.update_ticket(desk.live_tickets()[1], at=late)
    second = desk.run("tickets", state=first.state)
    desk.assert_held(first, second, streams=["tickets"])


def test_an_agents_contact_changes_without_the_agent() -> None:
    desk = Helpdesk()
    first = desk.run("agents")
    agent = min(desk.account.settings["agents"], key=lambda row: str(row["updated_at"]))
    now = desk.clock.now().isoformat()
    agent["contact"] = {**agent["contact"], "email": "new@example.com", "updated_at": now}
    second = desk.run("agents", state=first.state)
    desk.assert_held(first, second, streams=["agents"])


SWEPT = ("satisfaction_ratings", "time_entries")


@pytest.mark.parametrize("stream", SWEPT)
@pytest.mark.parametrize("place", [0, -1])
def test_an_old_row_that_was_edited_is_seen_at_once_while_the_list_is_short(
    stream: str, place: int
) -> None:
    days = {"ratings_lookback_days": 0, "time_entries_lookback_days": 0}
    desk = Helpdesk(tickets=300, config={"page_size": 10, **days})
    first = desk.run(stream)
    assert first.requests(stream) > 2
    desk.changes.update_row(stream, desk.account.rows(stream)[place]["id"])
    second = desk.run(stream, state=first.state)
    desk.assert_held(first, second, streams=[stream])


@pytest.mark.parametrize("stream", SWEPT)
@pytest.mark.parametrize("place", [13, -1])
def test_an_old_row_of_a_long_list_is_seen_within_a_bounded_number_of_runs(
    stream: str, place: int
) -> None:
    limits: dict[str, Any] = {"page_size": 10, "whole_list_requests": 1}
    days = {"ratings_lookback_days": 0, "time_entries_lookback_days": 0}
    desk = Helpdesk(tickets=200, config={**limits, **days})
    runs = [desk.run(stream)]
    desk.server.log.reset()
    desk.changes.update_row(stream, desk.account.rows(stream)[place]["id"])
    rows = len(desk.account.rows(stream))
    for _ in range(rows // 5 + 2):
        runs.append(desk.run(stream, state=runs[-1].state))
        assert runs[-1].code == 0, runs[-1].err
        assert runs[-1].requests(stream) <= 4
    desk.assert_held(*runs, streams=[stream])


ODD_PAGES: dict[str, dict[str, Any]] = {
    "cut by the vendor": {"cut_to": 10},
    "of the vendor's own length": {"refuses": "per_page"},
}


@pytest.mark.parametrize("pages", ODD_PAGES)
@pytest.mark.parametrize("stream", SWEPT)
def test_an_old_row_of_a_long_list_is_seen_although_its_pages_are_odd(
    stream: str, pages: str
) -> None:
    config = {"whole_list_requests": 1, "ratings_lookback_days": 0, "time_entries_lookback_days": 0}
    desk = Helpdesk(tickets=600, config=config, cut_to=ODD_PAGES[pages].get("cut_to", 100))
    if "refuses" in ODD_PAGES[pages]:
        body = {"description": "Validation failed", "errors": [{"field": "per_page"}]}
        desk.fault("status", status=400, query="per_page=", body=body)
    runs = [desk.run(stream)]
    edited = [desk.account.rows(stream)[place]["id"] for place in (0, 35, -1)]
    for key in edited:
        desk.changes.update_row(stream, key)
    rows = len(desk.account.rows(stream))
    assert rows > 30
    for _ in range(rows // 5 + 2):
        runs.append(desk.run(stream, state=runs[-1].state))
        assert runs[-1].code == 0, runs[-1].err
    desk.assert_held(*runs, streams=[stream])


@settings(max_examples=4, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    edits=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 10**6)), max_size=6),
)
def test_a_sweep_loses_no_edit_whenever_it_happens(seed: int, edits: list[tuple[int, int]]) -> None:
    limits = {"page_size": 10, "whole_list_requests": 1, "time_entries_lookback_days": 0}
    desk = Helpdesk(tickets=100, seed=seed, config=limits)
    runs: list[Run] = [desk.run("time_entries")]
    for pauses, place in edits:
        keys = desk.account.tables["time_entries"].ids
        desk.changes.update_row("time_entries", keys[place % len(keys)], note=f"Edit {place}")
        for _ in range(pauses):
            runs.append(desk.run("time_entries", state=runs[-1].state))
    for _ in range(2 * len(desk.account.tables["time_entries"].ids) // 5 + 3):
        runs.append(desk.run("time_entries", state=runs[-1].state))
    desk.assert_held(*runs, streams=["time_entries"])


def test_an_edit_within_the_look_back_comes_at_once_although_the_list_is_long() -> None:
    limits = {"page_size": 5, "whole_list_requests": 1, "time_entries_lookback_days": 3650}
    desk = Helpdesk(tickets=100, config=limits)
    first = desk.run("time_entries")
    edited = first.records("time_entries")[-1]["id"]
    desk.changes.update_row("time_entries", edited, note="Edited")
    second = desk.run("time_entries", state=first.state)
    desk.assert_held(first, second, streams=["time_entries"])


def test_an_edit_behind_a_sweep_comes_although_newer_rows_move_the_bookmark() -> None:
    limits = {"page_size": 5, "whole_list_requests": 1, "time_entries_lookback_days": 0}
    desk = Helpdesk(tickets=100, config=limits)
    runs = [desk.run("time_entries")]
    runs.append(desk.run("time_entries", state=runs[-1].state))
    key = desk.account.tables["time_entries"].ids[2]
    desk.changes.update_row("time_entries", key, note="Edited")
    desk.changes.add_time_entry(desk.live_tickets()[0])
    for _ in range(10):
        runs.append(desk.run("time_entries", state=runs[-1].state))
    desk.assert_held(*runs, streams=["time_entries"])


@pytest.mark.parametrize("sweep", ["half", {"end": 10}, {"since": "x", "end": 1, "last": []}, 5])
def test_a_sweep_of_another_shape_is_none(sweep: Any) -> None:
    desk = Helpdesk()
    state = {"bookmarks": {"time_entries": {"updated_at": "2020-01-01", "sweep": sweep}}}
    run = desk.run("time_entries", state=state)
    assert run.code == 0, run.err
    desk.assert_held(run, streams=["time_entries"])


@pytest.mark.parametrize("since", ["inclusive", "exclusive"])
def test_a_rating_of_the_very_first_second_comes(since: str) -> None:
    desk = Helpdesk(tickets=150, since=since)
    first = desk.account.rows("satisfaction_ratings")[0]
    run = desk.run("satisfaction_ratings", start_date=first["created_at"])
    assert first["id"] in [row["id"] for row in run.records("satisfaction_ratings")]


def test_a_custom_field_that_is_new_comes_inside_custom_fields() -> None:
    desk = Helpdesk()
    desk.changes.add_field("cf_new")
    run = desk.run("tickets")
    assert run.code == 0, run.err
    desk.assert_held(run, streams=["tickets"])
    assert any(row["custom_fields"]["cf_new"] for row in run.records("tickets"))
