"""Chats by the time of their change, and what is inside them as streams of its own.

The streams inside chats cost no request.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from tap_common import times
from tap_common.context import ReadContext, Reader
from tap_common.stream import Page, Row, Stream, date_times
from tap_common.vendor import LazyRows, Request
from tap_common.watermark import Watermark
from tap_zendesk_chat.export import Export
from tap_zendesk_chat.export_pages import LONGEST, export_pages

LOGGER = logging.getLogger("tap")
PATH = "incremental/chats"
CHANGED = "update_timestamp"
HISTORY_TEXTS = ("msg_id", "agent_id", "department_id", "prev_department_id")

CHATS = Stream(
    "zopim_chats",
    PATH,
    method="INCREMENTAL",
    replication_key=CHANGED,
    bookmark_keys=(CHANGED, LONGEST),
    bookmark_check=date_times(CHANGED),
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
        bookmark_keys=(CHANGED, LONGEST),
        bookmark_check=date_times(CHANGED),
        text_fields=frozenset(text_fields),
        note="inside the chats, all of each changed chat",
    )


INSIDE = {
    "history": _inside("chat_history", "position", HISTORY_TEXTS),
    "engagements": _inside("chat_engagements", "id"),
    "webpath": _inside("chat_webpath", "position", ("other",)),
    "conversions": _inside("chat_conversions", "id"),
}
"""The lists inside a chat and their streams."""
FIELD_OF = {stream.name: field for field, stream in INSIDE.items()}

EVERYTHING = "chats(*)"
"""Without ``fields`` a chat is only its id ("Resource expansion")."""
OBJECTS = {"visitor", "session", "count", "response_time", *INSIDE}
"""Fields that must be expanded in their turn."""
SILENCE = timedelta(days=30)
"""After that long without a change, the account may have moved to messaging."""
FEW = 12
"""Up to so many fields are asked for by name: to name most of them saves nothing."""


def pages(context: ReadContext) -> Iterator[Page]:
    """Chats in the order of their change, each page with what is inside just its chats.

    The bookmark has no id beside the time: a chat that changes in a second that was read already
    comes before or after the others of that second, as its id has it. Which rows are new is the
    export's to say: a row's own time need not be the one that puts it in order.
    """
    begins = {name: context.read_from(name, CHANGED) for name in context.streams}
    watermarks = {
        name: Watermark(times.second(context.bookmarks[name].get(CHANGED)) or None)
        for name in begins
    }
    counted_for = next(iter(context.streams))
    undecoded = LazyRows("chats", frozenset({"id", CHANGED}))
    export = Export(CHATS, "chats", CHANGED, _fields(context), rows=undecoded)
    first = min(begins.values())
    newest = ""
    for page in export_pages(context, counted_for, export, first):
        if not page.rows:
            continue
        moments = [times.second(row.get(CHANGED)) for row in page.rows]
        newest = max([newest, *moments])
        began, end = times.second_of(page.began), times.second_of(page.end)
        rows: dict[str, Iterable[Row]] = {}
        for name, begin in begins.items():
            is_for_it = begin <= max(first, page.end)
            rows[name] = _rows(name, page.rows if is_for_it else [])
            seen = [min(moment, end) for moment in moments if is_for_it]
            watermarks[name] = watermarks[name].at_clock(began).seen(seen)
        values = {name: watermark.value for name, watermark in watermarks.items()}
        bookmarks = {
            name: {CHANGED: value, LONGEST: page.longest} for name, value in values.items() if value
        }
        yield Page(rows, bookmarks)
    _note_silence(context, max(newest, times.second_of(first)))


def _note_silence(context: ReadContext, last_change: str) -> None:
    """Tells a person where else to look if no chat has changed since long ago.

    Sources: support.zendesk.com, articles 6248899281946 and 4408834919834.
    """
    if times.parse(last_change) < context.api.vendor_now() - SILENCE:
        LOGGER.info(
            "%s: no chat has changed since %s. If the account has moved to messaging, its new "
            "conversations are not chats: select conversation_log of tap-zendesk-support",
            PATH,
            last_change,
        )


def _fields(context: ReadContext) -> tuple[str, ...]:
    """What to ask for: the selected fields if they are few, and all if that is refused."""
    wanted = {FIELD_OF[name] for name in context.streams if name in FIELD_OF}
    wanted |= context.fields.get(CHATS.name, frozenset())
    keeps_unknown = context.config["unknown_fields"] != "ignore" and context.selects(CHATS.name)
    if len(wanted) > FEW or keeps_unknown:
        return (EVERYTHING,)
    names = sorted(wanted | {"id", CHANGED})
    expanded = [f"{name}(*)" if name in OBJECTS else name for name in names]
    return (f"chats({','.join(expanded)})", EVERYTHING)


def _rows(stream: str, chats: Sequence[Row]) -> Iterable[Row]:
    """The rows of one of the streams that come with these chats."""
    if stream == CHATS.name:
        return chats
    return (row for chat in chats for row in _items(chat, FIELD_OF[stream]))


def _items(chat: Row, field: str) -> Iterator[Row]:
    """The items of a list inside a chat, each with its place in the list.

    What stands there instead of a list is its only item, unless it is empty. An item that is no
    object is in the field ``other``.
    """
    found = chat.get(field) or []
    for position, item in enumerate(found if isinstance(found, list) else [found]):
        own = item if isinstance(item, dict) else {"other": item}
        yield {**own, "chat_id": chat.get("id"), "position": position}


READER = Reader(
    (CHATS, *INSIDE.values()), pages, Request(PATH, CHATS.name, {"start_time": 0, "limit": 1})
)
