"""Messages, drafts, replies, notes and more: those of the cases that changed, and no request for nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.desk import Account
from tests.desk.conftest import Place
from tests.harness import selecting


def answered(account: Account) -> list[int]:
    """The cases that have replies."""
    return [row["id"] for row in account.rows("cases") if row["_links"]["replies"]["count"]]


def test_messages_come_with_the_list_of_cases_at_no_extra_request(place: Place) -> None:
    _, taps = place()
    run = taps.run(catalog=selecting(taps.discovered(), "cases", "messages"))
    assert len(run.records("messages")) == 250
    assert run.requests("messages") == 0
    assert {row["channel"] for row in run.records("messages")} == {
        "email",
        "tweet",
        "phone_call",
        "chat_message",
        "community_answer",
    }


@pytest.mark.parametrize("options", [{"embeds": False}, {"refused": "embed"}], ids=str)
def test_where_nothing_is_embedded_messages_are_asked_for_one_by_one(
    place: Place, options: dict[str, Any]
) -> None:
    server, taps = place(**options)
    run = taps.run(catalog=selecting(taps.discovered(), "messages"))
    assert {row["case_id"] for row in run.records("messages")} == {
        row["id"] for row in server.account.rows("cases")
    }


def test_a_reply_is_known_by_the_number_in_its_address(place: Place) -> None:
    server, taps = place()
    rows = taps.run(catalog=selecting(taps.discovered(), "replies")).records("replies")
    addresses = {
        int(row["_links"]["self"]["href"].rpartition("/")[2])
        for row in server.account.rows("replies")
    }
    assert {row["reply_id"] for row in rows} == addresses
    assert len({(row["case_id"], row["id"]) for row in rows}) < len(
        rows
    )  # the record's own id is no key
    sent = [row for row in rows if row["sent_by"]]
    assert sent
    assert all(row["_links"]["sent_by"]["href"].endswith(f"/{row['sent_by']}") for row in sent)
    assert {row["channel"] for row in rows} > {"email", "tweet", "phone_call"}


def test_cases_that_count_no_replies_cost_no_request(place: Place) -> None:
    server, taps = place()
    taps.run(catalog=selecting(taps.discovered(), "cases", "replies"))
    asked = {entry.path for entry in server.log.entries if entry.path.endswith("/replies")}
    counted = {
        row["id"] for row in server.account.rows("cases") if row["_links"]["replies"]["count"]
    }
    assert asked == {f"/api/v2/cases/{number}/replies" for number in counted}


def test_where_nothing_is_counted_each_case_is_asked(place: Place) -> None:
    server, taps = place(era="2013")
    run = taps.run(catalog=selecting(taps.discovered(), "replies"))
    asked = {entry.path for entry in server.log.entries if entry.path.endswith("/replies")}
    assert len(asked) == 250
    assert len(run.records("replies")) == len(server.account.rows("replies"))


def test_a_case_with_more_replies_than_a_page_has_them_all(place: Place) -> None:
    account = Account(seed=1, cases=420)
    assert len(account.threads.replies(401)) <= 130
    _, taps = place(account, largest_page=40)
    rows = taps.run(catalog=selecting(taps.discovered(), "replies")).records("replies")
    assert len(rows) == len(account.rows("replies"))


def test_a_case_that_vanishes_before_its_replies_are_asked_for_is_skipped(place: Place) -> None:
    _, taps = place(missing="cases/4/replies,cases/9/replies,cases/9/notes")
    run = taps.run(catalog=selecting(taps.discovered(), "cases", "replies", "notes"))
    assert run.code == 0, run.err
    assert "parents answered 404, skipped" in run.err
    assert not {row["case_id"] for row in run.records("replies")} & {4, 9}
    assert run.states[-1]["bookmarks"]["replies"] == run.states[-1]["bookmarks"]["cases"]


@pytest.mark.parametrize("cases", [30, 250])
def test_a_child_that_is_refused_for_all_cases_leaves_its_siblings_alone_and_its_bookmark_unset(
    place: Place, cases: int
) -> None:
    server, taps = place(Account(seed=1, cases=cases), forbidden="cases/*/replies")
    run = taps.run(catalog=selecting(taps.discovered(), "cases", "replies", "notes"))
    assert run.code == 3, run.err
    assert "refused: HTTP 403 for each of" in run.err
    assert len(run.records("cases")) == cases
    assert len(run.records("notes")) == len(server.account.rows("notes"))
    assert "replies" not in run.states[-1]["bookmarks"]
    assert server.log.statuses[403] < 40  # nobody asks for all the others
    without_catalog = taps.run()
    assert without_catalog.code == 0, without_catalog.err
    assert "WARNING replies: 0 rows" in without_catalog.err


def test_replies_that_some_cases_refuse_come_from_the_others(place: Place) -> None:
    account = Account(seed=1, cases=250)
    counted = answered(account)
    _, taps = place(
        account, forbidden=",".join(f"cases/{number}/replies" for number in counted[:10])
    )
    run = taps.run(catalog=selecting(taps.discovered(), "cases", "replies"), page_size=5)
    assert run.code == 0, run.err
    assert {row["case_id"] for row in run.records("replies")} == set(counted[10:])
    assert run.states[-1]["bookmarks"]["replies"] == run.states[-1]["bookmarks"]["cases"]


def test_a_child_that_fails_costs_only_itself_and_comes_whole_the_next_time(place: Place) -> None:
    server, taps = place()
    catalog = selecting(taps.discovered(), "cases", "replies", "notes")
    number = answered(server.account)[80]
    server.faults.add("status", path=f"*/cases/{number}/replies", status=500, body="html")
    run = taps.run(catalog=catalog, page_size=50, retry_seconds=1)
    assert run.code == 3, run.err
    assert f"failed: cases/{number}/replies: HTTP 500" in run.err
    assert len(run.records("cases")) == 250
    assert len(run.records("notes")) == len(server.account.rows("notes"))
    assert run.records("replies")
    server.faults.clear()
    rest = taps.run(catalog=catalog, state=run.states[-1])
    assert rest.code == 0, rest.err
    keys = {
        (row["case_id"], row["reply_id"])
        for row in run.records("replies") + rest.records("replies")
    }
    assert len(keys) == len(server.account.rows("replies"))


def test_replies_alone_end_with_their_failure(place: Place) -> None:
    server, taps = place(forbidden="cases/*/replies")
    catalog = selecting(taps.discovered(), "replies")
    before = server.log.endpoints["GET cases/search"]
    assert taps.run(catalog=catalog, page_size=50).code == 3
    assert server.log.endpoints["GET cases/search"] - before <= 3


def test_messages_that_are_refused_one_by_one_do_not_pass_for_read(place: Place) -> None:
    _, taps = place(embeds=False, forbidden="cases/*/message")
    run = taps.run(catalog=selecting(taps.discovered(), "cases", "messages"))
    assert run.code == 3, run.err
    assert len(run.records("cases")) == 250
    assert "messages" not in run.states[-1]["bookmarks"]


def test_drafts_come_with_the_list_of_cases_at_no_extra_request(place: Place) -> None:
    server, taps = place()
    run = taps.run(catalog=selecting(taps.discovered(), "drafts", "messages"))
    assert run.code == 0, run.err
    assert run.requests("drafts") == 0
    drafts = server.account.rows("drafts")
    assert drafts
    addresses = {int(row["_links"]["self"]["href"].rpartition("/")[2]) for row in drafts}
    assert {row["reply_id"] for row in run.records("drafts")} == addresses
    assert {row["status"] for row in run.records("drafts")} == {"draft"}


def test_where_drafts_are_refused_the_rest_is_read(place: Place) -> None:
    _, taps = place(unembeddable="draft")
    run = taps.run(catalog=selecting(taps.discovered(), "cases", "drafts", "messages"))
    assert run.code == 3, run.err
    assert len(run.records("messages")) == 250
    assert run.requests("messages") == 0
    assert "drafts" not in run.states[-1]["bookmarks"]


def test_replies_of_only_the_cases_that_changed_come_the_next_time(place: Place) -> None:
    server, taps = place()
    catalog = selecting(taps.discovered(), "replies")
    first = taps.run(catalog=catalog)
    server.account.changes.reply(3)
    edited = next(
        row["id"]
        for row in server.account.rows("cases")
        if row["_links"]["replies"]["count"] and row["id"] != 3
    )
    server.account.changes.edit_reply(edited)
    second = taps.run(catalog=catalog, state=first.states[-1])
    bodies = {row["body"] for row in second.records("replies") if row["case_id"] == edited}
    assert "Edited afterwards." in bodies
    assert {row["case_id"] for row in second.records("replies")} >= {3, edited}
    assert len(second.records("replies")) < len(first.records("replies")) / 2


@pytest.mark.parametrize("concurrency", [1, 8])
def test_concurrency_does_not_reorder(place: Place, concurrency: int) -> None:
    _, taps = place()
    rows = taps.run(
        catalog=selecting(taps.discovered(), "replies"), concurrency=concurrency
    ).records("replies")
    keys = [(row["case_id"], row["reply_id"]) for row in rows]
    assert keys == sorted(keys)


def test_an_attachments_size_is_a_number_in_every_year(place: Place) -> None:
    _, taps = place()
    run = taps.run(catalog=selecting(taps.discovered(), "attachments"), type_mismatch="fail")
    assert run.code == 0, run.err
    assert all(isinstance(row["size"], int) for row in run.records("attachments"))


@pytest.mark.parametrize("era", ["2013", "2016"])
def test_the_history_of_a_case_is_numbered_from_its_oldest_entry_whatever_the_order_it_comes_in(
    place: Place, era: str
) -> None:
    server, taps = place(Account(seed=1, cases=420), era=era, largest_page=40)
    run = taps.run(catalog=selecting(taps.discovered(), "case_history"))
    assert run.code == 0, run.err
    positions: dict[int, list[tuple[int, str]]] = {}
    for row in run.records("case_history"):
        positions.setdefault(row["case_id"], []).append((row["position"], row["created_at"]))
    for case in server.account.cases.ids():
        oldest_first = sorted(entry["created_at"] for entry in server.account.threads.history(case))
        assert positions[case] == list(enumerate(oldest_first, 1))


def test_an_entry_that_is_added_to_a_history_moves_none_of_the_others(place: Place) -> None:
    server, taps = place()
    catalog = selecting(taps.discovered(), "case_history")
    first = taps.run(catalog=catalog)
    server.account.changes.reply(3)
    second = taps.run(catalog=catalog, state=first.states[-1])
    before, after = (
        [row for row in run.records("case_history") if row["case_id"] == 3]
        for run in (first, second)
    )
    assert after[:-1] == before
    assert json.loads(after[-1]["context"]) == {"event": "answer"}
    assert len(second.records("case_history")) < len(first.records("case_history")) / 2


def test_entries_of_one_second_are_numbered_in_the_direction_of_the_list(place: Place) -> None:
    server, taps = place()
    catalog = selecting(taps.discovered(), "case_history")
    for _ in range(3):
        server.account.changes.reply(3, at="2020-03-01T10:00:00Z")
    entries = server.account.threads.history(3)
    assert entries[0]["created_at"] == entries[2]["created_at"] > entries[-1]["created_at"]
    rows = [row for row in taps.run(catalog=catalog).records("case_history") if row["case_id"] == 3]
    assert [json.loads(row["changes"]) for row in rows] == [
        entry["changes"] for entry in reversed(entries)
    ]


@pytest.mark.parametrize("changes", [["status", 3, None], {"status": ["new", "open"]}], ids=str)
def test_changes_of_any_shape_are_kept(place: Place, changes: Any) -> None:
    server, taps = place()
    catalog = selecting(taps.discovered(), "case_history")
    server.faults.add("value", path="*/cases/3/history", field="changes", value=changes)
    run = taps.run(catalog=catalog, type_mismatch="fail")
    assert run.code == 0, run.err
    assert changes in [
        json.loads(row["changes"]) for row in run.records("case_history") if row["case_id"] == 3
    ]


def test_what_costs_a_request_for_each_case_waits_to_be_selected(place: Place) -> None:
    server, taps = place()
    run = taps.run(catalog=taps.discovered())
    assert run.code == 0, run.err
    assert "case_history" not in run.counts()
    assert server.log.endpoints["GET cases/N/history"] == 0


@pytest.mark.parametrize("era", ["2013", "2014", "2016"])
def test_links_to_other_systems_come_whole_and_cost_nothing_where_no_case_announces_any(
    place: Place, era: str
) -> None:
    server, taps = place(era=era)
    run = taps.run(catalog=selecting(taps.discovered(), "case_links"))
    assert run.code == 0, run.err
    linking = {
        case: links
        for case in server.account.cases.ids()
        if (links := server.account.threads.links(case))
    }
    expected = [
        {"case_id": case, "position": position, "link": link}
        for case, links in linking.items()
        for position, link in enumerate(links, 1)
    ]
    assert run.records("case_links") == (expected if era == "2016" else [])
    assert server.log.endpoints["GET cases/N/links"] == (len(linking) if era == "2016" else 0)
