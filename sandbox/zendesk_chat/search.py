"""Search: as much of Lucene's language as clients send to find chats by kind, time and field.

Conditions are joined by AND: ``field:word``, ``field:"some words"``, ``field:[from TO until]`` for
times, each with NOT before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sandbox.table import Row
from sandbox.times import parse, stamp
from sandbox.zendesk_chat.chats import Chats
from sandbox.zendesk_chat.errors import refuse

Test = Callable[[Row], bool]

_JOIN = re.compile(r'\s+AND\s+(?=(?:[^"]*"[^"]*")*[^"]*$)')
_CLAUSE = re.compile(
    r"(?P<no>NOT\s+|-)?(?P<field>\w+):"
    r'(?:\[(?P<low>\S+)\s+TO\s+(?P<high>\S+)\]|"(?P<phrase>[^"]*)"|(?P<word>[^\s"\[]+))'
)
_TIMES = ("timestamp", "end_timestamp")
_OFFSET = re.compile(r"T.*[+-]\d\d:?\d\d$")


def find(chats: Chats, query: str) -> list[Row]:
    """Return the listed chats that a query names, newest first. Refuses what makes no sense."""
    tests = [_test(condition) for condition in _JOIN.split(query.strip())]
    rows = (chats.rows[chat] for _, chat in reversed(chats.visible.keys))
    return [row for row in rows if _passes(row, tests)]


def _passes(row: Row, tests: list[Test]) -> bool:
    return all(test(row) for test in tests)


def _test(condition: str) -> Test:
    clause = _CLAUSE.fullmatch(condition)
    if not clause:
        raise refuse(400, "Invalid search query")
    test = _range(clause) if clause["low"] else _equals(clause)
    return (lambda row: not test(row)) if clause["no"] else test


def _range(clause: re.Match[str]) -> Test:
    """Return the test of a range, ends included. Offline messages have no end_timestamp."""
    field = clause["field"]
    if field not in _TIMES:
        raise refuse(400, f"Cannot search a range of {field}")
    low, high = _moment(clause["low"], "0"), _moment(clause["high"], "9")
    return lambda row: low <= row.get(field, "") <= high


def _moment(text: str, default: str) -> str:
    """Return a time in UTC, with Z or without. Refuses one with an offset [SINGER PR 54]."""
    if text == "*":
        return default
    try:
        if _OFFSET.search(text):
            raise ValueError(text)
        return stamp(parse(text))
    except ValueError:
        raise refuse(400, f"Cannot read the time {text}") from None


def _equals(clause: re.Match[str]) -> Test:
    """Return the test of a field, by its name or by that of its object: visitor_email."""
    field, word = clause["field"], clause["word"]
    wanted = (clause["phrase"] if word is None else word).lower()
    outer, _, inner = field.partition("_")

    def test(row: Row) -> bool:
        if field not in row and isinstance(row.get(outer), dict):
            return _matches(row[outer].get(inner), wanted)
        return _matches(row.get(field), wanted)

    return test


def _matches(value: Any, wanted: str) -> bool:
    if isinstance(value, list):
        return any(_matches(item, wanted) for item in value)
    return value is not None and wanted in ("*", str(value).lower())
