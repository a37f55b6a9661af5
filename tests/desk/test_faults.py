"""What goes wrong between the tap and the API costs no row, or the run says what it cost."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.desk.hal import ROOT
from tests.desk.conftest import OAUTH, Desk, Opened
from tests.desk.truth import expected
from tests.harness import Run
from tests.truth import assert_holds

FULL_TABLES = ("brands", "labels", "articles", "topics", "users", "companies")


def owed(run: Run, stream: str) -> dict[str, Any]:
    """The parents whose children the state owes."""
    debts: dict[str, Any] = run.states[-1]["bookmarks"][stream].get("owed", {})
    return debts


def answered(desk: Desk) -> list[int]:
    """The cases that have replies."""
    return [row["id"] for row in desk.app.rows("cases") if row["_links"]["replies"]["count"]]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 400, "next": 3},
        {"kind": "status", "status": 429, "body": "vendor", "next": 1, "retry_after": 1},
        {"kind": "status", "status": 502, "body": "html", "next": 2},
        {"kind": "status", "status": 200, "body": "html", "next": 1},
        {"kind": "truncated", "next": 1},
        {"kind": "cut", "next": 2},
        {"kind": "reset", "next": 2},
        {"kind": "hang", "next": 1},
    ],
    ids=str,
)
def test_what_passes_is_waited_out(opened: Opened, fault: dict[str, Any]) -> None:
    desk = opened(cases=15)
    streams = ("cases", "replies", "brands")
    paths = ("*/cases/search", "*/replies", "*/brands")
    desk.server.faults.set([{**fault, "path": path} for path in paths])
    run = desk.run(catalog=desk.catalog(*streams), request_timeout=2)
    assert run.code == 0, run.err
    desk.holds(run, streams=streams)


def test_each_attempt_is_signed_afresh(opened: Opened) -> None:
    desk = opened(login=OAUTH)
    desk.server.faults.add("status", path="*/cases/search", status=503, next=2)
    run = desk.run(catalog=desk.catalog("cases"))
    assert run.code == 0, run.err
    assert desk.server.log.statuses[503] == 2
    assert desk.server.log.statuses[401] == 0


@pytest.mark.parametrize("path", ["*/cases/search", "*/cases/*/replies"])
def test_a_signature_that_is_refused_once_is_made_anew(opened: Opened, path: str) -> None:
    desk = opened(login=OAUTH)
    desk.server.faults.add("status", path=path, status=401, next=1)
    run = desk.run(catalog=desk.catalog("cases", "replies"))
    assert run.code == 0, run.err
    desk.holds(run, streams=("cases", "replies"))


@pytest.mark.parametrize("kind", ["lone_surrogate", "invalid_utf8", "huge_integer"])
def test_rows_that_strict_readers_refuse_are_mended(opened: Opened, kind: str) -> None:
    desk = opened()
    desk.server.faults.add(kind, path="*/cases/search", field="subject")  # type: ignore[arg-type]
    run = desk.run(catalog=desk.catalog("cases"))
    assert run.code == 0, run.err
    sent = {row["id"]: row for row in run.records("cases")}
    rows = [{**row, "subject": sent[row["id"]]["subject"]} for row in expected(desk.app, "cases")]
    assert_holds(rows, run.records("cases"), stream="cases")
    assert all(isinstance(row["subject"], str) for row in rows)


def test_a_bad_request_that_stays_one_fails_its_stream_only(opened: Opened) -> None:
    desk = opened()
    desk.server.faults.add("status", path="*/companies", status=400)
    run = desk.run(catalog=desk.catalog("companies", "brands"))
    assert run.code == 3
    assert desk.asked("companies") == 4
    desk.holds(run, streams=("brands",))


@pytest.mark.parametrize(
    ("stream", "path", "status"),
    [
        *(("replies", "replies", status) for status in (500, 422, 302, 406, 401, 403)),
        *(("messages", "message", status) for status in (500, 403)),
    ],
)
def test_a_case_whose_children_cannot_be_read_costs_only_them_until_they_come(
    opened: Opened, stream: str, path: str, status: int
) -> None:
    desk = opened(cases=15, embeds=False)
    catalog = desk.catalog("cases", stream, "notes")
    broken = answered(desk)[3]
    fault = {"kind": "redirect"} if status == 302 else {"kind": "status", "status": status}
    desk.server.faults.set([{**fault, "path": f"*/cases/{broken}/{path}"}])
    first = desk.run(catalog=catalog, page_size=5)
    assert first.code == (0 if status in (401, 403) else 3), first.err
    assert owed(first, stream).keys() == {str(broken)}
    desk.holds(first, streams=("cases", "notes"))
    desk.holds(first, streams=(stream,), missing=lambda row: row["case_id"] == broken)
    desk.server.faults.clear()
    second = desk.run(catalog=catalog, state=first.state, lookback_seconds=0)
    assert second.code == 0, second.err
    assert owed(second, stream) == {}
    desk.holds(first, second, streams=("cases", stream, "notes"))


@pytest.mark.parametrize("stream", ["macro_actions", "user_groups", "article_translations"])
def test_a_broken_parent_of_a_full_table_costs_only_its_children(
    opened: Opened, stream: str
) -> None:
    desk = opened()
    paths = {"macro_actions": "macros/1/actions", "user_groups": "groups/1/users"}
    path = paths.get(stream, "articles/1/translations")
    desk.server.faults.add("status", path=f"*/{path}", status=500)
    run = desk.run(catalog=desk.catalog(stream), activate_version=True)
    assert run.code == 3, run.err
    parent = {"macro_actions": "macro_id", "user_groups": "id"}.get(stream, "article_id")
    desk.holds(run, streams=(stream,), missing=lambda row: row[parent] == 1)
    assert not [row for row in run.messages if row["type"] == "ACTIVATE_VERSION"]


def test_a_case_that_vanishes_before_its_replies_are_asked_for_owes_nothing(opened: Opened) -> None:
    desk = opened()
    gone = answered(desk)[:2]
    desk.options.missing = ",".join(f"cases/{case}/*" for case in gone)
    run = desk.run(catalog=desk.catalog("cases", "replies"))
    assert run.code == 0, run.err
    assert owed(run, "replies") == {}
    desk.holds(run, streams=("replies",), missing=lambda row: row["case_id"] in gone)


def test_an_empty_list_of_what_a_case_counts_is_owed(opened: Opened) -> None:
    desk = opened()
    catalog = desk.catalog("replies")
    hollow = answered(desk)[2]
    desk.options.hollow = f"cases/{hollow}/replies"
    first = desk.run(catalog=catalog)
    assert first.code == 3
    assert f"cases/{hollow}/replies: the list is empty" in first.err
    assert owed(first, "replies").keys() == {str(hollow)}
    desk.options.hollow = ""
    second = desk.run(catalog=catalog, state=first.state)
    assert second.code == 0, second.err
    desk.holds(first, second, streams=("replies",))


@pytest.mark.parametrize("stream", FULL_TABLES)
def test_a_list_that_ends_before_its_announced_end_fails(opened: Opened, stream: str) -> None:
    desk = opened(cases=250, largest_page=1, last_linked=1)
    run = desk.run(catalog=desk.catalog(stream), activate_version=True)
    assert run.code in (1, 3)
    total = len(desk.app.rows(stream))
    assert f"{stream}: the list ends after 1 of {total} rows" in run.err
    assert not [row for row in run.messages if row["type"] == "ACTIVATE_VERSION"]


def test_a_search_does_not_need_the_link_to_the_next_page(opened: Opened) -> None:
    desk = opened(last_linked=1)
    run = desk.run(catalog=desk.catalog("cases", "customers"), page_size=7)
    assert run.code == 0, run.err
    desk.holds(run, streams=("cases", "customers"))


@pytest.mark.parametrize(("stream", "path"), [("cases", "cases/search"), ("labels", "labels")])
def test_an_empty_page_of_a_list_that_announces_rows_fails(
    opened: Opened, stream: str, path: str
) -> None:
    desk = opened()
    body = {"total_entries": 60, "_links": {"next": None}, "_embedded": {"entries": []}}
    desk.server.faults.add("status", path=f"*/{path}", status=200, body=body)
    run = desk.run(catalog=desk.catalog(stream, "brands"))
    assert run.code == 3
    assert "after 0 of 60 rows" in run.err
    assert stream not in run.states[-1]["bookmarks"]


@pytest.mark.parametrize(
    ("ignored", "order", "rest"),
    [("", "sort_field=id", 33), ("since_id", "sort_field=updated_at", 34)],
    ids=["by id", "by time"],
)
def test_a_search_that_ends_before_the_rest_that_it_announces_fails(
    opened: Opened, ignored: str, order: str, rest: int
) -> None:
    desk = opened(ignored=ignored)
    body = {"total_entries": rest, "_links": {"next": None}, "_embedded": {"entries": []}}
    query = f"{order}&sort_direction=asc"
    desk.server.faults.add(
        "status", path="*/cases/search", query=query, nth=2, body=body, status=200
    )
    run = desk.run(catalog=desk.catalog("cases", "brands"), page_size=7)
    assert run.code == 3
    assert f"cases/search: the search ends after 7 of {7 + rest} rows" in run.err
    assert "cases" not in run.states[-1]["bookmarks"]


def test_pages_that_grow_again_go_on_where_the_smaller_ones_ended(opened: Opened) -> None:
    desk = opened()
    desk.server.faults.add("status", path="*/custom_fields", query="&page=3", status=502, next=3)
    run = desk.run(catalog=desk.catalog("custom_fields"), page_size=2)
    assert run.code == 0, run.err
    desk.holds(run, streams=("custom_fields",))


def test_a_page_that_leads_back_to_itself_ends_the_stream(opened: Opened) -> None:
    desk = opened()
    rows = [{"name": "a", "_links": {"self": {"href": f"{ROOT}labels/1", "class": "label"}}}]
    next_page = {"href": f"{ROOT}labels?page=2", "class": "page"}
    body = {"total_entries": 3, "_links": {"next": next_page}, "_embedded": {"entries": rows}}
    desk.server.faults.add("status", path="*/labels", status=200, body=body)
    run = desk.run(catalog=desk.catalog("labels", "brands"))
    assert run.code == 3
    assert "the pages lead back to one that was already read" in run.err
    assert desk.asked("labels") < 5


@pytest.mark.parametrize(
    "body",
    [
        {"message": "Internal error"},
        {"_embedded": {}, "_links": {}},
        {"_embedded": {"entries": {"a": 1}}},
        [],
    ],
    ids=str,
)
@pytest.mark.parametrize("stream", ["labels", "system_message", "custom_fields"])
def test_a_good_status_around_something_else_is_a_failed_read(
    opened: Opened, stream: str, body: Any
) -> None:
    desk = opened()
    desk.server.faults.add("status", path=f"*/{stream}", status=200, body=body)
    run = desk.run(catalog=desk.catalog(stream, "brands"), activate_version=True)
    activated = [row["stream"] for row in run.messages if row["type"] == "ACTIVATE_VERSION"]
    assert (run.code, activated) == (3, ["brands"]), run.err


def test_null_in_the_place_of_a_list_is_an_empty_list(opened: Opened) -> None:
    desk = opened()
    body = {"total_entries": 0, "_links": {}, "_embedded": {"entries": None}}
    desk.server.faults.add("status", path="*/labels", status=200, body=body)
    run = desk.run(catalog=desk.catalog("labels"))
    assert run.code == 0, run.err
    assert run.records("labels") == []


def test_rows_without_their_key_make_it_a_failed_read(opened: Opened) -> None:
    desk = opened()
    desk.account.tables["brands"][1]["_links"] = {}
    run = desk.run(catalog=desk.catalog("brands", "labels"), activate_version=True)
    assert run.code == 3, run.err
    assert [row["id"] for row in run.records("brands")] == [1]
    activated = [row["stream"] for row in run.messages if row["type"] == "ACTIVATE_VERSION"]
    assert activated == ["labels"]


def test_what_is_below_rows_without_their_key_makes_a_gap(opened: Opened) -> None:
    desk = opened()
    desk.server.faults.add("value", path="*/macros", field="_links", value={})
    run = desk.run(catalog=desk.catalog("macro_actions"), activate_version=True)
    assert run.code == 3, run.err
    desk.holds(run, streams=("macro_actions",), missing=lambda row: row["macro_id"] == 1)
    assert not [row for row in run.messages if row["type"] == "ACTIVATE_VERSION"]


@pytest.mark.parametrize("stream", ["replies", "messages"])
def test_a_case_without_its_id_makes_a_gap_below_it(opened: Opened, stream: str) -> None:
    desk = opened(cases=25, era="2013", embeds=False)
    desk.server.faults.add("value", path="*/cases/search", field="_links", value={}, next=1)
    run = desk.run(catalog=desk.catalog("cases", stream), page_size=10)
    assert run.code == 3, run.err
    assert "cases: 24 rows" in run.err
    assert "1 row came without the key" in run.err
    assert "1 row above it came without an id" in run.err
    assert "cases" not in run.states[-1]["bookmarks"]
    desk.holds(run, streams=(stream,), missing=lambda row: row["case_id"] == 1)


def test_a_childs_reply_does_not_replace_its_parents_id(opened: Opened) -> None:
    desk = opened()
    case = answered(desk)[0]
    desk.server.faults.add("value", path=f"*/cases/{case}/replies", field="case_id", value=999)
    run = desk.run(catalog=desk.catalog("replies"))
    desk.holds(run, streams=("replies",))


GATEWAY: dict[str, Any] = {"kind": "status", "status": 504}


@pytest.mark.parametrize(
    ("stream", "path", "fault"),
    [
        ("cases", "*/cases/search", GATEWAY),
        ("customers", "*/customers/search", GATEWAY),
        ("articles", "*/articles", GATEWAY),
        ("replies", "*/replies", GATEWAY),
        ("user_groups", "*/groups/*/users", GATEWAY),
        ("users", "*/users", GATEWAY),
        ("cases", "*/cases/search", {"kind": "hang"}),
        ("cases", "*/cases/search", {"kind": "truncated"}),
        ("users", "*/users", {"kind": "hang"}),
        ("users", "*/users", {"kind": "truncated"}),
    ],
)
def test_pages_that_are_too_large_for_the_gateway_become_smaller(
    opened: Opened, stream: str, path: str, fault: dict[str, Any]
) -> None:
    desk = opened(cases=8)
    for size in ("per_page=1000", "per_page=500", "per_page=100"):
        desk.server.faults.add(**{**fault, "path": path, "query": size})
    run = desk.run(catalog=desk.catalog(stream), request_timeout=2)
    assert run.code == 0, run.err
    desk.holds(run, streams=(stream,))


def test_replies_of_which_even_ten_are_too_many_are_read_one_by_one(opened: Opened) -> None:
    desk = opened(cases=8)
    desk.server.faults.add("status", path="*/replies", query="per_page=10", status=504)
    run = desk.run(catalog=desk.catalog("replies"))
    assert run.code == 0, run.err
    desk.holds(run, streams=("replies",))


def test_a_page_that_became_smaller_grows_again(opened: Opened) -> None:
    desk = opened(cases=300)
    desk.server.faults.add("status", path="*/cases/search", query="per_page=40", status=504, next=3)
    run = desk.run(catalog=desk.catalog("cases"), page_size=40)
    assert run.code == 0, run.err
    asked = [entry.query for entry in desk.server.log.entries if "/search" in entry.path]
    sizes = [query for query in asked if "sort_field=id" in query]
    assert "per_page=20" in sizes[3]
    assert "per_page=40" in sizes[-1]
    desk.holds(run, streams=("cases",))
