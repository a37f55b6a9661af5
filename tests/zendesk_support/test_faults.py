"""Replies that are broken, late or of the wrong shape."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.times import stamp
from tests.truth import assert_holds, selected
from tests.zendesk_support.conftest import ALL, PER_TICKET, Site, assert_complete, live_tickets
from tests.zendesk_support.truth import expected

PASSING: list[dict[str, Any]] = [
    {"kind": "cut", "every": 5},
    {"kind": "truncated", "every": 5},
    {"kind": "reset", "every": 7},
    {"kind": "status", "status": 503, "every": 5},
    {"kind": "status", "status": 502, "every": 6, "body": "html"},
    {"kind": "status", "status": 504, "every": 4},
    {"kind": "status", "status": 429, "every": 6, "retry_after": 0},
    {"kind": "status", "status": 423, "every": 6},
]
ODD_VALUES: list[tuple[str, str, Any]] = [
    ("tickets", "satisfaction_rating", "unoffered"),
    ("tickets", "via", "Mail"),
    ("conversation_log", "via", {"channel": []}),
    ("ticket_events", "child_events", [{"event_type": []}]),
    ("audits", "child_events", [{"event_type": {}}]),
    ("survey_responses", "answers", 5),
    ("zendesk_macros", "actions", [{"field": "x", "value": ["a", "b"]}]),
    ("zendesk_group_memberships", "updated_at", None),
    ("zendesk_groups", "updated_at", None),
]
PATHS = {
    "tickets": "*/tickets/cursor*",
    "conversation_log": "*/tickets/cursor*",
    "ticket_events": "*/ticket_events*",
    "audits": "*/ticket_events*",
    "survey_responses": "*/survey_responses*",
    "zendesk_macros": "*/macros*",
    "zendesk_group_memberships": "*/group_memberships*",
    "zendesk_groups": "*/groups*",
}
STREAMS = (
    *("tickets", "users", "organizations", "audits", "zendesk_macros", "zendesk_tags"),
    *("posts", "post_votes", "side_conversations", "custom_object_records"),
)


@pytest.mark.parametrize(
    "fault", PASSING, ids=lambda fault: f"{fault['kind']}-{fault.get('status', '')}"
)
def test_what_passes_is_waited_out(fault: dict[str, Any]) -> None:
    site = Site(20, config={"page_size": 15})
    site.fault(**{**fault, "path": "/api/*"})
    site.run(*STREAMS)
    assert_complete(site, *STREAMS)


@pytest.mark.parametrize(("stream", "field", "value"), ODD_VALUES)
def test_odd_values_stop_nothing(stream: str, field: str, value: Any) -> None:
    site = Site(20)
    site.fault("value", field=field, value=value, path=PATHS[stream])
    site.run(stream)
    rows = selected(expected(site.server, stream), site.catalog(stream), stream)
    held = {row["id"]: row for row in site.sent(stream)}
    column = "events" if stream == "audits" else field
    if column in rows[0]:
        rows = [{**row, column: held[row["id"]][column]} for row in rows]
    assert_holds(rows, site.sent(stream), stream=stream)


@pytest.mark.parametrize("kind", ["lone_surrogate", "invalid_utf8"])
def test_text_that_is_no_text_is_mended(kind: Any) -> None:
    site = Site(20)
    site.fault(kind, field="subject", path="*/tickets/cursor*")
    run = site.run("tickets")
    assert "\ufffd" in site.sent("tickets")[0]["subject"]
    assert len(run.records("tickets")) == len(expected(site.server, "tickets"))


# Reads that are not complete


@pytest.mark.parametrize(
    ("stream", "path", "body"),
    [
        (
            "ticket_comments",
            "*/ticket_events*",
            {
                "ticket_events": [
                    {
                        "id": 1,
                        "ticket_id": 1,
                        "timestamp": 1767225600,
                        "created_at": "2026-01-01T00:00:00Z",
                        "child_events": [{"id": 2, "event_type": "Comment"}],
                    }
                ],
                "end_of_stream": True,
            },
        ),
        ("brands", "*/brands*", {"error": "something"}),
        ("brands", "*/brands*", {"branches": []}),
        ("attribute_definitions", "*/definitions*", {"error": "something"}),
        ("attribute_definitions", "*/definitions*", {"definitions": []}),
        ("sla_policies", "*/slas/policies*", {"sla_policies": [], "count": 3}),
        ("schedules", "*/schedules*", [{"id": 1}]),
        ("tickets", "*/tickets/cursor*", {"tickets": "none", "end_of_stream": True}),
        ("organizations", "*/incremental/organizations*", {"count": 0, "end_of_stream": True}),
    ],
)
def test_a_reply_of_another_shape_is_a_failed_read(stream: str, path: str, body: Any) -> None:
    site = Site(10)
    site.run(stream)
    before = site.state["bookmarks"].get(stream)
    site.fault("status", status=200, path=path, body=body)
    run = site.run(stream, code=3, activate_version=True)
    assert site.state["bookmarks"].get(stream) == before
    assert not [message for message in run.messages if message["type"] == "ACTIVATE_VERSION"]


def test_rows_without_their_key_are_a_failed_read() -> None:
    site = Site(10)
    rows = [{"id": 1, "name": "a"}, {"id": None, "name": "b"}, {"name": "c"}]
    body = {"brands": rows, "meta": {"has_more": False}}
    site.fault("status", status=200, path="*/brands*", body=body)
    run = site.run("brands", code=3, activate_version=True)
    assert {row["id"] for row in run.records("brands")} == {1}
    assert not [message for message in run.messages if message["type"] == "ACTIVATE_VERSION"]


def test_null_where_a_list_belongs_is_an_empty_list() -> None:
    site = Site(10)
    body = {"brands": None, "meta": {"has_more": False}}
    site.fault("status", status=200, path="*/brands*", body=body)
    assert site.run("brands").counts() == {"brands": 0}


def test_null_in_place_of_the_audits_of_a_ticket_is_a_failed_read() -> None:
    site = Site(20, config=PER_TICKET)
    known = expected(site.server, "audits", "per_ticket")
    path, body = f"*/{known[0]['ticket_id']}/audits*", {"audits": None, "meta": {"has_more": False}}
    site.fault("status", status=200, path=path, body=body)
    assert "null where the audits belong" in site.run("audits", code=3).err
    site.server.faults.clear()
    site.run("audits")
    assert_complete(site, "audits", mode="per_ticket")


def test_a_ticket_that_is_owed_to_a_stream_of_another_source_is_asked_again() -> None:
    """Here audits come by ticket, and ticket_events by their export, which lacks messaging."""
    site = Site(30, config=PER_TICKET, messaging_events=False)
    rows = expected(site.server, "tickets")
    hidden = [row for row in rows if row["from_messaging_channel"] and row["status"] != "deleted"]
    site.fault("status", status=500, path=f"*/{hidden[0]['id']}/audits*")
    site.run("audits", "ticket_events", code=3)
    site.server.faults.clear()
    site.run("audits", "ticket_events")
    assert "owed" not in site.state["bookmarks"]["ticket_events"]
    known = expected(site.server, "audits", "per_ticket")
    wanted = {row["id"] for row in known if row["ticket_id"] == hidden[0]["id"]}
    assert wanted <= {row["id"] for row in site.sent("ticket_events")}


def test_an_owed_ticket_that_fails_again_is_not_asked_once_more_as_a_changed_one() -> None:
    site = Site(20, config=PER_TICKET)
    ticket = live_tickets(site)[0]
    site.fault("status", status=406, path=f"*/{ticket}/audits*")
    site.run("audits", code=3)
    site.changes.reply(ticket)
    site.later()
    site.server.log.reset()
    site.run("audits", code=3)
    asked = [entry.path for entry in site.server.log.entries]
    assert asked.count(f"/api/v2/tickets/{ticket}/audits") == 1
    site.server.faults.clear()
    site.run("audits")
    assert_complete(site, "audits", mode="per_ticket")


def test_all_of_an_owed_ticket_comes_where_only_its_news_would() -> None:
    """Its audits failed once; then the export is refused, and the ticket changes while it waits."""
    site = Site(60, messaging_events=False)
    rows = expected(site.server, "tickets")
    hidden = [row for row in rows if row["from_messaging_channel"] and row["status"] != "deleted"]
    ticket = hidden[0]["id"]
    site.fault("status", status=500, path=f"*/{ticket}/audits*")
    site.run("audits", code=3)
    site.options.refused_exports = ["ticket_events"]
    site.later(86_400)
    site.changes.reply(ticket)
    site.later()
    site.server.faults.clear()
    now = stamp(site.account.now())
    waiting = {"status": 403, "since": now, "last": now, "tries": 20}
    site.state["bookmarks"]["audits"]["owed"][str(ticket)] = waiting
    site.run("audits")
    known = expected(site.server, "audits", "per_ticket")
    wanted = {row["id"] for row in known if row["ticket_id"] == ticket}
    assert wanted <= {row["id"] for row in site.sent("audits")}


def test_metric_sets_that_were_asked_for_and_did_not_come() -> None:
    site = Site(20, metric_sets="inside")
    site.run("tickets", "zendesk_ticket_metrics")
    before = dict(site.state["bookmarks"])
    for _, number in list(site.account.tickets.listed):
        site.changes.reply(number)
    site.later()
    rows = [{"id": 1, "status": "open", "generated_timestamp": site.account.now()}]
    body = {"tickets": rows, "end_of_stream": True, "after_cursor": "x"}
    site.fault("status", status=200, path="*/tickets/cursor*", body=body)
    run = site.run("tickets", "zendesk_ticket_metrics", code=3)
    assert "metric sets were asked for, and none came" in run.err
    after = site.state["bookmarks"]
    assert after["zendesk_ticket_metrics"] == before["zendesk_ticket_metrics"]
    assert after["tickets"] != before["tickets"]


def test_a_childs_reply_never_replaces_its_parents_id() -> None:
    site = Site(20)
    site.fault("value", field="post_id", value=7, path="*/community/posts/*/comments*")
    site.run("posts", "post_comments")
    assert_complete(site, "posts", "post_comments")


# Walks that lead nowhere


@pytest.mark.parametrize(
    ("stream", "path", "more"),
    [
        ("brands", "*/brands*", {"meta": {"has_more": True, "after_cursor": "A"}}),
        ("brands", "*/brands*", {"meta": {"has_more": True, "after_cursor": None}}),
        ("sla_policies", "*/slas/policies*", {"next_page": "/again"}),
        ("tickets", "*/tickets/cursor*", {"after_cursor": "A", "end_of_stream": False}),
    ],
)
def test_pages_that_lead_back_end_as_a_failure(
    stream: str, path: str, more: dict[str, Any]
) -> None:
    site = Site(10)
    envelope = stream
    rows = [{"id": 1}] if "after_cursor" in more else []
    site.fault("status", status=200, path=path, body={envelope: rows, **more})
    run = site.run(stream, code=3)
    assert "failed" in run.err
    assert len(site.requests()) < 60


@pytest.mark.parametrize(("rows", "code"), [(99, 0), (100, 3)])
def test_a_full_page_that_does_not_say_where_the_list_ends_is_no_end(rows: int, code: int) -> None:
    site = Site(10)
    body = {"brands": [{"id": number} for number in range(1, rows + 1)]}
    site.fault("status", status=200, path="*/brands*", body=body)
    run = site.run("brands", code=code)
    assert ("does not say whether another one follows" in run.err) == (code == 3)
    assert len(site.sent("brands")) == rows


# One broken thing costs only itself


def test_one_stream_that_is_refused_leaves_the_others_alone() -> None:
    site = Site(20)
    error = {"error": {"title": "Forbidden", "message": "no"}}
    site.fault("status", status=403, path="*/macros*", body=error)
    site.run(code=3)
    assert site.sent("zendesk_macros") == []
    assert_complete(site, *[name for name in ALL if name != "zendesk_macros"])


@pytest.mark.parametrize("status", [500, 406, 302])
@pytest.mark.parametrize(
    ("stream", "config", "child"),
    [
        ("side_conversations", {}, "side_conversations"),
        ("audits", {"audits_source": "per_ticket"}, "audits"),
        ("post_comments", {}, "comments"),
    ],
)
def test_a_parent_that_is_broken_costs_only_its_children(
    status: int, stream: str, config: dict[str, Any], child: str
) -> None:
    site = Site(30, config=config)
    known = expected(site.server, stream, "per_ticket")
    link = "post_id" if stream == "post_comments" else "ticket_id"
    broken = known[0][link]
    path = f"*/{broken}/{child}*"
    site.fault("status", status=status, path=path)
    run = site.run(stream, code=3)
    others = [row for row in known if row[link] != broken]
    assert_holds(others, run.records(stream), stream=stream)
    site.server.faults.clear()
    site.run(stream)
    assert_complete(site, stream, mode="per_ticket")


def test_an_event_export_that_fails_leaves_tickets_alone() -> None:
    site = Site(20)
    site.fault("status", status=406, path="*/ticket_events*")
    site.run("tickets", "zendesk_ticket_metrics", "audits", code=3)
    assert_complete(site, "tickets", "zendesk_ticket_metrics")
    assert "created_at" not in site.state["bookmarks"].get("audits", {})


def test_a_ticket_export_that_fails_leaves_events_alone() -> None:
    site = Site(20)
    site.fault("status", status=406, path="*/tickets/cursor*")
    run = site.run("tickets", "audits", "ticket_comments", code=3)
    assert "its tickets could not be compared with those that changed" in run.err
    assert_complete(site, "audits", "ticket_comments")


@pytest.mark.parametrize("odd", [[], [1], {}, {"id": 1}])
def test_a_list_or_an_object_in_a_key_is_no_key(odd: Any) -> None:
    """Made into text, it would be the key of a row that is nowhere in the account."""
    site = Site(10)
    site.fault("value", field="id", value=odd, path="*/queues*")
    run = site.run("queues", code=3)
    assert "1 row came without the key (id)" in run.err
    [spoilt, *others] = expected(site.server, "queues")
    assert_holds(others, site.sent("queues"), stream="queues")
    assert spoilt not in site.sent("queues")
