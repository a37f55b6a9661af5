"""Every row of the account arrives, with every field, from every list that may be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, get_args
from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.freshdesk.options import TieOrder
from tests.freshdesk.conftest import KINDS, Helpdesk
from tests.freshdesk.truth import (
    STREAMS,
    TRANSLATED,
    expected,
    own_schema,
)
from tests.harness import Workplace, selecting
from tests.truth import assert_holds, assert_references


def test_a_first_run_brings_every_row_once() -> None:
    desk = Helpdesk(tickets=130, burst=40)
    run = desk.run()
    assert run.code == 0, run.err
    assert "does not know" not in run.err
    desk.assert_held(run)
    for stream in STREAMS:
        assert len(run.records(stream)) == len(expected(desk.server, stream)), stream


def test_each_reference_leads_to_a_row() -> None:
    desk = Helpdesk(tickets=150)
    rows = {stream: expected(desk.server, stream, archived=True) for stream in STREAMS}
    assert_references(rows, own_schema)


@pytest.mark.process
def test_the_command_does_the_same_and_keeps_the_contract(
    command: Callable[..., tuple[Helpdesk, Workplace]],
) -> None:
    desk, taps = command(tickets=60, burst=20)
    catalog = selecting(taps.discovered())
    run = taps.run(catalog=catalog)
    assert run.code == 0, run.err
    desk.assert_held(run, catalog=catalog)
    assert taps.breaches(run, catalog, "--no-duplicates") == ""


ALONE = (*KINDS, "groups", "skills", "ticket_forms", "agent_availability", "discussion_comments")


@pytest.mark.parametrize("stream", ALONE)
def test_a_stream_can_be_read_alone(stream: str) -> None:
    desk = Helpdesk(tickets=20)
    run = desk.run(stream)
    assert run.code == 0, run.err
    assert run.counts().keys() == {stream}
    desk.assert_held(run, streams=[stream])


@settings(max_examples=3, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    tickets=st.integers(1, 50),
    page_size=st.integers(3, 100),
    burst=st.sampled_from([0, 2, 29]),
    concurrency=st.integers(1, 8),
    order=st.sampled_from(get_args(TieOrder)),
    since=st.sampled_from(["inclusive", "exclusive"]),
)
def test_for_any_account_and_any_page_size(
    seed: int, tickets: int, page_size: int, burst: int, concurrency: int, order: str, since: str
) -> None:
    desk = Helpdesk(
        tickets=tickets, seed=seed, burst=min(burst, tickets), tie_order=order, since=since
    )
    run = desk.run(page_size=page_size, concurrency=concurrency)
    assert run.code == 0, run.err
    desk.assert_held(run)
    assert Counter(row["id"] for row in run.records("tickets")).most_common(1)[0][1] == 1


def test_two_runs_over_the_same_account_write_the_same_bytes() -> None:
    one, other = Helpdesk(tickets=40), Helpdesk(tickets=40)
    assert one.run(concurrency=8).untimed() == other.run(concurrency=3).untimed()


def test_an_availability_says_when_it_was_read_by_the_vendors_clock() -> None:
    desk = Helpdesk(tickets=200)
    desk.account.clock = lambda: datetime(2026, 6, 2, 5, 30, tzinfo=UTC)
    run = desk.run("agent_availability", page_size=9)
    desk.assert_held(run, streams=["agent_availability"])
    assert {row["read_at"] for row in run.records("agent_availability")} == {"2026-06-02T05:30:00Z"}


DESELECTED = {
    "tickets": ["stats", "subject", "requester_id", "custom_fields"],
    "conversations": ["body", "incoming"],
    "agents": ["skill_ids", "contact", "available"],
    "groups": ["agent_ids", "name"],
    "contacts": ["other_companies", "email"],
    "companies": ["domains", "note"],
    "satisfaction_ratings": ["ratings"],
    "time_entries": ["billable", "time_spent"],
    "ticket_fields": ["choices", "label"],
    "solution_articles": ["tags", "seo_data"],
    "account": ["address"],
}


def test_fields_that_are_not_selected_are_left_out_and_the_others_stay_the_same() -> None:
    desk = Helpdesk(tickets=40)
    without = [f"{stream}.{field}" for stream, fields in DESELECTED.items() for field in fields]
    catalog = desk.tap.catalog(*DESELECTED, without=without)
    run = desk.run(catalog=catalog)
    assert run.code == 0, run.err
    desk.assert_held(run, streams=DESELECTED, catalog=catalog)


INCLUDED = {
    "requester": ["requester", "email", "name", "phone"],
    "stats": ["stats"],
    "company": ["company"],
    "description": ["description", "description_text", "structured_description"],
}


@pytest.mark.parametrize("include", INCLUDED)
@pytest.mark.parametrize("kept", [True, False])
def test_an_include_is_asked_for_only_where_a_field_of_it_is_selected(
    include: str, kept: bool
) -> None:
    desk = Helpdesk(tickets=15)
    others = [name for name in INCLUDED if name != include]
    dropped = [include] if not kept else others
    without = [f"tickets.{field}" for name in dropped for field in INCLUDED[name]]
    catalog = desk.tap.catalog("tickets", without=without)
    run = desk.run(catalog=catalog)
    desk.assert_held(run, streams=["tickets"], catalog=catalog)
    wanted = others if not kept else [include]
    for query in desk.requests("tickets"):
        assert set(parse_qs(query)["include"][0].split(",")) == set(wanted)


TRANSLATIONS = tuple(TRANSLATED)


@pytest.mark.parametrize("stream", TRANSLATIONS)
def test_translations_can_be_read_alone(stream: str) -> None:
    desk = Helpdesk(tickets=20)
    run = desk.run(stream)
    assert run.code == 0, run.err
    desk.assert_held(run, streams=[stream])


def test_an_account_of_one_language_has_no_translations() -> None:
    desk = Helpdesk(tickets=20)
    desk.account.settings["settings"][0]["supported_languages"] = ["en"]
    run = desk.run(*TRANSLATIONS)
    assert run.code == 0, run.err
    assert [row for stream in TRANSLATIONS for row in run.records(stream)] == []
    assert run.requests("solution_category_translations") == 1


def test_the_account_of_a_restricted_agent_is_read_as_far_as_it_is_shown() -> None:
    desk = Helpdesk(ticket_scope=3)
    run = desk.run("tickets")
    assert run.code == 0, run.err
    assert "sees only the tickets that are assigned to the agent" in run.err
    rows: list[Any] = expected(desk.server, "tickets")
    mine = [row for row in rows if row["responder_id"] == 72000000001]
    assert mine
    assert_holds(mine, run.records("tickets"), stream="tickets")
