"""Archived tickets, which no list shows: each comes once, and few ids are asked for in vain."""

from __future__ import annotations

import tracemalloc
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_freshdesk import archive
from tap_freshdesk.archive import IdRanges
from tests.freshdesk.conftest import Helpdesk, sent
from tests.freshdesk.truth import expected, unsigned
from tests.harness import Run
from tests.truth import Row, assert_holds


def ranges(*ids: Any) -> IdRanges:
    """The ranges of some ids."""
    used = IdRanges()
    for number in ids:
        used.add(number)
    return used


def archiving(tickets: int = 100, archived: int = 0) -> Helpdesk:
    """An account of which archived tickets are read, with so many more of them."""
    desk = Helpdesk(tickets=tickets, config={"archived_tickets": True})
    for ticket in sorted(desk.live_tickets())[:archived]:
        desk.server.changes.move_ticket(ticket, "archived")
    return desk


def assert_tickets(desk: Helpdesk, *runs: Run) -> None:
    """Fails unless the runs together bring every ticket, those of the archive included."""
    records = [unsigned(row) if row["archived"] else row for row in sent("tickets", *runs)]
    assert_holds(expected(desk.server, "tickets", archived=True), records, stream="tickets")


def archived_in(run: Run) -> list[Row]:
    return [row for row in run.records("tickets") if row["archived"]]


@given(st.lists(st.integers(1, 60)), st.integers(1, 60), st.integers(1, 5))
def test_holes_are_the_numbers_between_ids(ids: list[int], first: int, at_once: int) -> None:
    used = IdRanges()
    used.AT_ONCE = at_once
    for number in ids:
        used.add(number)
    greatest = max(ids, default=0)
    assert used.greatest == greatest
    assert list(used.holes(first)) == [n for n in range(first, greatest) if n not in ids]


@pytest.mark.parametrize("greatest", [20_000_000, 10**11])
def test_great_ids_take_no_memory(greatest: int) -> None:
    tracemalloc.start()
    try:
        used = ranges(1, 3, greatest)
        assert list(islice(used.holes(1), 3)) == [2, 4, 5]
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("odd", [None, "7", 0, -3, 1.5, 2**63, 10**30])
def test_what_is_no_id_does_not_count(odd: Any) -> None:
    assert list(ranges(odd, 3).holes(1)) == [1, 2]


def test_archived_tickets_come_when_they_are_asked_for_and_only_once() -> None:
    desk = archiving()
    run = desk.run("tickets", "conversations")
    assert run.code == 0, run.err
    assert_tickets(desk, run)
    assert_holds(expected(desk.server, "conversations", archived=True), sent("conversations", run))
    again = desk.run("tickets", "conversations", state=run.state)
    assert not archived_in(again)


def test_a_backfill_of_the_archive_that_was_killed_goes_on_where_it_was() -> None:
    desk = archiving()
    whole = desk.run("tickets", "conversations")
    runs = [desk.run("tickets", "conversations", lines=len(whole.messages) - 4).acknowledged]
    runs.append(desk.run("tickets", "conversations", state=runs[0].state))
    assert_tickets(desk, *runs)


def test_a_backfill_that_was_killed_between_two_pages_passes_over_no_id() -> None:
    desk = archiving(160, archived=150)
    whole = desk.run("tickets")
    cut = next(
        number
        for number, message in enumerate(whole.messages, 1)
        if message["type"] == "STATE"
        and "archived_next_id" in message["value"]["bookmarks"].get("tickets", {})
    )
    first = whole.head(cut)
    second = desk.run("tickets", state=first.state)
    assert 0 < len(archived_in(first)) < 150
    assert_tickets(desk, first, second)


def test_a_backfill_that_is_too_long_for_a_run_goes_on_in_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(archive, "MOST_IN_A_RUN", 100)
    desk = archiving(160, archived=150)
    runs = [desk.run("tickets")]
    assert len(desk.requests("tickets/archived/{id}")) == 101
    assert "the next run goes on at id" in runs[0].err
    while "the next run goes on" in runs[-1].err:
        runs.append(desk.run("tickets", state=runs[-1].state))
    assert_tickets(desk, *runs)


def test_an_id_far_from_the_others_costs_neither_memory_nor_a_request_for_each_below_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(archive, "MOST_IN_VAIN", 300)
    desk = archiving()
    desk.fault("value", path="/api/v2/tickets", query="filter=deleted", field="id", value=10**11)
    run = desk.run("tickets")
    assert run.code == 0, run.err
    assert "so those from there to 100000000000 are not looked at" in run.err
    assert run.state is not None
    assert run.state["bookmarks"]["tickets"]["archived_next_id"] == 10**11 + 1
    assert 300 <= len(desk.requests("tickets/archived/{id}")) < 450
    rows = [row for row in expected(desk.server, "tickets", archived=True) if row["archived"]]
    assert_holds(rows, map(unsigned, archived_in(run)), stream="tickets")


def test_an_archive_that_is_refused_is_a_warning() -> None:
    desk = Helpdesk(
        config={"archived_tickets": True}, features=frozenset({"surveys", "timesheets"})
    )
    run = desk.run("tickets", "conversations")
    assert run.code == 0, run.err
    assert "archived tickets are not available" in run.err
    desk.assert_held(run, streams=["tickets", "conversations"])


@pytest.mark.parametrize("answer", [{"status": 403, "body": "html"}, {"status": 401}])
def test_a_hole_of_which_the_vendor_does_not_speak_is_looked_at_again(
    answer: dict[str, Any],
) -> None:
    desk = archiving()
    rows = {row["id"]: row for row in expected(desk.server, "tickets", archived=True)}
    hidden = max(key for key, row in rows.items() if row["archived"])
    desk.fault("status", path=f"/api/v2/tickets/archived/{hidden}", **answer)
    run = desk.run("tickets")
    assert run.code == 3, run.err
    desk.server.faults.clear()
    again = desk.run("tickets", state=run.state)
    assert again.code == 0, again.err
    assert hidden not in {row["id"] for row in archived_in(run)}
    assert_tickets(desk, run, again)


def test_a_state_that_passes_over_all_ids_is_named() -> None:
    desk = archiving(20)
    first = desk.run("tickets")
    assert first.state is not None
    assert "archived_next_id" not in first.err
    bookmark = first.state["bookmarks"]["tickets"]
    again = desk.run("tickets", state=first.state)
    assert "archived_next_id" not in again.err
    bookmark["archived_next_id"] = 10**6
    run = desk.run("tickets", state=first.state)
    assert run.code == 0, run.err
    assert "archived_next_id in the state is 1000000" in run.err
