"""Query parameters: their types, and the 400 for what doesn't fit (DOCS)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sandbox import times
from sandbox.errors import Refusal
from sandbox.table import Row
from sandbox.template import load

DEFAULT_PER_PAGE, MAX_PER_PAGE = 30, 100

Args = dict[str, Any]


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ValueError(text)
    return int(text)


def _list(text: str) -> list[str]:
    return list(dict.fromkeys(item for item in text.split(",") if item))


_READERS: dict[str, Callable[[str], Any]] = {
    "number": _number,
    "time": times.parse,
    "list": _list,
    "text": str,
}
_COMPLAINTS = {
    "number": ("It should be a Positive Integer", "datatype_mismatch"),
    "time": ("It should be a date-time in the ISO 8601 format", "invalid_date"),
}
_KINDS: dict[str, str] = load(__file__, "routes")["parameters"]
"""The kinds of parameters by name. All others are texts."""


def invalid(field: str, message: str, code: str = "invalid_value") -> Refusal:
    """Returns the 400 about one parameter (DOCS)."""
    return Refusal("invalid", field=field, message=message, code=code)


def own(spec: Row) -> tuple[str, ...]:
    """Returns the parameters that an endpoint's entry has."""
    is_paged = spec.get("paged", "one_of" not in spec)
    return (*(("page", "per_page") if is_paged else ()), *spec.get("params", ()))


def read(
    query: Iterable[tuple[str, str]], allowed: tuple[str, ...], choices: Mapping[str, list[str]]
) -> Args:
    """Returns the parameters, the last of a name. Refuses unknown ones and those of wrong types."""
    args: Args = {}
    for name, text in query:
        if name not in allowed:
            raise invalid(name, "Unexpected/invalid field in request", "invalid_field")
        args[name] = _read(name, text, choices.get(name))
    return args


def _read(name: str, text: str, choices: list[str] | None) -> Any:
    kind = _KINDS.get(name, "text")
    try:
        value = _READERS[kind](text)
    except ValueError:
        raise invalid(name, *_COMPLAINTS[kind]) from None
    if name in ("per_page", "page_size") and value > MAX_PER_PAGE:
        most = f"less than or equal to {MAX_PER_PAGE}"
        raise invalid(name, f"It should be a Positive Integer {most}")
    given = value if isinstance(value, list) else [value]
    if choices and not set(given) <= set(choices):
        raise invalid(name, f"It should be one of these values: '{','.join(choices)}'")
    return value
