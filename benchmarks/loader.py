"""How fast singer-to-sqlite loads: ``python benchmarks/loader.py [ROWS]`` makes ticket-like rows of
2 KB and loads them twice.

The first load fills a new file, the second one updates every row. Printed: rows a second, CPU time,
highest resident memory.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

PROPERTIES = {
    **{
        name: {"type": ["null", "integer"]}
        for name in ("requester_id", "assignee_id", "organization_id", "brand_id")
    },
    **{
        name: {"type": ["null", "string"]}
        for name in ("subject", "description", "priority", "status", "type", "url")
    },
    **{
        name: {"type": ["null", "string"], "format": "date-time"}
        for name in ("created_at", "updated_at", "due_at")
    },
    **{
        name: {"type": ["null", "boolean"]}
        for name in ("has_incidents", "is_public", "allow_attachments")
    },
    **{
        name: {"type": ["null", "array"]}
        for name in ("tags", "custom_fields", "collaborator_ids", "follower_ids")
    },
    **{name: {"type": ["null", "object"]} for name in ("via", "satisfaction_rating")},
    "id": {"type": "integer"},
    "satisfaction_probability": {"type": ["null", "number"]},
}


def ticket(number: int, status: str) -> dict[str, Any]:
    """A made-up ticket of about 2 KB."""
    return {
        "id": number,
        "url": f"https://example.zendesk.com/api/v2/tickets/{number}.json",
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-02T00:00:00Z",
        "due_at": None,
        "type": "incident",
        "subject": f"Printer {number} is on fire",
        "description": f"Ticket {number}: the printer on the second floor is on fire again. " * 14,
        "priority": "high",
        "status": status,
        "requester_id": 360000000000 + number,
        "assignee_id": 360000000001,
        "organization_id": None,
        "brand_id": 360000000002,
        "has_incidents": False,
        "is_public": True,
        "allow_attachments": True,
        "tags": ["enterprise", "printer", "fire"],
        "custom_fields": [
            {"id": 360000000100 + field, "value": f"value {field}"} for field in range(8)
        ],
        "collaborator_ids": [1, 2, 3],
        "follower_ids": [],
        "via": {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}},
        "satisfaction_rating": {"score": "good", "comment": "They put the fire out."},
        "satisfaction_probability": 0.75,
    }


def write_input(path: Path, rows: int, status: str) -> None:
    """Write a tap's output: a SCHEMA, ``rows`` tickets and a STATE after each hundredth."""
    schema = {"type": "object", "properties": PROPERTIES}
    with path.open("w") as out:
        print(
            json.dumps(
                {"type": "SCHEMA", "stream": "tickets", "schema": schema, "key_properties": ["id"]}
            ),
            file=out,
        )
        for number in range(1, rows + 1):
            print(
                json.dumps(
                    {"type": "RECORD", "stream": "tickets", "record": ticket(number, status)}
                ),
                file=out,
            )
            if number % 100 == 0:
                print(
                    json.dumps(
                        {"type": "STATE", "value": {"bookmarks": {"tickets": {"id": number}}}}
                    ),
                    file=out,
                )


def measure(database: Path, source: Path, rows: int) -> str:
    """Load ``source`` into ``database``; returns the figures as text. Exits if the loader fails."""
    start = time.perf_counter()
    with source.open("rb") as stdin:
        process = subprocess.Popen(
            [sys.executable, "-m", "singer_to_sqlite", str(database)],
            stdin=stdin,
            stdout=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
    elapsed = time.perf_counter() - start
    if status:
        sys.exit(f"the loader failed with status {status}")
    megabytes = usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
    cpu = usage.ru_utime + usage.ru_stime
    return f"{rows / elapsed:,.0f} rows/s, {cpu:.2f} s CPU, {megabytes:.0f} MB max RSS"


def main() -> None:
    """Print the figures of both loads."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory() as directory:
        database, source = Path(directory, "tickets.db"), Path(directory, "tickets.jsonl")
        for load, status in (("first load", "open"), ("update", "closed")):
            write_input(source, rows, status)
            print(
                f"{load} of {rows:,} rows of {source.stat().st_size // rows:,} bytes:",
                measure(database, source, rows),
            )


if __name__ == "__main__":
    main()
