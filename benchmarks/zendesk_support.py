"""Requests, seconds, rows and memory of a first and an empty second run: ``python -m benchmarks.zendesk_support [--tickets N]``.

With ``--limits`` the sandbox keeps the real buckets (10 exports a minute), so that the wall time tells how well they are used.
"""

from __future__ import annotations

import argparse
import math
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import orjson

from sandbox.zendesk_support import Account, Options, ZendeskSupportServer, serve

STREAMS = (
    *("tickets", "zendesk_ticket_metrics", "users", "user_identities", "organizations", "audits", "ticket_comments"),
    *("ticket_events", "ticket_fields", "zendesk_groups", "zendesk_group_memberships", "zendesk_macros", "zendesk_tags"),
    "ticket_metric_events",
)


def bound(rows: dict[str, int]) -> int:
    """The fewest requests that bring so many rows: 1,000 a page of an export, 100 of a list."""
    exports = ("tickets", "users", "organizations", "ticket_events", "ticket_metric_events")
    lists = ("ticket_fields", "zendesk_groups", "zendesk_group_memberships", "zendesk_macros", "zendesk_tags")
    return sum(max(1, math.ceil(rows[name] / 1000)) for name in exports) + sum(
        max(1, math.ceil(rows[name] / 100)) for name in lists
    )


def catalog(folder: Path, command: list[str]) -> Path:
    """The catalog with the measured streams selected."""
    found = orjson.loads(subprocess.run([*command, "--discover"], capture_output=True, check=True).stdout)
    for entry in found["streams"]:
        root = next(item for item in entry["metadata"] if not item["breadcrumb"])
        root["metadata"]["selected"] = entry["stream"] in STREAMS
    path = folder / "catalog.json"
    path.write_bytes(orjson.dumps(found))
    return path


def measured(server: ZendeskSupportServer, command: list[str], label: str, folder: Path) -> None:
    """Runs the tap and prints a line of figures; keeps the last state for the next run."""
    server.log.reset()
    state = folder / "state.json"
    began = time.monotonic()
    done = subprocess.run([*command, *(["--state", str(state)] if state.exists() else [])], capture_output=True, check=False)
    seconds = time.monotonic() - began
    rows = dict.fromkeys(STREAMS, 0)
    for line in done.stdout.splitlines():
        message = orjson.loads(line)
        if message["type"] == "RECORD":
            rows[message["stream"]] += 1
        elif message["type"] == "STATE":
            state.write_bytes(orjson.dumps(message["value"]))
    sent = [entry for entry in server.log.entries if entry.path.startswith("/api/")]
    exports = sum("/incremental/" in entry.path and "metric_events" not in entry.path for entry in sent)
    total = sum(rows.values())
    print(
        f"{label}: exit {done.returncode}, {len(sent)} requests ({exports} exports), "
        f"{sum(entry.status == 429 for entry in sent)} throttled, "
        f"bound {bound(rows)}, {total} rows in {seconds:.1f} s = {total / seconds:.0f}/s, "
        f"at most {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024} MB"
    )


def main() -> None:
    """Measures both runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=1000)
    parser.add_argument("--limits", action="store_true")
    options = parser.parse_args()
    limits = Options() if options.limits else Options(limit=0)
    with serve(Account(tickets=options.tickets), limits) as server, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        login = {key: server.credentials[key] for key in ("email", "api_token", "subdomain")}
        config = folder / "config.json"
        config.write_bytes(orjson.dumps({**login, "base_url": server.url, "start_date": "2015-01-01"}))
        command = [sys.executable, "-m", "tap_zendesk_support", "-c", str(config)]
        command += ["--catalog", str(catalog(folder, command))]
        measured(server, command, "first", folder)
        measured(server, command, "second", folder)


if __name__ == "__main__":
    main()
