"""Later runs bring what changed, whatever the server makes of a search."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk.conftest import Desk, Opened
from tests.desk.truth import expected
from tests.harness import Run
from tests.truth import Row, assert_holds

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
WALKED = ("cases", "messages", "replies", "notes", "customers")


@pytest.mark.parametrize("since", ["inclusive", "exclusive"])
def test_the_next_run_brings_what_changed_and_little_else(opened: Opened, since: str) -> None:
    desk = opened(seed=2, cases=25, since=since)
    first = desk.run()
    desk.live(1, 12)
    second = desk.run(state=first.state)
    assert second.code == 0, second.err
    desk.holds(first, second)
    assert len(second.records("cases")) < 20
    third = desk.run(state=second.state)
    assert len(third.records("cases")) <= len(second.records("cases"))


def test_an_unchanged_account_brings_the_border_rows_and_the_same_state(opened: Opened) -> None:
    desk = opened()
    first = desk.run()
    second = desk.run(state=first.state, lookback_seconds=0)
    assert len(second.records("cases")) == len(second.records("customers")) == 1
    assert second.states[0] == second.state == first.state
    assert second.messages[0]["type"] == "STATE"


def test_replies_of_only_the_cases_that_changed_come_the_next_time(opened: Opened) -> None:
    desk = opened()
    catalog = desk.catalog("replies")
    first = desk.run(catalog=catalog)
    answered = [row["case_id"] for row in first.records("replies")]
    desk.server.changes.edit_reply(answered[0])
    desk.server.changes.reply(3)
    asked = desk.asked("cases/N/replies")
    second = desk.run(catalog=catalog, state=first.state, lookback_seconds=0)
    assert {row["case_id"] for row in second.records("replies")} >= {3, answered[0]}
    assert desk.asked("cases/N/replies") - asked <= 3
    desk.holds(first, second, streams=("replies",))


@given(
    seed=st.integers(0, 10**6),
    dated=st.booleans(),
    since=st.sampled_from(["inclusive", "exclusive"]),
    ignored=st.sampled_from(["", "since_id", "since_updated_at"]),
    size=st.integers(2, 20),
)
@settings(max_examples=4, deadline=None)
def test_cases_that_change_while_they_are_read_come_in_this_run_or_the_next(
    seed: int, dated: bool, since: str, ignored: str, size: int
) -> None:
    options: dict[str, Any] = {"churn": 1, "dated": dated, "since": since, "ignored": ignored}
    with Desk(seed, 18, **options) as desk:
        catalog = desk.catalog(*WALKED)
        desk.server.faults.add("drip", seconds=1, path="*/cases/search")
        first = desk.run(catalog=catalog, page_size=size, lookback_seconds=0)
        desk.options.churn = 0
        second = desk.run(catalog=catalog, state=first.state, page_size=size, lookback_seconds=0)
        desk.holds(first, second, streams=WALKED)


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_vendor_whose_clock_differs_from_ours_hides_no_change(
    opened: Opened, minutes: int
) -> None:
    desk = opened(cases=30, behind=timedelta(minutes=minutes), churn=1)
    catalog = desk.catalog("cases", "customers")
    desk.server.faults.add("drip", seconds=1, path="*/cases/search")
    runs = [desk.run(catalog=catalog, page_size=5, lookback_seconds=0)]
    desk.live(1, 10)
    desk.options.churn = 0
    runs.append(desk.run(catalog=catalog, state=runs[0].state, page_size=5, lookback_seconds=0))
    desk.holds(*runs, streams=("cases", "customers"))


@pytest.mark.parametrize("options", SERVERS, ids=str)
def test_a_server_that_does_not_combine_the_filters_is_read_another_way(
    opened: Opened, options: dict[str, Any]
) -> None:
    desk = opened(seed=5, cases=20, burst=11, **options)
    catalog = desk.catalog(*WALKED)
    first = desk.run(catalog=catalog, page_size=5)
    assert first.code == 0, first.err
    assert ("cases/search: " in first.err) == (options.get("ignored") != "since_updated_at")
    desk.holds(first, streams=WALKED)
    desk.live(1, 10)
    second = desk.run(catalog=catalog, state=first.state, page_size=5)
    desk.holds(first, second, streams=WALKED)


def test_a_server_that_ignores_the_time_of_a_change_is_reported(opened: Opened) -> None:
    desk = opened(cases=12, ignored="since_updated_at")
    catalog = desk.catalog("cases")
    first = desk.run(catalog=catalog)
    assert "changed before since_updated_at" not in first.err
    second = desk.run(catalog=catalog, state=first.state)
    assert "changed before since_updated_at" in second.err
    desk.holds(first, second, streams=("cases",))


def test_each_row_comes_once_from_a_server_that_is_read_by_time(opened: Opened) -> None:
    desk = opened(cases=20, refused="since_id")
    run = desk.run(catalog=desk.catalog("cases"), page_size=4)
    desk.holds(run, streams=("cases",))
    assert len(run.records("cases")) == len(desk.account.cases.ids())


def test_a_bookmark_stays_where_it_is_when_the_read_begins_anew_in_another_way(
    opened: Opened,
) -> None:
    desk = opened(seed=5, cases=30)
    refusal = {"path": "*/cases/search", "query": "sort_field=id", "status": 422, "nth": 4}
    desk.server.faults.add("status", **refusal)
    run = desk.run(catalog=desk.catalog("cases"), page_size=5)
    assert run.code == 0, run.err
    assert "cases/search: " in run.err
    bookmarks = [state["bookmarks"]["cases"] for state in run.states]
    reached = [bookmark["since_updated_at"] for bookmark in bookmarks]
    assert reached == sorted(reached)
    desk.holds(run, streams=("cases",))


def test_a_server_that_keeps_no_order_at_all_is_refused(opened: Opened) -> None:
    desk = opened(ignored="sort_field")
    desk.server.faults.add("status", path="*/cases", status=422)
    run = desk.run(catalog=desk.catalog("cases", "customers"))
    assert run.code == 3
    assert "can't be read without losing rows" in run.err
    assert set(run.states[-1]["bookmarks"]) == {"customers"}


def test_many_cases_of_one_second_come_whole(opened: Opened) -> None:
    desk = opened(seed=5, cases=240, burst=210, page_limit=2)
    run = desk.run(catalog=desk.catalog("cases", "customers"))
    assert run.code == 0, run.err
    desk.holds(run, streams=("cases", "customers"))


@pytest.mark.parametrize(
    ("seed", "options"),
    [
        (0, {"refused": "since_id", "churn": 2}),
        (8, {"refused": "since_id", "churn": 2}),
        (1, {"ignored": "since_id", "churn": 9}),
        (6, {"ignored": "since_id", "churn": 9, "since": "inclusive"}),
    ],
    ids=str,
)
def test_cases_of_one_second_that_come_in_any_order_come_whole(
    opened: Opened, seed: int, options: dict[str, Any]
) -> None:
    desk = opened(seed=seed, cases=40, burst=24, shuffled=True, **options)
    catalog = desk.catalog("cases")
    first = desk.run(catalog=catalog, page_size=8, lookback_seconds=0)
    assert first.code == 0, first.err
    desk.options.churn = 0
    second = desk.run(catalog=catalog, state=first.state, lookback_seconds=0)
    desk.holds(first, second, streams=("cases",))


@pytest.mark.parametrize("beyond", ["error", "empty", "silent"])
def test_a_second_with_more_cases_than_the_last_page_allows_is_read_in_another_way(
    opened: Opened, beyond: str
) -> None:
    desk = opened(seed=5, cases=30, burst=18, beyond=beyond, page_limit=3, ignored="since_id")
    run = desk.run(catalog=desk.catalog("cases"), page_size=2)
    assert run.code == 0, run.err
    desk.holds(run, streams=("cases",))


def test_only_cases_that_changed_since_the_start_date_come(opened: Opened) -> None:
    desk = opened(seed=5, cases=140, burst=110, refused="since_updated_at")
    run = desk.run(catalog=desk.catalog("cases"), start_date="2020-02-20")
    assert run.code == 0, run.err
    rows = [row for row in expected(desk.app, "cases") if row["updated_at"] >= "2020-02-20"]
    assert len(rows) >= 110
    assert_holds(rows, run.records("cases"), stream="cases")


@pytest.mark.parametrize(
    "options", [{}, {"refused": "since_id"}, {"refused": "since_updated_at"}], ids=str
)
def test_a_case_that_changed_in_the_second_of_the_start_date_comes(
    opened: Opened, options: dict[str, Any]
) -> None:
    desk = opened(cases=20, **options)
    rows = sorted(expected(desk.app, "cases"), key=lambda row: str(row["updated_at"]))
    run = desk.run(catalog=desk.catalog("cases"), start_date=rows[9]["updated_at"])
    assert_holds(rows[9:], run.records("cases"), stream="cases")


@pytest.mark.parametrize("beyond", ["error", "empty", "silent"])
def test_no_search_goes_near_the_last_page(opened: Opened, beyond: str) -> None:
    desk = opened(seed=5, cases=40, beyond=beyond, page_limit=2, largest_page=2)
    run = desk.run(catalog=desk.catalog("cases"))
    assert run.code == 0, run.err
    desk.holds(run, streams=("cases",))


@pytest.mark.parametrize(
    "options",
    [{}, {"ignored": "since_id"}, {"refused": "since_id"}, {"ignored": "sort_field"}],
    ids=str,
)
def test_a_change_that_is_dated_in_the_future_hides_no_later_ones(
    opened: Opened, options: dict[str, Any]
) -> None:
    desk = opened(cases=12, **options)
    catalog = desk.catalog("cases")
    for case, year in ((3, 2030), (4, 2031), (5, 2032), (6, 2033)):
        desk.server.changes.update_case(case, at=f"{year}-01-01T00:00:00Z")
    first = desk.run(catalog=catalog, page_size=2)
    desk.clock.advance(60)
    desk.server.changes.update_case(8)
    second = desk.run(catalog=catalog, page_size=2, state=first.state)
    desk.holds(first, second, streams=("cases",))


@pytest.mark.parametrize("options", [{}, {"ignored": "since_id"}], ids=str)
def test_a_case_that_does_not_say_when_it_changed_comes_with_the_others(
    opened: Opened, options: dict[str, Any]
) -> None:
    desk = opened(**options)
    desk.server.faults.add("value", path="*/cases/search", field="updated_at", value=None, next=4)
    run = desk.run(catalog=desk.catalog("cases"))
    assert run.code == 0, run.err
    rows = expected(desk.app, "cases")
    rows[0]["updated_at"] = None
    assert_holds(rows, run.records("cases")[: len(rows)], stream="cases")


def test_a_stream_selected_later_is_read_from_its_own_beginning(opened: Opened) -> None:
    desk = opened(seed=5, cases=60)
    first = desk.run(catalog=desk.catalog("cases"))
    second = desk.run(catalog=desk.catalog("cases", "replies"), state=first.state)
    desk.holds(second, streams=("replies",))
    assert len(second.records("cases")) < 20


def test_an_entry_that_is_added_to_a_history_moves_none_of_the_others(opened: Opened) -> None:
    desk = opened()
    catalog = desk.catalog("case_history")
    first = desk.run(catalog=catalog)
    for _ in range(3):
        desk.server.changes.reply(3)
    second = desk.run(catalog=catalog, state=first.state)
    before, after = (_history(run, case=3) for run in (first, second))
    assert after[: len(before)] == before
    desk.holds(first, second, streams=("case_history",))


@pytest.mark.parametrize(("vanishing", "code"), [(2, 0), (99, 3)])
def test_a_list_that_gets_shorter_while_it_is_read_loses_no_row(
    opened: Opened, vanishing: int, code: int
) -> None:
    desk = opened(cases=500, largest_page=2)
    del desk.account.articles[40:]
    before = {row["id"] for row in desk.account.articles}
    desk.options.vanishing = vanishing
    run = desk.run(catalog=desk.catalog("articles"))
    assert run.code == code, run.err
    sent = {row["id"] for row in run.records("articles")}
    assert before >= sent >= {row["id"] for row in desk.account.articles}


def test_a_full_table_is_read_whole_each_time_and_tells_what_went(opened: Opened) -> None:
    desk = opened(cases=200)
    catalog = desk.catalog("articles", "article_translations")
    desk.run(catalog=catalog)
    desk.server.changes.add_article()
    desk.server.changes.delete_article(1)
    run = desk.run(catalog=catalog, activate_version=True)
    desk.holds(run, streams=("articles", "article_translations"))
    activated = [row["stream"] for row in run.messages if row["type"] == "ACTIVATE_VERSION"]
    assert activated == ["articles", "article_translations"]


def _history(run: Run, case: int) -> list[Row]:
    return [row for row in run.records("case_history") if row["case_id"] == case]
