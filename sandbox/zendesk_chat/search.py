"""Search: as much of Lucene's language as clients send to find chats by kind and time.

Conditions are joined by AND: ``type:chat``, ``end_timestamp:[from TO until]``.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sandbox.table import Row
from sandbox.times import parse, stamp
from sandbox.zendesk_chat.chats import Chats
from sandbox.zendesk_chat.errors import refuse

Test = Callable[[Row], bool]

_TYPE = re.compile(r"type:(\w+)")
_RANGE = re.compile(r"(timestamp|end_timestamp):\[(\S+)\s+TO\s+(\S+)\]")
_OFFSET = re.compile(r"T.*[+-]\d\d:?\d\d$")


def find(chats: Chats, query: str) -> list[Row]:
    """Return the listed chats that a query names, newest first. Refuses what makes no sense."""
    tests = [_test(condition) for condition in re.split(r"\s+AND\s+", query.strip())]
    rows = (chats.rows[chat] for _, chat in reversed(chats.visible.keys))
    return [row for row in rows if _passes(row, tests)]


def _passes(row: Row, tests: list[Test]) -> bool:
    return all(test(row) for test in tests)


def _test(condition: str) -> Test:
    """Return the test of a condition. A range includes its ends; offline messages have no
    end_timestamp.
    """
    if kind := _TYPE.fullmatch(condition):
        return lambda row: row["type"] == kind[1]
    between = _RANGE.fullmatch(condition)
    if not between:
        raise refuse("Invalid search query")
    low, high = _moment(between[2], "0"), _moment(between[3], "9")
    return lambda row: low <= row.get(between[1], "") <= high


def _moment(text: str, default: str) -> str:
    """Return a time in UTC, with Z or without. Refuses one with an offset [SINGER PR 54]."""
    if text == "*":
        return default
    try:
        if _OFFSET.search(text):
            raise ValueError(text)
        return stamp(parse(text))
    except ValueError:
        raise refuse(f"Cannot read the time {text}") from None
