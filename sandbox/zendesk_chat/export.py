"""The incremental exports (DOC incremental_export; sheet 2.1 and 2.4)."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from sandbox.dice import Dice
from sandbox.zendesk_chat import params
from sandbox.zendesk_chat.call import Answer, Call, Reader
from sandbox.zendesk_chat.errors import bad_request
from sandbox.zendesk_chat.expansion import parse, select
from sandbox.zendesk_chat.series import Key, Order
from sandbox.zendesk_chat.stamps import MICROS

MOST = 1_000


class Export(NamedTuple):
    """An export: its resource, in how many parts of a second its times count, and whether it goes on by id as well."""

    resource: str
    parts: int = 1
    by_id: bool = True


EXPORTS = (
    Export("chats"),
    Export("conversions"),
    Export("department_events"),
    Export("agent_events"),
    Export("agent_timeline", MICROS, by_id=False),
)


def reader(export: Export) -> Reader:
    """The endpoint of an export."""
    return lambda call: _read(call, export)


def _read(call: Call, export: Export) -> Answer:
    options = call.options
    limit = params.limit(call.request, MOST, MOST)
    start = _start_time(call, export), params.text(call.request, "start_id") if export.by_id else ""
    fields = params.text(call.request, "fields")
    parse(fields)
    order, _ = call.account.export(export.resource)
    if export.resource == "chats":
        _churn(call, order, start)
    place = order.place(start, options.start_id_included)
    keys = order.keys[place : place + limit]
    if not options.recent_rows:
        newest = (call.account.now() - options.minimum_age) * export.parts
        keys = [key for key in keys if key[0] < newest]
    key = (
        export.resource,
        tuple(keys[:1]),
        tuple(keys[-1:]),
        len(keys),
        fields,
        options.bare_objects,
        options.bare_exports,
    )
    rows = call.remembered(key, lambda: _rows(call, export.resource, keys, fields))
    return _envelope(call, export, start, keys, rows)


def _start_time(call: Call, export: Export) -> int:
    """In the export's unit; 400 for a time that isn't more than five minutes old. Floats only where the API writes them."""
    given = params.text(call.request, "start_time", "0")
    whole, point, fraction = given.partition(".")
    if point and fraction.strip("0") == "" and call.options.end_time == "float":
        given = whole
    if not given.isascii() or not given.isdigit():
        raise bad_request("Invalid start_time")
    if int(given) >= (call.account.now() - call.options.minimum_age) * export.parts:
        raise bad_request("start_time must be more than 5 minutes in the past")
    return int(given)


def _rows(call: Call, resource: str, keys: list[Key], fields: str) -> orjson.Fragment:
    """The rows as JSON, of the keys that ``fields`` asks for."""
    _, row = call.account.export(resource)
    tree = parse(fields).get(resource)
    if tree is None and resource in call.options.bare_exports:
        return orjson.Fragment(orjson.dumps([{"id": row_id} for _, row_id in keys]))
    rows: list[Any] = [row(row_id) for _, row_id in keys]
    if tree:
        whole = call.options.bare_objects == "whole"
        rows = [select(row, tree, whole) for row in rows]
    return orjson.Fragment(orjson.dumps(rows))


def _envelope(
    call: Call, export: Export, start: Key, keys: list[Key], rows: orjson.Fragment
) -> Answer:
    """Rows with the way on; an empty page leads to itself (inferred). ``next_page`` is never null."""
    time, row_id = keys[-1] if keys else start
    end_time = float(time) if call.options.end_time == "float" and export.parts == 1 else time
    query = {
        name: value for name, value in call.request.query if name not in ("start_time", "start_id")
    }
    query |= {"start_time": str(end_time), **({"start_id": row_id} if export.by_id else {})}
    answer = {export.resource: rows, "count": len(keys), "end_time": end_time}
    if export.by_id:
        answer["end_id"] = row_id
    return answer | {"next_page": call.link(call.request.path, **query)}


def _churn(call: Call, order: Order, start: Key) -> None:
    """Before every so-many-th request one chat changes, in turn one behind and one ahead of the reader."""
    every, memory = call.options.churn, call.memory
    memory.chat_exports += 1
    if not every or memory.chat_exports % every or not order.keys:
        return
    memory.churned += 1
    behind, ahead = order.keys[: order.place(start, False)], order.keys[order.place(start, False) :]
    keys = (behind or ahead) if memory.churned % 2 else (ahead or behind)
    call.account.changes.tag(Dice("churn", call.account.seed, memory.churned).pick(keys)[1])
