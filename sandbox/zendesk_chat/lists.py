"""The endpoints that list, find and show single things (sheet sections 2.1 to 2.3)."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from functools import partial

from sandbox.table import Row
from sandbox.zendesk_chat import params
from sandbox.zendesk_chat.bans import backward, forward
from sandbox.zendesk_chat.call import Answer, Call, Reader
from sandbox.zendesk_chat.chats import Kind
from sandbox.zendesk_chat.errors import bad_request, refuse
from sandbox.zendesk_chat.search import Search

CHATS_PER_PAGE = 40
MOST_AGENTS, MOST_BANS, DEFAULT_BANS = 100, 1_000, 10
LONGEST_PREVIEW = 60


def agents(call: Call) -> Answer:
    """Agents by id; the default size of a page is not documented (here: the most)."""
    size = params.limit(call.request, MOST_AGENTS, MOST_AGENTS)
    return list(_cut(call, size)(call.account.settings["agents"]))


def bans(call: Call) -> Answer:
    """Two lists."""
    size = params.limit(call.request, DEFAULT_BANS, MOST_BANS)
    page = call.account.bans.page(_cut(call, size), each=call.options.ban_limit == "each")
    return {"visitor": page["visitor"], "ip_address": page["ip_address"]}


def _cut(call: Call, size: int) -> Callable[[list[Row]], list[Row]]:
    if params.text(call.request, "max_id"):
        return partial(backward, until=params.whole(call.request, "max_id", 0), limit=size)
    return partial(forward, since=params.whole(call.request, "since_id", 0), limit=size)


def setting(stream: str) -> Reader:
    """A whole list of settings."""
    return lambda call: call.account.settings[stream]


def one(stream: str) -> Reader:
    """A row of a list, by its id."""

    def read(call: Call) -> Answer:
        for row in call.account.settings[stream]:
            if str(row["id"]) == call.id:
                return row
        raise refuse(404)

    return read


def account(call: Call) -> Answer:
    """Only for accounts that don't live in Zendesk Support (SINGER)."""
    if call.options.integrated:
        raise refuse(403)
    return call.account.describe(call.options.plan)


def routing(call: Call) -> Answer:
    """The account's routing settings in their envelope (AB)."""
    return {"data": call.account.settings["routing_settings"][0]}


def agents_routing(call: Call) -> Answer:
    """Each agent's (fields inferred)."""
    return {
        "data": [
            {"agent_id": row["id"], "chat_limit": 3} for row in call.account.settings["agents"]
        ]
    }


def chat(call: Call) -> Answer:
    """A single chat; 404 for one that is deleted or still open (inferred)."""
    row = _shown(call, call.id)
    if row is None:
        raise refuse(404)
    return row


def _shown(call: Call, chat: str) -> Row | None:
    chats = call.account.chats
    number = chats.number.get(chat)
    if number is None or number in chats.deleted or chats.kind[number] == Kind.OPEN:
        return None
    return call.account.views.plain(number)


def chats(call: Call) -> Answer:
    """The list, newest first; or with ``ids`` a bulk GET, where a chat that isn't there is null (EMBULK)."""
    if ids := params.text(call.request, "ids"):
        docs = {chat: _shown(call, chat) for chat in ids.split(",")}
        return {
            "count": len(docs),
            "docs": list(docs.values()) if call.options.bulk_docs == "array" else docs,
        }
    keys = call.account.chats.visible.keys
    before = _read_cursor(params.text(call.request, "cursor"), len(keys))
    page = keys[max(0, before - CHATS_PER_PAGE) : before][::-1]
    path, left, newer = call.request.path, before - len(page), before + CHATS_PER_PAGE
    return {
        "chats": [_shown(call, chat) for _, chat in page],
        "count": len(keys),
        "next_url": call.link(path, cursor=_cursor(left)) if left else None,
        "prev_url": call.link(path, cursor=_cursor(min(newer, len(keys))))
        if before < len(keys)
        else None,
    }


def _cursor(place: int) -> str:
    return urlsafe_b64encode(str(place).encode()).decode()


def _read_cursor(text: str, default: int) -> int:
    try:
        return min(default, int(urlsafe_b64decode(text))) if text else default
    except ValueError:
        raise bad_request("Invalid cursor") from None


def search(call: Call) -> Answer:
    """One page of hits, which are short; page after page until the most that can be read (EMBULK, SINGER)."""
    query, page = params.text(call.request, "q"), params.whole(call.request, "page", 1)
    if page < 1 or page * CHATS_PER_PAGE > call.options.search_hits:
        raise bad_request("Result window is too large")
    finder = Search(call.account.chats, call.account.views)
    hits: list[int] = call.remembered(("search", query), lambda: finder.find(query))
    end, path = page * CHATS_PER_PAGE, call.request.path
    return {
        "results": [_hit(call, number) for number in hits[end - CHATS_PER_PAGE : end]],
        "count": len(hits),
        "next_url": call.link(path, q=query, page=page + 1) if end < len(hits) else None,
        "prev_url": call.link(path, q=query, page=page - 1) if page > 1 else None,
    }


def _hit(call: Call, number: int) -> Row:
    row = call.account.views.plain(number)
    said = (
        row["message"]
        if "message" in row
        else next((entry["msg"] for entry in row["history"] if entry.get("msg")), "")
    )
    return {
        "id": row["id"],
        "timestamp": row["timestamp"],
        "preview": said[:LONGEST_PREVIEW],
        "url": call.link(f"{call.request.path.removesuffix('/search')}/{row['id']}"),
        "type": row["type"],
    }
