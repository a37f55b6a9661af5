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
from tap_common.vendor import Reply, Request
from tap_freshdesk import archive
from tap_freshdesk.lists import links_to_next
from tests.freshdesk.conftest import KINDS, NOW, Helpdesk, sent
from tests.freshdesk.truth import (
    STREAMS,
    TRANSLATED,
    expected,
    own_schema,
    unsigned,
)
from tests.harness import Workplace, selecting
from tests.shaper import Shaper
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


OWN = own_schema("tickets")
LISTED = ("tickets", "contacts", "companies", "time_entries", "satisfaction_ratings")
"""Streams with long lists."""
LINKS = {
    "none": "",
    "in capitals": '<{url}>; rel="NEXT"',
    "its name in capitals": '<{url}>; REL="next"',
    "with another relation": '<{url}>; rel="next last"',
    "without quotes": "<{url}>; rel=next",
    "after blanks": '< {url} > ;rel = "next"',
    "after another link": '<{url}&first>; rel="first", <{url}>; rel="next"',
}


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS.keys())
def test_a_next_page_is_found_however_its_link_is_written(link: str) -> None:
    desk = Helpdesk(tickets=40, link=link)
    run = desk.run(*LISTED, page_size=20)
    assert run.code == 0, run.err
    desk.assert_held(run, streams=LISTED)


@pytest.mark.parametrize(("name", "link"), LINKS.items())
def test_a_link_names_a_next_page_however_it_is_written(name: str, link: str) -> None:
    address = "https://acme.freshdesk.com/api/v2/tickets?page=2"
    headers = {"Link": link.format(url=address)} if link else {}
    reply = Reply(Request("tickets", "tickets"), [], headers, NOW)
    assert links_to_next(reply) == (name != "none")


@pytest.mark.parametrize("relation", ["prev", "nextish", "first last"])
def test_other_relations_name_no_next_page(relation: str) -> None:
    headers = {"Link": f'<https://acme.freshdesk.com/next?page=2>; rel="{relation}"'}
    assert not links_to_next(Reply(Request("tickets", "tickets"), [], headers, NOW))


LONG = (
    *LISTED,
    "conversations",
    "agents",
    "groups",
    "ticket_fields",
    "canned_responses",
    "solution_articles",
    "solution_article_translations",
    "discussion_comments",
)


@pytest.mark.parametrize("cut_to", [10, 37])
def test_pages_that_are_cut_without_a_word_or_a_link_lose_nothing(cut_to: int) -> None:
    desk = Helpdesk(tickets=90, burst=50, cut_to=cut_to, link="")
    for _ in range(60):
        desk.server.changes.reply(desk.live_tickets()[5])
    run = desk.run(*LONG)
    assert run.code == 0, run.err
    desk.assert_held(run, streams=LONG)


def test_a_list_that_ignores_the_page_ends() -> None:
    desk = Helpdesk()
    roles = [{"id": number, "updated_at": "2026-01-01T00:00:00Z"} for number in range(1, 131)]
    desk.fault("status", status=200, path="*/roles", body=roles)
    run = desk.run("roles")
    assert run.code == 0, run.err
    assert {row["id"] for row in run.records("roles")} == set(range(1, 131))


@pytest.mark.parametrize("largest", [12, 40])
def test_pages_that_are_too_large_for_the_vendor_are_asked_for_in_smaller_ones(
    largest: int,
) -> None:
    desk = Helpdesk(tickets=70, burst=30)
    thread = desk.live_tickets()[5]
    for _ in range(50):
        desk.server.changes.reply(thread)
    desk.options.largest_page = largest
    run = desk.run(*LISTED)
    assert run.code == 0, run.err
    desk.assert_held(run, streams=LISTED)


@pytest.mark.parametrize("largest", [3, 10, 40])
def test_a_thread_that_is_too_large_for_the_vendor_comes_in_smaller_pages(largest: int) -> None:
    desk = Helpdesk(tickets=10)
    thread = desk.live_tickets()[5]
    for _ in range(120):
        desk.server.changes.reply(thread)
    desk.options.largest_page = largest
    run = desk.run("conversations")
    assert run.code == 0, run.err
    desk.assert_held(run, streams=["conversations"])


def test_a_page_size_grows_again_after_good_pages() -> None:
    desk = Helpdesk(tickets=400)
    desk.fault("status", status=504, path="/api/v2/tickets", next=3)
    run = desk.run("tickets")
    assert run.code == 0, run.err
    desk.assert_held(run, streams=["tickets"])
    sizes = [parse_qs(query)["per_page"][0] for query in desk.requests("tickets")]
    assert sizes[:5] == ["100", "100", "100", "50", "50"]
    assert "100" in sizes[5:]


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


def test_the_roles_of_many_agents_come_from_the_lists_of_few_groups() -> None:
    desk = Helpdesk(tickets=700)
    catalog = desk.tap.catalog("agents", without=["agents.skill_ids"])
    run = desk.run(catalog=catalog)
    assert run.code == 0, run.err
    desk.assert_held(run, streams=["agents"], catalog=catalog)
    groups = len(desk.account.rows("groups"))
    lists, whether_links_arrive = 2 + groups, 1
    agents = len(desk.account.rows("agents"))
    assert run.requests("agents") == lists + whether_links_arrive < agents


def test_agents_whose_groups_are_refused_are_asked_for_one_by_one() -> None:
    desk = Helpdesk(tickets=700)
    group = desk.account.rows("groups")[0]["id"]
    desk.fault("status", status=403, path=f"/api/v2/admin/groups/{group}/agents")
    catalog = desk.tap.catalog("agents", without=["agents.skill_ids"])
    run = desk.run(catalog=catalog)
    assert run.code == 0, run.err
    desk.assert_held(run, streams=["agents"], catalog=catalog)


@pytest.mark.parametrize(
    "fields", [["role_ids", "skill_ids"], ["role_ids", "skill_ids", "group_ids"]]
)
def test_agents_cost_one_request_each_only_for_what_their_own_view_shows(
    fields: list[str],
) -> None:
    desk = Helpdesk(tickets=80)
    catalog = desk.tap.catalog("agents", without=[f"agents.{field}" for field in fields])
    run = desk.run(catalog=catalog)
    desk.assert_held(run, streams=["agents"], catalog=catalog)
    assert desk.requests("agents/{id}") == []
    assert len(desk.requests("admin/groups")) == 3 - len(fields)


def test_groups_whose_members_are_not_listed_are_asked_for_one_by_one() -> None:
    desk = Helpdesk()
    desk.fault("value", path="*/admin/groups", field="agent_ids", value=None)
    run = desk.run("groups")
    desk.assert_held(run, streams=["groups"])


@pytest.mark.parametrize("include", ["portals", ""])
def test_the_fields_of_a_ticket_form_come_from_its_own_view_only_if_selected(include: str) -> None:
    desk = Helpdesk(tickets=3)
    catalog = desk.tap.catalog("ticket_forms", without=[] if include else ["ticket_forms.fields"])
    run = desk.run(catalog=catalog)
    desk.assert_held(run, streams=["ticket_forms"], catalog=catalog)
    assert run.requests("ticket_forms") == (3 if include else 1)


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


def test_attachments_of_the_first_message_come_when_they_are_asked_for() -> None:
    desk = Helpdesk(tickets=40, config={"ticket_attachments": True})
    run = desk.run("tickets")
    assert run.code == 0, run.err
    own = desk.account.views.single_only
    shaper = Shaper(OWN)
    rows = [
        unsigned({**row, **shaper(own(row["id"], 0))}) for row in expected(desk.server, "tickets")
    ]
    assert_holds(rows, map(unsigned, run.records("tickets")), stream="tickets")
    assert any(row["attachments"] for row in rows)
    second = desk.run("tickets", state=run.state)
    assert second.requests("tickets") <= 4 + len(second.records("tickets"))


def test_a_ticket_whose_own_view_is_refused_comes_without_attachments() -> None:
    desk = Helpdesk(tickets=10, config={"ticket_attachments": True})
    desk.fault("status", status=404, path="/api/v2/tickets/*")
    run = desk.run("tickets")
    assert run.code == 0, run.err
    desk.assert_held(run, streams=["tickets"])
    assert "without the fields of their single view" in run.err


def test_a_ticket_that_the_list_shows_with_its_attachments_is_not_asked_for() -> None:
    desk = Helpdesk(tickets=10, config={"ticket_attachments": True})
    desk.fault("value", path="/api/v2/tickets", field="attachments", value=[], next=1)
    run = desk.run("tickets")
    assert len(desk.requests("tickets/{id}")) == len(run.records("tickets")) - 1


def test_what_the_list_shows_of_a_ticket_counts_even_if_its_own_view_is_newer() -> None:
    desk = Helpdesk(tickets=10, config={"ticket_attachments": True})
    desk.fault("value", path="/api/v2/tickets/*", field="subject", value="Newer")
    run = desk.run("tickets")
    assert "Newer" not in {row["subject"] for row in run.records("tickets")}


def test_archived_tickets_come_when_they_are_asked_for_and_only_once() -> None:
    desk = Helpdesk(tickets=100, config={"archived_tickets": True})
    run = desk.run("tickets", "conversations")
    assert run.code == 0, run.err
    records = [unsigned(row) if row["archived"] else row for row in run.records("tickets")]
    assert_holds(expected(desk.server, "tickets", archived=True), records, stream="tickets")
    assert_holds(expected(desk.server, "conversations", archived=True), sent("conversations", run))
    again = desk.run("tickets", "conversations", state=run.state)
    assert not [row for row in again.records("tickets") if row["archived"]]


def test_a_backfill_of_the_archive_that_was_killed_goes_on_where_it_was() -> None:
    desk = Helpdesk(tickets=100, config={"archived_tickets": True})
    whole = desk.run("tickets", "conversations")
    runs = [desk.run("tickets", "conversations", lines=len(whole.messages) - 4).acknowledged]
    runs.append(desk.run("tickets", "conversations", state=runs[0].state))
    records = [unsigned(row) if row["archived"] else row for row in sent("tickets", *runs)]
    assert_holds(expected(desk.server, "tickets", archived=True), records, stream="tickets")


def test_a_backfill_that_was_killed_between_two_pages_passes_over_no_id() -> None:
    desk = Helpdesk(tickets=160, config={"archived_tickets": True})
    for ticket in sorted(desk.live_tickets())[:150]:
        desk.server.changes.move_ticket(ticket, "archived")
    whole = desk.run("tickets")
    cut = next(
        number
        for number, message in enumerate(whole.messages, 1)
        if message["type"] == "STATE"
        and "archived_next_id" in message["value"]["bookmarks"].get("tickets", {})
    )
    first = whole.head(cut)
    second = desk.run("tickets", state=first.state)
    records = [unsigned(row) if row["archived"] else row for row in sent("tickets", first, second)]
    assert 0 < len([row for row in first.records("tickets") if row["archived"]]) < 150
    assert_holds(expected(desk.server, "tickets", archived=True), records, stream="tickets")


def test_a_backfill_that_is_too_long_for_a_run_goes_on_in_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(archive, "MOST_IN_A_RUN", 100)
    desk = Helpdesk(tickets=160, config={"archived_tickets": True})
    for ticket in sorted(desk.live_tickets())[:150]:
        desk.server.changes.move_ticket(ticket, "archived")
    runs = [desk.run("tickets")]
    assert len(desk.requests("tickets/archived/{id}")) == 101
    assert "the next run goes on at id" in runs[0].err
    while "the next run goes on" in runs[-1].err:
        runs.append(desk.run("tickets", state=runs[-1].state))
    records = [unsigned(row) if row["archived"] else row for row in sent("tickets", *runs)]
    assert_holds(expected(desk.server, "tickets", archived=True), records, stream="tickets")


def test_an_id_far_from_the_others_costs_neither_memory_nor_a_request_for_each_below_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(archive, "MOST_IN_VAIN", 300)
    desk = Helpdesk(tickets=100, config={"archived_tickets": True})
    desk.fault("value", path="/api/v2/tickets", query="filter=deleted", field="id", value=10**11)
    run = desk.run("tickets")
    assert run.code == 0, run.err
    assert "so those from there to 100000000000 are not looked at" in run.err
    assert run.state is not None
    assert run.state["bookmarks"]["tickets"]["archived_next_id"] == 10**11 + 1
    assert 300 <= len(desk.requests("tickets/archived/{id}")) < 450
    found = {row["id"] for row in run.records("tickets") if row["archived"]}
    assert found == {row["id"] for row in desk.account.rows("archived_tickets")}


def test_an_archive_that_is_refused_is_a_warning() -> None:
    desk = Helpdesk(
        config={"archived_tickets": True}, features=frozenset({"surveys", "timesheets"})
    )
    run = desk.run("tickets", "conversations")
    assert run.code == 0, run.err
    assert "archived tickets are not available" in run.err
    desk.assert_held(run, streams=["tickets", "conversations"])


def test_the_account_of_a_restricted_agent_is_read_as_far_as_it_is_shown() -> None:
    desk = Helpdesk(ticket_scope=3)
    run = desk.run("tickets")
    assert run.code == 0, run.err
    assert "sees only the tickets that are assigned to the agent" in run.err
    rows: list[Any] = expected(desk.server, "tickets")
    mine = [row for row in rows if row["responder_id"] == 72000000001]
    assert mine
    assert_holds(mine, run.records("tickets"), stream="tickets")
