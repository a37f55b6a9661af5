"""Search: as much of Lucene's language as people send to find chats by kind, time and field (sheet 2.1).

Conditions joined by AND: ``field:word``, ``field:"some words"``, ``field:[from TO until]`` for times, each with NOT before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.times import parse
from sandbox.zendesk_chat.chats import Chats, Kind
from sandbox.zendesk_chat.errors import bad_request
from sandbox.zendesk_chat.views import ChatViews

Test = Callable[[int], bool]

_CLAUSE = re.compile(
    r"""\s*(?P<join>AND\s+)?(?P<no>NOT\s+|-)?(?P<field>\w+):
    (?:\[(?P<low>\S+)\s+TO\s+(?P<high>\S+)\]|"(?P<phrase>[^"]*)"|(?P<word>[^\s"\[]+))""",
    re.VERBOSE,
)


class Search:
    """Finds the numbers of listed chats."""

    def __init__(self, chats: Chats, views: ChatViews) -> None:
        self._chats = chats
        self._views = views

    def find(self, query: str) -> list[int]:
        """The hits, newest first; 400 for what can't be understood."""
        tests = list(self._tests(query))
        number = self._chats.number
        numbers = (number[chat] for _, chat in reversed(self._chats.visible.keys))
        return [number for number in numbers if all(test(number) for test in tests)]

    def _tests(self, query: str) -> Iterator[Test]:
        place = 0
        while place < len(query.rstrip()):
            clause = _CLAUSE.match(query, place)
            if not clause or (place == 0) == bool(clause["join"]):
                raise bad_request("Invalid search query")
            place = clause.end()
            test = self._test(clause)
            yield _negated(test) if clause["no"] else test
        if not place:
            raise bad_request("Missing search query")

    def _test(self, clause: re.Match[str]) -> Test:
        field = clause["field"]
        times = {"timestamp": self._chats.created, "end_timestamp": self._chats.ended}
        if clause["low"]:
            if field not in times:
                raise bad_request(f"Cannot search a range of {field}")
            low, high, values = (
                _moment(clause["low"], 0),
                _moment(clause["high"], 1 << 40),
                times[field],
            )
            ends_only, kinds = (
                field == "end_timestamp",
                self._chats.kind,
            )  # offline messages have no end
            return lambda number: (
                low <= values[number] <= high and not (ends_only and kinds[number] == Kind.OFFLINE)
            )
        wanted = clause["phrase"] if clause["phrase"] is not None else clause["word"]
        if field == "type":
            kind = {"chat": Kind.CHAT, "offline_msg": Kind.OFFLINE}.get(wanted)
            return lambda number: self._chats.kind[number] == kind
        return lambda number: _matches(self._value(number, field), wanted.lower())

    def _value(self, number: int, field: str) -> Any:
        """A field by its name, or by that of the object it is in: visitor_email."""
        row = self._views.plain(number)
        outer, _, inner = field.partition("_")
        return (
            row[outer].get(inner)
            if field not in row and isinstance(row.get(outer), dict)
            else row.get(field)
        )


def _negated(test: Test) -> Test:
    return lambda number: not test(number)


def _moment(text: str, default: int) -> int:
    """A time in UTC, with Z or without; one with an offset is refused (SINGER PR 54)."""
    if text == "*":
        return default
    try:
        if "T" in text and re.search(r"[+-]\d\d:?\d\d$", text):
            raise ValueError(text)
        return parse(text)
    except ValueError:
        raise bad_request(f"Cannot read the time {text}") from None


def _matches(value: Any, wanted: str) -> bool:
    if isinstance(value, list):
        return any(_matches(item, wanted) for item in value)
    if wanted == "*":
        return value is not None
    return value is not None and str(value).lower() == wanted
