"""JSON as vendors send it, and as every target can read it."""

from __future__ import annotations

import json
import logging
from functools import cache
from typing import Any

import orjson

LOGGER = logging.getLogger("tap")
INTEGER_LIMIT = 2**63 - 1
"""Integers beyond it are not portable."""
MOST_DIGITS = 309
"""Digits of the greatest number that a double can hold."""
NUL = b"\\u0000"
"""How JSON writes a NUL character."""


def encode(value: Any) -> bytes:
    """``value`` as JSON, made portable."""
    try:
        data = orjson.dumps(value)
    except TypeError:
        return orjson.dumps(portable(value))
    return orjson.dumps(portable(value)) if holds_nul(data) else data


def holds_nul(data: bytes) -> bool:
    """Does the JSON ``data`` seem to hold a NUL character? A single byte is looked for first,
    because it is found much faster.
    """
    return b"\\" in data and NUL in data


def indented(value: Any) -> bytes:
    """The same for people to read."""
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2)
    except TypeError:
        return orjson.dumps(portable(value), option=orjson.OPT_INDENT_2)


def portable(value: Any) -> Any:
    """``value`` without NUL characters, halves of characters and integers over 64 bits."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {portable(key): portable(member) for key, member in value.items()}
    if isinstance(value, list):
        return [portable(member) for member in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**63:
        return str(value)
    return value


def decode(body: bytes, charset: str | None = None) -> Any:
    """The JSON value in ``body``; ValueError if it is cut off or not JSON.

    What orjson refuses and ``json`` accepts (half surrogates, NaN, integers over 64 bits, control
    characters inside strings, text that is not UTF-8) is read by ``json``: NaN, infinities and
    integers beyond doubles become null, and text that is neither UTF-8 nor in ``charset`` is marked
    by U+FFFD. A byte order mark is left out.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        value = json.loads(
            _text(body, charset),
            parse_int=_integer,
            parse_constant=lambda name: None,
            strict=False,
        )
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
    _warn_of_mended_json()
    return value


def _integer(digits: str) -> int | None:
    """An integer, or None for one that is beyond the greatest double."""
    return int(digits) if len(digits) <= MOST_DIGITS else None


@cache
def _warn_of_mended_json() -> None:
    """Warns once in a run, because a vendor that sends such JSON may do so in every reply."""
    LOGGER.warning("a reply held JSON that strict readers refuse (broken text or huge numbers)")


def _text(body: bytes, charset: str | None) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return body.decode(charset or "utf-8", "replace")
    except LookupError:
        return body.decode("utf-8", "replace")
