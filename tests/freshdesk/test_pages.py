"""Every page of a long list is found and read, whatever its size and its link are."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from tap_common.vendor import Reply, Request
from tap_freshdesk.lists import links_to_next
from tests.freshdesk.conftest import NOW, Helpdesk

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
