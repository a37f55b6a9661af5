"""The rules of docs/records.md for values, written again without the taps' code."""

from __future__ import annotations

import json
import marshal
import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

Row = dict[str, Any]
Schema = Mapping[str, Any]

LARGEST = 2**63 - 1
WHOLE = re.compile(r"[+-]?[0-9]+")
DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
DATE_TIME = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)"
    r"([T ](?P<time>([01]\d|2[0-3]):\d\d)(:(?P<seconds>\d\d))?([.,](?P<fraction>\d+))?)?"
    r" ?(?P<zone>Z|UTC|[+-]\d\d(:?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class Shaper:
    """Makes of a row the record that a tap must send if all fields are selected.

    ``text_fields`` are the paths ("a", "a.b", "a[].b") of string fields in which the vendor also
    sends other types. The record always has the ``replication_key``, with null where the row does
    not have it. Rows of the same content get copies of one record, whose fields nobody may change
    inside.
    """

    def __init__(
        self,
        schema: Schema,
        *,
        text_fields: Collection[str] = (),
        replication_key: str | None = None,
    ) -> None:
        self._fields = converters(schema, "", text_fields)
        self._replication_key = replication_key
        self._made: dict[bytes, Row] = {}

    def __call__(self, row: Row) -> Row:
        """Returns the record for ``row``."""
        content = marshal.dumps(row, 2)  # tells 1 from 1.0 and true, as JSON does
        if content not in self._made:
            self._made[content] = self._shaped(received(row))
        return dict(self._made[content])

    def _shaped(self, row: Row) -> Row:
        fields = self._fields
        record = {name: fields[name](value) for name, value in row.items() if name in fields}
        if self._replication_key is not None:
            record.setdefault(self._replication_key, None)
        return record


def received(value: Any) -> Any:
    """Returns ``value`` as it arrives: without NUL, half characters, NaN and infinities."""
    try:
        sent = orjson.dumps(value)
    except TypeError:  # it has half a character, or an integer of more than 64 bits
        return mended(value)
    return mended(value) if rb"\u0000" in sent else orjson.loads(sent)


def mended(value: Any) -> Any:
    """Returns what arrives of ``value`` if it has something that JSON can't hold, or NUL."""
    if isinstance(value, str):
        return re.sub("[\ud800-\udfff]", "\ufffd", value.replace("\0", ""))
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, dict):
        return {mended(name): mended(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [mended(member) for member in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return float(value)
    return value


def converters(
    schema: Schema, path: str, text_fields: Collection[str]
) -> Mapping[str, Callable[[Any], Any]]:
    """Returns what converts each field of an object at ``path`` ("" for the row itself)."""
    return {
        name: converter(member, f"{path}.{name}".removeprefix("."), text_fields)
        for name, member in schema.get("properties", {}).items()
    }


def converter(schema: Schema, path: str, text_fields: Collection[str]) -> Callable[[Any], Any]:
    """Returns what makes of a value at ``path`` what is sent, by the table in docs/records.md."""
    declared = schema.get("type", [])
    types = [declared] if isinstance(declared, str) else list(declared)
    types = [name for name in types if name != "null"]
    if not types:
        return lambda value: value
    if len(types) > 1:
        convert = converter_to_one_of(types, schema, path, text_fields)
    elif path in text_fields:
        convert = text
    else:
        convert = converter_to(types[0], schema, path, text_fields)
    return lambda value: None if value is None else convert(value)


def converter_to(
    kind: str, schema: Schema, path: str, text_fields: Collection[str]
) -> Callable[[Any], Any]:
    """Returns what converts a value that is not null to one of JSON's types."""
    if kind == "string":
        return date_time if schema.get("format") == "date-time" else text
    if kind == "array":
        convert = converter(schema.get("items", {}), f"{path}[]", text_fields)
        return lambda value: array(value, convert)
    if kind == "object":
        fields = converters(schema, path, text_fields)
        return lambda value: members_converted(value, fields)
    return {"integer": integer, "number": number, "boolean": boolean}[kind]


def array(value: Any, convert: Callable[[Any], Any]) -> list[Any]:
    """Returns the converted members of a list, or the list of a single value."""
    if value == "":
        return []
    members = value if isinstance(value, list) else [value]
    return [convert(member) for member in members]


def members_converted(value: Any, fields: Mapping[str, Callable[[Any], Any]]) -> Any:
    """Returns the object with its declared fields converted, or None if it is no object."""
    if not isinstance(value, dict):
        return None
    return {
        name: fields[name](member) if name in fields else member for name, member in value.items()
    }


def converter_to_one_of(
    types: Sequence[str], schema: Schema, path: str, text_fields: Collection[str]
) -> Callable[[Any], Any]:
    """Returns what converts a value to the first of several types, or else to another of them."""
    fields = converters(schema, path, text_fields)
    to_first = converter({**schema, "type": types[0]}, path, text_fields)

    def convert(value: Any) -> Any:
        if value == "" and types[0] != "string":
            return None
        if isinstance(value, dict) and "object" in types:
            return members_converted(value, fields)
        first = to_first(value)
        if first is not None:
            return first
        if type_name(value) in types or (type_name(value) == "integer" and "number" in types):
            return value
        return text(value) if "string" in types else None

    return convert


def type_name(value: Any) -> str:
    """Returns the name of the JSON type of ``value``."""
    names = {
        bool: "boolean",
        int: "integer",
        float: "number",
        str: "string",
        list: "array",
        dict: "object",
    }
    return names[type(value)]


def text(value: Any) -> str:
    """Returns a string as it is, and the JSON text of anything else."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def integer(value: Any) -> int | None:
    """Returns the whole number of at most 64 bits that ``value`` is or names, or None."""
    if isinstance(value, str) and not WHOLE.fullmatch(value):
        return None
    if isinstance(value, float) and not value.is_integer():
        return None
    if not isinstance(value, bool | int | float | str):
        return None
    whole = int(value)
    return whole if abs(whole) <= LARGEST else None


def number(value: Any) -> float | int | None:
    """Returns the number that ``value`` is or names, or None. Whole numbers keep every digit."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int) and abs(value) <= LARGEST:
        return value
    if isinstance(value, float):
        return value
    if isinstance(value, int):
        value = str(value)
    if not isinstance(value, str) or not DECIMAL.fullmatch(value):
        return None
    if WHOLE.fullmatch(value) and abs(int(value)) <= LARGEST:
        return int(value)
    read = float(value)
    return read if math.isfinite(read) else None


def boolean(value: Any) -> bool | None:
    """Returns the truth value that ``value`` is or names, or None."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return bool(value) if value in (0, 1) else None
    if isinstance(value, str):
        return BOOLEANS.get(value.lower())
    return None


def date_time(value: Any) -> str | None:
    """Returns the time that ``value`` names as YYYY-MM-DDTHH:MM:SS[.ffffff]Z in UTC, or None."""
    try:
        if isinstance(value, str):
            time = written_time(value)
        elif type(value) in (int, float) and value > 0:
            time = datetime(1970, 1, 1, tzinfo=UTC) + epoch(value)
        else:
            return None
        return time.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError):
        return None


def epoch(value: float) -> timedelta:
    """Returns the time since 1970 that a vendor writes in seconds, milliseconds or microseconds."""
    if value >= 10**14:
        return timedelta(microseconds=value)
    if value >= 10**11:
        return timedelta(milliseconds=value)
    return timedelta(seconds=value)


def written_time(value: str) -> datetime:
    """Returns the time of an ISO date or date-time. One without a zone is in UTC.

    Raises ValueError for any other text.
    """
    found = DATE_TIME.fullmatch(value)
    if not found:
        raise ValueError(f"{value!r} names no time")
    time, seconds = found["time"] or "00:00", found["seconds"] or "00"
    fraction = (found["fraction"] or "0")[:6].ljust(6, "0")
    leap = timedelta(seconds=1 if seconds == "60" else 0)
    seconds = "59" if leap else seconds
    local = datetime.fromisoformat(f"{found['day']}T{time}:{seconds}.{fraction}+00:00")
    return local + leap - offset(found["zone"])


def offset(zone: str | None) -> timedelta:
    """Returns how far a zone such as +05:30, -0800 or Z is ahead of UTC."""
    if zone is None or zone.upper() in {"Z", "UTC"}:
        return timedelta()
    digits = zone[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:
        raise ValueError(f"{zone} is not a zone")
    distance = timedelta(hours=hours, minutes=minutes)
    return -distance if zone[0] == "-" else distance
