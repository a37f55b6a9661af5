"""The endpoints of lists and of search, and all endpoints by their path."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from typing import Any

from sandbox.table import Row
from sandbox.wire import Refusal
from sandbox.zendesk_chat.calls import Call, cursor
from sandbox.zendesk_chat.errors import by_status, refuse
from sandbox.zendesk_chat.exports import EXPORTS
from sandbox.zendesk_chat.people import BAN_KINDS
from sandbox.zendesk_chat.search import find

Read = Callable[[Call], Any]

CHATS_PER_PAGE = 40
MOST_AGENTS, MOST_BANS, DEFAULT_BANS = 100, 1_000, 10
LONGEST_PREVIEW = 60
WHOLE = ("departments", "goals", "roles", "shortcuts", "skills", "triggers")
OPEN_TO_AGENTS = {"agents", "chats", "chats/search", "departments", "shortcuts"}
FEATURES = {
    "roles": "roles",
    "skills": "skills",
    "routing_settings/account": "routing_settings",
    "routing_settings/agents": "routing_settings",
    "incremental/agent_events": "agent_events",
}
"""Endpoints that not every plan has [AB]."""
EXPORT_ONLY = ("update_timestamp", "deleted")


def whole(stream: str) -> Read:
    """Return the endpoint of a list that has one page."""
    return lambda call: call.account.rows(stream)


def page_by_id(call: Call, rows: list[Row], size: int, key: str = "id") -> list[Row]:
    """Return the page that ``since_id`` asks for, of rows that are sorted by id.

    since_id includes the row itself [DOC agents].
    """
    begin = bisect_left(rows, call.whole("since_id", 0), key=lambda row: int(row[key]))
    return rows[begin : begin + size]


def agents(call: Call) -> list[Row]:
    """Answer with agents. The default size of a page is not documented (here: the most)."""
    return page_by_id(call, call.account.rows("agents"), call.limit(MOST_AGENTS, MOST_AGENTS))


def agents_routing(call: Call) -> Row:
    """Answer with each agent's routing settings (paging inferred from agents)."""
    rows, size = call.account.rows("agent_routing_settings"), call.limit(MOST_AGENTS, MOST_AGENTS)
    return {"data": page_by_id(call, rows, size, "agent_id")}


def bans(call: Call) -> Row:
    """Answer with two lists. ``limit`` counts them together or each (undocumented)."""
    size = call.limit(DEFAULT_BANS, MOST_BANS)
    counted = {"together": (BAN_KINDS,), "each": tuple((kind,) for kind in BAN_KINDS)}
    page: list[Row] = []
    for kinds in counted[call.options.ban_limit]:
        page += page_by_id(call, call.account.bans.all(*kinds), size)
    return {kind: call.listed(_of_kind(page, kind)) for kind in BAN_KINDS}


def _of_kind(rows: list[Row], kind: str) -> list[Row]:
    return [row for row in rows if row["type"] == kind]


def account(call: Call) -> Row:
    """Answer with the account, unless it lives in Zendesk Support [SINGER]."""
    if call.options.integrated:
        raise Refusal(by_status(403))
    [row] = call.account.rows("account", call.options.plan)
    return row


def routing(call: Call) -> Row:
    """Answer with the account's routing settings in their envelope [AB]."""
    return {"data": call.account.rows("routing_settings")[0]}


def _shown(call: Call, chat: str) -> Row | None:
    """Return a chat without what only the export has, if lists show it."""
    row = call.account.chats.rows.get(chat)
    if row is None or row["deleted"]:
        return None
    return {name: value for name, value in row.items() if name not in EXPORT_ONLY}


def chats(call: Call) -> Row:
    """Answer with the list, newest first, or, with ``ids``, with just these chats.

    A chat that is not there is null then [EMBULK].
    """
    if ids := call.text("ids"):
        docs = {chat: _shown(call, chat) for chat in ids.split(",")}
        as_array = call.options.bulk_docs == "array"
        return {"count": len(docs), "docs": list(docs.values()) if as_array else docs}
    keys = call.account.chats.visible.keys
    before = min(int(call.cursor(str(len(keys)))), len(keys))
    after = max(0, before - CHATS_PER_PAGE)
    newer = min(before + CHATS_PER_PAGE, len(keys))
    path = call.request.path
    return {
        "chats": [_shown(call, chat) for _, chat in reversed(keys[after:before])],
        "count": len(keys),
        "next_url": call.link(path, cursor=cursor(str(after))) if after else None,
        "prev_url": call.link(path, cursor=cursor(str(newer))) if before < newer else None,
    }


def search(call: Call) -> Row:
    """Answer with a page of short hits, up to the most that can be read [EMBULK; SINGER]."""
    query, page = call.text("q"), call.whole("page", 1)
    if page < 1 or page * CHATS_PER_PAGE > call.options.search_hits:
        raise refuse("Result window is too large")
    hits = find(call.account.chats, query)
    end, path = page * CHATS_PER_PAGE, call.request.path
    return {
        "results": [_hit(call, row) for row in hits[end - CHATS_PER_PAGE : end]],
        "count": len(hits),
        "next_url": call.link(path, q=query, page=page + 1) if end < len(hits) else None,
        "prev_url": call.link(path, q=query, page=page - 1) if page > 1 else None,
    }


def _hit(call: Call, row: Row) -> Row:
    texts = [row.get("message"), *(entry.get("msg") for entry in row.get("history", ()))]
    said: str = next((text for text in texts if text), "")
    return {
        "id": row["id"],
        "timestamp": row["timestamp"],
        "preview": said[:LONGEST_PREVIEW],
        "url": call.link(f"{call.request.path.removesuffix('/search')}/{row['id']}"),
        "type": row["type"],
    }


READS: dict[str, Read] = {
    "account": account,
    "agents": agents,
    "bans": bans,
    "chats": chats,
    "chats/search": search,
    "routing_settings/account": routing,
    "routing_settings/agents": agents_routing,
    **{stream: whole(stream) for stream in WHOLE},
    **{f"incremental/{export.resource}": export.read for export in EXPORTS},
}
"""Every endpoint by its path below either base."""
