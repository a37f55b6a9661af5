"""The rules for single values (texts, date-times, numbers, booleans) of another type than declared.

docs/records.md has them as a table.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec

from tap_common import codec, times
from tap_common.codec import INTEGER_LIMIT
from tap_common.drift import Drift

Convert = Callable[[Any], Any]
MOMENT = Annotated[datetime, msgspec.Meta(tz=True)]
"""The date-times that msgspec reads. It reads them alike for both ways of a row."""
_WHOLE = re.compile(r"[+-]?[0-9]{1,400}")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def json_text(value: Any) -> str:
    """The value as JSON."""
    return codec.encode(value).decode()


def any_as_text(path: str, drift: Drift) -> Convert:
    """Makes JSON text of a value that may have any type."""

    def convert(value: Any) -> str:
        drift.off_type.add(path)
        return json_text(value)

    return convert


def _string(path: str, drift: Drift) -> Convert:
    def convert(value: Any) -> str:
        drift.see_mismatch(path, value)
        return json_text(value)

    return convert


def date_time(path: str, drift: Drift) -> Convert:
    """Makes a date-time in RFC 3339 and UTC of what may be one."""

    def convert(value: Any) -> str | None:
        try:
            return times.text(msgspec.convert(value, MOMENT))
        except (msgspec.MsgspecError, ValueError, OverflowError):
            pass
        drift.off_type.add(path)
        moment = times.rfc3339(value)
        if moment is None:
            drift.see_mismatch(path, value)
        return moment

    return convert


def _integer(path: str, drift: Drift) -> Convert:
    def convert(value: Any) -> int | None:
        if type(value) is int and -INTEGER_LIMIT <= value <= INTEGER_LIMIT:
            return value
        if type(value) is float and value.is_integer() and abs(value) <= INTEGER_LIMIT:
            drift.off_type.add(path)
            return int(value)
        drift.see_mismatch(path, value)
        if type(value) is str:
            return _whole(value)
        return int(value) if type(value) is bool else None

    return convert


def _number(path: str, drift: Drift) -> Convert:
    def convert(value: Any) -> float | None:
        if type(value) is float or (type(value) is int and abs(value) <= INTEGER_LIMIT):
            return value
        number = _decimal(str(value)) if type(value) in (str, int) else None
        if number is not None:
            drift.off_type.add(path)
            return number
        drift.see_mismatch(path, value)
        return int(value) if type(value) is bool else None

    return convert


def _whole(text: str) -> int | None:
    """The whole number of at most 64 bits that ``text`` says, or None."""
    if not _WHOLE.fullmatch(text):
        return None
    number = int(text)
    return number if abs(number) <= INTEGER_LIMIT else None


def _decimal(text: str) -> float | None:
    """The number that ``text`` says, a whole one of 64 bits to the last digit, or None."""
    whole = _whole(text)
    if whole is not None:
        return whole
    number = float(text) if _DECIMAL.fullmatch(text) else math.nan
    return number if math.isfinite(number) else None


def _boolean(path: str, drift: Drift) -> Convert:
    def convert(value: Any) -> bool | None:
        drift.off_type.add(path)
        if type(value) in (int, float) and value in (0, 1):
            return bool(value)
        if type(value) is str and value.lower() in _BOOLEANS:
            return _BOOLEANS[value.lower()]
        if value != "":
            drift.see_mismatch(path, value)
        return None

    return convert


SCALARS: Mapping[str, tuple[type | None, Callable[[str, Drift], Convert]]] = {
    "string": (str, _string),
    "integer": (None, _integer),
    "number": (None, _number),
    "boolean": (bool, _boolean),
}
"""For each type: the Python type whose values pass as they are, and what makes the function that
converts other values at a path."""
