"""JSON files that a person hands over. One line says what is wrong with a bad file, and where."""

from __future__ import annotations

import codecs
import json
import logging
import math
import os
import select
import stat
import time
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Any, NoReturn

import orjson

from tap_common.errors import UsageError

LOGGER = logging.getLogger("tap")
LARGEST_FILE = 32 * 1024 * 1024
"""In bytes. The largest real catalogs and states have a few megabytes."""

DEEPEST_LEVEL = 100
"""Objects and arrays inside each other. Encoders refuse JSON that is nested 254 levels deep."""

PIPE_SECONDS = 30.0
"""How long a pipe (``/dev/stdin``, ``<(command)``, a FIFO) may take to deliver its content."""

_INTEGERS = range(-(2**63), 2**64)
_MOST_DIGITS = len(str(-(2**63)))
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class _Fault(Exception):
    """The file's content can't be used; the text follows the file's name in a sentence."""


def read_json(kind: str, name: str, advice: str = "", *, pipe_seconds: float = PIPE_SECONDS) -> Any:
    """The JSON value in the file, or from the pipe, ``name``.

    UsageError if there is none. Its line begins with ``kind`` and ends with ``advice``.
    A value that is returned has no NaN, no infinity, no lone surrogate, no integer of more than 64
    bits and at most 100 levels, so it can be encoded again.
    """
    try:
        content = _content(name, time.monotonic() + pipe_seconds)
        value = _parsed(kind, name, _text(content))
        _check(value)
    except OSError as error:
        raise UsageError(f"{kind}: can't read {name}: {error.strerror}") from None
    except _Fault as fault:
        ending = f"; {advice}" if advice else ""
        raise UsageError(f"{kind}: {name} {fault}{ending}") from None
    return value


def read_object(kind: str, name: str) -> dict[str, Any]:
    """The JSON object in the file ``name``.

    UsageError if there is none. Its line begins with ``kind``.
    """
    content = read_json(kind, name)
    if not isinstance(content, dict):
        raise UsageError(f"{kind}: {name} must hold a JSON object")
    return content


def _content(name: str, deadline: float) -> bytes:
    """All bytes of ``name``. Opening never waits: a FIFO without a writer must not hang the tap."""
    descriptor = os.open(name, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        kind = os.fstat(descriptor).st_mode
        if stat.S_ISREG(kind):
            return _pieces(descriptor, None)
        if stat.S_ISFIFO(kind):
            return _pieces(descriptor, deadline)
        raise _Fault("is a directory" if stat.S_ISDIR(kind) else "is neither a file nor a pipe")
    finally:
        os.close(descriptor)


def _pieces(descriptor: int, deadline: float | None) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while size <= LARGEST_FILE:
        if deadline is not None:
            _await(descriptor, deadline)
        piece = os.read(descriptor, LARGEST_FILE)
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
        size += len(piece)
    raise _Fault(f"is larger than {LARGEST_FILE // 2**20} MB")


def _await(pipe: int, deadline: float) -> None:
    ready, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
    if not ready:
        raise _Fault("is a pipe into which nobody writes, or whose writer takes too long")


def _text(content: bytes) -> str:
    if content.startswith(_UTF16):
        raise _Fault("is UTF-16 text; save it as UTF-8")
    if not content.strip():
        raise _Fault("is empty")
    if b"\0" in content:
        raise _Fault("has NUL bytes in it, so it is no JSON text")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _Fault("is not UTF-8 text; save it as UTF-8") from None


def _parsed(kind: str, name: str, text: str) -> Any:
    repeated: set[str] = set()

    def members(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            counts = Counter(key for key, _ in pairs)
            repeated.update(key for key, count in counts.items() if count > 1)
        return found

    try:
        value = json.loads(
            text,
            object_pairs_hook=members,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_refuse,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        if error.msg == "Extra data":
            raise UsageError(
                f"{kind}: {name} holds several JSON values (the second begins at {where}); take the"
                f" last line, for example: tail -n 1 {name} > last.json"
            ) from None
        what = f"{error.msg.removesuffix(' at')} at {where}{_hint(text, error.pos)}"
        raise _Fault(f"is torn or not JSON ({what})") from None
    except RecursionError:
        raise _Fault(_TOO_DEEP) from None
    for key in sorted(repeated):
        LOGGER.warning(
            "%s: %s has the key %r twice in one object; the last counts", kind, name, key
        )
    return value


def _hint(text: str, position: int) -> str:
    """What a person who wrote the file by hand should change at ``position``, if that is plain."""
    before, found = text[:position].rstrip(), text[position : position + 1] or " "
    if found in _OTHER_QUOTES or unicodedata.category(found) in ("Pi", "Pf"):
        return '; use the quote " there'
    if found in "/#":
        return "; JSON has no comments"
    if found in "}]" and before.endswith(","):
        return "; remove the comma before it"
    return ""


_OTHER_QUOTES = "'`\u201a\u201e"
_TOO_DEEP = f"is nested more than {DEEPEST_LEVEL} levels deep"


def _integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS or int(digits) not in _INTEGERS:
        raise _Fault("has an integer of more than 64 bits in it")
    return int(digits)


def _refuse(constant: str) -> NoReturn:
    raise _Fault(f"has {constant} in it, which is no JSON")


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise _Fault("has a number in it that is too large")
    return number


def _check(value: Any) -> None:
    """_Fault if ``value`` is nested too deeply or holds what can't be encoded."""
    level = _members([value])
    for _ in range(DEEPEST_LEVEL):
        level = [member for item in level for member in _members(item)]
    if level:
        raise _Fault(_TOO_DEEP)
    try:
        orjson.dumps(value)
    except TypeError:
        raise _Fault("has half a character (a lone surrogate) in it") from None


def _members(item: Any) -> list[Any]:
    """The objects and arrays inside an object or array."""
    members = item.values() if isinstance(item, dict) else item
    return [member for member in members if isinstance(member, dict | list)]
