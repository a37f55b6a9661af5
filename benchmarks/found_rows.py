"""Which rows each program's output holds, and which of them are missing."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers import Peer
from benchmarks.protocols import SINGER

Found = dict[str, set[tuple[str, ...]]]
"""The keys of the rows by stream."""


def ours(out: Path) -> Found:
    """The rows in the output of one of our taps."""
    columns = _keys(out)
    found: Found = {stream: set() for stream in columns}
    for stream, row in SINGER.rows(out):
        found[stream].add(_key(row, columns[stream]))
    return found


def theirs(peer: Peer, out: Path, tap_out: Path) -> tuple[Found, int]:
    """The rows in a peer's output by our keys, which ``tap_out`` declares; and how many there are.

    A last line that is cut off is left out.
    """
    columns = _keys(tap_out)
    found: Found = defaultdict(set)
    records = 0
    for stream, row in peer.protocol.rows(out):
        own, *_ = peer.streams.get(stream, (stream,))
        records += 1
        is_compared = stream not in peer.uncompared
        key = _key(row, columns.get(own, ())) if is_compared else (str(records),)
        found[stream].add(key)
    return dict(found), records


def differences(peer: Peer, wanted: Found, found: Found) -> dict[str, tuple[int, int]]:
    """How many of our rows a peer lacks, and we of its rows, by each of its streams that both read.

    Streams whose keys differ are compared by the number of rows.
    """
    lacking = {}
    for stream, rows in sorted(found.items()):
        names = peer.streams.get(stream, (stream,))
        here = {row for name in names for row in wanted.get(name, ())}
        if stream in peer.uncompared:
            more = len(here) - len(rows)
            lacking[stream] = max(0, more), max(0, -more)
        elif here:
            lacking[stream] = len(here - rows), len(rows - here)
    return lacking


def _keys(out: Path) -> dict[str, list[str]]:
    """Each stream's key columns, as the output declares them."""
    with out.open("rb") as lines:
        schemas = [json.loads(line) for line in lines if line.startswith(b'{"type":"SCHEMA"')]
    return {schema["stream"]: schema["key_properties"] for schema in schemas}


def _key(row: Mapping[str, Any], columns: Sequence[str]) -> tuple[str, ...]:
    """The row's key as text; Airbyte's whole numbers are doubles."""
    values = (row.get(column) for column in columns)
    return tuple(str(int(value)) if isinstance(value, float) else str(value) for value in values)
