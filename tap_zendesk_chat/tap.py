"""The tap as data: its config keys and its streams in the order in which they are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tap_common.context import Reader
from tap_common.http import Api
from tap_common.stream import Schema, Stream
from tap_common.tap import Tap
from tap_common.vendor import Request
from tap_zendesk_chat import chats, events, lists
from tap_zendesk_chat.api import account, connect

SETTINGS: dict[str, dict[str, Any]] = {
    "access_token": {
        "type": "string",
        "secret": True,
        "description": "OAuth access token of an administrator or the owner, with the scope read.",
    },
    "client_id": {"type": "string", "description": "Id of an OAuth client of Zendesk Chat."},
    "client_secret": {
        "type": "string",
        "secret": True,
        "description": "Its secret. Without refresh_token the client must be confidential (client credentials).",
    },
    "refresh_token": {
        "type": "string",
        "secret": True,
        "description": "OAuth refresh token. Each is good for one use: the next one is written into the config file at once.",
    },
    "subdomain": {
        "type": "string",
        "description": "The account: acme, acme.zendesk.com or https://acme.zendesk.com. Without it the old address "
        "www.zopim.com is used.",
    },
    "page_size": {
        "type": "integer",
        "minimum": 1,
        "maximum": 1000,
        "default": 1000,
        "description": "Rows asked for in one request (at most 1000; of agents at most 100).",
    },
    "timeline_lookback_days": {
        "type": "integer",
        "minimum": 0,
        "maximum": 365,
        "default": 3,
        "description": "How long an agent's newest span may last for its final duration to be seen: agent_timeline is read "
        "again from the oldest of them on. In any case those among the last 1000 spans are.",
    },
    "requests_per_minute": {
        "default": 200,
        "description": "The account's rate limit. The vendor allows 200 on every plan and does not tell it with its replies.",
    },
    "lookback_seconds": {
        "default": 360,
        "description": "How far below its bookmark an incremental stream is read again. The vendor takes five minutes to settle "
        "its exports and refuses to begin one there; the default keeps out of them by the vendor's own clock.",
    },
}


def _table(
    name: str, endpoint: str, key: str = "id", text_fields: frozenset[str] = frozenset()
) -> Reader:
    stream = Stream(name, endpoint, (key,), text_fields=text_fields)
    return Reader((stream,), lists.whole(stream), Request(endpoint, name))


ACCOUNT = Stream(
    "zopim_account",
    "account",
    ("account_key",),
    text_fields=frozenset(
        f"plan.max_{what}"
        for what in (
            "departments",
            "concurrent_chats",
            "basic_triggers",
            "advanced_triggers",
            "history_search_days",
        )
    ),
    note="refused by accounts inside Zendesk Support",
)

READERS = (
    Reader((ACCOUNT,), lists.single(ACCOUNT), Request(ACCOUNT.path, ACCOUNT.name)),
    Reader(
        (lists.AGENTS,),
        lists.agents,
        Request(lists.AGENTS.path, lists.AGENTS.name, {"limit": 1}),
    ),
    Reader(
        (lists.BANNED_IPS, lists.BANNED_VISITORS),
        lists.bans,
        Request(lists.BANNED_IPS.path, lists.BANNED_IPS.name, {"limit": 1}),
    ),
    chats.READER,
    _table("zopim_departments", "departments"),
    _table("zopim_shortcuts", "shortcuts", "name", frozenset({"id", "options"})),
    _table("zopim_triggers", "triggers", text_fields=frozenset({"definition.event"})),
    _table("goals", "goals"),
    _table("roles", "roles"),
    _table("skills", "skills"),
    Reader((lists.ROUTING,), lists.routing, Request(lists.ROUTING.path, lists.ROUTING.name)),
    *events.READERS,
)


def _as_they_are(_api: Api, _schemas: Mapping[str, Schema]) -> Mapping[str, Schema]:
    """Zendesk Chat has no custom fields."""
    return {}


TAP = Tap(
    name="tap-zendesk-chat",
    title="Zendesk Chat",
    settings=SETTINGS,
    logins=(("access_token",), ("client_id", "client_secret")),
    readers=READERS,
    account=account,
    connect=connect,
    customise=_as_they_are,
    package="tap_zendesk_chat",
)
