"""The fast way of a row: its schema as types, by which msgspec checks and writes it in C.

A row that the types refuse takes the way of ``shape``. What both ways make of a row is the same,
byte for byte; so the types are narrower than the schema wherever JSON libraries differ.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter
from types import GenericAlias
from typing import Annotated, Any, Union

import msgspec
import orjson
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from tap_common import codec
from tap_common.lazy import ANYTHING, FLOAT, INTEGER, LazyRow, anything
from tap_common.shape import MOMENT, Digest, Drift, Rules, kinds_of
from tap_common.stream import Row, Schema

Fix = Callable[[Any], Any]
"""Makes of a value that fits its type the one that is written. ValueError if it does not fit."""
Mend = Callable[[Any, Any], Any]
Typed = tuple[Any, Fix | None]

UNFIT = (
    msgspec.MsgspecError,
    orjson.JSONEncodeError,
    ValueError,
    OverflowError,
    RecursionError,
)
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
        self._type, self._fix = _Compiler(*options, DICTS).struct(schema, "")
        self._of_json, self._fix_decoded = _Compiler(*options, BYTES).struct(schema, "")
        self._attributes = dict(_names(self._type))
        self._undeclared = [(name, self._attributes[name]) for name in undeclared]
        self._key = tuple(self._attributes[name] for name in key)
        self._always = self._attributes[replication_key] if replication_key else None
        self._decode = msgspec.json.Decoder(self._of_json).decode
        self._encode = msgspec.json.Encoder().encode

    def encoded(self, row: Row) -> bytes:
        """The row as JSON. One of UNFIT if it isn't what the schema says or lacks its key."""
        if type(row) is LazyRow:
            record, fix = self._decode(row.raw), self._fix_decoded
            if row.changes or row.defaults:
                self._change(record, row)
        else:
            record, fix = msgspec.convert(row, self._type), self._fix
        if self._always is not None and getattr(record, self._always) is UNSET:
            setattr(record, self._always, None)
        for name, attribute in self._undeclared:
            if getattr(record, attribute) is not UNSET:
                self._drift.see_unknown(name)
        if fix is not None:
            fix(record)
        for name in self._key:
            if getattr(record, name) in _NO_KEY:
                raise ValueError(name)
        data = self._encode(record)
        if codec.NUL in data:
            raise ValueError(codec.NUL)
        return data

    def _change(self, record: Struct, row: LazyRow) -> None:
        """Adds to ``record`` what a reader added to ``row``."""
        added = msgspec.convert({**row.defaults, **row.changes}, self._of_json)
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

    Values at the paths ``off_type`` are left to the ``rules``.
    """

    def __init__(
        self,
        dropped: frozenset[str],
        text_fields: frozenset[str],
        hashes: Mapping[str, Digest | None],
        as_text: frozenset[str],
        off_type: frozenset[str],
        rules: Rules,
        source: _Source,
    ) -> None:
        self._dropped, self._text_fields, self._source = dropped, text_fields, source
        self._hashes, self._as_text = hashes, as_text
        self._off_type, self._rules = off_type, rules

    def struct(self, node: Mapping[str, Any], path: str) -> Typed:
        """The type of an object without other fields than ``node`` declares, and its fix."""
        made, fixes, gone = self._declared(node, path, is_open=False)
        return made, _object_fix(fixes, [attribute for attribute, _ in gone])

    def _open(self, node: Mapping[str, Any], path: str) -> _Open:
        """What checks, and mends, an object with fields that ``node`` does not declare."""
        made, fixes, gone = self._declared(node, path, is_open=True)
        if not fixes and not gone and not _has_closed(node):
            return _Open(made, narrows=bool(node.get("properties")))
        fix = _object_fix(fixes, [])
        mended = {attribute for attribute, _ in fixes}
        fields = [
            (attribute, name)
            for name, attribute in _names(made)
            if attribute in mended or _has_closed(node.get("properties", {}).get(name, {}))
        ]
        dropped = {name for _, name in gone}

        def mend(value: Row, record: Struct) -> Row:
            if fix is not None:
                fix(record)
            whole = value
            for attribute, name in fields:
                found = getattr(record, attribute)
                if found is not UNSET and found is not value[name]:
                    whole = value.copy() if whole is value else whole
                    whole[name] = found
            if dropped:
                whole = {name: whole[name] for name in whole if name not in dropped}
            return whole

        return _Open(made, mend)

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
            declared, fix = self._source.untouched, None
            if name not in dropped:
                declared, fix = self.value(node["properties"][name], inside + name)
                if isinstance(fix, _Open):
                    value = fix.inside if is_open else self._source.open_value(declared, fix)
                    declared, fix = value
                declared |= None
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
            if node.get("additionalProperties"):
                return _OPEN_OBJECT, self._open(node, path)
            return self.struct(node, path)
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
        others = {"string": _FULL_TEXT, "array": list}
        chosen = [others.get(kind, _SCALARS.get(kind)) for kind in kinds[1:]]
        kind, fix = self._single("object", node, path)
        if isinstance(fix, _Open):
            return ANYTHING, _Open(Union[fix.kind, *chosen], _if_struct(fix.mend))
        return Union[kind, *chosen], _if_object(fix)


class _Open:
    """What checks, and mends, an object with undeclared fields, or an array of such.

    ``kind`` is a type that is as narrow as the schema says; without it any such object will do.
    ``mend`` makes of a value, and of what msgspec made of it by that type, the value that is
    written; without it the value stays as it is.
    """

    def __init__(self, kind: Any, mend: Mend | None = None, *, narrows: bool = True) -> None:
        self.kind, self.mend, self.narrows = kind, mend, narrows
        self._checked = _reader(kind)

    @property
    def inside(self) -> Typed:
        """The type and the fix of such a value inside another one."""
        return (self.kind, None) if self.mend is None else (Any, self.fixed)

    def fixed(self, value: Any) -> Any:
        """The value, checked and mended."""
        found = self._checked(value)
        return value if self.mend is None else self.mend(value, found)

    def written(self, value: Any) -> Raw:
        """The same as JSON, which orjson writes as in rows that do not fit."""
        found = self._checked(value)
        if self.mend is None:
            return Raw(orjson.dumps(value))
        mended = self.mend(value, found)
        return Raw(orjson.dumps(mended, msgspec.to_builtins, orjson.OPT_PASSTHROUGH_DATETIME))


def _reader(kind: Any) -> Callable[[Any], Any]:
    """What makes values of ``kind``. msgspec remembers types of objects, and makes others anew."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        return lambda value: msgspec.convert(value, kind)
    holder = msgspec.defstruct("Holder", [("value", kind)], gc=False)
    return lambda value: msgspec.convert({"value": value}, holder).value


@dataclass(frozen=True)
class _Source:
    """What rows come as.

    ``untouched`` is the type of fields that are dropped. ``open_value`` makes of the type of an
    object with undeclared fields, and of what checks it, the type and the fix in a row.
    """

    untouched: Any
    open_value: Callable[[Any, _Open], Typed]


BYTES = _Source(Raw, lambda kind, found: (kind, found.fixed if found.narrows else None))
"""What msgspec decoded it writes again. The types keep out what others would write differently."""
DICTS = _Source(Any, lambda kind, found: (Any, found.written))
"""To let msgspec copy what it need not look at would take longer than to write it with orjson."""


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
    if isinstance(fix, _Open):
        mend = None if fix.mend is None else _each(fix.mend)
        return _Open(GenericAlias(list, fix.kind | None), mend, narrows=fix.narrows)

    def fix_list(values: list[Any]) -> list[Any]:
        return [value if value is None else fix(value) for value in values]

    return fix_list


def _each(mend: Mend) -> Mend:
    def mend_each(values: list[Any], found: list[Any]) -> list[Any]:
        pairs = zip(values, found, strict=True)
        return [value if value is None else mend(value, made) for value, made in pairs]

    return mend_each


def _if_struct(mend: Mend | None) -> Mend | None:
    if mend is None:
        return None
    return lambda value, found: mend(value, found) if isinstance(found, Struct) else value


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
