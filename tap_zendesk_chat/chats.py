"""Chats by time of change, and what is inside them as streams of its own at no extra request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from tap_common import times
from tap_common.context import ReadContext, Reader
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_zendesk_chat.exports import Export, exported

PATH = "incremental/chats"
MARK = "update_timestamp"
HISTORY_TEXTS = ("msg_id", "agent_id", "department_id", "prev_department_id")

CHATS = Stream(
    "zopim_chats",
    PATH,
    method="INCREMENTAL",
    replication_key=MARK,
    text_fields=frozenset(f"history[].{name}" for name in HISTORY_TEXTS),
    note="chats and offline messages, deleted ones too",
)


def _inside(name: str, place: str, text_fields: Sequence[str] = ()) -> Stream:
    return Stream(
        name,
        PATH,
        ("chat_id", place),
        "INCREMENTAL",
        parent=CHATS.name,
        text_fields=frozenset(text_fields),
        note="inside the chats, all of each changed chat",
    )


LISTS = {
    "history": _inside("chat_history", "position", HISTORY_TEXTS),
    "engagements": _inside("chat_engagements", "id"),
    "webpath": _inside("chat_webpath", "position", ("other",)),
    "conversions": _inside("chat_conversions", "id"),
}
"""The lists inside a chat and their streams."""

EVERYTHING = "chats(*)"
"""Without ``fields`` a chat is only its id ("Resource expansion")."""
OBJECTS = {"visitor", "session", "count", "response_time", *LISTS}
"""What must be expanded in its turn."""
FEW = 12
"""Up to so many fields are asked for by name: to name most of them saves nothing."""


def pages(context: ReadContext) -> Iterator[Page]:
    """Chats in the order of change, each page with what is inside just its chats.

    The bookmark is the second of the last row's change, without its id: a row that changes in a second that was read already
    comes before or after the others of that second, as its id has it.
    """
    since = {name: _since(context, name) for name in context.fields}
    marks = {
        name: times.rfc3339(context.bookmarks[name].get(MARK)) or "" for name in context.fields
    }
    reached = ""
    for batch in exported(
        context,
        _named(context),
        Export(PATH, "chats", fields=_fields(context)),
        min(since.values()),
    ):
        seconds = [times.second(row.get(MARK)) for row in batch.rows]
        changed = [
            (row, second)
            for row, second in zip(batch.rows, seconds, strict=True)
            if not batch.again or second >= reached
        ]
        if not changed:
            continue
        end = times.text(batch.end.replace(microsecond=0))
        reached = max(reached, min(changed[-1][1] or end, end))
        rows: dict[str, list[Row]] = {}
        for name, moment in since.items():
            first = times.text(moment)
            own = [row for row, second in changed if not second or second >= first]
            rows[name] = own if name == CHATS.name else _items(name, own)
            if own:
                marks[name] = max(marks[name], reached)
        yield Page(rows, {name: {MARK: mark} for name, mark in marks.items() if mark})


def _since(context: ReadContext, stream: str) -> datetime:
    return context.read_from(stream, MARK)


def _named(context: ReadContext) -> str:
    """The stream for which requests are counted."""
    return next(stream.name for stream in (CHATS, *LISTS.values()) if context.selects(stream.name))


def _fields(context: ReadContext) -> tuple[str, ...]:
    """Only the selected fields, where these are few; else, or where they are refused by name, all."""
    wanted = {
        *context.fields.get(CHATS.name, ()),
        *(field for field, stream in LISTS.items() if context.selects(stream.name)),
    }
    if len(wanted) > FEW or (
        context.selects(CHATS.name) and context.config["unknown_fields"] != "ignore"
    ):
        return (EVERYTHING,)
    names = sorted(wanted | {"id", MARK})
    return (
        f"chats({','.join(f'{name}(*)' if name in OBJECTS else name for name in names)})",
        EVERYTHING,
    )


def _items(stream: str, chats: list[Row]) -> list[Row]:
    """The rows of one of the lists inside ``chats``."""
    field = next(field for field, inside in LISTS.items() if inside.name == stream)
    return [
        {
            **(item if isinstance(item, dict) else {"other": item}),
            "chat_id": chat.get("id"),
            "position": position,
        }
        for chat in chats
        for position, item in enumerate(chat[field] if isinstance(chat.get(field), list) else ())
    ]


READER = Reader(
    (CHATS, *LISTS.values()), pages, Request(PATH, CHATS.name, {"start_time": 0, "limit": 1})
)
