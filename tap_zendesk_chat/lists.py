"""Small lists: whole in one reply, or by id."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tap_common.context import ReadContext
from tap_common.errors import ApiError
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Reply, Request

AGENTS = Stream("zopim_agents", "agents", text_fields=frozenset({"role"}))
BANNED_IPS = Stream("zopim_banned_ips", "bans", note="one context for both kinds of bans")
BANNED_VISITORS = Stream("zopim_banned_visitors", "bans")
ROUTING = Stream("routing_settings", "routing_settings/account", ("applies_to",))

LARGEST_PAGE_OF_AGENTS = 100
"""500 are refused with 400 (singer-io/tap-zendesk-chat #18)."""
LARGEST_PAGE_OF_BANS = 1000
BANS = {"ip_address": BANNED_IPS.name, "visitor": BANNED_VISITORS.name}
"""The two lists of a reply and their streams."""


def objects(found: Any, path: str) -> list[Row]:
    """``found`` as the rows that it should be. ApiError if it is anything but a list of objects."""
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise ApiError(f"{path}: expected a list of objects, got something else")
    return found


def member(reply: Reply, name: str, default: Any = None) -> Any:
    """What the reply's object holds under ``name``, else ``default``. ApiError if the reply is no object."""
    if not isinstance(reply.data, dict):
        raise ApiError(f"{reply.request.path}: expected an object, got something else")
    return reply.data.get(name, default)


def whole(stream: Stream) -> Callable[[ReadContext], Iterator[Page]]:
    """The reader of a list that comes in one reply."""

    def pages(context: ReadContext) -> Iterator[Page]:
        yield Page(
            {
                stream.name: objects(
                    context.api.get(Request(stream.path, stream.name)).data, stream.path
                )
            }
        )

    return pages


def single(stream: Stream) -> Callable[[ReadContext], Iterator[Page]]:
    """The reader of an endpoint that answers one object."""

    def pages(context: ReadContext) -> Iterator[Page]:
        yield Page(
            {
                stream.name: objects(
                    [context.api.get(Request(stream.path, stream.name)).data], stream.path
                )
            }
        )

    return pages


def routing(context: ReadContext) -> Iterator[Page]:
    """The account's routing settings, {"data": {...}}, as one row that bears a key."""
    settings = objects(
        [member(context.api.get(Request(ROUTING.path, ROUTING.name)), "data")], ROUTING.path
    )
    yield Page({ROUTING.name: [{**row, "applies_to": "account"} for row in settings]})


def agents(context: ReadContext) -> Iterator[Page]:
    """All agents in the order of their ids: a reply begins with the agent ``since_id``."""
    size = context.page_size(LARGEST_PAGE_OF_AGENTS)
    since, last = 0, 0
    while True:
        found = objects(
            context.api.get(_from(AGENTS.path, AGENTS.name, size, since)).data, AGENTS.path
        )
        yield Page({AGENTS.name: [row for row in found if row["id"] > last]})
        last = max([last, *(row["id"] for row in found)])
        if len(found) < size or last < since:
            return
        since = last + 1


def bans(context: ReadContext) -> Iterator[Page]:
    """Both lists of bans, each in the order of its ids, read together.

    Whether ``limit`` counts the two lists together or each of them is not documented. A list that is full may go on after its
    own last id; when none is, but together they are, the reply may end at its greatest id.
    """
    size = context.page_size(LARGEST_PAGE_OF_BANS)
    stream = next(name for name in BANS.values() if context.selects(name))
    since, last = 0, dict.fromkeys(BANS, 0)
    while True:
        reply = context.api.get(_from(BANNED_IPS.path, stream, size, since))
        absent: list[Row] | None = (
            [] if any(member(reply, kind) is not None for kind in BANS) else None
        )
        found = {kind: objects(member(reply, kind, absent), BANNED_IPS.path) for kind in BANS}
        yield Page(
            {
                BANS[kind]: [row for row in rows if row["id"] > last[kind]]
                for kind, rows in found.items()
            }
        )
        last = {
            kind: max([last[kind], *(row["id"] for row in rows)]) for kind, rows in found.items()
        }
        full = [kind for kind, rows in found.items() if len(rows) >= size]
        reached = min(last[kind] for kind in full) if full else max(last.values())
        if sum(map(len, found.values())) < size or reached < since:
            return
        since = reached + 1


def _from(endpoint: str, stream: str, size: int, since: int) -> Request:
    """The rows from the id ``since`` on, which counts itself (developer.zendesk.com: "including" the record)."""
    return Request(
        endpoint, stream, {"limit": size, "since_id": since} if since else {"limit": size}
    )
