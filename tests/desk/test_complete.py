"""A first sync brings every row of every stream, with every field."""

from __future__ import annotations

from typing import Any

import pytest

from tap_desk.tap import TAP
from tests.desk.conftest import Opened, Place
from tests.desk.truth import STREAMS, expected, own_schema
from tests.harness import selecting
from tests.truth import assert_references


def test_the_truth_knows_every_stream() -> None:
    assert sorted(STREAMS) == sorted(stream.name for stream in TAP.streams)


@pytest.mark.parametrize("era", ["2013", "2014", "2016"])
def test_every_row_of_every_stream_comes_as_the_account_holds_it(opened: Opened, era: str) -> None:
    desk = opened(cases=40, era=era)
    run = desk.run()
    assert run.code == 0, run.err
    desk.holds(run)
    empty = {"case_links"} if era != "2016" else set()
    assert {stream for stream in STREAMS if not expected(desk.app, stream)} == empty


def test_what_a_row_refers_to_is_a_row_of_the_account(opened: Opened) -> None:
    desk = opened(cases=40)
    desk.live(1, 30)
    assert_references({name: expected(desk.app, name) for name in STREAMS}, own_schema)


@pytest.mark.parametrize("era", ["2013", "2016"])
@pytest.mark.parametrize("page_size", [1, 7])
def test_small_pages_lose_nothing(opened: Opened, era: str, page_size: int) -> None:
    desk = opened(cases=8, era=era)
    run = desk.run(page_size=page_size)
    assert run.code == 0, run.err
    desk.holds(run)


def test_a_case_with_more_replies_than_a_page_has_them_all(opened: Opened) -> None:
    desk = opened(cases=40, largest_page=2)
    streams = ("replies", "case_history")
    run = desk.run(catalog=desk.catalog(*streams))
    assert run.code == 0, run.err
    counts = [len(desk.account.threads.replies(case)) for case in desk.account.cases.ids()]
    assert max(counts) == 5
    desk.holds(run, streams=streams)


@pytest.mark.parametrize(
    ("stream", "fields"),
    [
        ("cases", ("subject", "custom_fields", "assigned_user_id")),
        ("customers", ("emails", "_links")),
        ("replies", ("body", "sent_by", "case_id")),
        ("case_history", ("changes",)),
        ("articles", ("body", "topic_id")),
        ("user_groups", ("name",)),
    ],
)
def test_fields_that_are_not_selected_are_left_out(
    opened: Opened, stream: str, fields: tuple[str, ...]
) -> None:
    desk = opened()
    catalog = desk.catalog(stream, without=[f"{stream}.{field}" for field in fields])
    run = desk.run(catalog=catalog)
    assert run.code == 0, run.err
    desk.holds(run, streams=(stream,), catalog=catalog)


@pytest.mark.parametrize("since", ["inclusive", "exclusive"])
def test_each_case_and_its_message_come_once_at_a_request_a_page(
    opened: Opened, since: str
) -> None:
    desk = opened(seed=2, cases=130, since=since)
    streams = ("cases", "messages", "drafts")
    run = desk.run(catalog=desk.catalog(*streams))
    ids = [row["id"] for row in run.records("cases")]
    assert ids == desk.account.cases.ids()
    assert run.requests("cases") <= 3
    assert run.requests("messages") == run.requests("drafts") == 0
    desk.holds(run, streams=streams)


def test_cases_that_count_none_cost_no_request(opened: Opened) -> None:
    desk = opened()
    streams = ("replies", "notes", "attachments", "case_links")
    run = desk.run(catalog=desk.catalog(*streams))
    cases = desk.app.rows("cases")
    for name in streams:
        counted = [case for case in cases if case["_links"][name]["count"]]
        path = "links" if name == "case_links" else name
        assert desk.asked(f"cases/N/{path}") == len(counted), name
    desk.holds(run, streams=streams)


def test_where_nothing_is_counted_each_case_is_asked(opened: Opened) -> None:
    desk = opened(era="2013")
    run = desk.run(catalog=desk.catalog("replies"))
    assert desk.asked("cases/N/replies") == 40
    desk.holds(run, streams=("replies",))


@pytest.mark.parametrize("options", [{"embeds": False}, {"refused": "embed"}], ids=str)
def test_where_nothing_is_embedded_messages_are_asked_for_one_by_one(
    opened: Opened, options: dict[str, Any]
) -> None:
    desk = opened(**options)
    run = desk.run(catalog=desk.catalog("messages"))
    assert run.code == 0, run.err
    assert desk.asked("cases/N/message") == 40
    desk.holds(run, streams=("messages",))


@pytest.mark.parametrize("embedded", [{"message": None}, {"message": []}, [], None], ids=str)
def test_a_message_that_is_linked_and_not_embedded_is_asked_for(
    opened: Opened, embedded: Any
) -> None:
    desk = opened(cases=25)
    desk.server.faults.add(
        "value", path="*/cases/search", field="_embedded", value=embedded, next=1
    )
    run = desk.run(catalog=desk.catalog("messages"))
    assert run.code == 0, run.err
    assert desk.asked("cases/N/message") == 1
    desk.holds(run, streams=("messages",))


def test_a_case_without_a_link_to_its_message_is_not_asked(opened: Opened) -> None:
    desk = opened(cases=25, embeds=False)
    first = desk.app.rows("cases")[0]
    links = {name: first["_links"][name] for name in ("self", "draft")}
    desk.server.faults.add("value", path="*/cases/search", field="_links", value=links, next=1)
    run = desk.run(catalog=desk.catalog("messages"))
    assert run.code == 0, run.err
    assert desk.asked("cases/N/message") == 24
    desk.holds(run, streams=("messages",), missing=lambda row: row["case_id"] == first["id"])


def test_what_costs_a_request_for_each_case_waits_to_be_selected() -> None:
    [history] = [stream for stream in TAP.streams if not stream.by_default]
    assert history.name == "case_history"


def test_without_a_list_of_feedbacks_they_are_read_case_by_case(opened: Opened) -> None:
    desk = opened(missing="feedbacks")
    run = desk.run(catalog=desk.catalog("feedbacks"))
    assert run.code == 0, run.err
    desk.holds(run, streams=("feedbacks",))


@pytest.mark.parametrize("direction", ["inbound", "outbound"])
def test_mailboxes_are_found_at_either_of_their_addresses(opened: Opened, direction: str) -> None:
    desk = opened(missing="mailboxes/*")
    stream = f"{direction}_mailboxes"
    desk.account.tables[stream] = desk.account.tables[f"mailboxes/{direction}"]
    run = desk.run(catalog=desk.catalog(stream))
    assert run.code == 0, run.err
    desk.holds(run, streams=(stream,))


@pytest.mark.parametrize(("cases", "by_users"), [(60, False), (4, True)])
def test_memberships_are_read_by_whichever_are_fewer(
    opened: Opened, cases: int, by_users: bool
) -> None:
    desk = opened(cases=cases)
    if by_users:
        del desk.account.staff.users[1:]
    run = desk.run(catalog=desk.catalog("user_groups"))
    assert run.code == 0, run.err
    assert (desk.asked("users/N/groups") > 0) == by_users
    assert (desk.asked("groups/N/users") > 0) != by_users
    desk.holds(run, streams=("user_groups",))


@pytest.mark.process
def test_the_output_is_clean_by_the_strict_checker(place: Place) -> None:
    server, taps = place(cases=20)
    catalog = selecting(taps.discovered())
    first = taps.run(catalog=catalog)
    server.changes.live(3, 40)
    second = taps.run(catalog=catalog, state=first.states[-1])
    for run, state in ((first, None), (second, first.states[-1])):
        assert run.code == 0, run.err
        assert taps.breaches(run, catalog, state=state) == ""
