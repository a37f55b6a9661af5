"""What singer-to-sqlite costs: ``python -m benchmarks.loader [load] [pipe]``.

"load" makes ticket-like rows of 2 KB and loads them twice: into a new file, and again as updates.
"pipe" runs tap-freshdesk alone, and then into the loader. All figures are medians.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from benchmarks.freshdesk import configured
from benchmarks.processes import Cost, Sandbox, measured, sent, table

LOADER = [sys.executable, "-m", "singer_to_sqlite"]
PARTS = ("load", "pipe")
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
    """Writes a tap's output: a SCHEMA, ``rows`` tickets and a STATE after each hundredth."""
    schema = {"type": "object", "properties": PROPERTIES}
    head = {"type": "SCHEMA", "stream": "tickets", "schema": schema, "key_properties": ["id"]}
    with path.open("wb") as out:
        out.write(orjson.dumps(head) + b"\n")
        for number in range(1, rows + 1):
            record = {"type": "RECORD", "stream": "tickets", "record": ticket(number, status)}
            out.write(orjson.dumps(record) + b"\n")
            if number % 100 == 0:
                state = {"type": "STATE", "value": {"bookmarks": {"tickets": {"id": number}}}}
                out.write(orjson.dumps(state) + b"\n")


def load(rows: int, rounds: int, folder: Path) -> None:
    """Prints what a first load and an update of every row cost."""
    sources = {"first load": folder / "first", "update": folder / "second"}
    write_input(sources["first load"], rows, "open")
    write_input(sources["update"], rows, "closed")
    costs: dict[str, list[Cost]] = {name: [] for name in sources}
    for round_number in range(rounds):
        database = folder / f"{round_number}.db"
        for name, source in sources.items():
            costs[name].append(piped(["cat", str(source)], database, folder))
        database.unlink()
    print(
        table(
            ("", "CPU s", "rows/s of CPU", "seconds", "MB"),
            [(name, *paces(rows, found)) for name, found in costs.items()],
        )
    )


def pipe(tickets: int, rounds: int, folder: Path) -> None:
    """Prints what tap-freshdesk costs alone, and with the loader behind it."""
    alone, both = [], []
    with Sandbox("freshdesk", "--tickets", tickets, "--limit", 0) as sandbox:
        tap, out = configured(sandbox, folder), folder / "out"
        for round_number in range(rounds):
            alone.append(measured(tap, out))
            rows = sent(out).total()
            both.append(piped(tap, folder / f"{round_number}.db", folder))
    print(
        table(
            ("", "CPU s", "rows/s of CPU", "seconds", "MB"),
            [
                ("tap alone", *paces(rows, alone)),
                ("tap and loader", *paces(rows, both)),
            ],
        )
    )


def piped(command: Sequence[str], database: Path, folder: Path) -> Cost:
    """What ``command`` and the loader behind it cost together."""
    script = f'database=$1; shift; "$@" | {" ".join(LOADER)} "$database"'
    shell = ["bash", "-o", "pipefail", "-c", script, "bash", str(database), *command]
    return measured(shell, folder / "states")


def paces(rows: int, costs: Sequence[Cost]) -> tuple[str, ...]:
    """The medians of some runs as cells of a table."""
    cpu = statistics.median(cost.cpu for cost in costs)
    seconds = statistics.median(cost.seconds for cost in costs)
    megabytes = statistics.median(cost.megabytes for cost in costs)
    return f"{cpu:.2f}", f"{rows / cpu:,.0f}", f"{seconds:.2f}", f"{megabytes:.0f}"


def main() -> None:
    """The command."""
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help="load or pipe (default: both)")
    parser.add_argument("--rows", type=int, default=100_000, help="rows of a load")
    parser.add_argument("--tickets", type=int, default=2_000, help="size of the pipe's account")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        for part in given.parts or PARTS:
            if part == "load":
                load(given.rows, given.rounds, Path(name))
            elif part == "pipe":
                pipe(given.tickets, given.rounds, Path(name))
            else:
                parser.error(f"no such part: {part}")


if __name__ == "__main__":
    main()
