"""What tap-desk costs: ``python -m benchmarks.desk [CASES ...] [--latency-ms 50] [--limit 0]``.

Reads cases, messages, replies, customers, users and user_groups of a made-up account, and prints
requests beside the least that they can take, rows a second, the rate of replies, and the highest
resident memory.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from pathlib import Path

from benchmarks.processes import executable, measured, selecting, sent
from sandbox.desk import Account, DeskServer, Options, serve

STREAMS = ("cases", "messages", "replies", "customers", "users", "user_groups")


def least(account: Account) -> int:
    """The fewest requests: 100 cases, customers or replies of a case, and 1000 users or groups come
    in one.
    """
    replied = [len(account.cases.story(case).replies) for case in account.cases.ids()]
    rows = (len(table.ids()) for table in (account.cases, account.customers))
    lists = sum(math.ceil(count / 100) for count in rows) + 2
    return (
        lists
        + sum(math.ceil(count / 100) for count in replied)
        + min(len(account.staff.users), len(account.staff.groups))
    )


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
    asked, bound = sum(server.log.statuses.values()), least(server.account)
    return (
        f"{len(server.account.cases.ids())} cases: {asked} requests, at least {bound} "
        f"({asked / bound:.3f} times); "
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
