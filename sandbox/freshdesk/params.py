"""Query parameters: their types, and the 400 for what doesn't fit (sheet sections 1, 2 and 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sandbox import times
from sandbox.freshdesk.errors import invalid, unknown_parameter

PAGING = ("page", "per_page")
DEFAULT_PER_PAGE, MAX_PER_PAGE = 30, 100

Args = dict[str, Any]


def _positive(field: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise invalid(field, "It should be a Positive Integer", "datatype_mismatch")
    return int(text)


def _per_page(field: str, text: str) -> int:
    number = _positive(field, text)
    if number > MAX_PER_PAGE:
        raise invalid(
            field,
            f"It should be a Positive Integer less than or equal to {MAX_PER_PAGE}",
            "invalid_value",
        )
    return number


def _moment(field: str, text: str) -> int:
    try:
        return times.parse(text)
    except ValueError:
        raise invalid(
            field, "It should be a date-time in the ISO 8601 format", "invalid_date"
        ) from None


def _text(field: str, text: str) -> str:
    return text


def _one_of(*choices: str) -> Callable[[str, str], str]:
    def check(field: str, text: str) -> str:
        check_choice(field, [text], choices)
        return text

    return check


def check_choice(field: str, given: Iterable[str], choices: tuple[str, ...]) -> None:
    """Refusal for a value that the parameter doesn't have."""
    if not set(given) <= set(choices):
        raise invalid(
            field, f"It should be one of these values: '{','.join(choices)}'", "invalid_value"
        )


def _list(field: str, text: str) -> list[str]:
    return list(dict.fromkeys(item for item in text.split(",") if item))


_READERS: dict[str, Callable[[str, str], Any]] = {
    "page": _positive,
    "per_page": _per_page,
    "updated_since": _moment,
    "_updated_since": _moment,
    "created_since": _moment,
    "executed_after": _moment,
    "executed_before": _moment,
    "order_by": _one_of("created_at", "due_by", "updated_at", "status"),
    "order_type": _one_of("asc", "desc"),
    "filter": _one_of("new_and_my_open", "watching", "spam", "deleted"),
    "state": _text,
    "contact_type": _one_of("contact", "visitor"),
    "billable": _one_of("true", "false"),
    "include": _list,
    "requester_id": _positive,
    "company_id": _positive,
    "agent_id": _positive,
    "user_id": _positive,
    "email": _text,
    "mobile": _text,
    "phone": _text,
    "unique_external_id": _text,
}


def read(
    query: Iterable[tuple[str, str]],
    allowed: tuple[str, ...],
    choices: Mapping[str, tuple[str, ...]],
) -> Args:
    """The parameters by name, the last one winning; Refusal for one that is unknown or of the wrong type."""
    args: Args = {}
    for name, text in query:
        if name not in allowed:
            raise unknown_parameter(name)
        args[name] = _READERS[name](name, text)
        if name in choices:
            check_choice(name, _list(name, text), choices[name])
    return args
