"""The msgspec types of a schema, and what checks and mends the values that they let pass.

The types are narrower than the schema wherever JSON libraries differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import GenericAlias
from typing import Annotated, Any, NamedTuple, Union

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from tap_common.lazy import ANYTHING, FLOAT, INTEGER, anything
from tap_common.mending import (
    Fix,
    Open,
    Typed,
    as_text,
    flat_fix,
    if_object,
    if_struct,
    in_utc,
    list_fix,
    object_fix,
    rule_fix,
)
from tap_common.scalars import MOMENT
from tap_common.schema_tree import kinds_of, nodes
from tap_common.shape import Rules, Treatment
from tap_common.stream import Row

Checked = tuple[Any, Fix | Open | None]
"""The type of a value, and its fix or, of an object with undeclared fields, what checks it."""
_FULL_TEXT = Annotated[str, Meta(min_length=1)]
_NOTHING = Annotated[int, Meta(gt=0, lt=0)]
_SCALARS = {"string": str, "integer": INTEGER, "number": INTEGER | FLOAT, "boolean": bool}
_OPEN_OBJECT = GenericAlias(dict, (str, anything(4)))
_OPEN_ARRAY = GenericAlias(list, anything(4))


@dataclass(frozen=True)
class Source:
    """What rows come as.

    ``untouched`` is the type of fields that are dropped. ``open_value`` takes the type of an object
    with undeclared fields, and what checks it, and returns the type and the fix in a row.
    """

    untouched: Any
    open_value: Callable[[Any, Open], Typed]


def _written_again(kind: Any, value: Open) -> Typed:
    """What msgspec decoded it writes again. Types keep out what others would write differently."""
    return kind, value.fixed if value.narrows else None


def _written_by_orjson(_kind: Any, value: Open) -> Typed:
    """To let msgspec copy what it need not look at takes longer than to write it with orjson."""
    return Any, value.written


BYTES = Source(Raw, _written_again)
DICTS = Source(Any, _written_by_orjson)


def names_of(made: type[Struct]) -> Iterable[tuple[str, str]]:
    """The fields of a type: the name of each in JSON, and that of its attribute."""
    return zip(made.__struct_encode_fields__, made.__struct_fields__, strict=True)


class Declared(NamedTuple):
    """The type of an object's fields, with the fixes and the names of some of its attributes.

    ``fixes`` has what mends the attributes that need it, ``gone`` the names of dropped fields.
    """

    made: type[Struct]
    fixes: dict[str, Fix]
    gone: dict[str, str]


class Compiler:
    """Makes the types of the nodes of one schema. ``path`` says where in a row a node stands.

    Values at the paths ``off_type`` are left to the ``rules``.
    """

    def __init__(
        self, treatment: Treatment, off_type: frozenset[str], rules: Rules, source: Source
    ) -> None:
        self._treatment, self._off_type = treatment, off_type
        self._rules, self._source = rules, source

    def struct(self, node: Mapping[str, Any], path: str) -> Typed:
        """The type of an object without other fields than ``node`` declares, and its fix."""
        made, fixes, gone = self._declared(node, path, is_open=False)
        return made, object_fix(fixes, list(gone))

    def _open(self, node: Mapping[str, Any], path: str) -> Open:
        """What checks, and mends, an object with fields that ``node`` does not declare."""
        made, fixes, gone = self._declared(node, path, is_open=True)
        if not fixes and not gone and not _has_closed(node):
            return Open(made, narrows=bool(node.get("properties")))
        mended = [
            (name, attribute, fixes.get(attribute))
            for name, attribute in names_of(made)
            if attribute in fixes or _has_closed(node.get("properties", {}).get(name, {}))
        ]
        dropped = set(gone.values())

        def mend(value: Row, record: Struct) -> Row:
            whole = value
            for name, attribute, fix in mended:
                found = getattr(record, attribute)
                if found is None or found is UNSET:
                    continue
                if fix is not None:
                    found = fix(found)
                if found is not value[name]:
                    whole = value.copy() if whole is value else whole
                    whole[name] = found
            if dropped:
                whole = {name: whole[name] for name in whole if name not in dropped}
            return whole

        return Open(made, mend)

    def _declared(self, node: Mapping[str, Any], path: str, *, is_open: bool) -> Declared:
        """What ``node`` declares of an object that is open to other fields, or not."""
        inside = f"{path}." if path else ""
        dropped = [
            name.removeprefix(inside)
            for name in sorted(self._treatment.dropped)
            if name.rpartition(".")[0] == path
        ]
        names = dict.fromkeys([*node.get("properties", {}), *dropped])
        attributes = {name: f"f{number}" for number, name in enumerate(names)}
        fields: list[tuple[str, Any, Any]] = []
        fixes: dict[str, Fix] = {}
        for name, attribute in attributes.items():
            if name in dropped:
                fields.append((attribute, self._source.untouched | UnsetType, UNSET))
                continue
            kind, fix = self.value(node["properties"][name], inside + name)
            if isinstance(fix, Open):
                kind, fix = fix.inside if is_open else self._source.open_value(kind, fix)
            if not path and name in self._treatment.flattened:
                fix = flat_fix(fix)
            fields.append((attribute, kind | None | UnsetType, UNSET))
            if fix is not None:
                fixes[attribute] = fix
        made = msgspec.defstruct(
            "Declared",
            fields,
            rename={attribute: name for name, attribute in attributes.items()},
            forbid_unknown_fields=not is_open,
            gc=False,
        )
        return Declared(made, fixes, {attributes[name]: name for name in dropped})

    def value(self, node: Mapping[str, Any], path: str) -> Checked:
        """The type of the values that ``node`` declares, null aside, and their fix."""
        if path in self._off_type:
            plain, convert = self._rules.rule(node, path)
            is_text = path in self._treatment.text_fields and not self._treatment.digest_at(path)
            return ANYTHING, as_text if is_text else rule_fix(plain, convert)
        kind, fix = self._value(node, path)
        return kind, self._treatment.digest_at(path) or fix

    def _value(self, node: Mapping[str, Any], path: str) -> Checked:
        kinds = kinds_of(node)
        if len(kinds) > 1:
            return self._union(node, kinds, path)
        if not kinds:
            return ANYTHING, None
        return self._single(kinds[0], node, path)

    def _single(self, kind: str, node: Mapping[str, Any], path: str) -> Checked:
        if kind == "object":
            if node.get("additionalProperties"):
                return _OPEN_OBJECT, self._open(node, path)
            return self.struct(node, path)
        if kind == "array":
            item, fix = self.value(node.get("items") or {}, f"{path}[]")
            return GenericAlias(list, item | None), list_fix(fix)
        if kind == "string" and node.get("format") == "date-time":
            return MOMENT, in_utc
        return _SCALARS[kind], None

    def _union(self, node: Mapping[str, Any], kinds: list[str], path: str) -> Checked:
        """Values that stay as they are: those of the first type, or of the others beside objects.

        Other first types take in some values of the others, which is ``shape``'s to know.
        """
        if kinds[0] == "array":
            return _OPEN_ARRAY, None
        if kinds[0] != "object":
            return (_NOTHING, None) if "format" in node else self._single(kinds[0], node, path)
        others = {"string": _FULL_TEXT, "array": _OPEN_ARRAY}
        chosen = [others.get(kind, _SCALARS.get(kind)) for kind in kinds[1:]]
        kind, fix = self._single("object", node, path)
        if isinstance(fix, Open):
            return ANYTHING, Open(Union[fix.kind, *chosen], if_struct(fix.mend))
        return Union[kind, *chosen], if_object(fix)


def _has_closed(schema: Mapping[str, Any]) -> bool:
    """Does ``schema`` declare an object whose fields come in its order, at any depth?"""
    return any(_is_closed(node) for _, node in nodes(schema))


def _is_closed(node: Mapping[str, Any]) -> bool:
    return "object" in kinds_of(node) and not node.get("additionalProperties")
