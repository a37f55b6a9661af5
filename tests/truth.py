"""What a target must hold: the rules of docs/records.md, written again without the taps' code.

A vendor's truth module builds the rows of a stream from the sandbox's account and passes each of
them through ``shaped``. Where a catalog leaves fields out, ``selected`` cuts the rows.
``assert_holds`` compares the result with the records that a tap wrote.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

Row = dict[str, Any]
Schema = Mapping[str, Any]
Key = tuple[Any, ...]

ROOT = Path(__file__).resolve().parent.parent
LARGEST = 2**63 - 1
SHOWN = 5
"""How many differing rows, and fields of each, a failed comparison names."""
WHOLE = re.compile(r"[+-]?[0-9]+")
DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
DATE_TIME = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)"
    r"([T ](?P<time>\d\d:\d\d)(:(?P<seconds>\d\d))?([.,](?P<fraction>\d+))?)?"
    r" ?(?P<zone>Z|UTC|[+-]\d\d(:?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def schema_of(tap: str, stream: str) -> Row:
    """Returns the schema of a stream, for example of "tap_desk" and "cases"."""
    schema: Row = json.loads((ROOT / "schemas" / tap / f"{stream}.json").read_text("utf-8"))
    return schema


def shaped(
    row: Mapping[str, Any],
    schema: Schema,
    *,
    text_fields: Collection[str] = (),
    replication_key: str | None = None,
) -> Row:
    """Returns the record that a tap must send for ``row`` if all fields are selected.

    ``text_fields`` are the paths ("a", "a.b", "a[].b") of string fields in which the vendor also
    sends other types. The record always has the ``replication_key``, with null where the row does
    not have it.
    """
    properties = schema["properties"]
    record = {
        name: converted(received(value), properties[name], name, text_fields)
        for name, value in row.items()
        if name in properties
    }
    if replication_key is not None:
        record.setdefault(replication_key, None)
    return record


def unread(rows: Iterable[Row]) -> list[Row]:
    """Returns the rows of a snapshot without when they were read."""
    return [_without(row, "read_at") for row in rows]


def _without(row: Row, name: str) -> Row:
    return {key: value for key, value in row.items() if key != name}


def received(value: Any) -> Any:
    """Returns ``value`` as it arrives: without NUL, half characters, NaN and infinities."""
    if isinstance(value, str):
        if value.isascii() and "\0" not in value:
            return value
        without_nul = value.replace("\0", "")
        return re.sub("[\ud800-\udfff]", "\ufffd", without_nul)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, dict):
        return {received(name): received(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [received(member) for member in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return float(value)
    return value


def converted(value: Any, schema: Schema, path: str, text_fields: Collection[str]) -> Any:
    """Returns what is sent for ``value`` at ``path``, by the table in docs/records.md."""
    declared = schema.get("type", [])
    types = [declared] if isinstance(declared, str) else list(declared)
    types = [name for name in types if name != "null"]
    if value is None or not types:
        return value
    if len(types) > 1:
        return one_of_several(value, types, schema, path, text_fields)
    if path in text_fields:
        return text(value)
    if types == ["string"]:
        return date_time(value) if schema.get("format") == "date-time" else text(value)
    if types == ["integer"]:
        return integer(value)
    if types == ["number"]:
        return number(value)
    if types == ["boolean"]:
        return boolean(value)
    if types == ["array"] and value == "":
        return []
    if types == ["array"]:
        members = value if isinstance(value, list) else [value]
        items = schema.get("items", {})
        return [converted(member, items, f"{path}[]", text_fields) for member in members]
    if types == ["object"]:
        return members_converted(value, schema, path, text_fields)
    raise ValueError(f"{path}: the type {types} is none of JSON's")


def members_converted(value: Any, schema: Schema, path: str, text_fields: Collection[str]) -> Any:
    """Returns the object with its declared fields converted, or None if it is no object."""
    if not isinstance(value, dict):
        return None
    properties = schema.get("properties", {})
    record = {}
    for name, member in value.items():
        if name in properties:
            member = converted(member, properties[name], f"{path}.{name}", text_fields)  # noqa: PLW2901
        record[name] = member
    return record


def one_of_several(
    value: Any, types: Sequence[str], schema: Schema, path: str, text_fields: Collection[str]
) -> Any:
    """Returns ``value`` as the first of several types, or else as another of them."""
    if value == "" and types[0] != "string":
        return None
    if isinstance(value, dict) and "object" in types:
        return members_converted(value, schema, path, text_fields)
    first = converted(value, {**schema, "type": types[0]}, path, text_fields)
    if first is not None:
        return first
    if type_name(value) in types or (type_name(value) == "integer" and "number" in types):
        return value
    return text(value) if "string" in types else None


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
    if isinstance(value, int):
        return value if abs(value) <= LARGEST else None
    if isinstance(value, float):
        return value
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
    if isinstance(value, int):
        return {0: False, 1: True}.get(value)
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


def selected(rows: Iterable[Row], catalog: Mapping[str, Any], stream: str) -> list[Row]:
    """Returns ``rows`` with just the fields that ``catalog`` selects in ``stream``, at every depth.

    For a run without a catalog, pass the one that discovery prints.
    """
    entry = next(entry for entry in catalog["streams"] if entry["tap_stream_id"] == stream)
    facts = {tuple(item["breadcrumb"]): item["metadata"] for item in entry["metadata"]}
    always = {*entry["key_properties"], entry.get("replication_key")}
    return [cut(row, entry["schema"], (), facts, always) for row in rows]


def cut(
    value: Any,
    schema: Schema,
    breadcrumb: tuple[str, ...],
    facts: Mapping[tuple[str, ...], Mapping[str, Any]],
    always: Collection[str | None] = (),
) -> Any:
    """Returns ``value`` without the fields that are not selected. Those in ``always`` stay."""
    if isinstance(value, list):
        items = schema.get("items", {})
        return [cut(member, items, (*breadcrumb, "items"), facts) for member in value]
    if not isinstance(value, dict):
        return value
    properties = schema.get("properties", {})
    kept = {}
    for name, member in value.items():
        inside = (*breadcrumb, "properties", name)
        if name in always or is_selected(facts.get(inside, {})):
            kept[name] = cut(member, properties.get(name, {}), inside, facts)
    return kept


def is_selected(facts: Mapping[str, Any]) -> bool:
    """Returns whether a catalog's metadata selects a field."""
    if facts.get("inclusion") == "unsupported":
        return False
    chosen = facts.get("selected")
    if chosen is None:
        chosen = facts.get("selected-by-default")
    return str(chosen).lower() != "false"


def held(records: Iterable[Row], key: Sequence[str]) -> dict[Key, Row]:
    """Returns what a target holds after these records: for each key the last one."""
    rows: dict[Key, Row] = {}
    for record in records:
        lacking = [name for name in key if record.get(name) is None]
        assert not lacking, f"a record has no {', '.join(lacking)}: {json.dumps(record)[:500]}"
        rows[tuple(record[name] for name in key)] = record
    return rows


def assert_holds(
    expected: Iterable[Row],
    sent: Iterable[Row],
    *,
    key: Sequence[str] = ("id",),
    stream: str = "the stream",
    gone: Collection[Key] = (),
) -> None:
    """Fails unless a target that was ``sent`` these records holds the ``expected`` rows.

    The order of rows and fields does not matter. Types do: 1, 1.0 and true are three values, and
    an absent field is not null. ``gone`` are the keys of rows that have left the account, which a
    target may still hold.
    """
    wanted_rows = list(expected)
    wanted, got = held(wanted_rows, key), held(sent, key)
    assert len(wanted) == len(wanted_rows), f"{stream}: the expected rows repeat a key"
    problems = [f"{named(row, key)}: missing" for row in wanted.keys() - got.keys()]
    extra = got.keys() - wanted.keys() - set(gone)
    problems += [f"{named(row, key)}: sent, but not expected" for row in extra]
    for row in wanted.keys() & got.keys():
        if exact(wanted[row]) == exact(got[row]):
            continue
        differences = differing(wanted[row], got[row])
        if differences:
            problems.append(f"{named(row, key)}: {'; '.join(differences)}")
    shown = "\n  ".join(sorted(problems)[:SHOWN])
    assert not problems, f"{stream}: {len(problems)} of {len(wanted)} rows differ\n  {shown}"


def named(row: Key, key: Sequence[str]) -> str:
    """Returns a row's key as a person reads it."""
    return ", ".join(f"{name} {value!r}" for name, value in zip(key, row, strict=True))


def differing(wanted: Row, got: Row) -> list[str]:
    """Returns the first fields in which two rows differ, each with both values."""
    if exact(wanted) == exact(got):
        return []
    different = []
    for name in sorted(wanted.keys() | got.keys()):
        value_wanted = exact(wanted[name]) if name in wanted else "no such field"
        value_got = exact(got[name]) if name in got else "no such field"
        if value_wanted != value_got:
            different.append(f"{name} must be {value_wanted[:200]}, not {value_got[:200]}")
    return different[:SHOWN]


def exact(value: Any) -> str:
    """Returns JSON text that is the same for two values if they and their types are."""
    return json.dumps(value, sort_keys=True)


def assert_references(rows: Mapping[str, Sequence[Row]], schema: Callable[[str], Schema]) -> None:
    """Fails unless each reference in these streams' rows leads to one of the rows, or is null.

    ``rows`` are all rows of all streams of a tap, by stream. ``schema`` gives that of a stream.
    """
    problems = []
    for stream, own_rows in rows.items():
        for path, target in references(schema(stream)):
            target_stream, column = target.split(".")
            known = {row[column] for row in rows[target_stream]}
            found = {value for row in own_rows for value in values_at(row, path.split("."))}
            lost = sorted(found - known)[:SHOWN]
            problems += [f"{stream}.{path}: no {target} is {value!r}" for value in lost]
    assert not problems, "\n".join(problems)


def references(schema: Schema, path: str = "") -> Iterator[tuple[str, str]]:
    """Yields the path ("a", "a.b", "a[].b") and the target ("users.id") of each reference."""
    if "references" in schema:
        yield path, schema["references"]
    for name, member in schema.get("properties", {}).items():
        yield from references(member, f"{path}.{name}".removeprefix("."))
    if "items" in schema:
        yield from references(schema["items"], f"{path}[]")


def values_at(value: Any, path: Sequence[str]) -> Iterator[Any]:
    """Yields what is at a path inside ``value``, null left out. Each step may end in "[]"."""
    if value is None:
        return
    if not path:
        yield value
        return
    member = value.get(path[0].removesuffix("[]"))
    members = member if path[0].endswith("[]") else [member]
    for one in members or ():
        yield from values_at(one, path[1:])
