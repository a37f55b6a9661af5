"""Requests, seconds, rows and memory of a first and an empty second run: ``python -m
benchmarks.zendesk_support [--tickets N]``.

With ``--limits`` the sandbox keeps the real buckets (10 exports a minute), so that the wall time
tells how well they are used.
"""

from __future__ import annotations

import argparse
import tempfile
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


def run(server: ZendeskSupportServer, name: str, command: list[str], out: Path) -> None:
    """Runs the tap and prints a line of figures for the run called ``name``."""
    server.log.reset()
    cost = measured(command, out)
    rows = sent(out)
    asked = [entry for entry in server.log.entries if entry.path.startswith("/api/")]
    exports = sum(
        "/incremental/" in entry.path and "metric_events" not in entry.path for entry in asked
    )
    throttled = sum(entry.status == 429 for entry in asked)
    print(
        f"{name}: {len(asked)} requests ({exports} exports), {throttled} throttled, "
        f"{rows.total()} rows in "
        f"{cost.seconds:.1f} s = {rows.total() / cost.seconds:.0f}/s, {cost.cpu:.1f} s of CPU, "
        f"at most {cost.megabytes:.0f} MB"
    )


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
        run(server, "first", command, out)
        state.write_text(last_state(out))
        run(server, "second", [*command, "--state", str(state)], out)


if __name__ == "__main__":
    main()
