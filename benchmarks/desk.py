"""What tap-desk costs: ``python -m benchmarks.desk [CASES ...] [--latency-ms 50] [--limit 0]``.

Reads cases, messages, replies, customers, users and user_groups of a made-up account, and prints
requests, rows a second, the rate of replies, and the highest resident memory.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from benchmarks.processes import executable, measured, selecting, sent
from sandbox.desk import Account, DeskServer, Options, serve

STREAMS = ("cases", "messages", "replies", "customers", "users", "user_groups")


def measure(server: DeskServer, folder: Path) -> str:
    """Syncs the account once; returns the figures as text."""
    config, out = folder / "config.json", folder / "out"
    config.write_text(
        json.dumps({**server.app.credentials(), "base_url": server.url, "start_date": "2015-01-01"})
    )
    command = selecting([executable("tap-desk"), "--config", str(config)], folder, STREAMS)
    server.log.reset()
    cost = measured(command, out)
    rows = sent(out)
    asked = sum(server.log.statuses.values())
    return (
        f"{len(server.account.cases.ids())} cases: {asked} requests, "
        f"{rows.total()} rows in {cost.seconds:.1f} s ({rows.total() / cost.seconds:.0f}/s), "
        f"{rows['replies']} replies ({rows['replies'] / cost.seconds:.0f}/s), "
        f"{cost.cpu:.1f} s of CPU, {cost.megabytes:.0f} MB, "
        f"{server.log.statuses[429]} times refused"
    )


def main() -> None:
    """Measures each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=int, nargs="*", default=[1_000, 10_000])
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--limit", type=int, default=0)
    arguments = parser.parse_args()
    for cases in arguments.cases:
        options = Options(limit=arguments.limit, latency_ms=arguments.latency_ms)
        with (
            serve(Account(seed=1, cases=cases), options) as server,
            tempfile.TemporaryDirectory() as folder,
        ):
            print(measure(server, Path(folder)), flush=True)


if __name__ == "__main__":
    main()
