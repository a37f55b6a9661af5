"""Every endpoint, and the readers of those that are no exports. Features are those of [AB]."""

import re
from bisect import bisect_left
from collections.abc import Callable

from sandbox.errors import Refusal
from sandbox.routes import Routes
from sandbox.table import Listing, Row, without
from sandbox.template import load
from sandbox.times import parse, stamp
from sandbox.zendesk_chat import exports
from sandbox.zendesk_chat.call import Call, cursor
from sandbox.zendesk_chat.settings import BAN_KINDS

Test = Callable[[Row], bool]

CHATS_PER_PAGE = 40
MOST_AGENTS, MOST_BANS, DEFAULT_BANS = 100, 1_000, 10
LONGEST_PREVIEW = 60
EXPORT_ONLY = ("update_timestamp", "deleted")

_TYPE = re.compile(r"type:(\w+)")
_RANGE = re.compile(r"(timestamp|end_timestamp):\[(\S+)\s+TO\s+(\S+)\]")
_OFFSET = re.compile(r"T.*[+-]\d\d:?\d\d$")


def page_by_id(call: Call, rows: list[Row], size: int, key: str = "id") -> list[Row]:
    """Returns the page of sorted rows from since_id on, which it includes [DOC agents]."""
    begin = bisect_left(rows, call.whole("since_id", 0), key=lambda row: int(row[key]))
    return rows[begin : begin + size]


def whole(spec: Row, call: Call) -> list[Row]:
    """Answers with all rows of a small list."""
    return call.account.rows(spec["whole"])


def agents(spec: Row, call: Call) -> list[Row]:
    """Answers with agents. The default size of a page is not documented (here: the most)."""
    size = call.limit(MOST_AGENTS, MOST_AGENTS)
    return page_by_id(call, call.account.rows("agents"), size)


def agents_routing(spec: Row, call: Call) -> Row:
    """Answers with each agent's routing settings (paging inferred from agents)."""
    rows, size = call.account.rows("agent_routing_settings"), call.limit(MOST_AGENTS, MOST_AGENTS)
    return {"data": page_by_id(call, rows, size, "agent_id")}


def bans(spec: Row, call: Call) -> Row:
    """Answers with two lists. ``limit`` counts them together or each (undocumented)."""
    size = call.limit(DEFAULT_BANS, MOST_BANS)
    counted = {"together": (BAN_KINDS,), "each": tuple((kind,) for kind in BAN_KINDS)}
    page: list[Row] = []
    for kinds in counted[call.options.ban_limit]:
        page += page_by_id(call, call.account.bans.all(*kinds), size)
    return {kind: call.listed(_of_kind(page, kind)) for kind in BAN_KINDS}


def _of_kind(rows: list[Row], kind: str) -> list[Row]:
    return [row for row in rows if row["type"] == kind]


def account(spec: Row, call: Call) -> Row:
    """Answers with the account, unless it lives in Zendesk Support [SINGER]."""
    if call.options.integrated:
        raise Refusal(403)
    [row] = call.account.rows("account", call.options.plan)
    return row


def routing(spec: Row, call: Call) -> Row:
    """Answers with the account's routing settings in their envelope [AB]."""
    return {"data": call.account.rows("routing_settings")[0]}


def _shown(call: Call, chat: str) -> Row | None:
    """Returns a chat without what only the export has, if lists show it."""
    row = call.account.chats.rows.get(chat)
    return None if row is None or row["deleted"] else without(row, EXPORT_ONLY)


def chats(spec: Row, call: Call) -> Row:
    """Answers with the list, newest first, or, with ``ids``, with just these chats.

    A chat that is not there is null then [EMBULK].
    """
    if ids := call.text("ids"):
        docs = {chat: _shown(call, chat) for chat in ids.split(",")}
        as_array = call.options.bulk_docs == "array"
        return {"count": len(docs), "docs": list(docs.values()) if as_array else docs}
    keys = call.account.chats.visible
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


def search(spec: Row, call: Call) -> Row:
    """Answers with a page of short hits, up to the most that can be read [EMBULK; SINGER].

    Conditions are joined by AND: ``type:chat``, ``end_timestamp:[from TO until]``. That much of
    Lucene's language do clients send.
    """
    query, page = call.text("q"), call.whole("page", 1)
    if page < 1 or page * CHATS_PER_PAGE > call.options.search_hits:
        raise Refusal("reason", reason="Result window is too large")
    known, path = call.account.chats, call.request.path
    hits = [known.rows[chat] for _, chat in reversed(known.visible)]
    for condition in re.split(r"\s+AND\s+", query.strip()):
        hits = list(filter(_test(condition), hits))
    has_more = page * CHATS_PER_PAGE < len(hits)
    return {
        "results": [_hit(call, row) for row in Listing(hits).page(page, CHATS_PER_PAGE)],
        "count": len(hits),
        "next_url": call.link(path, q=query, page=page + 1) if has_more else None,
        "prev_url": call.link(path, q=query, page=page - 1) if page > 1 else None,
    }


def _test(condition: str) -> Test:
    """Returns a condition's test. Ranges include their ends; messages have no end_timestamp."""
    if kind := _TYPE.fullmatch(condition):
        return lambda row: row["type"] == kind[1]
    between = _RANGE.fullmatch(condition)
    if not between:
        raise Refusal("reason", reason="Invalid search query")
    low, high = _moment(between[2], "0"), _moment(between[3], "9")
    return lambda row: low <= row.get(between[1], "") <= high


def _moment(text: str, default: str) -> str:
    """Returns a time in UTC, with Z or without. Refuses one with an offset [SINGER PR 54]."""
    if text == "*":
        return default
    try:
        if _OFFSET.search(text):
            raise ValueError(text)
        return stamp(parse(text))
    except ValueError:
        raise Refusal("reason", reason=f"Cannot read the time {text}") from None


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


ROUTES = Routes(load(__file__, "routes"), {**globals(), "export": exports.answer})
"""Every endpoint by its path below either base."""
