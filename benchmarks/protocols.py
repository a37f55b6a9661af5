"""How a tap or source is told to read everything, and how its rows are found in its output:
Singer's and Airbyte's way.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = tuple[str, dict[str, Any]]
"""A stream's name and a record of it."""


@dataclass(frozen=True)
class Protocol:
    """``reading`` makes, from a command with its config, a folder and streams to leave out, the
    command that reads all others; ``rows`` finds the rows in its output.
    """

    reading: Callable[[Sequence[str], Path, frozenset[str]], list[str]]
    rows: Callable[[Path], Iterator[Row]]


def _messages(out: Path) -> Iterator[dict[str, Any]]:
    """The whole lines of an output, whose last one a program may have left unfinished."""
    with out.open("rb") as lines:
        yield from (json.loads(line) for line in lines if line.endswith(b"\n"))


def _printed(command: Sequence[str]) -> bytes:
    quiet = subprocess.DEVNULL
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=quiet).stdout


def _singer_reading(command: Sequence[str], folder: Path, without: frozenset[str]) -> list[str]:
    catalog = json.loads(_printed([*command, "--discover"]))
    for stream in catalog["streams"]:
        for item in stream["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"]["selected"] = stream["tap_stream_id"] not in without
    path = folder / "catalog.json"
    path.write_text(json.dumps(catalog), "utf-8")
    return [*command, "--catalog", str(path)]


def _singer_rows(out: Path) -> Iterator[Row]:
    for message in _messages(out):
        if message["type"] == "RECORD":
            yield message["stream"], message["record"]


def _airbyte_reading(command: Sequence[str], folder: Path, without: frozenset[str]) -> list[str]:
    program, *config = command
    told = _printed([program, "discover", *config])
    streams = next(
        line for line in map(json.loads, told.splitlines()) if line["type"] == "CATALOG"
    )["catalog"]["streams"]
    chosen = [
        {"stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "overwrite"}
        for stream in streams
        if stream["name"] not in without
    ]
    path = folder / "catalog.json"
    path.write_text(json.dumps({"streams": chosen}), "utf-8")
    return [program, "read", *config, "--catalog", str(path)]


def _airbyte_rows(out: Path) -> Iterator[Row]:
    for message in _messages(out):
        if message["type"] == "RECORD":
            yield message["record"]["stream"], message["record"]["data"]


SINGER = Protocol(_singer_reading, _singer_rows)
AIRBYTE = Protocol(_airbyte_reading, _airbyte_rows)
