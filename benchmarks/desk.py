"""What tap-desk costs: ``python -m benchmarks.desk [CASES ...] [--latency-ms 50] [--limit 0]``.

Reads cases, messages, replies, customers, users and user_groups of a made-up account, and prints requests beside the least that
they can take, rows a second, the rate of replies, and the highest resident memory.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sandbox.desk import Account, DeskServer, Options, serve

STREAMS = ("cases", "messages", "replies", "customers", "users", "user_groups")


def least(account: Account) -> int:
    """The fewest requests: 100 cases, customers or replies of a case, and 1000 users or groups come in one."""
    replied = [count for case in account.cases.ids() if (count := account.threads.counts(case)[0])]
    lists = math.ceil(len(account.cases) / 100) + math.ceil(len(account.customers) / 100) + 2
    return lists + sum(math.ceil(count / 100) for count in replied) + min(len(account.users), len(account.groups))


def catalog(command: list[str]) -> str:
    """The discovered catalog with just the measured streams selected."""
    found = json.loads(subprocess.run([*command, "--discover"], capture_output=True, check=True).stdout)
    for entry in found["streams"]:
        root = next(item for item in entry["metadata"] if not item["breadcrumb"])
        root["metadata"]["selected"] = entry["tap_stream_id"] in STREAMS
    return json.dumps(found)


def measure(server: DeskServer, folder: Path) -> str:
    """Sync the account once; returns the figures as text."""
    config = folder / "config.json"
    config.write_text(json.dumps({**server.app.credentials(), "base_url": server.url, "start_date": "2015-01-01"}))
    command = [sys.executable, "-m", "tap_desk", "--config", str(config)]
    chosen = folder / "catalog.json"
    chosen.write_text(catalog(command))
    server.log.reset()
    out = folder / "out.jsonl"
    began = time.perf_counter()
    with out.open("wb") as stdout, (folder / "err.txt").open("wb") as stderr:
        process = subprocess.Popen([*command, "--catalog", str(chosen)], stdout=stdout, stderr=stderr)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - began
    if process.returncode:
        raise SystemExit((folder / "err.txt").read_text())
    with out.open("rb") as lines:
        kinds = [line[:40] for line in lines if line.startswith(b'{"type":"RECORD"')]
    replies = sum(b'"replies"' in kind for kind in kinds)
    asked, bound = sum(server.log.statuses.values()), least(server.account)
    return (
        f"{len(server.account.cases)} cases: {asked} requests, at least {bound} ({asked / bound:.3f} times); "
        f"{len(kinds)} rows in {seconds:.1f} s ({len(kinds) / seconds:.0f}/s), {replies} replies ({replies / seconds:.0f}/s), "
        f"{usage.ru_utime + usage.ru_stime:.1f} s of CPU, {usage.ru_maxrss / 1024:.0f} MiB, "
        f"{server.log.statuses[429]} times refused"
    )


def main() -> None:
    """Measure each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=int, nargs="*", default=[1_000, 10_000])
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--limit", type=int, default=0)
    arguments = parser.parse_args()
    for cases in arguments.cases:
        options = Options(limit=arguments.limit, latency_ms=arguments.latency_ms)
        with serve(Account(seed=1, cases=cases), options) as server, tempfile.TemporaryDirectory() as folder:
            print(measure(server, Path(folder)), flush=True)


if __name__ == "__main__":
    main()
