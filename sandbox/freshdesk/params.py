"""Query parameters: their types, and the 400 for what doesn't fit (DOCS)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sandbox import times
from sandbox.freshdesk.data import load
from sandbox.freshdesk.errors import invalid, unknown_parameter

PAGING = ("page", "per_page")
DEFAULT_PER_PAGE, MAX_PER_PAGE = 30, 100

Args = dict[str, Any]


def _number(field: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise invalid(field, "It should be a Positive Integer", "datatype_mismatch")
    return int(text)


def _size(field: str, text: str) -> int:
    number = _number(field, text)
    if number > MAX_PER_PAGE:
        message = f"It should be a Positive Integer less than or equal to {MAX_PER_PAGE}"
        raise invalid(field, message, "invalid_value")
    return number


def _time(field: str, text: str) -> int:
    try:
        return times.parse(text)
    except ValueError:
        message = "It should be a date-time in the ISO 8601 format"
        raise invalid(field, message, "invalid_date") from None


def _text(field: str, text: str) -> str:
    return text


def _boolean(field: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise invalid(field, "It should be one of these values: 'true,false'", "invalid_value")
    return text == "true"


def _list(field: str, text: str) -> list[str]:
    return list(dict.fromkeys(item for item in text.split(",") if item))


_READERS: dict[str, Callable[[str, str], Any]] = {
    "number": _number,
    "size": _size,
    "time": _time,
    "text": _text,
    "list": _list,
    "boolean": _boolean,
}
_KINDS: dict[str, str | list[str]] = load("routes")["parameters"]


def read(
    query: Iterable[tuple[str, str]], allowed: tuple[str, ...], choices: Mapping[str, list[str]]
) -> Args:
    """Return the parameters by name, the last one winning.

    Refusal for one that is unknown or of the wrong type.
    """
    args: Args = {}
    for name, text in query:
        if name not in allowed:
            raise unknown_parameter(name)
        args[name] = _read(name, text, choices.get(name))
    return args


def _read(name: str, text: str, choices: list[str] | None) -> Any:
    kind = _KINDS[name]
    if isinstance(kind, list):
        choices = kind
    value = _text(name, text) if isinstance(kind, list) else _READERS[kind](name, text)
    given = value if isinstance(value, list) else [value]
    if choices and not set(given) <= set(choices):
        message = f"It should be one of these values: '{','.join(choices)}'"
        raise invalid(name, message, "invalid_value")
    return value
