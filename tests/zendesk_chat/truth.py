"""The rows that tap-zendesk-chat must send, by docs/zendesk_chat.md, without the tap's code."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from sandbox.zendesk_chat import ZendeskChatServer
from tests.shaper import Shaper
from tests.truth import Row, schema_of

KEYS: dict[str, tuple[str, ...]] = {
    "zopim_account": ("account_key",),
    "zopim_agents": ("id",),
    "zopim_banned_ips": ("id",),
    "zopim_banned_visitors": ("id",),
    "zopim_chats": ("id",),
    "chat_history": ("chat_id", "position"),
    "chat_engagements": ("chat_id", "id"),
    "chat_webpath": ("chat_id", "position"),
    "chat_conversions": ("chat_id", "id"),
    "zopim_departments": ("id",),
    "zopim_shortcuts": ("name",),
    "zopim_triggers": ("id",),
    "goals": ("id",),
    "roles": ("id",),
    "skills": ("id",),
    "routing_settings": ("applies_to",),
    "agent_routing_settings": ("agent_id",),
    "agent_timeline": ("agent_id", "start_time"),
    "agent_events": ("id",),
    "department_events": ("id",),
    "conversions": ("id",),
}
STREAMS = tuple(KEYS)
CHILDREN = ("chat_history", "chat_engagements", "chat_webpath", "chat_conversions")
EVENTS = ("agent_timeline", "agent_events", "department_events", "conversions")
INCREMENTAL = ("zopim_chats", *CHILDREN, *EVENTS)

REPLICATION_KEYS = {
    "zopim_chats": "update_timestamp",
    "agent_timeline": "start_time",
    "agent_events": "timestamp",
    "department_events": "timestamp",
    "conversions": "timestamp",
}
HISTORY_TEXTS = ("msg_id", "agent_id", "department_id", "prev_department_id")
LIMITS = ("departments", "concurrent_chats", "basic_triggers", "advanced_triggers")
TEXTS: dict[str, tuple[str, ...]] = {
    "zopim_account": tuple(f"plan.max_{name}" for name in (*LIMITS, "history_search_days")),
    "zopim_agents": ("role",),
    "zopim_chats": tuple(f"history[].{name}" for name in HISTORY_TEXTS),
    "chat_history": HISTORY_TEXTS,
    "chat_webpath": ("other",),
    "zopim_shortcuts": ("id", "options"),
    "zopim_triggers": ("definition.event",),
    "agent_events": ("id", "value", "previous_value"),
    "department_events": ("id", "value", "previous_value"),
    "conversions": ("id",),
}
"""Fields that are text although the API also sends other types (docs, "Values")."""


def expected(server: ZendeskChatServer, stream: str) -> list[Row]:
    """Returns the rows of a stream that a target must hold after a sync of the account."""
    return [record(row, stream) for row in _rows(server, stream)]


def record(row: Row, stream: str) -> Row:
    """Returns the record that must be sent for a row of the API."""
    return _shaper(stream)(row)


@cache
def _shaper(stream: str) -> Shaper:
    texts, key = TEXTS.get(stream, ()), REPLICATION_KEYS.get(stream)
    return Shaper(own_schema(stream), text_fields=texts, replication_key=key)


def own_schema(stream: str) -> Row:
    """Returns the schema in schemas/tap_zendesk_chat/."""
    return schema_of("tap_zendesk_chat", stream)


def _rows(server: ZendeskChatServer, stream: str) -> Iterator[Row]:
    if stream in CHILDREN:
        for chat in server.app.rows("chats"):
            yield from inside(chat, stream.removeprefix("chat_"))
    elif stream == "routing_settings":
        yield from ({**row, "applies_to": "account"} for row in server.app.rows(stream))
    else:
        yield from server.app.rows(stream.removeprefix("zopim_"))


def inside(chat: Row, field: str) -> Iterator[Row]:
    """Yields the rows of a list inside a chat (docs, "Chats" and "Values")."""
    found: Any = chat.get(field) or []
    for position, item in enumerate(found):
        own = item if isinstance(item, dict) else {"other": item}
        yield own | {"chat_id": chat["id"], "position": position}
