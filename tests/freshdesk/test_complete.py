"""Every row of the account arrives, once it is in a list that these credentials may read."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.freshdesk import Account, FreshdeskServer, Options, serve
from tap_freshdesk.tap import TAP
from tests.freshdesk.conftest import Place, workplace
from tests.harness import Run, selecting

KEYS = {stream.name: stream.key for stream in TAP.streams}
OBJECTS = ("settings", "account")


def missing(server: FreshdeskServer, run: Run) -> dict[str, int]:
    """How many rows of each stream the account has and the run has not sent (or the other way round)."""
    wrong = {stream: 1 for stream in OBJECTS if len(run.records(stream)) != 1}
    for stream, key in KEYS.items():
        if stream in OBJECTS:
            continue
        there = {tuple(row[name] for name in key) for row in server.account.rows(stream)}
        sent = {tuple(row[name] for name in key) for row in run.records(stream)}
        if there != sent:
            wrong[stream] = len(there ^ sent)
    return wrong


def test_every_stream_is_complete_and_keeps_the_contract(place: Place) -> None:
    server, taps = place(tickets=250, burst=40)
    catalog = selecting(taps.discovered())
    run = taps.run(catalog=catalog)
    assert run.code == 0, run.err
    assert missing(server, run) == {}
    assert taps.breaches(run, catalog, "--no-duplicates") == ""


def test_without_a_catalog_every_stream_is_synced(place: Place) -> None:
    server, taps = place()
    run = taps.run()
    assert run.code == 0, run.err
    assert missing(server, run) == {}
    assert set(run.counts()) == set(KEYS)


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    tickets=st.integers(1, 90),
    page_size=st.integers(1, 100),
    burst=st.sampled_from([0, 2, 37]),
    concurrency=st.integers(1, 8),
)
def test_for_any_account_and_any_page_size(
    seed: int, tickets: int, page_size: int, burst: int, concurrency: int
) -> None:
    with serve(
        Account(seed=seed, tickets=tickets, burst=min(burst, tickets)), Options(limit=0)
    ) as server:
        with tempfile.TemporaryDirectory() as folder:
            run = workplace(server, Path(folder)).run(page_size=page_size, concurrency=concurrency)
        assert run.code == 0, run.err
        assert missing(server, run) == {}
        assert Counter(row["id"] for row in run.records("tickets")).most_common(1)[0][1] == 1


def test_the_values_are_the_apis_own(place: Place) -> None:
    server, taps = place()
    run = taps.run()
    sent = {row["id"]: row for row in run.records("conversations")}
    for row in server.account.rows("conversations"):
        assert sent[row["id"]]["body_text"] == row["body_text"].replace("\0", "")
        assert sent[row["id"]]["updated_at"] == row["updated_at"]
        assert sent[row["id"]]["cc_emails"] == row["cc_emails"]


def test_ratings_come_as_a_list_of_question_and_value(place: Place) -> None:
    server, taps = place(tickets=200)
    sent = {row["id"]: row["ratings"] for row in taps.run().records("satisfaction_ratings")}
    assert sent
    for row in server.account.rows("satisfaction_ratings"):
        assert {answer["question"]: answer["value"] for answer in sent[row["id"]]} == row["ratings"]


@pytest.mark.parametrize("created_since", ["inclusive", "exclusive"])
def test_a_rating_of_the_very_first_second_comes(place: Place, created_since: str) -> None:
    server, taps = place(tickets=300, since=created_since)
    first = server.account.rows("satisfaction_ratings")[0]
    run = taps.run(start_date=first["created_at"])
    assert first["id"] in [row["id"] for row in run.records("satisfaction_ratings")]


def test_members_of_groups_and_details_of_agents_are_filled_in(place: Place) -> None:
    _, taps = place(tickets=200)
    run = taps.run()
    assert all(isinstance(row["agent_ids"], list) for row in run.records("groups"))
    assert all(
        row["role_ids"] and isinstance(row["group_ids"], list) for row in run.records("agents")
    )


def test_two_runs_over_the_same_account_write_the_same_bytes(place: Place) -> None:
    _, taps = place(tickets=120)
    assert taps.run(concurrency=8).untimed() == taps.run(concurrency=3).untimed()


def test_archived_tickets_come_when_they_are_asked_for(place: Place) -> None:
    server, taps = place(tickets=150)
    run = taps.run(archived_tickets=True)
    assert run.code == 0, run.err
    archived = {row["id"] for row in server.account.rows("archived_tickets")}
    assert archived
    assert {row["id"] for row in run.records("tickets") if row.get("archived")} == archived
    again = taps.run(archived_tickets=True, state=run.state)
    assert not [row for row in again.records("tickets") if row.get("archived")]
