"""The tap as data: its config keys and its streams in the order in which they are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tap_common.common_settings import OAUTH
from tap_common.context import ReadContext, Reader
from tap_common.readers import single, whole
from tap_common.replies import rows_in
from tap_common.stream import Row, Stream
from tap_common.tap import Tap
from tap_common.vendor import Request
from tap_zendesk_chat import chats, events, lists
from tap_zendesk_chat.api import LOGINS, account, connect
from tap_zendesk_chat.estimates import ESTIMATE_RULES

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
        "description": "The client's secret. Without refresh_token the client must be "
        "confidential, because the tap then uses client credentials.",
    },
    "refresh_token": {
        "type": "string",
        "secret": True,
        "description": "OAuth refresh token. It is good for one use. The tap writes the next one "
        "into the config file, or into token_file, at once.",
    },
    **OAUTH,
    "subdomain": {
        "type": "string",
        "description": "The account: acme, acme.zendesk.com or https://acme.zendesk.com. Without "
        "it the old address www.zopim.com is used.",
    },
    "page_size": {
        "type": "integer",
        "minimum": 1,
        "maximum": 1000,
        "default": 1000,
        "description": "Rows asked for in one request: at most 1000, and of agents at most 100.",
    },
    "timeline_lookback_days": {
        "type": "integer",
        "minimum": 0,
        "maximum": 365,
        "default": 3,
        "description": "agent_timeline is read again from the oldest span on that had not ended. "
        "A span that began earlier than this many days ago counts only if it is among the last "
        "1000 spans.",
    },
    "requests_per_minute": {
        "default": 200,
        "description": "The account's rate limit. The vendor allows 200 on every plan, and its "
        "replies do not say how many are left.",
    },
    "lookback_seconds": {
        "default": 360,
        "description": "How far below its bookmark an incremental stream is read again, for rows "
        "that appear late. The vendor needs five minutes to settle its exports.",
    },
}


def _table(name: str, path: str, key: str = "id", text_fields: Sequence[str] = ()) -> Reader:
    """The reader of a list that comes in one reply."""
    stream = Stream(name, path, (key,), text_fields=frozenset(text_fields))
    return Reader((stream,), whole(stream, _only_page), Request(path, name))


def _only_page(context: ReadContext, request: Request) -> Iterator[list[Row]]:
    yield rows_in(context.api.get(request))


def _limited(stream: Stream) -> Request:
    return Request(stream.path, stream.name, {"limit": 1})


LIMITS = ("departments", "concurrent_chats", "basic_triggers", "advanced_triggers")
ACCOUNT = Stream(
    "zopim_account",
    "account",
    ("account_key",),
    text_fields=frozenset(f"plan.max_{what}" for what in (*LIMITS, "history_search_days")),
    note="refused by accounts inside Zendesk Support",
)
ROUTING = lists.ROUTING

READERS = (
    Reader((ACCOUNT,), single(ACCOUNT), Request(ACCOUNT.path, ACCOUNT.name)),
    Reader((lists.AGENTS,), lists.agents, _limited(lists.AGENTS)),
    Reader((lists.BANNED_IPS, lists.BANNED_VISITORS), lists.bans, _limited(lists.BANNED_IPS)),
    chats.READER,
    _table("zopim_departments", "departments"),
    _table("zopim_shortcuts", "shortcuts", "name", ("id", "options")),
    _table("zopim_triggers", "triggers", text_fields=("definition.event",)),
    _table("goals", "goals"),
    _table("roles", "roles"),
    _table("skills", "skills"),
    Reader((ROUTING,), lists.routing, Request(ROUTING.path, ROUTING.name)),
    Reader((lists.AGENT_ROUTING,), lists.agent_routing, _limited(lists.AGENT_ROUTING)),
    *events.READERS,
)


TAP = Tap(
    name="tap-zendesk-chat",
    title="Zendesk Chat",
    settings=SETTINGS,
    logins=LOGINS,
    readers=READERS,
    account=account,
    connect=connect,
    package="tap_zendesk_chat",
    estimates=ESTIMATE_RULES,
)
