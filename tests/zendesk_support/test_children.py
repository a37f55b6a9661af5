"""Children of lists, and what belongs to agents: by whichever way they can be read."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tap_common import times
from tests.truth import assert_holds
from tests.zendesk_support.conftest import NOW, Site, assert_complete
from tests.zendesk_support.truth import Mode, expected

FORBIDDEN = {"error": "Forbidden", "description": "no"}
TRANSLATED = {
    "articles": "article_translations",
    "categories": "category_translations",
    "sections": "section_translations",
}
WHOLE = (
    *("trigger_categories", "satisfaction_reasons", "group_sla_policies", "queues"),
    *("dynamic_content_items", "locales", "brand_agents", "workspaces", "ticket_form_statuses"),
    *("sharing_agreements", "organization_subscriptions", "user_segments", "labels"),
    *("schedules", "account_attributes", "posts", "agent_availabilities"),
)
"""Streams that need one request for each 100 rows of their own."""
ROUTING = ("queues", "workspaces", "group_sla_policies", "agent_skills", "agent_availabilities")
"""Streams of plans for large accounts."""


@pytest.mark.parametrize(
    "stream",
    [
        *("article_comment_votes", "post_comment_votes", "article_attachments"),
        *("schedule_holidays", "attribute_values", *TRANSLATED.values()),
    ],
)
def test_a_child_stream_needs_no_other_stream(stream: str) -> None:
    site = Site(400)
    run = site.run(stream)
    assert_complete(site, stream)
    assert {name for name, count in run.counts().items() if count} == {stream}
    assert "did not fit" not in run.err


@pytest.mark.parametrize(("parent", "stream"), TRANSLATED.items())
def test_rows_without_translations_are_asked_for_their_own_list(parent: str, stream: str) -> None:
    site = Site(200)
    rows = list(site.account.table(parent).values())
    bare = {parent: rows, "meta": {"has_more": False}}
    site.fault("status", status=200, path=f"*/help_center/{parent}", body=bare)
    site.run(stream)
    assert_complete(site, stream)
    assert len(site.requests()) == 1 + len(rows)


@pytest.mark.parametrize("odd", ["none", ["de"], None])
def test_translations_of_another_shape_are_a_failed_read(odd: Any) -> None:
    site = Site(10)
    site.fault("value", field="translations", value=odd, path="*/help_center/sections*")
    run = site.run("sections", "section_translations", code=3)
    assert "'translations'" in run.err


def test_translations_are_no_unknown_field_of_the_row_that_has_them() -> None:
    site = Site(10)
    site.run("sections", "section_translations", unknown_fields="fail")
    assert_complete(site, "sections", "section_translations")


def test_an_article_that_refuses_its_comments_costs_no_other_its_votes() -> None:
    site = Site(800)
    comments = expected(site.server, "article_comments")
    refusing = comments[1]["source_id"]
    path = f"*/articles/{refusing}/comments*"
    site.fault("status", status=403, path=path, body=FORBIDDEN)
    site.run("article_comments", "article_comment_votes")
    for stream, link in (
        ("article_comments", "source_id"),
        ("article_comment_votes", "article_id"),
    ):
        rows = expected(site.server, stream)
        readable = [row for row in rows if row[link] != refusing]
        assert_holds(readable, site.sent(stream), stream=stream)
        assert len(readable) < len(rows)
    site.server.faults.clear()
    site.run("article_comments", "article_comment_votes")
    assert_complete(site, "article_comments", "article_comment_votes")


@pytest.mark.parametrize("odd", [None, "", {"id": 1}])
@pytest.mark.parametrize(
    ("path", "below"),
    [
        ("*/help_center/articles", ("article_comments", "article_comment_votes", "article_votes")),
        ("*/schedules", ("schedule_holidays",)),
        ("*/routing/attributes", ("attribute_values",)),
        ("*/users", ("agent_skills",)),
    ],
)
def test_nothing_below_a_row_without_an_id_is_taken_for_complete(
    path: str, below: tuple[str, ...], odd: Any
) -> None:
    site = Site(400)
    site.fault("value", field="id", value=odd, path=path)
    run = site.run(*below, code=3, activate_version=True)
    assert run.err.count("1 row above it came without an id") >= len(below)
    assert not [one for one in run.messages if one["type"] == "ACTIVATE_VERSION"]
    counts = run.counts()
    site.server.faults.clear()
    site.run(*below)
    assert_complete(site, *below)
    assert all(counts[name] for name in below), "the other rows' children came"


def test_votes_below_a_comment_without_an_id_are_missing_and_told() -> None:
    site = Site(400)
    article = expected(site.server, "article_comments")[0]["source_id"]
    site.fault("value", field="id", value=None, path=f"*/articles/{article}/comments")
    run = site.run("article_comment_votes", code=3)
    assert "1 row above it came without an id" in run.err
    assert run.counts()["article_comment_votes"]


def test_translations_inside_rows_without_an_id_are_read() -> None:
    site = Site(10)
    site.fault("value", field="id", value=None, path="*/help_center/sections")
    site.run("section_translations")
    assert_complete(site, "section_translations")


@pytest.mark.parametrize(
    ("mode", "config"),
    [
        ("export", {}),
        ("list", {"export_mode": "list"}),
        ("per_ticket", {"audits_source": "per_ticket"}),
    ],
)
def test_what_is_below_tickets_and_users_without_an_id_arrives_later(
    mode: Mode, config: dict[str, Any]
) -> None:
    below = ("zendesk_ticket_metrics", "audits", "conversation_log", "user_identities")
    site = Site(40, config=config)
    for path in ("*/v2/tickets", "*/tickets/cursor", "*/v2/users", "*/users/cursor"):
        site.fault("value", field="id", value=None, path=path)
    run = site.run(*below, code=3)
    assert run.err.count("1 row above it came without an id") >= len(below)
    site.server.faults.clear()
    site.run(*below)
    assert_complete(site, *below, mode=mode)


def test_the_identities_of_a_user_that_cannot_be_read_come_with_the_next_run() -> None:
    site = Site(config={"export_mode": "list"})
    user = next(row["id"] for row in expected(site.server, "users") if row["active"])
    site.fault("status", status=403, path=f"*/users/{user}/identities", body={"error": "Forbidden"})
    site.run("users", "user_identities")
    assert user not in {row["user_id"] for row in site.sent("user_identities")}
    assert site.state["bookmarks"]["user_identities"]["owed"]
    site.server.faults.clear()
    site.later(86_400)
    site.run("users", "user_identities")
    assert_complete(site, "user_identities", mode="list")


def test_custom_objects_without_a_key_cost_no_other_its_fields() -> None:
    site = Site(40)
    below = ("custom_object_fields", "custom_object_records")
    site.fault("value", field="key", value=None, path="*/custom_objects")
    run = site.run(*below, code=3)
    assert all(run.counts()[name] for name in below)
    site.server.faults.clear()
    site.run(*below)
    assert_complete(site, *below)


def test_comments_without_votes_are_not_asked_for_them() -> None:
    site = Site(400)
    comments = site.account.table("article_comments")
    for key in list(comments):
        site.changes.update_row("article_comments", key, vote_count=0)
    site.run("article_comments", "article_comment_votes")
    assert not [name for name in site.requests() if name.endswith("comments/{id}/votes")]
    assert_complete(site, "article_comments")


# Agents


@pytest.mark.parametrize("status", [400, 404])
def test_skills_come_agent_by_agent_where_the_list_of_many_is_refused(status: int) -> None:
    site = Site(1500)
    path = "*/routing/agents/instance_values*"
    site.fault("status", status=status, path=path, body={"error": "InvalidEndpoint"})
    site.run("agent_skills", page_size=10)
    assert_complete(site, "agent_skills")
    assert site.requests().count("routing/agents/instance_values") == 1


@pytest.mark.parametrize("page_size", [1, 3, 100])
def test_skills_of_agents_on_pages_of_any_size(page_size: int) -> None:
    site = Site(300)
    site.run("agent_skills", "agent_availabilities", page_size=page_size)
    assert_complete(site, "agent_skills", "agent_availabilities")


def test_availability_goes_on_by_a_link_where_the_reply_has_no_cursor() -> None:
    site = Site(10)
    path = "/api/v2/agent_availabilities"
    last = {"data": [{"id": "2", "attributes": {"agent_id": 2}}], "links": {"next": None}}
    following = {"next": f"{path}?page%5Bafter%5D=x%3D%3D&page%5Bsize%5D=100"}
    first = {"data": [{"id": "1", "attributes": {"agent_id": 1}}], "links": following}
    site.fault("status", status=200, path=path, query="after", body=last)
    site.fault("status", status=200, path=path, body=first)
    site.run("agent_availabilities")
    now = times.text(NOW)
    assert site.sent("agent_availabilities") == [
        {"id": "1", "agent_id": 1, "channels": [], "read_at": now},
        {"id": "2", "agent_id": 2, "channels": [], "read_at": now},
    ]
    assert "after%5D=x%3D%3D" in site.server.log.entries[-1].query


@pytest.mark.parametrize("place", ["links", "next_page"])
def test_a_cursor_may_stand_in_the_address_of_the_next_page_alone(place: str) -> None:
    site = Site(10)
    rows = [{"id": str(number), "brand_id": 1, "user_id": number} for number in range(3)]
    address = "/api/v2/brand_agents?page%5Bafter%5D=x%3D%3D&page%5Bsize%5D=100"
    more = {"meta": {"has_more": True}, "links": {"next": address}}
    end = more if place == "links" else {"next_page": address}
    path = "*/brand_agents"
    last = {"brand_agents": rows[2:], "meta": {"has_more": False}}
    site.fault("status", status=200, path=path, query="after%5D=x%3D%3D", body=last)
    site.fault("status", status=200, path=path, body={"brand_agents": rows[:2], **end})
    site.run("brand_agents")
    assert site.sent("brand_agents") == rows


# Refusals, and what is never sent


def test_the_help_centre_says_no_in_its_own_words() -> None:
    site = Site(10, role="agent")
    run = site.run("permission_groups", "content_tags", "labels", code=3)
    assert "Forbidden: Access to the resource is forbidden" in run.err
    assert_complete(site, "content_tags", "labels")


def test_a_plan_without_routing_costs_only_its_own_streams() -> None:
    site = Site(10, plan="team")
    counts = site.run(catalog=None).counts()
    assert {name: counts[name] for name in ROUTING} == dict.fromkeys(ROUTING, 0)
    assert_complete(site, "locales", "brand_agents", *TRANSLATED.values())


@pytest.mark.parametrize("unknown", ["ignore", "keep"])
def test_the_token_of_a_phone_number_is_never_sent(unknown: str) -> None:
    site = Site(10)
    number = next(iter(site.account.table("phone_numbers")))
    site.changes.update_row("phone_numbers", number, token="5d41402abc4b2a76")
    run = site.run("talk_phone_numbers", unknown_fields=unknown)
    assert "5d41402abc4b2a76" not in run.out.decode() + run.err
    assert len(site.sent("talk_phone_numbers")) == 1


# Requests


def test_no_request_is_spent_that_is_not_needed() -> None:
    """A page costs a request, what is inside its rows none, and what is below them one a row."""
    site = Site(800)
    posts = site.account.table("posts").values()
    inside = ("categories", "sections", *TRANSLATED.values())
    below = ("schedule_holidays", "post_comments", "agent_skills")
    for number in (1, 2):
        run = site.run(*WHOLE, "permission_groups", "content_tags", *inside, *below)
        counts = run.counts()
        bound = sum(math.ceil(counts[name] / 100) for name in (*WHOLE, "categories", "sections"))
        bound += math.ceil(counts["permission_groups"] / 30)
        bound += math.ceil(counts["content_tags"] / 30)
        bound += math.ceil(len(site.account.table("articles")) / 100)
        bound += counts["schedules"]
        bound += sum(1 for post in posts if post["comment_count"])
        bound += 2  # one for the agents, one for the skills of up to 100 of them
        assert len(site.requests()) == bound * number
