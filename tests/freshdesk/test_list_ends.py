"""Where a list ends whose pages are cut, or whose Link headers do not arrive."""

from __future__ import annotations

from typing import Any

import pytest

from tests.freshdesk.conftest import Helpdesk
from tests.harness import Run

SECOND_ROW = "per_page=1&page=2"
"""How the tap asks whether links arrive."""
UNANSWERED: dict[str, dict[str, Any]] = {
    "403": {"kind": "status", "status": 403},
    "404": {"kind": "status", "status": 404, "body": "empty"},
    "400": {"kind": "status", "status": 400},
    "500": {"kind": "status", "status": 500, "body": "html"},
    "a redirect": {"kind": "redirect"},
    "a reset connection": {"kind": "reset"},
    "an object": {"kind": "status", "status": 200, "body": {}},
}


@pytest.mark.parametrize("fault", UNANSWERED.values(), ids=UNANSWERED.keys())
def test_the_question_whether_links_arrive_costs_no_row_if_it_has_no_answer(
    fault: dict[str, Any],
) -> None:
    desk = Helpdesk(tickets=60, cut_to=10, link="")
    asked = desk.fault(path="*/contacts", query=SECOND_ROW, **fault)
    run = desk.run("contacts")
    assert run.code == 0, run.err
    assert asked.struck == 1
    desk.assert_held(run, streams=["contacts"])


def of_own_length(rows: int) -> Run:
    """A run over a list that always comes in pages of 30 rows, without links."""
    desk = Helpdesk(tickets=15)
    roles = [{"id": number, "updated_at": "2026-01-01T00:00:00Z"} for number in range(1, rows + 1)]
    desk.fault("status", status=200, path="*/roles", query="&page=3", body=[])
    desk.fault("status", status=200, path="*/roles", query="&page=2", body=roles[30:])
    desk.fault("status", status=200, path="*/roles", body=roles[:30])
    return desk.run("roles")


def test_a_list_in_pages_of_its_own_length_is_complete() -> None:
    run = of_own_length(60)
    assert run.code == 0, run.err
    assert {row["id"] for row in run.records("roles")} == set(range(1, 61))


def test_a_list_in_pages_of_its_own_length_is_not_taken_for_whole() -> None:
    """Its last page is no longer than what was asked for, so that nothing shows its ways."""
    run = of_own_length(45)
    assert run.code == 3, run.err
    assert "the pages lead back to one that was already read" in run.err
    assert not (run.state or {})["bookmarks"].get("roles")


def test_rows_that_come_in_above_a_page_do_not_end_a_list_without_links() -> None:
    """Three rows come in after the first page, so that the second one holds nothing new."""
    desk = Helpdesk(tickets=15)
    roles = [{"id": number, "updated_at": "2026-01-01T00:00:00Z"} for number in range(1, 8)]
    pages = {"5&page=2": roles[2:], "4&page=2": roles[1:5], "4&page=3": roles[5:], "5": roles[:5]}
    for asked, rows in pages.items():
        query = f"per_page={asked}"
        desk.fault("status", status=200, path="*/roles", query=query, body=rows)
    run = desk.run("roles", page_size=5)
    assert run.code == 0, run.err
    assert {row["id"] for row in run.records("roles")} == set(range(1, 8))


def test_a_page_that_is_too_large_in_a_list_that_is_cut_loses_no_row() -> None:
    desk = Helpdesk(tickets=15, cut_to=30)
    thread = desk.live_tickets()[5]
    for _ in range(100):
        desk.server.changes.reply(thread)
    path = f"*/tickets/{thread}/conversations"
    desk.fault("status", status=504, path=path, query="per_page=100&page=3")
    run = desk.run("conversations")
    assert run.code == 0, run.err
    desk.assert_held(run, streams=["conversations"])


def test_a_page_that_is_too_large_although_no_smaller_one_can_be_asked_for_is_owed() -> None:
    desk = Helpdesk(tickets=15)
    thread = desk.live_tickets()[5]
    for _ in range(120):
        desk.server.changes.reply(thread)
    path = f"*/tickets/{thread}/conversations"
    desk.fault("status", status=400, path=path, query="per_page", body=REFUSED_SIZE)
    large = desk.fault(
        "value", path=path, query="page=2", field="body", value="x" * 1_100_000, next=1
    )
    first = desk.run("conversations", largest_reply_mb=1)
    assert first.code == 3, first.err
    assert large.struck > 0
    second = desk.run("conversations", state=first.state)
    desk.assert_held(first, second, streams=["conversations"])


REFUSED_SIZE = {
    "description": "Validation failed",
    "errors": [{"field": "per_page", "message": "Unexpected field", "code": "invalid_field"}],
}
