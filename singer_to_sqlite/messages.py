"""One line of input as a message, without loss.

Numbers that orjson would round and texts that it refuses are kept, too.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

import msgspec
import orjson

from singer_to_sqlite.errors import BadLineError

INT64 = range(-(2**63), 2**63)
_ZEROS_FOR_DIGITS = bytes.maketrans(b"0123456789", b"0" * 10)
_SHORTEST_BEYOND_INT64 = b"0" * len(str(2**63))
_LONGEST_INT = 1000
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


class _Fields(msgspec.Struct, gc=False):
    record: dict[str, msgspec.Raw]


_AS_WRITTEN = msgspec.json.Decoder(_Fields)


class Parser:
    """Turns lines into messages.

    ``replaced`` counts the texts in which half a character became U+FFFD.
    """

    def __init__(self) -> None:
        self.replaced = 0

    def parse(self, line: bytes) -> dict[str, Any]:
        """The JSON object that ``line`` holds. Raises BadLineError if it holds none.

        The values of a RECORD can all be bound to SQLite or written as JSON. An integer beyond 64
        bits becomes a text of its digits. A number that a double can't hold becomes its text. Half
        a character (a lone surrogate) becomes U+FFFD. Objects and arrays are JSON text.
        """
        message = self._parsed(line)
        record = message.get("record")
        if isinstance(record, dict):
            _write_nested(record, line)
        return message

    def _parsed(self, line: bytes) -> dict[str, Any]:
        if _has_long_number(line):
            return self._parse_exactly(line)
        try:
            message = orjson.loads(line)
        except orjson.JSONDecodeError:
            return self._parse_exactly(line)
        return _as_object(message)

    def _parse_exactly(self, line: bytes) -> dict[str, Any]:
        try:
            text = line.decode()
            message = _as_object(_exactly(text))
        except UnicodeDecodeError:
            raise BadLineError("not UTF-8") from None
        except json.JSONDecodeError as error:
            torn = not text.endswith("\n")
            cause = (
                "the input ends within the line"
                if torn
                else f"{error.msg} at character {error.pos + 1}"
            )
            raise BadLineError(f"not JSON: {cause}") from None
        except RecursionError:
            raise BadLineError("not loadable: nested too deeply") from None
        if isinstance(record := message.get("record"), dict):
            message["record"] = {name: self._bindable(value) for name, value in record.items()}
        return message

    def _bindable(self, value: object) -> object:
        if type(value) is int and value not in INT64:
            return str(value)
        if type(value) is str and _HALF_CHARACTER.search(value):
            self.replaced += 1
            return _HALF_CHARACTER.sub("\ufffd", value)
        return value


def stored_text(text: str) -> str | None:
    """What a TEXT column holds for the JSON ``text``: a string's characters, or compact JSON.

    Raises BadLineError if it is nested too deeply.
    """
    if text == "null":
        return None
    if text[0] in "{[" and "\\u" not in text and (" " not in text or _is_compact(text)):
        return text
    exactly = _has_long_number(text.encode())
    value = _exactly(text) if exactly else orjson.loads(text)
    return value if value is None or isinstance(value, str) else json_text(value)


def _is_compact(text: str) -> bool:
    return ", " not in text and '": ' not in text


def json_text(value: object) -> str:
    """``value`` as compact JSON; half characters and integers of any size are kept.

    Raises BadLineError if it is nested too deeply.
    """
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        pass
    try:
        return json.dumps(value, separators=(",", ":"))
    except RecursionError:
        raise BadLineError("not loadable: nested too deeply") from None


def _write_nested(record: dict[str, Any], line: bytes) -> None:
    """Puts JSON text in place of each object and array in the ``record`` of ``line``."""
    nested = [name for name, value in record.items() if isinstance(value, dict | list)]
    if not nested:
        return
    try:
        written = _AS_WRITTEN.decode(line).record
        record.update({name: stored_text(str(written[name], "utf-8")) for name in nested})
    except (msgspec.DecodeError, RecursionError):  # half a character, for example
        record.update({name: json_text(record[name]) for name in nested})


def _has_long_number(line: bytes) -> bool:
    return _SHORTEST_BEYOND_INT64 in line.translate(_ZEROS_FOR_DIGITS)


def _exactly(text: str) -> Any:
    return json.loads(
        text, parse_constant=_refuse, parse_float=_finite_or_text, parse_int=_int_or_text
    )


def _as_object(message: object) -> dict[str, Any]:
    if not isinstance(message, dict):
        raise BadLineError("not a JSON object")
    return message


def _refuse(constant: str) -> NoReturn:
    raise BadLineError(f"not JSON: {constant} is no JSON value")


def _finite_or_text(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits


def _int_or_text(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONGEST_INT else digits
