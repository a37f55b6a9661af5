"""Value in, value out: a table of examples for each rule that changes a value."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tap_zendesk_chat.api import explain, rate_limits
from tests.truth import Row
from tests.zendesk_chat.conftest import ChatTap, opened

Example = tuple[str, Any, Any]
"""A field, what the API sends in it, and what the tap sends."""

CHAT: list[Example] = [
    ("unread", 1, True),
    ("unread", 0, False),
    ("unread", False, False),
    ("duration", 27, 27),
    ("duration", 27.5, 27.5),
    ("duration", "27", 27),
    ("duration", None, None),
    ("department_id", 7_282_000_000_020, 7_282_000_000_020),
    ("department_id", "7282000000020", 7_282_000_000_020),
    ("department_id", "1_000", None),
    ("department_name", "", ""),
    ("timestamp", "2026-05-01T10:20:30Z", "2026-05-01T10:20:30Z"),
    ("timestamp", "2026-05-01T10:20:30+02:00", "2026-05-01T08:20:30Z"),
    ("timestamp", "2026-05-01 10:20:30", "2026-05-01T10:20:30Z"),
    ("timestamp", "", None),
    ("end_timestamp", "0000-00-00", None),
    ("update_timestamp", "2026-05-01T10:20:30.5Z", "2026-05-01T10:20:30.500000Z"),
    ("response_time", {"first": 3, "avg": 30.74, "max": 61}, {"first": 3, "avg": 30.74, "max": 61}),
    ("response_time", None, None),
    ("count", {"visitor": "2", "agent": 1}, {"visitor": 2, "agent": 1}),
    ("agent_ids", ["1"], ["1"]),
    ("agent_ids", [1], ["1"]),
    ("tags", [], []),
    ("tags", "vip", ["vip"]),
    ("webpath", [{"to": "/"}], [{"to": "/"}]),
    ("webpath", [[7, "about:blank"]], [[7, "about:blank"]]),
    ("visitor", {"name": "A\0b", "more": 1}, {"name": "Ab", "more": 1}),
    ("deleted", True, True),
    ("rating", "good", "good"),
    ("comment", 5, "5"),
    ("history", [{"msg_id": 3}], [{"msg_id": "3"}]),
    ("history", [{"msg_id": "3.1"}], [{"msg_id": "3.1"}]),
    ("history", [{"agent_id": 9}], [{"agent_id": "9"}]),
    ("history", [{"department_id": 20}], [{"department_id": "20"}]),
    ("history", [{"prev_department_id": None}], [{"prev_department_id": None}]),
    ("history", [{"display_name": "Ada"}], [{"display_name": "Ada"}]),
    ("history", [{"attachment": {"name": "a.pdf"}}], [{"attachment": {"name": "a.pdf"}}]),
    ("history", [{"structured_msg": {"type": "x"}}], [{"structured_msg": {"type": "x"}}]),
    ("conversions", [{"goal_id": "5"}], [{"goal_id": 5}]),
    ("engagements", [{"agent_id": 7}], [{"agent_id": "7"}]),
    ("engagements", [{"duration": 7.25}], [{"duration": 7.25}]),
]
EVENT: list[Example] = [
    ("value", "online", "online"),
    ("value", 3, "3"),
    ("value", True, "true"),
    ("value", None, None),
    ("value", {"chat_enabled": True, "ids": [1, 2]}, '{"chat_enabled":true,"ids":[1,2]}'),
    ("value", {"name": "größe"}, '{"name":"größe"}'),
    ("previous_value", 0, "0"),
    ("previous_value", "", ""),
    ("timestamp", "2026-05-01T10:20:30.123456Z", "2026-05-01T10:20:30.123456Z"),
    ("field_name", "status", "status"),
]
AGENT: list[Example] = [
    ("enabled", 1, True),
    ("enabled", 0, False),
    ("enabled", True, True),
    ("last_login", None, None),
    ("role", {"id": 1}, '{"id":1}'),
    ("role_id", 360_002_848_020, 360_002_848_020),
    ("departments", [7_282_000_000_020], [7_282_000_000_020]),
    ("roles", {"owner": 1, "administrator": "false"}, {"owner": True, "administrator": False}),
]
TRIGGER: list[Example] = [
    ("definition", {"event": "page_enter"}, {"event": "page_enter"}),
    ("definition", {"event": ["a", "b"]}, {"event": '["a","b"]'}),
    ("definition", {"condition": ["and", ["x", 6.5]]}, {"condition": ["and", ["x", 6.5]]}),
    ("definition", {"actions": [["wait", 5]]}, {"actions": [["wait", 5]]}),
]
SHORTCUT: list[Example] = [
    ("options", "Yes/No", "Yes/No"),
    ("options", ["Yes", "No"], '["Yes","No"]'),
    ("tags", ["a"], ["a"]),
]
PLAN: list[Example] = [
    ("plan", {"max_departments": "unlimited"}, {"max_departments": "unlimited"}),
    ("plan", {"max_departments": 5}, {"max_departments": "5"}),
    ("plan", {"max_concurrent_chats": 2}, {"max_concurrent_chats": "2"}),
    ("plan", {"max_agents": "12"}, {"max_agents": 12}),
    ("plan", {"price": 70}, {"price": 70}),
    ("plan", {"sla": 1}, {"sla": True}),
]
SPAN: list[Example] = [
    ("duration", 12.345678, 12.345678),
    ("duration", 12, 12),
    ("engagement_count", 2, 2),
    ("engagement_count", "2", 2),
]
BAN: list[Example] = [
    ("created_at", None, None),
    ("created_at", "2026-05-01T10:20:30Z", "2026-05-01T10:20:30Z"),
    ("reason", "", ""),
    ("ip_address", None, None),
]
TABLES: list[tuple[str, str, str, list[Example]]] = [
    ("zopim_chats", "incremental/chats", "chats", CHAT),
    ("agent_events", "incremental/agent_events", "agent_events", EVENT),
    ("department_events", "incremental/department_events", "department_events", EVENT),
    ("zopim_agents", "agents", "", AGENT),
    ("zopim_triggers", "triggers", "", TRIGGER),
    ("zopim_shortcuts", "shortcuts", "", SHORTCUT),
    ("agent_timeline", "incremental/agent_timeline", "agent_timeline", SPAN),
]
ALWAYS = {"agent_events": "timestamp", "department_events": "timestamp"}


def answered(tap: ChatTap, path: str, body: Any, stream: str) -> list[Row]:
    """Returns the records of a stream whose endpoint answers with this body."""
    tap.server.faults.set([{"kind": "status", "path": f"*/{path}", "status": 200, "body": body}])
    run = tap.run(catalog=tap.catalog(stream))
    assert run.code == 0, run.err
    return run.records(stream)


def keyed(stream: str, number: int) -> Row:
    """Returns the key of a row that has the number for an id."""
    if stream == "agent_timeline":
        return {"agent_id": number, "start_time": f"2026-05-01T00:00:{number:02d}.5Z"}
    if stream == "zopim_shortcuts":
        return {"name": f"s{number}"}
    as_text = stream in ("zopim_chats", "agent_events", "department_events")
    return {"id": f"x{number:03d}" if as_text else number}


@pytest.mark.parametrize(
    ("stream", "path", "envelope", "table"), TABLES, ids=lambda one: str(one)[:20]
)
def test_values(stream: str, path: str, envelope: str, table: list[Example]) -> None:
    numbered = list(enumerate(table, 1))
    rows = [{**keyed(stream, number), name: given} for number, (name, given, _) in numbered]
    wanted = [{**keyed(stream, number), name: sent} for number, (name, _, sent) in numbered]
    if stream == "agent_timeline":
        wanted = [
            {**row, "start_time": str(row["start_time"]).replace(".5Z", ".500000Z")}
            for row in wanted
        ]
    if stream == "zopim_chats":
        wanted = [{"update_timestamp": None, **row} for row in wanted]
    if stream in ALWAYS:
        wanted = [{ALWAYS[stream]: None, **row} for row in wanted]
    body = {envelope: rows, "count": len(rows)} if envelope else rows
    with opened(1) as tap:
        assert answered(tap, path, body, stream) == wanted


@pytest.mark.parametrize(("name", "given", "sent"), PLAN)
def test_values_of_the_plan(name: str, given: Any, sent: Any) -> None:
    with opened(1) as tap:
        rows = answered(tap, "account", {"account_key": "k", name: given}, "zopim_account")
        assert rows == [{"account_key": "k", name: sent}]


@pytest.mark.parametrize("kind", ["visitor", "ip_address"])
def test_values_of_bans(kind: str) -> None:
    rows = [
        {"id": number, "type": kind, name: given} for number, (name, given, _) in enumerate(BAN)
    ]
    wanted = [
        {"id": number, "type": kind, name: sent} for number, (name, _, sent) in enumerate(BAN)
    ]
    streams = {"visitor": "zopim_banned_visitors", "ip_address": "zopim_banned_ips"}
    body = {"visitor": [], "ip_address": [], kind: rows}
    with opened(1) as tap:
        assert answered(tap, "bans", body, streams[kind]) == wanted


CHILD = {"id": "c1", "update_timestamp": "2026-05-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("stream", "given", "sent"),
    [
        ("chat_history", {"msg_id": 3, "msg": "hi"}, {"msg_id": "3", "msg": "hi"}),
        ("chat_history", {"agent_id": 3}, {"agent_id": "3"}),
        ("chat_history", {"department_id": 20}, {"department_id": "20"}),
        ("chat_history", {"prev_department_id": 20}, {"prev_department_id": "20"}),
        ("chat_history", {"chat_id": "other", "position": 9}, {}),
        ("chat_engagements", {"id": "c1.0", "agent_id": 7}, {"id": "c1.0", "agent_id": "7"}),
        ("chat_conversions", {"id": "k", "goal_id": "5"}, {"id": "k", "goal_id": 5}),
        ("chat_webpath", {"to": "/", "title": ""}, {"to": "/", "title": ""}),
        ("chat_webpath", [7, "größe"], {"other": '[7,"größe"]'}),
        ("chat_webpath", 7, {"other": "7"}),
        ("chat_webpath", "/x", {"other": "/x"}),
    ],
)
def test_values_inside_chats(stream: str, given: Any, sent: Row) -> None:
    field = stream.removeprefix("chat_")
    before = {"id": "before"}
    body = {"chats": [{**CHILD, field: [before, given]}], "count": 1}
    with opened(1) as tap:
        rows = answered(tap, "incremental/chats", body, stream)
    assert len(rows) == 2
    assert rows[1] == {**sent, "chat_id": "c1", "position": 1}


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        (None, []),
        ([], []),
        ({}, []),
        ("", []),
        ({"to": "/"}, [{"to": "/"}]),
        ("/x", [{"other": "/x"}]),
        (7, [{"other": "7"}]),
    ],
)
def test_what_stands_in_the_place_of_a_list_is_its_only_item(value: Any, rows: list[Row]) -> None:
    body = {"chats": [{**CHILD, "webpath": value}], "count": 1}
    with opened(1) as tap:
        found = answered(tap, "incremental/chats", body, "chat_webpath")
    assert found == [{**row, "chat_id": "c1", "position": 0} for row in rows]


def test_routing_settings_have_a_key() -> None:
    with opened(1) as tap:
        body = {"data": {"routing_mode": "assigned", "chat_limit": {"limit": "3"}}}
        rows = answered(tap, "routing_settings/account", body, "routing_settings")
    wanted = {"applies_to": "account", "routing_mode": "assigned", "chat_limit": {"limit": 3}}
    assert rows == [wanted]


def test_fields_that_vary_by_design_are_no_mismatch() -> None:
    with opened(300) as tap:
        run = tap.run(type_mismatch="fail")
        assert run.code == 0, run.err
        assert "did not fit" not in run.err


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": "invalid_grant", "error_description": "old"}, ("invalid_grant", "old")),
        ({"error": "Forbidden", "description": "no"}, ("Forbidden", "no")),
        ({"error_description": "old", "description": "no"}, (None, "old")),
        ({"error": {"title": "Forbidden", "message": "no"}}, ("Forbidden", "no")),
        ({"error": {"code": "denied", "title": "Forbidden"}}, ("Forbidden", "")),
        ({"error": {"code": "denied", "message": "no"}}, ("denied", "no")),
        ({"message": "no"}, (None, "no")),
        ({"chats": []}, None),
        (["no"], None),
        (None, None),
    ],
)
def test_what_an_error_says(body: Any, said: Any) -> None:
    assert explain(body) == said


@pytest.mark.parametrize(
    ("headers", "limit", "remaining"),
    [
        ({}, 200, None),
        ({"X-Rate-Limit": "60"}, 60, None),
        ({"X-Rate-Limit": "60", "X-Rate-Limit-Remaining": "0"}, 60, 0),
        ({"X-Rate-Limit-Remaining": "7"}, 200, 7),
    ],
)
def test_what_rate_headers_say(headers: Row, limit: int, remaining: int | None) -> None:
    [found] = rate_limits(200, headers)
    assert (found.limit, found.remaining) == (limit, remaining)


BOOKMARKS = [
    # rows' times, end_time, the bookmark
    (["10:00:00Z"], None, "10:00:00Z"),
    (["10:00:00Z", "10:00:05Z"], "10:00:05Z", "10:00:05Z"),
    (["10:00:00Z", "10:00:05Z"], None, "10:00:05Z"),
    (["10:00:00.900Z"], None, "10:00:00Z"),
    (["10:00:05Z"], "10:00:03Z", "10:00:03Z"),
    (["10:00:05Z"], "10:00:09Z", "10:00:05Z"),
    (["23:59:59Z"], "23:59:59Z", "12:00:00Z"),
]


@pytest.mark.parametrize(("moments", "end", "bookmark"), BOOKMARKS)
@pytest.mark.parametrize(
    ("stream", "field", "key"),
    [
        ("zopim_chats", "update_timestamp", "update_timestamp"),
        ("agent_events", "timestamp", "read_to"),
    ],
)
def test_bookmarks(
    stream: str, field: str, key: str, moments: list[str], end: str | None, bookmark: str
) -> None:
    envelope = stream.removeprefix("zopim_")
    day = "2026-06-08T"
    rows = [{"id": str(number), field: day + at} for number, at in enumerate(moments)]
    body: dict[str, Any] = {envelope: rows, "count": len(rows)}
    with opened(1) as tap:
        if end is not None:
            body["end_time"] = _seconds(day + end)
        faults = [
            {
                "kind": "status",
                "path": f"*/incremental/{envelope}",
                "status": 200,
                "body": body,
            }
        ]
        tap.server.faults.set(faults)
        run = tap.run(catalog=tap.catalog(stream))
    assert (run.state or {})["bookmarks"][stream][key] == day + bookmark


def test_a_bookmark_is_never_later_than_the_beginning_of_its_walk() -> None:
    with opened(15, churn=1, minimum_age=0) as tap:
        began = tap.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        tap.server.faults.add("drip", path="*/incremental/chats", seconds=60)
        run = tap.run(catalog=tap.catalog("zopim_chats"), page_size=3)
        changed = [row["update_timestamp"] for row in run.records("zopim_chats")]
        assert max(changed) > began
        bookmark = (run.state or {})["bookmarks"]["zopim_chats"]["update_timestamp"]
        assert bookmark <= began


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())
