"""The fast way of a row: its schema as types, by which msgspec checks and writes it in C.

A row that the types refuse takes the way of ``shape``. What both ways make of a row is the same,
byte for byte; so the types are narrower than the schema wherever JSON libraries differ.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter
from types import GenericAlias
from typing import Annotated, Any, Union

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from tap_common import codec
from tap_common.lazy import ANYTHING, FLOAT, INTEGER, LazyRow, anything
from tap_common.shape import MOMENT, Digest, Drift, Rules, kinds_of
from tap_common.stream import Row, Schema

Fix = Callable[[Any], Any]
"""Makes of a value that fits its type the one that is written. ValueError if it does not fit."""
Typed = tuple[Any, Fix | None]

UNFIT = (msgspec.MsgspecError, ValueError, OverflowError, RecursionError)
"""What a row raises that does not fit."""
_NO_KEY = (None, "", UNSET)
_FULL_TEXT = Annotated[str, Meta(min_length=1)]
_NOTHING = Annotated[int, Meta(gt=0, lt=0)]
_SCALARS = {"string": str, "integer": INTEGER, "number": INTEGER | FLOAT, "boolean": bool}
_OPEN_OBJECT = GenericAlias(dict, (str, anything(4)))
_OPEN_ARRAY = GenericAlias(list, anything(4))


class TypedRows:
    """Writes rows of ``schema`` that are what it says.

    ``key`` are its key's fields. Values at the paths ``off_type`` may be of any type: the rules of
    ``shape`` make of them what they make in any row. The fields ``undeclared`` are left out. Both
    are counted in ``drift``, even if the row is refused in the end. The other options mean what
    they mean to ``shape.compiled``.
    """

    def __init__(
        self,
        schema: Schema,
        *,
        key: Collection[str] = (),
        replication_key: str | None = None,
        dropped: Collection[str] = (),
        text_fields: Collection[str] = (),
        hashed: Collection[str] = (),
        digest: Digest | None = None,
        as_text: Collection[str] = (),
        off_type: Collection[str] = (),
        undeclared: Collection[str] = (),
        drift: Drift | None = None,
    ) -> None:
        self._drift = Drift() if drift is None else drift
        hashes = dict.fromkeys(hashed, digest)
        gone = frozenset(dropped) | frozenset(undeclared)
        texts = frozenset(text_fields)
        rules = Rules(self._drift, frozenset(dropped), texts, hashes)
        options = gone, texts, hashes, frozenset(as_text), frozenset(off_type), rules
        self._type, self._fix = _Compiler(*options, Any).struct(schema, "")
        of_json = self._type
        if gone:
            of_json, _ = _Compiler(*options, Raw).struct(schema, "")
        self._attributes = dict(_names(self._type))
        self._undeclared = [(name, self._attributes[name]) for name in undeclared]
        self._key = tuple(self._attributes[name] for name in key)
        self._always = self._attributes[replication_key] if replication_key else None
        self._decode = msgspec.json.Decoder(of_json).decode
        self._encode = msgspec.json.Encoder().encode

    def encoded(self, row: Row) -> bytes:
        """The row as JSON. One of UNFIT if it isn't what the schema says or lacks its key."""
        if type(row) is LazyRow:
            record = self._decode(row.raw)
            if row.changes or row.defaults:
                self._change(record, row)
        else:
            record = msgspec.convert(row, self._type)
        if self._always is not None and getattr(record, self._always) is UNSET:
            setattr(record, self._always, None)
        for name, attribute in self._undeclared:
            if getattr(record, attribute) is not UNSET:
                self._drift.see_unknown(name)
        if self._fix is not None:
            self._fix(record)
        for name in self._key:
            if getattr(record, name) in _NO_KEY:
                raise ValueError(name)
        data = self._encode(record)
        if codec.NUL in data:
            raise ValueError(codec.NUL)
        return data

    def _change(self, record: Struct, row: LazyRow) -> None:
        """Adds to ``record`` what a reader added to ``row``."""
        added = msgspec.convert({**row.defaults, **row.changes}, self._type)
        for name in row.defaults.keys() | row.changes.keys():
            attribute = self._attributes[name]
            if name in row.changes or getattr(record, attribute) is UNSET:
                setattr(record, attribute, getattr(added, attribute))


def typed_rows(schema: Schema, **options: Any) -> TypedRows:
    """What writes rows of ``schema``. It is made once in a process, because that takes long.

    ``options`` are those of TypedRows, with values that can be hashed.
    """
    return _typed_rows(codec.encode(schema), **options)


@lru_cache(maxsize=256)
def _typed_rows(schema: bytes, **options: Any) -> TypedRows:
    return TypedRows(codec.decode(schema), **options)


def _names(made: type[Struct]) -> Iterable[tuple[str, str]]:
    """The fields of a type: the name of each in JSON, and that of its attribute."""
    return zip(made.__struct_encode_fields__, made.__struct_fields__, strict=True)


class _Compiler:
    """Makes the types of the nodes of one schema. ``path`` says where in a row a node stands.

    Values at the paths ``off_type`` are left to the ``rules``. ``left_out`` is the type of fields
    that are dropped.
    """

    def __init__(
        self,
        dropped: frozenset[str],
        text_fields: frozenset[str],
        hashes: Mapping[str, Digest | None],
        as_text: frozenset[str],
        off_type: frozenset[str],
        rules: Rules,
        left_out: Any,
    ) -> None:
        self._dropped, self._text_fields, self._left_out = dropped, text_fields, left_out
        self._hashes, self._as_text = hashes, as_text
        self._off_type, self._rules = off_type, rules

    def struct(self, node: Mapping[str, Any], path: str) -> Typed:
        """The type of an object without other fields than ``node`` declares, and its fix."""
        made, fixes, gone = self._declared(node, path, is_open=False)
        return made, _object_fix(fixes, [attribute for attribute, _ in gone])

    def _open(self, node: Mapping[str, Any], path: str) -> Typed:
        """The type of an object with fields that ``node`` does not declare, and its fix.

        The fix checks the fields that are declared.
        """
        made, fixes, gone = self._declared(node, path, is_open=True)
        if not fixes and not gone and not _has_closed(node):
            return _OPEN_OBJECT, _Check(made)
        fix = _object_fix(fixes, [])
        mended = {attribute for attribute, _ in fixes}
        fields = [
            (attribute, name)
            for name, attribute in _names(made)
            if attribute in mended or _has_closed(node.get("properties", {}).get(name, {}))
        ]
        dropped = [name for _, name in gone]

        def fix_open(value: Row) -> Row:
            record = msgspec.convert(value, made)
            if fix is not None:
                fix(record)
            for attribute, name in fields:
                found = getattr(record, attribute)
                if found is not UNSET:
                    value[name] = found
            for name in dropped:
                value.pop(name, None)
            return value

        return _OPEN_OBJECT, fix_open

    def _declared(
        self, node: Mapping[str, Any], path: str, *, is_open: bool
    ) -> tuple[type[Struct], list[tuple[str, Fix]], list[tuple[str, str]]]:
        """The type of an object's declared fields, their fixes by attribute, and dropped fields.

        The latter are pairs of an attribute and a name.
        """
        inside = f"{path}." if path else ""
        dropped = [
            name.removeprefix(inside)
            for name in sorted(self._dropped)
            if name.rpartition(".")[0] == path
        ]
        names = dict.fromkeys([*node.get("properties", {}), *dropped])
        attributes = {name: f"f{number}" for number, name in enumerate(names)}
        fields, fixes = [], []
        for name, attribute in attributes.items():
            declared, fix = self._left_out, None
            if name not in dropped:
                kind, fix = self.value(node["properties"][name], inside + name)
                if is_open and isinstance(fix, _Check):
                    kind, fix = fix.kind, None
                declared = kind | None
                if not path and name in self._as_text:
                    fix = _text_fix(fix)
            fields.append((attribute, declared | UnsetType, UNSET))
            if fix is not None:
                fixes.append((attribute, fix))
        made = msgspec.defstruct(
            "Declared",
            fields,
            rename={attribute: name for name, attribute in attributes.items()},
            forbid_unknown_fields=not is_open,
            gc=False,
        )
        return made, fixes, [(attributes[name], name) for name in dropped]

    def value(self, node: Mapping[str, Any], path: str) -> Typed:
        """The type of the values that ``node`` declares, null aside, and their fix."""
        if path in self._off_type:
            plain, convert = self._rules.rule(node, path)
            is_text = path in self._text_fields and not self._hashes.get(path)
            return ANYTHING, _text if is_text else _rule_fix(plain, convert)
        digest = self._hashes.get(path)
        if digest is None:
            return self._value(node, path)
        kind, _ = self._value({**node, "format": None}, path)
        return kind, lambda text: digest(text if type(text) is str else _text(text))

    def _value(self, node: Mapping[str, Any], path: str) -> Typed:
        kinds = kinds_of(node)
        if len(kinds) > 1:
            return self._union(node, kinds, path)
        if not kinds:
            return ANYTHING, None
        return self._single(kinds[0], node, path)

    def _single(self, kind: str, node: Mapping[str, Any], path: str) -> Typed:
        if kind == "object":
            if not node.get("additionalProperties"):
                return self.struct(node, path)
            has_dropped = any(name.startswith(f"{path}.") for name in self._dropped)
            if node.get("properties") or has_dropped:
                return self._open(node, path)
            return _OPEN_OBJECT, None
        if kind == "array":
            item, fix = self.value(node.get("items") or {}, f"{path}[]")
            return GenericAlias(list, item | None), _list_fix(fix)
        if kind == "string" and node.get("format") == "date-time":
            return MOMENT, _in_utc
        return _SCALARS[kind], None

    def _union(self, node: Mapping[str, Any], kinds: list[str], path: str) -> Typed:
        """Values that stay as they are: those of the first type, or of the others beside objects.

        Other first types take in some values of the others, which is ``shape``'s to know.
        """
        if kinds[0] == "array":
            return _OPEN_ARRAY, None
        if kinds[0] != "object":
            return (_NOTHING, None) if node.get("format") else self._single(kinds[0], node, path)
        others = {"string": _FULL_TEXT, "array": _OPEN_ARRAY}
        chosen = [others.get(kind, _SCALARS.get(kind)) for kind in kinds[1:]]
        kind, fix = self._single("object", node, path)
        if isinstance(fix, _Check):
            return Union[kind, *chosen], _Check(Union[fix.kind, *chosen])
        return Union[kind, *chosen], _if_object(fix)


class _Check:
    """Leaves a value as it is, if it is of a type that is narrower than the one of its field."""

    def __init__(self, kind: Any) -> None:
        self.kind = kind

    def __call__(self, value: Any) -> Any:
        msgspec.convert(value, self.kind)
        return value


def _has_closed(node: Mapping[str, Any]) -> bool:
    """Does ``node`` declare an object whose fields come in its order, at any depth?"""
    if "object" in kinds_of(node) and not node.get("additionalProperties"):
        return True
    items = [node["items"]] if node.get("items") else []
    return any(map(_has_closed, [*node.get("properties", {}).values(), *items]))


def _object_fix(fixes: list[tuple[str, Fix]], gone: list[str]) -> Fix | None:
    """What mends the attributes of an object. The commonest mendings are written out for speed."""
    if not fixes and not gone:
        return None
    moments = [name for name, fix in fixes if fix is _in_utc]
    texts = [name for name, fix in fixes if fix is _text]
    moments_of, texts_of = _values_of(moments), _values_of(texts)
    others = [(name, fix) for name, fix in fixes if fix not in (_in_utc, _text)]

    def fix_object(record: Struct) -> Struct:
        if moments:
            for value in moments_of(record):
                if value and value.tzinfo is not UTC:
                    _mend(record, moments, _in_utc)
                    break
        if texts:
            for value in texts_of(record):
                if type(value) is not str and value is not None and value is not UNSET:
                    _mend(record, texts, _text)
                    break
        for name, fix in others:
            value = getattr(record, name)
            if value is not None and value is not UNSET:
                setattr(record, name, fix(value))
        for name in gone:
            setattr(record, name, UNSET)
        return record

    return fix_object


def _values_of(names: list[str]) -> Callable[[Struct], tuple[Any, ...]]:
    """The function that returns the attributes ``names`` of an object, one of them at least."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda record: (getattr(record, names[0]),)


def _mend(record: Struct, names: list[str], fix: Fix) -> None:
    """Mends the attributes ``names`` that have a value."""
    for name in names:
        value = getattr(record, name)
        if value is not None and value is not UNSET:
            setattr(record, name, fix(value))


def _rule_fix(plain: type | None, convert: Fix) -> Fix:
    return lambda value: value if type(value) is plain else convert(value)


def _list_fix(fix: Fix | None) -> Fix | None:
    if fix is None:
        return None
    if isinstance(fix, _Check):
        return _Check(GenericAlias(list, fix.kind | None))

    def fix_list(values: list[Any]) -> list[Any]:
        for number, value in enumerate(values):
            if value is not None:
                values[number] = fix(value)
        return values

    return fix_list


def _if_object(fix: Fix | None) -> Fix | None:
    if fix is None:
        return None
    return lambda value: fix(value) if isinstance(value, (Struct, dict)) else value


def _text_fix(fix: Fix | None) -> Fix:
    """Mends as ``fix`` does, and makes JSON text of what is no text then."""

    def text(value: Any) -> str | None:
        fixed = value if fix is None else fix(value)
        if fixed is None or type(fixed) is str:
            return fixed
        return msgspec.json.encode(fixed).decode()

    return text


def _text(value: Any) -> str:
    if type(value) is str:
        return value
    return str(value) if type(value) is int else codec.encode(value).decode()


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
