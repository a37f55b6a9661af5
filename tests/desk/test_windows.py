"""Cases and customers by windows: nothing is lost, whatever the server makes of a search and whenever the tap is killed."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.desk import Account
from sandbox.desk.account import EPOCH
from tests.desk.runs import Output, Start, Tap, checked, latest

CASES = ("cases", "messages", "replies", "notes")
KEYS = {
    "cases": ("id",),
    "replies": ("case_id", "reply_id"),
    "notes": ("case_id", "id"),
    "messages": ("case_id",),
    "customers": ("id",),
}


def holds_all(tap: Tap, *runs: Output, streams: tuple[str, ...] = ("cases", "customers", "replies")) -> None:
    """A target that stored ``runs`` has each row of the account as it is now."""
    for stream in streams:
        rows = [row for run in runs for row in run.rows(stream)]
        stored = latest(rows, *KEYS[stream])
        for row in tap.server.account.rows(stream):
            number = int(row["_links"]["self"]["href"].rpartition("/")[2])
            key = (row["case_id"], number) if stream in ("replies", "notes") else (row["id"],)
            assert stored[key]["updated_at"] == row["updated_at"], (stream, key)


@pytest.mark.parametrize("since", ["inclusive", "exclusive"])
def test_each_case_comes_once_at_a_request_a_page(desk: Start, since: str) -> None:
    tap = desk(Account(seed=2, cases=990), since=since)
    run = tap(catalog=tap.catalog("cases"))
    assert run.code == 0, run.stderr
    assert len(run.rows("cases")) == len({row["id"] for row in run.rows("cases")}) == 990
    assert run.requests("cases") <= 11
    ids = [row["id"] for row in run.rows("cases")]
    assert ids == sorted(ids)


@pytest.mark.parametrize("since", ["inclusive", "exclusive"])
def test_the_next_run_brings_what_changed_and_little_else(desk: Start, since: str) -> None:
    tap = desk(Account(seed=2, cases=300), since=since)
    first = tap()
    tap.server.app.live(1, 30)
    second = tap(state=first.states[-1])
    assert second.code == 0, second.stderr
    holds_all(tap, first, second)
    assert len(second.rows("cases")) < 60
    third = tap(state=second.states[-1])
    assert len(third.rows("cases")) <= len(second.rows("cases"))


@pytest.mark.parametrize("dated", [True, False])
def test_cases_that_change_while_they_are_read_come_in_this_run_or_the_next(desk: Start, dated: bool) -> None:
    seconds = itertools.count()
    account = Account(seed=5, cases=400, clock=lambda: EPOCH + timedelta(seconds=next(seconds)))
    tap = desk(account, churn=1, dated=dated)
    first = tap(page_size=20, lookback_seconds=0)
    tap.server.options.churn = 0
    second = tap(state=first.states[-1], lookback_seconds=0)
    holds_all(tap, first, second)


def test_many_cases_of_one_second_come_whole(desk: Start) -> None:
    tap = desk(Account(seed=5, cases=700, burst=600), page_limit=2)
    run = tap(catalog=tap.catalog("cases", "customers"))
    assert run.code == 0, run.stderr
    holds_all(tap, run, streams=("cases", "customers"))


SERVERS: list[dict[str, Any]] = [
    {"ignored": "since_id"},
    {"refused": "since_id"},
    {"ignored": "sort_field"},
    {"ignored": "since_updated_at"},
    {"refused": "since_updated_at"},
    {"ignored": "since_id,since_updated_at"},
    {"refused": "sort_field"},
    {"ignored": "since_id", "since": "inclusive"},
]


@pytest.mark.parametrize("options", SERVERS, ids=str)
def test_a_server_that_does_not_combine_the_filters_is_read_another_way(desk: Start, options: dict[str, Any]) -> None:
    tap = desk(Account(seed=5, cases=330, burst=130), **options)
    run = tap(catalog=tap.catalog("cases", "replies", "customers"))
    assert run.code == 0, run.stderr
    assert ("cases/search: " in run.stderr) == (options.get("ignored") != "since_updated_at")
    holds_all(tap, run)
    tap.server.app.live(1, 30)
    holds_all(tap, run, tap(state=run.states[-1]))


def test_a_server_that_keeps_no_order_at_all_is_refused(desk: Start) -> None:
    tap = desk(ignored="sort_field")
    catalog = tap.catalog("cases", "customers")
    tap.server.faults.add("status", path="*/cases", status=422)
    run = tap(catalog=catalog)
    assert run.code == 3
    assert "can't be read without losing rows" in run.stderr
    assert set(run.states[-1]["bookmarks"]) == {"customers"}


@pytest.mark.parametrize("beyond", ["error", "empty", "silent"])
def test_a_second_with_more_cases_than_the_last_page_allows_is_read_in_another_way(desk: Start, beyond: str) -> None:
    tap = desk(Account(seed=5, cases=150, burst=90), beyond=beyond, page_limit=3, ignored="since_id")
    run = tap(catalog=tap.catalog("cases"), page_size=10)
    assert run.code == 0, run.stderr
    holds_all(tap, run, streams=("cases",))


def test_a_second_too_full_to_be_paged_is_found_among_all_ids(desk: Start) -> None:
    tap = desk(Account(seed=5, cases=300, burst=200), refused="since_updated_at")
    run = tap(catalog=tap.catalog("cases"), start_date="2020-02-20")
    assert run.code == 0, run.stderr
    changed = [row["id"] for row in tap.server.account.rows("cases") if row["updated_at"] >= "2020-02-20"]
    assert sorted(row["id"] for row in run.rows("cases")) == changed


@pytest.mark.parametrize("beyond", ["error", "empty", "silent"])
def test_no_search_goes_near_the_last_page(desk: Start, beyond: str) -> None:
    tap = desk(Account(seed=5, cases=600), beyond=beyond, page_limit=2, largest_page=10)
    run = tap(catalog=tap.catalog("cases"))
    assert run.code == 0, run.stderr
    assert len(run.rows("cases")) == 600


def test_an_interrupted_walk_goes_on_where_it_stopped(desk: Start) -> None:
    tap = desk(Account(seed=5, cases=500))
    catalog = tap.catalog("cases", "replies")
    killed = tap(catalog=catalog).until_state(2)
    rest = tap(catalog=catalog, state=killed.states[-1])
    assert rest.rows("cases")[0]["id"] > max(row["id"] for row in killed.rows("cases"))
    assert len(rest.rows("cases")) < 300
    holds_all(tap, killed, rest, streams=("cases", "replies"))


@pytest.mark.parametrize("options", [{}, {"ignored": "since_id"}], ids=str)
def test_a_case_that_does_not_say_when_it_changed_comes_with_the_others(desk: Start, options: dict[str, Any]) -> None:
    tap = desk(**options)
    catalog = tap.catalog("cases")
    tap.server.faults.add("value", path="*/cases/search", field="updated_at", value=None, next=4)
    run = tap(catalog=catalog)
    assert run.code == 0, run.stderr
    assert {row["id"] for row in run.rows("cases")} == {row["id"] for row in tap.server.account.rows("cases")}
    assert None in {row["updated_at"] for row in run.rows("cases")}


def test_a_stream_selected_later_is_read_from_its_own_beginning(desk: Start) -> None:
    tap = desk(Account(seed=5, cases=300))
    first = tap(catalog=tap.catalog("cases"))
    second = tap(catalog=tap.catalog("cases", "replies"), state=first.states[-1])
    assert len(second.rows("replies")) == len(tap.server.account.rows("replies"))
    assert len(second.rows("cases")) < 20


def test_a_state_without_anything_to_see_stays_empty(desk: Start) -> None:
    run = desk()(start_date="2020-03-02")
    assert run.code == 0
    assert run.states[-1]["bookmarks"] == {}


def test_a_torn_position_is_told_in_a_line(desk: Start) -> None:
    tap = desk()
    run = tap(state={"bookmarks": {"cases": {"since_updated_at": "2020-01-01T00:00:00Z", "walk": {"since_id": "x"}}}})
    assert run.code == 2
    assert "bookmarks.cases.walk" in run.stderr


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_killed_at_any_state_and_changed_meanwhile_nothing_is_lost(desk: Start, data: st.DataObject) -> None:
    options = {
        "since": data.draw(st.sampled_from(["inclusive", "exclusive"])),
        "ignored": data.draw(st.sampled_from(["", "since_id", "since_updated_at"])),
        "churn": data.draw(st.sampled_from([0, 3])),
    }
    size = data.draw(st.integers(min_value=5, max_value=60))
    tap = desk(Account(seed=data.draw(st.integers(1, 99)), cases=150, burst=data.draw(st.sampled_from([0, 70]))), **options)
    catalog = tap.catalog("cases", "replies", "customers")
    runs: list[Output] = []
    state = None
    for _ in range(data.draw(st.integers(1, 2))):
        run = tap(catalog=catalog, state=state, page_size=size, lookback_seconds=0)
        run = run.until_state(data.draw(st.integers(0, len(run.states) - 1)))
        runs.append(run)
        state = run.states[-1]
        tap.server.app.live(len(runs), 5)
    tap.server.options.churn = 0
    runs.append(tap(catalog=catalog, state=state, page_size=size, lookback_seconds=0))
    assert runs[-1].code == 0, runs[-1].stderr
    holds_all(tap, *runs)


def test_bookmarks_of_an_interrupted_run_and_its_resumption_pass_the_checker(desk: Start) -> None:
    tap = desk(Account(seed=5, cases=300))
    catalog = tap.catalog()
    whole = tap(catalog=catalog)
    for number in range(len(whole.states)):
        killed = whole.until_state(number)
        text = "".join(json.dumps(message) + "\n" for message in killed.messages)
        checked(text, catalog, None, tap.folder, "--partial")
    state = whole.until_state(1).states[-1]
    checked(tap(catalog=catalog, state=state).text, catalog, state, tap.folder)
