"""Cases and customers by windows: nothing is lost, whatever the server makes of a search and whenever the tap is killed."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.desk import Account, DeskServer
from sandbox.desk.account import EPOCH
from tests.desk.conftest import Place
from tests.harness import Run, selecting

CASES = ("cases", "messages", "replies", "notes")
KEYS = {
    "cases": ("id",),
    "replies": ("case_id", "reply_id"),
    "notes": ("case_id", "id"),
    "messages": ("case_id",),
    "customers": ("id",),
}


def holds_all(
    server: DeskServer, *runs: Run, streams: tuple[str, ...] = ("cases", "customers", "replies")
) -> None:
    """A target that stored ``runs`` has each row of the account as it is now."""
    for stream in streams:
        stored = {
            tuple(row[name] for name in KEYS[stream]): row
            for run in runs
            for row in run.records(stream)
        }
        for row in server.account.rows(stream):
            number = int(row["_links"]["self"]["href"].rpartition("/")[2])
            key = (row["case_id"], number) if stream in ("replies", "notes") else (row["id"],)
            assert stored[key]["updated_at"] == row["updated_at"], (stream, key)


@pytest.mark.parametrize("since", ["inclusive", "exclusive"])
def test_each_case_comes_once_at_a_request_a_page(place: Place, since: str) -> None:
    _, taps = place(Account(seed=2, cases=990), since=since)
    run = taps.run(catalog=selecting(taps.discovered(), "cases"))
    assert run.code == 0, run.err
    assert len(run.records("cases")) == len({row["id"] for row in run.records("cases")}) == 990
    assert run.requests("cases") <= 11
    ids = [row["id"] for row in run.records("cases")]
    assert ids == sorted(ids)


@pytest.mark.parametrize("since", ["inclusive", "exclusive"])
def test_pages_of_one_row_lose_none(place: Place, since: str) -> None:
    server, taps = place(Account(seed=2, cases=30), since=since)
    run = taps.run(catalog=selecting(taps.discovered(), "cases", "customers"), page_size=1)
    assert run.code == 0, run.err
    holds_all(server, run, streams=("cases", "customers"))


@pytest.mark.parametrize("since", ["inclusive", "exclusive"])
def test_the_next_run_brings_what_changed_and_little_else(place: Place, since: str) -> None:
    server, taps = place(Account(seed=2, cases=300), since=since)
    first = taps.run()
    server.app.live(1, 30)
    second = taps.run(state=first.states[-1])
    assert second.code == 0, second.err
    holds_all(server, first, second)
    assert len(second.records("cases")) < 60
    third = taps.run(state=second.states[-1])
    assert len(third.records("cases")) <= len(second.records("cases"))


@pytest.mark.parametrize("dated", [True, False])
def test_cases_that_change_while_they_are_read_come_in_this_run_or_the_next(
    place: Place, dated: bool
) -> None:
    seconds = itertools.count()
    account = Account(seed=5, cases=400, clock=lambda: EPOCH + timedelta(seconds=next(seconds)))
    server, taps = place(account, churn=1, dated=dated)
    first = taps.run(page_size=20, lookback_seconds=0)
    server.options.churn = 0
    second = taps.run(state=first.states[-1], lookback_seconds=0)
    holds_all(server, first, second)


def test_many_cases_of_one_second_come_whole(place: Place) -> None:
    server, taps = place(Account(seed=5, cases=700, burst=600), page_limit=2)
    run = taps.run(catalog=selecting(taps.discovered(), "cases", "customers"))
    assert run.code == 0, run.err
    holds_all(server, run, streams=("cases", "customers"))


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
def test_a_server_that_does_not_combine_the_filters_is_read_another_way(
    place: Place, options: dict[str, Any]
) -> None:
    server, taps = place(Account(seed=5, cases=330, burst=130), **options)
    run = taps.run(catalog=selecting(taps.discovered(), "cases", "replies", "customers"))
    assert run.code == 0, run.err
    assert ("cases/search: " in run.err) == (options.get("ignored") != "since_updated_at")
    holds_all(server, run)
    server.app.live(1, 30)
    holds_all(server, run, taps.run(state=run.states[-1]))


def test_a_server_that_keeps_no_order_at_all_is_refused(place: Place) -> None:
    server, taps = place(ignored="sort_field")
    catalog = selecting(taps.discovered(), "cases", "customers")
    server.faults.add("status", path="*/cases", status=422)
    run = taps.run(catalog=catalog)
    assert run.code == 3
    assert "can't be read without losing rows" in run.err
    assert set(run.states[-1]["bookmarks"]) == {"customers"}


@pytest.mark.parametrize("beyond", ["error", "empty", "silent"])
def test_a_second_with_more_cases_than_the_last_page_allows_is_read_in_another_way(
    place: Place, beyond: str
) -> None:
    server, taps = place(
        Account(seed=5, cases=150, burst=90), beyond=beyond, page_limit=3, ignored="since_id"
    )
    run = taps.run(catalog=selecting(taps.discovered(), "cases"), page_size=10)
    assert run.code == 0, run.err
    holds_all(server, run, streams=("cases",))


def test_a_second_too_full_to_be_paged_is_found_among_all_ids(place: Place) -> None:
    server, taps = place(Account(seed=5, cases=300, burst=200), refused="since_updated_at")
    run = taps.run(catalog=selecting(taps.discovered(), "cases"), start_date="2020-02-20")
    assert run.code == 0, run.err
    changed = [
        row["id"] for row in server.account.rows("cases") if row["updated_at"] >= "2020-02-20"
    ]
    assert sorted(row["id"] for row in run.records("cases")) == changed


@pytest.mark.parametrize("beyond", ["error", "empty", "silent"])
def test_no_search_goes_near_the_last_page(place: Place, beyond: str) -> None:
    _, taps = place(Account(seed=5, cases=600), beyond=beyond, page_limit=2, largest_page=10)
    run = taps.run(catalog=selecting(taps.discovered(), "cases"))
    assert run.code == 0, run.err
    assert len(run.records("cases")) == 600


def test_an_interrupted_walk_goes_on_where_it_stopped(place: Place) -> None:
    server, taps = place(Account(seed=5, cases=500))
    catalog = selecting(taps.discovered(), "cases", "replies")
    killed = taps.run(catalog=catalog).until_state(2)
    rest = taps.run(catalog=catalog, state=killed.states[-1])
    assert rest.records("cases")[0]["id"] > max(row["id"] for row in killed.records("cases"))
    assert len(rest.records("cases")) < 300
    holds_all(server, killed, rest, streams=("cases", "replies"))


@pytest.mark.parametrize("options", [{}, {"ignored": "since_id"}], ids=str)
def test_a_case_that_does_not_say_when_it_changed_comes_with_the_others(
    place: Place, options: dict[str, Any]
) -> None:
    server, taps = place(**options)
    catalog = selecting(taps.discovered(), "cases")
    server.faults.add("value", path="*/cases/search", field="updated_at", value=None, next=4)
    run = taps.run(catalog=catalog)
    assert run.code == 0, run.err
    assert {row["id"] for row in run.records("cases")} == {
        row["id"] for row in server.account.rows("cases")
    }
    assert None in {row["updated_at"] for row in run.records("cases")}


@pytest.mark.parametrize(
    "options",
    [{}, {"ignored": "since_id"}, {"refused": "since_id"}, {"ignored": "sort_field"}],
    ids=str,
)
def test_a_change_that_is_dated_in_the_future_hides_no_later_ones(
    place: Place, options: dict[str, Any]
) -> None:
    server, taps = place(**options)
    catalog = selecting(taps.discovered(), "cases")
    server.account.changes.update_case(3, at="2030-01-01T00:00:00Z")
    first = taps.run(catalog=catalog, page_size=50)
    server.account.changes.update_case(8)
    holds_all(
        server,
        first,
        taps.run(catalog=catalog, page_size=50, state=first.states[-1]),
        streams=("cases",),
    )


def test_a_stream_selected_later_is_read_from_its_own_beginning(place: Place) -> None:
    server, taps = place(Account(seed=5, cases=300))
    first = taps.run(catalog=selecting(taps.discovered(), "cases"))
    second = taps.run(
        catalog=selecting(taps.discovered(), "cases", "replies"), state=first.states[-1]
    )
    assert len(second.records("replies")) == len(server.account.rows("replies"))
    assert len(second.records("cases")) < 20


def test_a_state_without_anything_to_see_stays_empty(place: Place) -> None:
    _, taps = place()
    run = taps.run(start_date="2020-03-02")
    assert run.code == 0
    assert run.states[-1]["bookmarks"] == {}


def test_a_torn_position_is_told_in_a_line(place: Place) -> None:
    _, taps = place()
    run = taps.run(
        state={
            "bookmarks": {
                "cases": {"since_updated_at": "2020-01-01T00:00:00Z", "walk": {"since_id": "x"}}
            }
        }
    )
    assert run.code == 2
    assert "bookmarks.cases.walk" in run.err


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_killed_at_any_state_and_changed_meanwhile_nothing_is_lost(
    place: Place, data: st.DataObject
) -> None:
    options = {
        "since": data.draw(st.sampled_from(["inclusive", "exclusive"])),
        "ignored": data.draw(st.sampled_from(["", "since_id", "since_updated_at"])),
        "churn": data.draw(st.sampled_from([0, 3])),
    }
    size = data.draw(st.integers(min_value=5, max_value=60))
    server, taps = place(
        Account(
            seed=data.draw(st.integers(1, 99)), cases=150, burst=data.draw(st.sampled_from([0, 70]))
        ),
        **options,
    )
    catalog = selecting(taps.discovered(), "cases", "replies", "customers")
    runs: list[Run] = []
    state = None
    for _ in range(data.draw(st.integers(1, 2))):
        run = taps.run(catalog=catalog, state=state, page_size=size, lookback_seconds=0)
        run = run.until_state(data.draw(st.integers(0, len(run.states) - 1)))
        runs.append(run)
        state = run.states[-1]
        server.app.live(len(runs), 5)
    server.options.churn = 0
    runs.append(taps.run(catalog=catalog, state=state, page_size=size, lookback_seconds=0))
    assert runs[-1].code == 0, runs[-1].err
    holds_all(server, *runs)


def test_bookmarks_of_an_interrupted_run_and_its_resumption_pass_the_checker(place: Place) -> None:
    _, taps = place(Account(seed=5, cases=300))
    catalog = taps.discovered()
    whole = taps.run(catalog=catalog)
    for number in range(len(whole.states)):
        assert taps.breaches(whole.until_state(number), catalog, partial=True) == ""
    state = whole.until_state(1).states[-1]
    assert taps.breaches(taps.run(catalog=catalog, state=state), catalog, state=state) == ""
