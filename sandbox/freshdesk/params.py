"""Query parameters: their types, and the 400 for what doesn't fit (sheet sections 1, 2 and 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
        raise invalid(field, f"It should be a Positive Integer less than or equal to {MAX_PER_PAGE}", "invalid_value")
    return number


def _moment(field: str, text: str) -> int:
    try:
        return times.parse(text)
    except ValueError:
        raise invalid(field, "It should be a date-time in the ISO 8601 format", "invalid_date") from None


def _text(field: str, text: str) -> str:
    return text


def _one_of(*choices: str) -> Callable[[str, str], str]:
    def check(field: str, text: str) -> str:
        if text not in choices:
            raise invalid(field, f"It should be one of these values: '{','.join(choices)}'", "invalid_value")
        return text

    return check


def _some_of(*choices: str) -> Callable[[str, str], list[str]]:
    check_one = _one_of(*choices)
    return lambda field, text: list(dict.fromkeys(check_one(field, item) for item in text.split(",") if item))


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
    "state": _one_of("verified", "unverified", "blocked", "deleted", "fulltime", "occasional", "active"),
    "contact_type": _one_of("contact", "visitor"),
    "billable": _one_of("true", "false"),
    "include": _some_of("stats", "requester", "description", "company", "conversations", "sla_policy"),
    "requester_id": _positive,
    "company_id": _positive,
    "agent_id": _positive,
    "user_id": _positive,
    "email": _text,
    "mobile": _text,
    "phone": _text,
    "unique_external_id": _text,
}


def read(query: Iterable[tuple[str, str]], allowed: Iterable[str]) -> Args:
    """The parameters by name, the last one winning; Refusal for one that is unknown or of the wrong type."""
    args: Args = {}
    for name, text in query:
        if name not in allowed:
            raise unknown_parameter(name)
        args[name] = _READERS[name](name, text)
    return args
