"""Shaping: a schema compiled once into one function that turns an API row into the record that the schema promises.

docs/records.md has the rules for a value that does not fit its declared type.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any

from tap_common import codec, times
from tap_common.errors import StrictnessError
from tap_common.stream import Row, Schema

Convert = Callable[[Any], Any]
Rule = tuple[type | None, Convert]
"""The type that passes as it is, as null does (None: every value is looked at), and the function for all else."""

INTEGER_LIMIT = 2**63 - 1
_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_PYTHON_TYPES = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "object": dict,
    "array": list,
}


class Drift:
    """What the schema did not foresee: ``unknown`` fields and ``mismatched`` values, counted by dotted path.

    With ``fail_unknown`` or ``fail_mismatched`` the first case raises StrictnessError. ``text_fields`` are the paths of string
    fields in which other types are no mismatch.
    """

    def __init__(self, *, fail_unknown: bool = False, fail_mismatched: bool = False) -> None:
        self.unknown: Counter[str] = Counter()
        self.mismatched: Counter[str] = Counter()
        self.text_fields: Collection[str] = ()
        self._fail_unknown, self._fail_mismatched = fail_unknown, fail_mismatched

    def see_unknown(self, path: str) -> None:
        """A field that the schema does not know."""
        if self._fail_unknown:
            raise StrictnessError(
                f"the schema does not know the field {path} (unknown_fields is 'fail')"
            )
        self.unknown[path] += 1

    def see_mismatch(self, path: str, value: Any) -> None:
        """A value that does not fit its declared type."""
        if self._fail_mismatched:
            raise StrictnessError(
                f"{path} holds a value of type {type(value).__name__} that does not fit (type_mismatch is 'fail')"
            )
        self.mismatched[path] += 1


def compiled(
    schema: Schema,
    drift: Drift,
    *,
    dropped: Collection[str] = (),
    text_fields: Collection[str] = (),
) -> Callable[[Row], Row]:
    """The function that shapes rows of ``schema``.

    ``dropped`` are the paths ("a", "a.b", "a[].b") left out in silence, ``text_fields`` those of the string fields whose
    non-strings become JSON text uncounted.
    Fields that the schema does not know are left out at the top level, kept inside objects, and counted in ``drift``.
    """
    drift.text_fields = text_fields
    rules = {
        name: _rule(node, name, drift, dropped)
        for name, node in schema["properties"].items()
        if name not in dropped
    }

    return _record(rules, dropped, lambda record, name, value: drift.see_unknown(name))


def _record(
    rules: Mapping[str, Rule], dropped: Collection[str], unknown: Callable[[Row, str, Any], None]
) -> Callable[[Row], Row]:
    """Converts the fields of an object by their rules; ``unknown(record, name, value)`` is told of fields without one."""

    def shape(row: Row) -> Row:
        record: Row = {}
        for name, value in row.items():
            try:
                plain, convert = rules[name]
            except KeyError:
                if name not in dropped:
                    unknown(record, name, value)
                continue
            record[name] = value if value is None or type(value) is plain else convert(value)
        return record

    return shape


def _rule(node: Mapping[str, Any], path: str, drift: Drift, dropped: Collection[str]) -> Rule:
    declared = node.get("type", [])
    kinds = [
        kind for kind in ([declared] if isinstance(declared, str) else declared) if kind != "null"
    ]
    if len(kinds) > 1:
        return None, _union(node, kinds, path, drift, dropped)
    kind = kinds[0] if kinds else None
    if path in drift.text_fields:
        return str, _json_text
    if kind == "string":
        return (
            (None, _date_time(path, drift))
            if node.get("format") == "date-time"
            else (str, _string(path, drift))
        )
    if kind == "integer":
        return None, _integer(path, drift)
    if kind == "number":
        return None, _number(path, drift)
    if kind == "boolean":
        return bool, _boolean(path, drift)
    if kind == "array":
        return None, _array(node, path, drift, dropped)
    if kind == "object":
        return None, _object(node, path, drift, dropped)
    return None, lambda value: value


def _json_text(value: Any) -> str:
    return codec.encode(value).decode()


def _string(path: str, drift: Drift) -> Convert:
    def convert(value: Any) -> str:
        drift.see_mismatch(path, value)
        return _json_text(value)

    return convert


def _date_time(path: str, drift: Drift) -> Convert:
    plain, read_plain = times.PLAIN, times.read_plain

    def convert(value: Any) -> str | None:
        try:  # the commonest form first: this is where shaping spends its time
            if value[4::3] == plain and len(value) == 20:
                read_plain(value)
                return value  # type: ignore[no-any-return]
        except (TypeError, ValueError, LookupError):
            pass
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
            return int(value)
        drift.see_mismatch(path, value)
        if type(value) in (bool, str):
            try:
                number = int(value)
            except ValueError:
                return None
            return number if abs(number) <= INTEGER_LIMIT else None
        return None

    return convert


def _number(path: str, drift: Drift) -> Convert:
    def convert(value: Any) -> float | None:
        if type(value) is float or (type(value) is int and abs(value) <= INTEGER_LIMIT):
            return value
        if type(value) is str:
            number = _read(value)
            if math.isfinite(number):
                return number
        drift.see_mismatch(path, value)
        return int(value) if type(value) is bool else None

    return convert


def _read(text: str) -> float:
    """The number that ``text`` says, a whole one of 64 bits to the last digit; nan if it says none."""
    with suppress(ValueError):
        whole = int(text)
        if abs(whole) <= INTEGER_LIMIT:
            return whole
    with suppress(ValueError):
        return float(text)
    return math.nan


def _boolean(path: str, drift: Drift) -> Convert:
    def convert(value: Any) -> bool | None:
        if type(value) is int and value in (0, 1):
            return bool(value)
        if type(value) is str and value.lower() in _BOOLEANS:
            return _BOOLEANS[value.lower()]
        if value != "":
            drift.see_mismatch(path, value)
        return None

    return convert


def _array(node: Mapping[str, Any], path: str, drift: Drift, dropped: Collection[str]) -> Convert:
    plain, item = _rule(node.get("items") or {}, f"{path}[]", drift, dropped)

    def convert(value: Any) -> list[Any]:
        if type(value) is not list:
            drift.see_mismatch(path, value)
            value = [value]
        return (
            [
                member if member is None or type(member) is plain else item(member)
                for member in value
            ]
            if value
            else value
        )

    return convert


def _object(node: Mapping[str, Any], path: str, drift: Drift, dropped: Collection[str]) -> Convert:
    inside = f"{path}."
    gone = {dropping.removeprefix(inside) for dropping in dropped if dropping.startswith(inside)}
    nodes = node.get("properties", {}).items()
    rules = {
        name: _rule(sub, inside + name, drift, dropped) for name, sub in nodes if name not in gone
    }
    is_open = bool(node.get("additionalProperties"))

    def keep(record: Row, name: str, value: Any) -> None:
        if not is_open:
            drift.see_unknown(inside + name)
        record[name] = value

    shape = _record(rules, gone, keep)

    def convert(value: Any) -> Row | None:
        if type(value) is not dict:
            drift.see_mismatch(path, value)
            return None
        return value if is_open and not rules and not gone else shape(value)

    return convert


def _union(
    node: Mapping[str, Any], kinds: list[str], path: str, drift: Drift, dropped: Collection[str]
) -> Convert:
    exact = {_PYTHON_TYPES[kind] for kind in kinds} | ({int} if "number" in kinds else set())
    inside = _object(node, path, drift, dropped) if "properties" in node else None
    quiet = Drift()
    first = _rule({**node, "type": kinds[0]}, path, quiet, dropped)[1]

    def convert(value: Any) -> Any:
        if value == "" and kinds[0] != "string":
            return None
        if inside and type(value) is dict:
            return inside(value)
        preferred = first(value) if type(value) is not _PYTHON_TYPES[kinds[0]] else value
        if preferred is not None:
            return preferred
        if type(value) in exact:
            return value
        drift.see_mismatch(path, value)
        return _json_text(value) if "string" in kinds else None

    return convert
