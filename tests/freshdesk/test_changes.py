"""A second run brings exactly what changed, and what changes while the tap reads comes in this run or the next."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.freshdesk import Account, FreshdeskServer, Options, serve
from sandbox.freshdesk.options import TieOrder
from tap_common.times import rfc3339
from tests.freshdesk.conftest import Place, workplace
from tests.harness import Run, selecting

INCREMENTAL = ("tickets", "contacts", "companies", "agents", "groups", "roles", "time_entries")
BORDERS = 3
"""Bookmarks are inclusive, so the last row of each list comes again; no stream has more than three lists."""


def sent(run: Run, stream: str) -> set[int]:
    return {row["id"] for row in run.records(stream)}


def latest(runs: list[Run], stream: str) -> dict[int, str]:
    """What a target that upserts by key holds after ``runs``."""
    return {row["id"]: row["updated_at"] for run in runs for row in run.records(stream)}


def truth(server: FreshdeskServer, stream: str) -> dict[int, str | None]:
    return {row["id"]: rfc3339(row["updated_at"]) for row in server.account.rows(stream)}


def test_an_unchanged_account_brings_only_the_border_rows(place: Place) -> None:
    _, taps = place(tickets=150)
    first = taps.run()
    second = taps.run(state=first.state)
    assert second.code == 0, second.err
    for stream in INCREMENTAL:
        running = [row for row in second.records(stream) if row.get("timer_running")]
        assert len(second.records(stream)) <= BORDERS + len(running), stream
    assert second.state == first.state
    assert second.messages[0] == {"type": "STATE", "value": first.state}


def test_each_kind_of_change_arrives_with_the_next_run(place: Place) -> None:
    server, taps = place(tickets=150)
    first = taps.run()
    before = {stream: truth(server, stream) for stream in INCREMENTAL}
    changes = server.account.changes
    tickets = [
        row["id"]
        for row in server.account.rows("tickets")
        if not row.get("deleted") and not row.get("spam")
    ]
    new = changes.new_ticket()["tickets"][0]
    changes.reply(tickets[10])
    changes.move_ticket(tickets[11], "deleted")
    changes.move_ticket(tickets[12], "spam")
    changes.rate(tickets[13])
    entry = changes.edit_time_entry(server.account.rows("time_entries")[0]["id"])["time_entries"][0]
    contacts = [row["id"] for row in server.account.rows("contacts") if not row.get("deleted")]
    changes.update_contact(contacts[3], name="Aaa Renamed")
    changes.move_contact(contacts[4], "deleted")
    changes.update_company(server.account.rows("companies")[2]["id"])
    second = taps.run(state=first.state)
    assert second.code == 0, second.err
    for stream in INCREMENTAL:
        now = truth(server, stream)
        changed = {number for number, moment in now.items() if before[stream].get(number) != moment}
        running = {row["id"] for row in second.records(stream) if row.get("timer_running")}
        assert changed <= sent(second, stream), stream
        assert len(sent(second, stream) - changed - running) <= BORDERS, stream
    assert {new, tickets[11], tickets[12]} <= sent(second, "tickets")
    assert entry in sent(second, "time_entries")
    deleted = {row["id"]: row for row in second.records("tickets")}[tickets[11]]
    assert deleted["deleted"] is True
    assert any(
        row["ticket_id"] == tickets[13] and row["source"] == 6
        for row in second.records("conversations")
    )
    replied = [row for row in second.records("conversations") if row["ticket_id"] == tickets[10]]
    assert {row["id"] for row in replied} == {
        row["id"] for row in server.account.rows("conversations") if row["ticket_id"] == tickets[10]
    }


def test_a_stream_selected_later_starts_at_its_own_beginning(place: Place) -> None:
    server, taps = place(tickets=100)
    catalog = taps.discovered()
    first = taps.run(catalog=selecting(catalog, "tickets"))
    both = taps.run(catalog=selecting(catalog, "tickets", "conversations"), state=first.state)
    assert sent(both, "conversations") == {
        row["id"] for row in server.account.rows("conversations")
    }
    assert len(both.records("tickets")) <= 3
    assert both.state is not None
    assert both.state["bookmarks"]["conversations"] == both.state["bookmarks"]["tickets"]


def test_bookmarks_of_streams_that_are_not_selected_stay(place: Place) -> None:
    _, taps = place()
    state = {
        "bookmarks": {"roles": {"updated_at": "2026-01-01T00:00:00Z"}, "elsewhere": {"cursor": 7}},
        "kept": True,
    }
    run = taps.run(catalog=selecting(taps.discovered(), "groups"), state=state)
    assert run.state is not None
    assert run.state["bookmarks"]["roles"] == {"updated_at": "2026-01-01T00:00:00Z"}
    assert run.state["bookmarks"]["elsewhere"] == {"cursor": 7}
    assert run.state["kept"] is True


def test_the_state_of_singer_ios_tap_is_understood(place: Place) -> None:
    _, taps = place(tickets=100)
    run = taps.run(state={"bookmarks": {"tickets": {"updated_at": "2026-05-20T00:00:00.000000Z"}}})
    assert run.code == 0, run.err
    assert run.records("tickets")
    assert min(row["updated_at"] for row in run.records("tickets")) >= "2026-05-20"


@settings(max_examples=10, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    page_size=st.integers(3, 40),
    churn=st.integers(1, 4),
    burst=st.sampled_from([0, 30, 90]),
    order=st.sampled_from(get_args(TieOrder)),
)
def test_nothing_is_lost_when_tickets_and_contacts_move_while_they_are_read(
    seed: int, page_size: int, churn: int, burst: int, order: TieOrder
) -> None:
    account = Account(seed=seed, tickets=100, burst=burst)
    options = Options(limit=0, churn=churn, contact_churn=churn + 1, tie_order=order)
    with serve(account, options) as server, tempfile.TemporaryDirectory() as folder:
        taps = workplace(server, Path(folder), page_size=page_size)
        first = taps.run()
        assert first.code == 0, first.err
        options.churn = options.contact_churn = 0
        second = taps.run(state=first.state)
        for stream in ("tickets", "contacts", "companies"):
            assert latest([first, second], stream) == truth(server, stream), stream
        assert sent(first, "conversations") | sent(second, "conversations") >= {
            row["id"] for row in account.rows("conversations")
        }


@settings(max_examples=6, deadline=None)
@given(
    seed=st.integers(0, 1000), burst=st.integers(30, 90), order=st.sampled_from(get_args(TieOrder))
)
def test_a_second_with_more_tickets_than_the_last_page_allows_is_read_in_other_ways(
    seed: int, burst: int, order: TieOrder
) -> None:
    with serve(
        Account(seed=seed, tickets=100, burst=burst), Options(limit=0, page_cap=3, tie_order=order)
    ) as server:
        with tempfile.TemporaryDirectory() as folder:
            taps = workplace(server, Path(folder), page_size=5)
            run = taps.run(catalog=selecting(taps.discovered(), "tickets"))
        assert run.code == 0, run.err
        assert latest([run], "tickets") == truth(server, "tickets")


@pytest.mark.parametrize("order", get_args(TieOrder))
@pytest.mark.parametrize("a_second", [1, 7, 200])
def test_an_import_of_more_tickets_than_the_last_page_allows_is_complete(
    place: Place, order: TieOrder, a_second: int
) -> None:
    server, taps = place(tickets=20, page_cap=3, tie_order=order)
    with server.account.lock:
        imported = [
            server.account.changes.new_ticket(
                at=f"2026-05-01T00:{number // a_second // 60:02}:{number // a_second % 60:02}Z"
            )
            for number in range(200)
        ]
        for change in imported:
            server.account.changes.update_ticket(change["tickets"][0], at="2026-05-02T00:00:00Z")
    run = taps.run(catalog=selecting(taps.discovered(), "tickets"), page_size=10)
    assert run.code == 0, run.err
    assert latest([run], "tickets") == truth(server, "tickets")


@pytest.mark.parametrize("contacts_filter", ["_updated_since", "none"])
@pytest.mark.parametrize("seed", [3, 4])
def test_contacts_that_are_renamed_while_they_are_read_hide_no_other(
    place: Place, contacts_filter: str, seed: int
) -> None:
    server, taps = place(tickets=300, contacts_filter=contacts_filter, seed=seed)
    catalog = selecting(taps.discovered(), "contacts")
    server.options.contact_churn = 7
    run = taps.run(catalog=catalog, page_size=10)
    assert run.code == 0, run.err
    assert sent(run, "contacts") == set(truth(server, "contacts"))


def test_a_ticket_of_the_future_hides_no_later_change(place: Place) -> None:
    server, taps = place()
    first, last = (row["id"] for row in server.account.rows("tickets")[:2])
    server.account.changes.update_ticket(last, at="2027-01-01T00:00:00Z")
    before = taps.run()
    server.account.changes.update_ticket(first)
    after = taps.run(state=before.state)
    assert first in sent(after, "tickets")


def test_an_agents_contact_changes_without_the_agent(place: Place) -> None:
    server, taps = place()
    before = taps.run()
    agent = min(server.account.settings["agents"], key=lambda row: rfc3339(row["updated_at"]) or "")
    agent["contact"] = {
        **agent["contact"],
        "email": "new@example.com",
        "updated_at": server.account.clock().isoformat(),
    }
    after = taps.run(state=before.state)
    assert "new@example.com" in [row["contact"]["email"] for row in after.records("agents")]
