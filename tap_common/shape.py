"""Shaping: a schema becomes one function, which makes of an API row the record it promises.

docs/records.md has the rules for a value that does not fit its declared type. A run whose rows are
not what the schema says spends most of its CPU time here, so the functions inside functions look at
types in the fastest way.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from tap_common.drift import Drift
from tap_common.scalars import SCALARS, Convert, any_as_text, date_time, json_text
from tap_common.schema_tree import kinds_of
from tap_common.stream import Row, Schema

Rule = tuple[type | None, Convert]
"""The Python type whose values pass as they are (None for no type), and the function for others."""

_ABSENT = object()
_AS_IT_IS: Rule = (None, lambda value: value)
_PYTHON_TYPES = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "object": dict,
    "array": list,
}


@dataclass(frozen=True)
class Treatment:
    """What becomes of the fields of a stream's rows beside what the schema says of them.

    The fields at the paths ``dropped`` ("a", "a.b", "a[].b") are left out and not counted as drift.
    The string fields at the paths ``text_fields`` take values of any type, which become JSON text
    and are not counted either. The texts at the paths ``hashed`` are replaced by their ``digest``,
    and the values of the top-level fields ``flattened`` by JSON text, unless they are texts. The
    ``replication_key`` is in each record; it may be null.
    """

    dropped: frozenset[str] = frozenset()
    text_fields: frozenset[str] = frozenset()
    hashed: frozenset[str] = frozenset()
    digest: Callable[[str], str] | None = None
    flattened: frozenset[str] = frozenset()
    replication_key: str | None = None

    def digest_at(self, path: str) -> Callable[[str], str] | None:
        """What replaces the texts at ``path``, or None if they stay."""
        return self.digest if path in self.hashed else None

    def dropped_inside(self, path: str) -> frozenset[str]:
        """The paths below ``path`` that are left out, as seen from there."""
        inside = f"{path}."
        below = (name for name in self.dropped if name.startswith(inside))
        return frozenset(name.removeprefix(inside) for name in below)


def compiled(schema: Schema, treatment: Treatment, drift: Drift) -> Callable[[Row], Row]:
    """The function that shapes rows of ``schema``, whose order of fields the record has.

    A field that the schema does not have is left out at the top level, kept inside objects, and
    counted in ``drift``.
    """
    made = Rules(treatment, drift)
    rules = {
        name: made.rule(node, name)
        for name, node in schema["properties"].items()
        if name not in treatment.dropped
    }
    flattened = treatment.flattened & rules.keys()
    rules |= {name: (None, _flattened(rules[name][1])) for name in flattened}

    def unknown(_record: Row, name: str, _value: Any) -> None:
        drift.see_undeclared(name)

    return _record(rules, treatment.dropped, unknown, treatment.replication_key)


def _record(
    rules: Mapping[str, Rule],
    dropped: Collection[str],
    unknown: Callable[[Row, str, Any], None],
    always: str | None = None,
) -> Callable[[Row], Row]:
    """The function that converts an object's fields by ``rules``, in their order.

    The field ``always`` is null where it is absent. Of a field without a rule it calls
    ``unknown(record, name, value)``, unless it is ``dropped``.
    """
    defaults = {name: None if name == always else _ABSENT for name in rules}

    def shape(row: Row) -> Row:
        record: Row = {}
        for name, (plain, convert) in rules.items():
            value = row.get(name, defaults[name])
            if value is None or type(value) is plain:
                record[name] = value
            elif value is not _ABSENT:
                record[name] = convert(value)
        if not rules.keys() >= row.keys():
            for name in [name for name in row if name not in rules and name not in dropped]:
                unknown(record, name, row[name])
        return record

    return shape


def _open_record(rules: Mapping[str, Rule], dropped: Collection[str]) -> Callable[[Row], Row]:
    """The function that converts an object's fields by ``rules`` and keeps others, in its order."""

    def shape(row: Row) -> Row:
        record: Row = {}
        for name, value in row.items():
            plain, convert = rules.get(name, _AS_IT_IS)
            if name in dropped:
                continue
            record[name] = value if value is None or type(value) is plain else convert(value)
        return record

    return shape


class Rules:
    """Makes the rules for the nodes of one schema. ``path`` says where in a row a node stands.

    What does not fit is counted in ``drift``.
    """

    def __init__(self, treatment: Treatment, drift: Drift) -> None:
        self._treatment, self._drift = treatment, drift

    def rule(self, node: Mapping[str, Any], path: str) -> Rule:
        """The rule for values that ``node`` declares."""
        plain, convert = self._rule(node, path)
        digest = self._treatment.digest_at(path)
        if digest is None:
            return plain, convert
        return None, lambda value: digest(value if type(value) is str else convert(value))

    def _rule(self, node: Mapping[str, Any], path: str) -> Rule:
        kinds = kinds_of(node)
        if len(kinds) > 1:
            is_text = kinds[0] == "string" and not node.get("format")
            return str if is_text else None, self._union(node, kinds, path)
        if path in self._treatment.text_fields:
            return str, any_as_text(path, self._drift)
        if not kinds:
            return None, lambda value: value
        if kinds == ["string"] and node.get("format") == "date-time":
            return None, date_time(path, self._drift)
        return self._single(kinds[0], node, path)

    def _single(self, kind: str, node: Mapping[str, Any], path: str) -> Rule:
        if kind == "object":
            return None, self._object(node, path)
        if kind == "array":
            return None, self._array(node, path)
        plain, converter = SCALARS[kind]
        return plain, converter(path, self._drift)

    def _array(self, node: Mapping[str, Any], path: str) -> Convert:
        plain, item = self.rule(node.get("items") or {}, f"{path}[]")
        drift = self._drift

        def convert(value: Any) -> list[Any]:
            if value == "":
                drift.off_type.add(path)
                return []
            if type(value) is not list:
                drift.see_mismatch(path, value)
                value = [value]
            return [
                member if member is None or type(member) is plain else item(member)
                for member in value
            ]

        return convert

    def _object(self, node: Mapping[str, Any], path: str) -> Convert:
        inside, drift = f"{path}.", self._drift
        dropped = self._treatment.dropped_inside(path)
        rules = {
            name: self.rule(sub, inside + name)
            for name, sub in node.get("properties", {}).items()
            if name not in dropped
        }
        is_open = bool(node.get("additionalProperties"))

        def keep(record: Row, name: str, value: Any) -> None:
            drift.see_unknown(inside + name)
            record[name] = value

        shape = _open_record(rules, dropped) if is_open else _record(rules, dropped, keep)
        passes_whole = is_open and not rules and not dropped

        def convert(value: Any) -> Row | None:
            if type(value) is not dict:
                drift.see_mismatch(path, value)
                return None
            return value if passes_whole else shape(value)

        return convert

    def _union(self, node: Mapping[str, Any], kinds: list[str], path: str) -> Convert:
        """Values of several types: those of the first type are preferred, then the others."""
        exact = {_PYTHON_TYPES[kind] for kind in kinds}
        if "number" in kinds:
            exact.add(int)
        inside = self._object(node, path) if "properties" in node else None
        quiet = Rules(self._treatment, Drift())
        first = quiet.rule({**node, "type": kinds[0]}, path)[1]
        first_type, drift = _PYTHON_TYPES[kinds[0]], self._drift
        plain = exact if first_type is dict else {first_type}

        def convert(value: Any) -> Any:
            if value == "" or type(value) not in plain:
                drift.off_type.add(path)
            if value == "" and first_type is not str:
                return None
            if inside and type(value) is dict:
                return inside(value)
            preferred = value if type(value) is first_type else first(value)
            if preferred is not None:
                return preferred
            if type(value) in exact:
                return value
            drift.see_mismatch(path, value)
            return json_text(value) if "string" in kinds else None

        return convert


def _flattened(convert: Convert) -> Convert:
    """Converts as ``convert`` does, and makes JSON text of what is no text then."""

    def flatten(value: Any) -> str | None:
        converted = convert(value)
        if converted is None or type(converted) is str:
            return converted
        return json_text(converted)

    return flatten
