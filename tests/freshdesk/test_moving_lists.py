"""No row is lost of lists that move while they are read, and of seconds that fill pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.faults import Fault
from sandbox.freshdesk.options import TieOrder
from sandbox.wire import Reply, Request
from tests.freshdesk.conftest import Helpdesk
from tests.freshdesk.truth import expected
from tests.harness import Run
from tests.truth import Row, assert_holds

ONLY_SINGLE = ("attachments", "source_additional_info", "associated_tickets_list")


def as_listed(run: Run) -> list[Row]:
    """The tickets of a run without what only their own views show."""
    return [_without(row, *ONLY_SINGLE) for row in run.records("tickets")]


def _without(row: Row, *names: str) -> Row:
    return {name: value for name, value in row.items() if name not in names}


@settings(max_examples=4, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    page_size=st.integers(8, 40),
    churn=st.integers(1, 4),
    burst=st.sampled_from([0, 30, 60]),
    order=st.sampled_from(get_args(TieOrder)),
    since=st.sampled_from(["inclusive", "exclusive"]),
    largest=st.sampled_from([100, 25, 12]),
)
def test_nothing_is_lost_when_tickets_move_while_they_are_read(
    seed: int, page_size: int, churn: int, burst: int, order: str, since: str, largest: int
) -> None:
    desk = Helpdesk(tickets=60, seed=seed, burst=burst, churn=churn, tie_order=order, since=since)
    desk.options.largest_page = largest
    first = desk.run("tickets", page_size=page_size)
    assert first.code == 0, first.err
    desk.options.churn = 0
    second = desk.run("tickets", state=first.state)
    desk.assert_held(first, second, streams=["tickets"])


GIVEN_UP = (
    "the list changes faster than it can be read",
    "the pages lead back to one that was already read",
)
"""What a run says of a list whose rows move too fast for pages of a few rows."""


@settings(max_examples=4, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    page_size=st.integers(3, 40),
    contacts_filter=st.sampled_from(["_updated_since", "none"]),
    churn=st.integers(2, 7),
    leaving=st.integers(0, 5),
)
def test_nothing_is_lost_when_contacts_move_while_they_are_read(
    seed: int, page_size: int, contacts_filter: str, churn: int, leaving: int
) -> None:
    desk = Helpdesk(tickets=250, seed=seed, contacts_filter=contacts_filter)
    for number, row in enumerate(desk.account.rows("contacts")[:40]):
        desk.server.changes.move_contact(row["id"], ("deleted", "blocked")[number % 2])
    desk.options.contact_churn, desk.options.leaving = churn, leaving
    first = desk.run("contacts", page_size=page_size)
    gave_up = any(words in first.err for words in GIVEN_UP)
    assert first.code == (3 if gave_up else 0), first.err
    desk.options.contact_churn = desk.options.leaving = 0
    second = desk.run("contacts", state=first.state)
    desk.assert_held(first, second, streams=["contacts"])


@pytest.mark.parametrize("stream", ["companies", "time_entries"])
@pytest.mark.parametrize("page_size", [1, 3, 10])
def test_a_row_that_is_deleted_without_a_trace_hides_no_other(stream: str, page_size: int) -> None:
    desk = Helpdesk(tickets=500, leaving=4)
    before = {row["id"] for row in desk.account.rows(stream)}
    first = desk.run(stream, page_size=page_size)
    assert first.code == 0, first.err
    left = before - {row["id"] for row in desk.account.rows(stream)}
    assert left
    desk.assert_held(first, streams=[stream], gone={stream: left})


@pytest.mark.parametrize("stream", ["contacts", "time_entries"])
@pytest.mark.parametrize("cut_to", [20, 30])
def test_nothing_is_lost_where_the_vendor_cuts_pages_down(stream: str, cut_to: int) -> None:
    desk = Helpdesk(tickets=500, cut_to=cut_to, leaving=2)
    before = {row["id"] for row in desk.account.rows(stream)}
    first = desk.run(stream)
    assert first.code == 0, first.err
    desk.options.leaving = 0
    second = desk.run(stream, state=first.state)
    left = before - {row["id"] for row in desk.account.rows(stream)}
    desk.assert_held(first, second, streams=[stream], gone={stream: left})
    assert len(desk.requests(stream)) < 2 * (len(before) // cut_to + 5)


@pytest.mark.parametrize("stream", ["contacts", "time_entries"])
@pytest.mark.parametrize("page_size", [100, 20])
def test_a_list_whose_pages_have_a_length_of_their_own_is_complete(
    stream: str, page_size: int
) -> None:
    desk = Helpdesk(tickets=900, config={"page_size": page_size})
    assert len(desk.account.rows(stream)) > 90
    answered = desk.server.reply_to

    def reply_to(request: Request, fault: Fault | None = None) -> Reply:
        query = [pair for pair in request.query if pair[0] != "per_page"]
        return answered(replace(request, query=query), fault)

    desk.server.reply_to = reply_to  # type: ignore[method-assign]
    first = desk.run(stream, lines=50).acknowledged
    second = desk.run(stream, state=first.state)
    assert second.code == 0, second.err
    desk.assert_held(first, second, streams=[stream])


@settings(max_examples=4, deadline=None)
@given(
    seed=st.integers(0, 1000),
    burst=st.integers(30, 60),
    order=st.sampled_from(get_args(TieOrder)),
    since=st.sampled_from(["inclusive", "exclusive"]),
)
def test_a_second_with_more_tickets_than_the_last_page_shows_is_read_in_other_ways(
    seed: int, burst: int, order: str, since: str
) -> None:
    desk = Helpdesk(tickets=70, seed=seed, burst=burst, page_cap=3, tie_order=order, since=since)
    run = desk.run("tickets", page_size=5)
    assert run.code == 0, run.err
    assert_holds(expected(desk.server, "tickets"), as_listed(run), stream="tickets")


@pytest.mark.parametrize(
    ("order", "a_second"), [("id", 1), ("oldest-first", 200), ("random-per-request", 7)]
)
def test_an_import_of_more_tickets_than_the_last_page_shows_is_complete(
    order: str, a_second: int
) -> None:
    desk = Helpdesk(tickets=20, page_cap=3, tie_order=order)
    changes = desk.changes
    for number in range(120):
        moment = timedelta(seconds=number // a_second)
        [ticket] = changes.new_ticket(at=f"2026-05-01T{moment}Z".replace("T0:", "T00:"))["tickets"]
        changes.update_ticket(ticket, at="2026-05-02T00:00:00Z")
    run = desk.run("tickets", page_size=10)
    assert run.code == 0, run.err
    assert_holds(expected(desk.server, "tickets"), as_listed(run), stream="tickets")


def test_a_ticket_that_a_firewall_hides_in_such_a_second_is_not_passed_over() -> None:
    desk = Helpdesk(tickets=20, page_cap=3, tie_order="id")
    changes = desk.changes
    imported = []
    for number in range(120):
        moment = f"2026-05-01T00:{number // 60:02}:{number % 60:02}Z"
        imported += changes.new_ticket(at=moment)["tickets"]
        changes.update_ticket(imported[-1], at="2026-05-02T00:00:00Z")
    desk.fault("status", status=403, body="html", path=f"/api/v2/tickets/{imported[60]}")
    run = desk.run("tickets", page_size=10)
    assert run.code == 3, run.err
    desk.server.faults.clear()
    again = desk.run("tickets", page_size=10, state=run.state)
    assert again.code == 0, again.err
    rows = as_listed(run) + as_listed(again)
    assert_holds(expected(desk.server, "tickets"), rows, stream="tickets")


@pytest.mark.parametrize("since", ["inclusive", "exclusive"])
def test_a_second_that_fills_pages_hides_no_ticket_of_the_next_second(since: str) -> None:
    desk = Helpdesk(tickets=20, since=since)
    *crowd, last = desk.live_tickets()[:13]
    for ticket in crowd:
        desk.server.changes.update_ticket(ticket, at="2026-06-01T12:00:00Z")
    desk.server.changes.update_ticket(last, at="2026-06-01T12:00:01Z")
    run = desk.run("tickets", page_size=5)
    assert run.code == 0, run.err
    assert_holds(expected(desk.server, "tickets"), as_listed(run), stream="tickets")


OF_TICKETS = ("tickets", "conversations")


def before_page(desk: Helpdesk, number: int, happens: Callable[[], object]) -> None:
    """Before the so-many-th request for a page of tickets something happens."""
    answered = desk.server.reply_to

    def reply_to(request: Request, fault: Fault | None = None) -> Reply:
        if request.path.endswith("/tickets") and len(desk.requests("tickets")) == number - 1:
            happens()
        return answered(request, fault)

    desk.server.reply_to = reply_to  # type: ignore[method-assign]


@pytest.mark.parametrize("page", [2, 3])
@pytest.mark.parametrize("page_size", [1, 2, 3])
def test_a_ticket_that_changes_again_in_the_second_in_which_it_was_read_is_read_again(
    page_size: int, page: int
) -> None:
    desk = Helpdesk(tickets=12)
    *changing, later = desk.live_tickets()[:4]
    now = (desk.clock.now() + timedelta(seconds=60)).isoformat()
    for ticket in changing:
        desk.server.changes.update_ticket(ticket, at=now)

    def again() -> None:
        for ticket in changing:
            desk.server.changes.reply(ticket, at=now)
        desk.clock.advance(60)
        desk.server.changes.update_ticket(later)

    before_page(desk, page, again)
    state = {"bookmarks": {stream: {"live": now} for stream in OF_TICKETS}}
    first = desk.run(*OF_TICKETS, state=state, page_size=page_size)
    assert first.code == 0, first.err
    threads = {row["id"] for row in first.records("conversations")}
    for ticket in changing:
        assert threads.issuperset(row["id"] for row in desk.account.threads.of(ticket))


def test_many_tickets_of_the_future_are_all_read() -> None:
    desk = Helpdesk(tickets=40)
    for number, ticket in enumerate(desk.live_tickets()):
        desk.server.changes.update_ticket(ticket, at=f"2027-01-01T00:00:{number:02}Z")
    run = desk.run("tickets", page_size=1)
    assert run.code == 0, run.err
    desk.assert_held(run, streams=["tickets"])


def test_tickets_that_change_faster_than_they_are_read_do_not_keep_a_run_for_ever() -> None:
    desk = Helpdesk(tickets=40, churn=1)
    vendors = desk.account.clock

    def hurrying() -> datetime:
        desk.clock.advance(1)
        return vendors()

    desk.account.clock = hurrying
    first = desk.run("tickets", page_size=1)
    assert first.code == 0, first.err
    assert "they change faster than they can be read; what changed after" in first.err
    desk.options.churn = 0
    second = desk.run("tickets", state=first.state)
    desk.assert_held(first, second, streams=["tickets"])
