"""Columns: which type a field gets, and which SQLite value stands for a JSON value in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from singer_to_sqlite.errors import BadLineError
from singer_to_sqlite.messages import json_text
from singer_to_sqlite.names import shown

INTEGER, FLOAT, TEXT, ANYTHING = "INTEGER", "FLOAT", "TEXT", "BLOB"

_SQL_TYPES = {
    frozenset({"boolean"}): INTEGER,
    frozenset({"integer"}): INTEGER,
    frozenset({"boolean", "integer"}): INTEGER,
    frozenset({"number"}): FLOAT,
    frozenset({"integer", "number"}): FLOAT,
}
_BRANCHES = ("anyOf", "oneOf", "allOf")
_JSON_TYPES = {"null", "boolean", "integer", "number", "string", "array", "object"}
_BOUND_AS_THEY_ARE: dict[str, frozenset[type]] = {
    INTEGER: frozenset({int, float, type(None)}),
    FLOAT: frozenset({float, type(None)}),
    TEXT: frozenset({str, type(None)}),
    ANYTHING: frozenset({str, int, float, type(None)}),
}


class MisfitError(Exception):
    """A value would lose something in ``column``, which must become a TEXT column first."""

    def __init__(self, column: Column) -> None:
        super().__init__(column.name)
        self.column = column


class Column:
    """A field's column. ``fits`` are the Python types that it takes without ``convert``.

    ``is_text`` says that the field's schema allows nothing but strings.
    """

    __slots__ = ("field", "fits", "is_key", "is_text", "name", "sql_type")

    def __init__(
        self, field: str, name: str, sql_type: str, *, is_key: bool, is_text: bool
    ) -> None:
        self.field = field
        self.name = name
        self.is_key = is_key
        self.is_text = is_text
        self.retype(sql_type)

    def retype(self, sql_type: str) -> None:
        """From now on take values for a column of ``sql_type``."""
        self.sql_type = sql_type
        self.fits = _BOUND_AS_THEY_ARE[sql_type]
        if self.is_key:
            self.fits -= {type(None), float}

    def convert(self, value: object) -> str | int | float:
        """The SQLite value for a ``value`` whose type is not in ``fits``.

        Raises BadLineError for a null in a key, MisfitError where the column's type would change
        the value.
        """
        if value is None:
            raise BadLineError(f"key field {shown(self.field)} is null")
        if self.sql_type == TEXT:
            return json_text(value)
        if isinstance(value, (dict, list)) and self.sql_type == ANYTHING:
            return json_text(value)
        if isinstance(value, (bool, int)) and (
            self.sql_type != FLOAT or int(float(value)) == value
        ):
            return int(value)
        if isinstance(value, float) and (self.sql_type != INTEGER or value.is_integer()):
            return value
        raise MisfitError(self)


def declared_type(schema: object) -> str:
    """The column type for a field with this JSON ``schema``.

    That is TEXT, unless nothing but booleans and numbers may come.
    """
    return _SQL_TYPES.get(frozenset(_json_types(schema)) - {"null"}, TEXT)


def is_text(schema: object) -> bool:
    """Whether a field with this JSON ``schema`` may hold nothing but strings and null."""
    return set(_json_types(schema)) <= {"string", "null"}


def fault(schema: object) -> str | None:
    """What is wrong with a JSON ``schema``, in words, or None if its types make sense."""
    left = [schema]
    while left:
        branch = left.pop()
        if isinstance(branch, bool):
            continue
        if not isinstance(branch, Mapping):
            return f"{shown(branch)} is no schema"
        for word in _BRANCHES:
            branches = branch.get(word, [])
            if not isinstance(branches, list):
                return f"{word} must be a list, not {shown(branches)}"
            left += branches
        for kind in _as_list(branch.get("type")):
            if not isinstance(kind, str) or kind not in _JSON_TYPES:
                return f"{shown(kind)} is no type"
    return None


def observed_type(value: object) -> str:
    """The column type for an undeclared field whose first value is ``value``."""
    if isinstance(value, int):
        return INTEGER
    return FLOAT if isinstance(value, float) else TEXT


def stored_type(declaration: str) -> str:
    """How a column that the file already has, declared as ``declaration``, treats values.

    These are SQLite's rules of affinity.
    """
    words = declaration.upper()
    if "INT" in words:
        return INTEGER
    if any(word in words for word in ("CHAR", "CLOB", "TEXT")):
        return TEXT
    if not words or "BLOB" in words:
        return ANYTHING
    return FLOAT if any(word in words for word in ("REAL", "FLOA", "DOUB")) else INTEGER


def _json_types(schema: object) -> Iterator[str]:
    """The types that ``schema`` and its branches name; "anything" for what makes no sense."""
    left = [schema]
    while left:
        branch = left.pop()
        if not isinstance(branch, Mapping):
            yield "anything"
            continue
        branches = [inner for word in _BRANCHES for inner in _as_list(branch.get(word))]
        types = _as_list(branch.get("type"))
        yield from (kind if isinstance(kind, str) else "anything" for kind in types)
        if not (types or branches):
            yield "anything"
        left += branches


def _as_list(value: object) -> list[object]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
