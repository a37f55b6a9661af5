"""Agents and bans, which are read by id, and the routing settings of the account and its agents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from tap_common.context import ReadContext
from tap_common.errors import ApiError
from tap_common.page_lengths import PageLengths
from tap_common.page_size import PageSize
from tap_common.replies import object_in, rows_in
from tap_common.stream import Page, Row, Stream, date_times
from tap_common.vendor import Reply, Request

LAST_PAGE = "last_page"
"""The part of a bookmark that says how many rows a list had on its only page, when another request
showed that it ended there."""


def _list(name: str, path: str, key: str = "id", **more: Any) -> Stream:
    """A list that is read by id. Its bookmark holds no time."""
    return Stream(
        name, path, (key,), bookmark_keys=(LAST_PAGE,), bookmark_check=date_times(), **more
    )


AGENTS = _list("zopim_agents", "agents", text_fields=frozenset({"role"}))
BANNED_IPS = _list("zopim_banned_ips", "bans", note="one walk for both kinds of bans")
BANNED_VISITORS = _list("zopim_banned_visitors", "bans")
ROUTING = Stream("routing_settings", "routing_settings/account", ("applies_to",))
AGENT_ROUTING = _list("agent_routing_settings", "routing_settings/agents", "agent_id")

LARGEST_PAGE_OF_AGENTS = 100
"""500 are refused with 400 (github.com/singer-io/tap-zendesk-chat, issue 18). The limit of the
agents' routing settings is not documented."""
LARGEST_PAGE_OF_BANS = 1000
BANS = {"ip_address": BANNED_IPS.name, "visitor": BANNED_VISITORS.name}
"""The two lists of a reply and their streams."""


def routing(context: ReadContext) -> Iterator[Page]:
    """The account's routing settings as one row that has a key."""
    settings = object_in(context.api.get(Request(ROUTING.path, ROUTING.name)), "data")
    yield Page({ROUTING.name: [{**settings, "applies_to": "account"}]})


def agents(context: ReadContext) -> Iterator[Page]:
    """All agents in the order of their ids."""
    yield from _by_id(context, AGENTS, rows_in)


def agent_routing(context: ReadContext) -> Iterator[Page]:
    """The routing settings of all agents in the order of the agents' ids."""
    yield from _by_id(context, AGENT_ROUTING, _agent_settings)


def _agent_settings(reply: Reply) -> list[Row]:
    """The settings in a reply, each with ``agent_id``.

    The vendor does not document the reply. The list may lie under "data", as the account's settings
    do, and the agent's id may be called ``id``.
    """
    rows = rows_in(reply, "data" if isinstance(reply.data, dict) else None)
    return [_with_agent_id(row) for row in rows]


def _with_agent_id(row: Row) -> Row:
    if "agent_id" in row:
        return row
    settings = {name: value for name, value in row.items() if name != "id"}
    return {"agent_id": row.get("id"), **settings}


def _by_id(
    context: ReadContext, stream: Stream, rows_of: Callable[[Reply], list[Row]]
) -> Iterator[Page]:
    """A list of agents, or of what each agent has, in the order of the agents' ids."""
    size = PageSize(context.page_size(LARGEST_PAGE_OF_AGENTS))
    lengths = PageLengths()
    [key] = stream.key
    since = 0
    while True:
        reply = size.get(context.api, partial(_from, stream.path, stream.name, since))
        rows = rows_of(reply)
        new = _unseen(rows, since, key)
        yield Page({stream.name: new})
        doubt = partial(_is_unknown, context, len(rows))
        if not lengths.may_go_on(len(rows), _asked(reply), doubt) or not new:
            break
        since = _last_id(new, stream.path, key) + 1
    yield _remembering(context, lengths)


def bans(context: ReadContext) -> Iterator[Page]:
    """Both lists of bans, each in the order of its ids, read together.

    It is not documented whether ``limit`` counts the two lists together or each of them. If the
    server cut the lists, it cut a longest one, or it cut both at the greatest id of the reply. So
    the walk goes on after the last id of the longest list, which is right in both cases.
    """
    size = PageSize(context.page_size(LARGEST_PAGE_OF_BANS))
    together, each = PageLengths(), PageLengths()
    counted_for = next(iter(context.streams))
    seen = dict.fromkeys(BANS, -1)
    since = 0
    while True:
        reply = size.get(context.api, partial(_from, BANNED_IPS.path, counted_for, since))
        found = {kind: rows_in(reply, kind) for kind in BANS}
        new = {kind: _unseen(rows, seen[kind] + 1) for kind, rows in found.items()}
        yield Page({BANS[kind]: rows for kind, rows in new.items() if context.selects(BANS[kind])})
        counts, asked = [len(rows) for rows in found.values()], _asked(reply)
        longest, total = max(counts), sum(counts)
        doubt = partial(_is_unknown, context, total)
        has_new_rows = any(new.values())
        may_go_on = [
            together.may_go_on(total, asked, doubt, has_new_rows=has_new_rows),
            each.may_go_on(longest, asked, doubt, has_new_rows=has_new_rows),
        ]
        last = {kind: _last_id(rows, BANNED_IPS.path) for kind, rows in found.items() if rows}
        if not any(may_go_on):
            break
        seen |= last
        following = min(last[kind] for kind in last if len(found[kind]) == longest) + 1
        if following <= since:
            break
        since = following
    yield _remembering(context, together)


def _is_unknown(context: ReadContext, length: int) -> bool:
    """Is it unknown from earlier runs that the list ends after a page of that length?"""
    bookmarks = (context.bookmarks[name] for name in context.streams)
    return any(bookmark.get(LAST_PAGE) != length for bookmark in bookmarks)


def _remembering(context: ReadContext, lengths: PageLengths) -> Page:
    """A page whose bookmarks spare the next run the request that showed the list's end."""
    if lengths.confirmed is None:
        return Page()
    return Page(bookmarks={name: {LAST_PAGE: lengths.confirmed} for name in context.streams})


def _from(path: str, stream: str, since: int, limit: int) -> Request:
    """The request for the rows from the id ``since`` on, which includes it.

    Source: developer.zendesk.com, "Agents" of the Chat API ("including" the record).
    """
    params = {"limit": limit, "since_id": since} if since else {"limit": limit}
    return Request(path, stream, params)


def _asked(reply: Reply) -> int:
    """How many rows the request of a reply asked for."""
    return int(reply.request.params["limit"])


def _unseen(rows: list[Row], since: int, key: str = "id") -> list[Row]:
    """The rows from the id ``since`` on, and those that have no id."""
    return [row for row in rows if _id(row, key, since) >= since]


def _last_id(rows: list[Row], path: str, key: str = "id") -> int:
    """The greatest id. ApiError if no row has one."""
    greatest = max(_id(row, key, -1) for row in rows)
    if greatest < 0:
        raise ApiError(f"{path}: no row of a page has an id, so that there is no way on")
    return greatest


def _id(row: Row, key: str, default: int) -> int:
    """The id of a row, which may be a number or its text, or else ``default``."""
    found: Any = row.get(key)
    try:
        return int(found)
    except (TypeError, ValueError):
        return default
