"""Rows that stay the bytes as which they came until someone looks at them.

A page of dicts takes ten times the memory of its JSON, and most of its fields are only written out
again. Here the reader's few fields are decoded, and the others when the row is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from types import GenericAlias
from typing import Annotated, Any, TypedDict

import msgspec
from msgspec import Meta, Raw

from tap_common import codec
from tap_common.codec import INTEGER_LIMIT

INTEGER = Annotated[int, Meta(ge=-INTEGER_LIMIT, le=INTEGER_LIMIT)]
FLOAT = Annotated[float, Meta(gt=-1e16, lt=1e16)]
"""Beyond these limits JSON libraries read or write numbers in different ways."""


@cache
def anything(depth: int) -> Any:
    """The type of a JSON value of any kind, with so many levels at most."""
    scalar = None | bool | INTEGER | FLOAT | str
    if not depth:
        return scalar
    inner = anything(depth - 1)
    return scalar | GenericAlias(list, inner) | GenericAlias(dict, (str, inner))


ANYTHING = anything(4)
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What bytes raise that are left to ``codec.decode``."""
_MEMBERS = msgspec.json.Decoder(dict[str, Raw])
_ITEMS = msgspec.json.Decoder(list[Raw])


class LazyRow(dict[str, Any]):
    """A row that is ``raw``, an object in JSON, of which the fields ``looked_at`` are decoded.

    It behaves as the dict that ``raw`` says. ``row | changes`` and ``defaults | row`` are such rows
    as well; ``changes`` and ``defaults`` are what they add. A field that is not in ``looked_at`` is
    decoded each time that it is asked for, and not kept.
    """

    __slots__ = ("changes", "defaults", "looked_at", "raw")

    def __init__(
        self,
        raw: Raw,
        head: Mapping[str, Any],
        looked_at: frozenset[str],
        changes: Mapping[str, Any] = {},
        defaults: Mapping[str, Any] = {},
    ) -> None:
        super().__init__(head)
        self.raw, self.looked_at, self.changes, self.defaults = raw, looked_at, changes, defaults

    def decoded(self) -> dict[str, Any]:
        """All of it as a dict."""
        return {**self.defaults, **codec.decode(bytes(self.raw)), **self.changes}

    def get(self, name: str, default: Any = None) -> Any:
        """The value of the field ``name``, or ``default`` if there is none."""
        if name in self.looked_at:
            return super().get(name, default)
        if name in self.changes:
            return self.changes[name]
        try:
            found = _field(name).decode(self.raw)
        except UNREADABLE:
            return self.decoded().get(name, default)
        return found[name] if name in found else self.defaults.get(name, default)

    def __missing__(self, name: str) -> Any:
        value = self.get(name, _ABSENT)
        if value is _ABSENT:
            raise KeyError(name)
        return value

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name, _ABSENT) is not _ABSENT

    def __or__(self, changes: Mapping[str, Any]) -> LazyRow:  # type: ignore[override]
        head = dict(dict.items(self))
        head |= {name: changes[name] for name in changes.keys() & self.looked_at}
        return LazyRow(self.raw, head, self.looked_at, {**self.changes, **changes}, self.defaults)

    def __ror__(self, defaults: Mapping[str, Any]) -> LazyRow:  # type: ignore[override]
        head = {name: defaults[name] for name in defaults.keys() & self.looked_at}
        head |= dict.items(self)
        return LazyRow(self.raw, head, self.looked_at, self.changes, {**defaults, **self.defaults})

    def __iter__(self) -> Iterator[str]:
        return iter(self.decoded())

    def __len__(self) -> int:
        return len(self.decoded())

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        if isinstance(other, LazyRow):
            is_changed_alike = self.changes == other.changes and self.defaults == other.defaults
            if is_changed_alike and bytes(self.raw) == bytes(other.raw):
                return True
            other = other.decoded()
        return isinstance(other, dict) and self.decoded() == other

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None

    def keys(self) -> Any:
        """The names of its fields."""
        return self.decoded().keys()

    def values(self) -> Any:
        """The values of its fields."""
        return self.decoded().values()

    def items(self) -> Any:
        """Its fields."""
        return self.decoded().items()

    def copy(self) -> dict[str, Any]:
        """All of it as a dict."""
        return self.decoded()


_ABSENT = object()


@cache
def _field(name: str) -> Any:
    return msgspec.json.Decoder(_only(frozenset({name})))


@cache
def _heads(looked_at: frozenset[str]) -> Any:
    return msgspec.json.Decoder(GenericAlias(list, _only(looked_at)))


def _only(names: frozenset[str]) -> Any:
    """The type of an object of which only the fields ``names`` are decoded."""
    made: Any = TypedDict
    return made("Head", dict.fromkeys(sorted(names), ANYTHING), total=False)


def decode(
    body: bytes, charset: str | None, envelope: str | None, looked_at: frozenset[str]
) -> Any:
    """The JSON value in ``body``, with rows that are a LazyRow each.

    They are the members of the list under the name ``envelope``, or of the whole value. A value of
    another form, or one that strict readers refuse, is decoded as ``codec.decode`` does.
    """
    if (charset or "utf-8").lower() != "utf-8":
        return codec.decode(body, charset)
    try:
        members = {} if envelope is None else _MEMBERS.decode(body)
        rows = body if envelope is None else members.pop(envelope, Raw(b"null"))
        raws, heads = _ITEMS.decode(rows), _heads(looked_at).decode(rows)
    except UNREADABLE:
        return codec.decode(body, charset)
    lazy = [LazyRow(raw, head, looked_at) for raw, head in zip(raws, heads, strict=True)]
    if envelope is None:
        return lazy
    return {name: codec.decode(bytes(raw)) for name, raw in members.items()} | {envelope: lazy}
