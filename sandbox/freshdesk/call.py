"""One request on its way through an endpoint: its parameters, and what a reader is given (DOCS)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.changes import Churn
from sandbox.errors import Refusal
from sandbox.freshdesk.account import Account
from sandbox.freshdesk.changes import Changes
from sandbox.freshdesk.options import Options
from sandbox.table import Row
from sandbox.template import load
from sandbox.times import parse

DEFAULT_PER_PAGE, MAX_PER_PAGE = 30, 100

Args = dict[str, Any]
"""Parameters by name, read as what they are."""


@dataclass
class Call:
    """A request that passed all checks: its endpoint's entry, ids and args, and its number."""

    spec: Row
    account: Account
    changes: Changes
    options: Options
    churn: Churn
    serial: int
    ids: list[int]
    args: Args
    names: tuple[str, ...] = ()
    """Those under which the rows of its list are remembered."""

    @property
    def credits(self) -> int:
        """What the request costs (DOCS)."""
        return 1 + int(self.spec.get("include_cost", 0)) * len(self.args.get("include", ()))

    def disturb(self, name: str, every: int, change: Callable[[Any], object]) -> None:
        """Before every so-many-th call of a list (0: never) change one of its delivered rows."""
        if (key := self.churn.due(name, every)) is not None:
            change(key)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ValueError(text)
    return int(text)


_READERS: dict[str, Callable[[str], Any]] = {
    "number": _number,
    "time": parse,
    "list": lambda text: list(dict.fromkeys(filter(None, text.split(",")))),
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


def parameters_of(spec: Row) -> tuple[str, ...]:
    """Returns the names of the parameters that an endpoint's entry has."""
    is_paged = spec.get("paged", "one_of" not in spec)
    return (*(("page", "per_page") if is_paged else ()), *spec.get("params", ()))


def read_args(
    query: Iterable[tuple[str, str]], allowed: tuple[str, ...], choices: Mapping[str, list[str]]
) -> Args:
    """Returns the parameters, the last of a name. Refuses unknown ones and those of wrong types."""
    args: Args = {}
    for name, text in query:
        if name not in allowed:
            raise invalid(name, "Unexpected/invalid field in request", "invalid_field")
        args[name] = _read_arg(name, text, choices.get(name))
    return args


def _read_arg(name: str, text: str, choices: list[str] | None) -> Any:
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
