"""The fast way of a row: its schema as types, by which msgspec checks and writes it in C.

A row that the types refuse takes the way of ``shape``. What both ways make of a row is the same,
byte for byte.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache

import msgspec
import orjson
from msgspec import UNSET, Struct

from tap_common import codec
from tap_common.drift import Drift
from tap_common.lazy import LazyRow
from tap_common.row_types import BYTES, DICTS, Compiler, names_of
from tap_common.shape import Rules, Treatment
from tap_common.stream import Row, Schema

UNFIT = (
    msgspec.MsgspecError,
    orjson.JSONEncodeError,
    ValueError,
    OverflowError,
    RecursionError,
)
"""What a row raises that does not fit."""
_NO_KEY = (None, "", UNSET)


class TypedRows:
    """Writes rows of ``schema`` that are what it says.

    ``key`` are its key's fields. Values at the paths ``off_type`` may be of any type: the rules of
    ``shape`` make of them what they make in any row. The fields ``undeclared`` are left out. Both
    are counted in ``drift``, even if the row is refused in the end.
    """

    def __init__(
        self,
        schema: Schema,
        treatment: Treatment,
        key: Collection[str],
        *,
        off_type: Collection[str] = (),
        undeclared: Collection[str] = (),
        drift: Drift | None = None,
    ) -> None:
        self._drift = Drift() if drift is None else drift
        rules = Rules(treatment, self._drift)
        whole = replace(treatment, dropped=treatment.dropped | frozenset(undeclared))
        options = whole, frozenset(off_type), rules
        self._type, self._fix = Compiler(*options, DICTS).struct(schema, "")
        self._of_json, self._fix_decoded = Compiler(*options, BYTES).struct(schema, "")
        self._dropped = treatment.dropped
        self._attributes = dict(names_of(self._type))
        self._undeclared = [(name, self._attributes[name]) for name in undeclared]
        self._key = tuple(self._attributes[name] for name in key)
        always = treatment.replication_key
        self._always = self._attributes[always] if always else None
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
        if codec.holds_nul(data):
            raise ValueError(codec.NUL)
        return data

    def _change(self, record: Struct, row: LazyRow) -> None:
        """Adds to ``record`` what a reader added to ``row``."""
        changes = {**row.defaults, **row.changes}
        for name in changes.keys() & self._dropped:
            del changes[name]
        added = msgspec.convert(changes, self._of_json)
        for name in changes:
            attribute = self._attributes[name]
            if name in row.changes or getattr(record, attribute) is UNSET:
                setattr(record, attribute, getattr(added, attribute))


def typed_rows(schema: Schema, treatment: Treatment, key: tuple[str, ...]) -> TypedRows:
    """What writes rows of ``schema``. It is made once in a process, because that takes long."""
    return _typed_rows(codec.encode(schema), treatment, key)


@lru_cache(maxsize=256)
def _typed_rows(schema: bytes, treatment: Treatment, key: tuple[str, ...]) -> TypedRows:
    return TypedRows(codec.decode(schema), treatment, key)
