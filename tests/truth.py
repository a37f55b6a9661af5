"""What a target must hold, and the comparison of it with the records that a tap wrote.

A vendor's truth module builds the rows of a stream from the sandbox's account and passes each of
them through a ``Shaper`` (tests/shaper.py). Where a catalog leaves fields out, ``selected`` cuts
the rows. ``assert_holds`` compares the result with the records.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import orjson

Row = dict[str, Any]
Schema = Mapping[str, Any]
Key = tuple[Any, ...]

ROOT = Path(__file__).resolve().parent.parent
SHOWN = 5
"""How many differing rows, and fields of each, a failed comparison names."""


@cache
def schema_of(tap: str, stream: str) -> Row:
    """Returns the schema of a stream, for example of "tap_desk" and "cases".

    All callers get the same one, which none of them may change.
    """
    schema: Row = json.loads((ROOT / "schemas" / tap / f"{stream}.json").read_text("utf-8"))
    return schema


def unread(rows: Iterable[Row]) -> list[Row]:
    """Returns the rows of a snapshot without when they were read."""
    return [without(row, ("properties", "read_at")) for row in rows]


def selected(rows: Iterable[Row], catalog: Mapping[str, Any], stream: str) -> list[Row]:
    """Returns ``rows`` with just the fields that ``catalog`` selects in ``stream``, at every depth.

    For a run without a catalog, pass the one that discovery prints.
    """
    entry = next(entry for entry in catalog["streams"] if entry["tap_stream_id"] == stream)
    always = {*entry["key_properties"], entry.get("replication_key")}
    paths = [
        item["breadcrumb"]
        for item in entry["metadata"]
        if item["breadcrumb"] and not is_selected(item["metadata"])
    ]
    left_out = [path for path in paths if len(path) > 2 or path[-1] not in always]
    chosen = list(rows)
    for path in left_out:
        chosen = [without(row, path) for row in chosen]
    return chosen


def without(value: Any, breadcrumb: Sequence[str]) -> Any:
    """Returns ``value`` without what is at a breadcrumb of a catalog."""
    kind, *rest = breadcrumb
    if kind == "items":
        is_list = isinstance(value, list)
        return [without(member, rest) for member in value] if is_list else value
    name, *below = rest
    if not isinstance(value, dict) or name not in value:
        return value
    if below:
        return {**value, name: without(value[name], below)}
    return {other: member for other, member in value.items() if other != name}


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


def assert_includes(
    expected: Iterable[Row],
    sent: Iterable[Row],
    *,
    key: Sequence[str] = ("id",),
    stream: str = "the stream",
) -> None:
    """Fails unless a target that was ``sent`` these records holds the ``expected`` rows.

    It may hold others besides.
    """
    wanted = held(expected, key)
    among = [row for found, row in held(sent, key).items() if found in wanted]
    assert_holds(wanted.values(), among, key=key, stream=stream)


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
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


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
