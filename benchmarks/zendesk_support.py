"""Requests, seconds, rows and memory of a first and an empty second run: ``python -m
benchmarks.zendesk_support [--tickets N]``.

With ``--limits`` the sandbox keeps the real buckets (10 exports a minute), so that the wall time
tells how well they are used.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections import Counter
from pathlib import Path

import orjson

from benchmarks.processes import executable, last_state, measured, selecting, sent
from sandbox.zendesk_support import Account, Options, ZendeskSupportServer, serve

STREAMS = (
    *(
        "tickets",
        "zendesk_ticket_metrics",
        "users",
        "user_identities",
        "organizations",
        "audits",
        "ticket_comments",
    ),
    *(
        "ticket_events",
        "ticket_fields",
        "zendesk_groups",
        "zendesk_group_memberships",
        "zendesk_macros",
        "zendesk_tags",
    ),
    "ticket_metric_events",
)


EXPORTS = ("tickets", "users", "organizations", "ticket_events", "ticket_metric_events")
LISTS = (
    "ticket_fields",
    "zendesk_groups",
    "zendesk_group_memberships",
    "zendesk_macros",
    "zendesk_tags",
)


def bound(rows: Counter[str], whole: Counter[str]) -> int:
    """The fewest requests: 1,000 rows a page of an export; 100 a page of a list, read ``whole``
    each time.
    """
    pages = [math.ceil(rows[name] / 1000) for name in EXPORTS] + [
        math.ceil(whole[name] / 100) for name in LISTS
    ]
    return sum(max(1, number) for number in pages)


def run(
    server: ZendeskSupportServer, command: list[str], out: Path, whole: Counter[str] | None = None
) -> Counter[str]:
    """Runs the tap and prints a line of figures; returns the rows sent. ``whole`` are those of the
    first run.
    """
    server.log.reset()
    cost = measured(command, out)
    rows = sent(out)
    asked = [entry for entry in server.log.entries if entry.path.startswith("/api/")]
    exports = sum(
        "/incremental/" in entry.path and "metric_events" not in entry.path for entry in asked
    )
    throttled = sum(entry.status == 429 for entry in asked)
    print(
        f"{'second' if whole else 'first'}: {len(asked)} requests ({exports} exports), "
        f"bound {bound(rows, whole or rows)}, {throttled} throttled, {rows.total()} rows in "
        f"{cost.seconds:.1f} s = {rows.total() / cost.seconds:.0f}/s, {cost.cpu:.1f} s of CPU, "
        f"at most {cost.megabytes:.0f} MB"
    )
    return rows


def main() -> None:
    """Measures both runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=1000)
    parser.add_argument("--limits", action="store_true")
    options = parser.parse_args()
    limits = Options() if options.limits else Options(limit=0)
    with (
        serve(Account(tickets=options.tickets), limits) as server,
        tempfile.TemporaryDirectory() as name,
    ):
        folder = Path(name)
        login = {key: server.credentials[key] for key in ("email", "api_token", "subdomain")}
        config = folder / "config.json"
        config.write_bytes(
            orjson.dumps({**login, "base_url": server.url, "start_date": "2015-01-01"})
        )
        tap = [executable("tap-zendesk-support"), "--config", str(config)]
        command, out, state = selecting(tap, folder, STREAMS), folder / "out", folder / "state.json"
        whole = run(server, command, out)
        state.write_text(last_state(out))
        run(server, [*command, "--state", str(state)], out, whole)


if __name__ == "__main__":
    main()
