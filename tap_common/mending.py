"""What checks and mends values that msgspec has read by the types of a schema.

``row_types`` compiles the types, and says which of these each value needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from operator import attrgetter
from types import GenericAlias
from typing import Any

import msgspec
import orjson
from msgspec import UNSET, Raw, Struct

from tap_common import codec

Fix = Callable[[Any], Any]
"""Makes of a value that fits its type the one that is written. ValueError if it does not fit."""
Mend = Callable[[Any, Any], Any]
"""The same of a value, and of what msgspec made of it by a narrower type."""
Typed = tuple[Any, Fix | None]
"""The type of a value, and its fix, if it needs one."""


class Open:
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
        return partial(msgspec.convert, type=kind)
    holder: Any = msgspec.defstruct("Holder", [("value", kind)], gc=False)
    return lambda value: msgspec.convert({"value": value}, holder).value


def object_fix(fixes: Mapping[str, Fix], gone: Sequence[str]) -> Fix | None:
    """What mends the attributes of an object. The commonest mendings are written out for speed."""
    if not fixes and not gone:
        return None
    moments = [name for name, fix in fixes.items() if fix is in_utc]
    texts = [name for name, fix in fixes.items() if fix is as_text]
    moments_of, texts_of = _values_of(moments), _values_of(texts)
    others = [(name, fix) for name, fix in fixes.items() if fix not in (in_utc, as_text)]

    def fix_object(record: Struct) -> Struct:
        if moments:
            for value in moments_of(record):
                if value and value.tzinfo is not UTC:
                    _fix_each(record, moments, in_utc)
                    break
        if texts:
            for value in texts_of(record):
                if type(value) is not str and value is not None and value is not UNSET:
                    _fix_each(record, texts, as_text)
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


def _fix_each(record: Struct, names: list[str], fix: Fix) -> None:
    """Mends the attributes ``names`` that have a value."""
    for name in names:
        value = getattr(record, name)
        if value is not None and value is not UNSET:
            setattr(record, name, fix(value))


def rule_fix(plain: type | None, convert: Fix) -> Fix:
    """The fix of values that a rule of ``shape`` is about."""
    return lambda value: value if type(value) is plain else convert(value)


def list_fix(fix: Fix | Open | None) -> Fix | Open | None:
    """The fix of arrays whose members have ``fix``."""
    if fix is None:
        return None
    if isinstance(fix, Open):
        mend = None if fix.mend is None else _each(fix.mend)
        return Open(GenericAlias(list, fix.kind | None), mend, narrows=fix.narrows)

    def fix_list(values: list[Any]) -> list[Any]:
        return [value if value is None else fix(value) for value in values]

    return fix_list


def _each(mend: Mend) -> Mend:
    def mend_each(values: list[Any], found: list[Any]) -> list[Any]:
        pairs = zip(values, found, strict=True)
        return [value if value is None else mend(value, made) for value, made in pairs]

    return mend_each


def if_struct(mend: Mend | None) -> Mend | None:
    """Mends objects as ``mend`` does, and leaves values of other types."""
    if mend is None:
        return None
    return lambda value, found: mend(value, found) if isinstance(found, Struct) else value


def if_object(fix: Fix | None) -> Fix | None:
    """Mends objects as ``fix`` does, and leaves values of other types."""
    if fix is None:
        return None
    return lambda value: fix(value) if isinstance(value, (Struct, dict)) else value


def flat_fix(fix: Fix | None) -> Fix:
    """Mends as ``fix`` does, and makes JSON text of what is no text then."""

    def flatten(value: Any) -> str | None:
        fixed = value if fix is None else fix(value)
        if fixed is None or type(fixed) is str:
            return fixed
        return msgspec.json.encode(fixed).decode()

    return flatten


def as_text(value: Any) -> str:
    """The value of a text field: JSON text, unless it is a text."""
    if type(value) is str:
        return value
    return str(value) if type(value) is int else codec.encode(value).decode()


def in_utc(moment: datetime) -> datetime:
    """The same moment in UTC. OverflowError where the calendar ends."""
    return moment.astimezone(UTC)
