"""What tap-freshdesk costs: speed and CPU beside a bare loop, memory, start-up, and how much of a
rate limit it uses. ``python -m benchmarks.freshdesk --help``.

The made-up account is served by a process of its own, and the real command is measured as one too.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.processes import (
    Cost,
    Sandbox,
    executable,
    measured,
    selecting,
    sent,
    stopped,
    table,
)

PARTS = {
    "speed": "records a second and CPU, beside a bare loop that makes the same requests",
    "memory": "highest resident memory by number of tickets",
    "start": "--help, --about and --discover",
    "quota": "use of a limit of 700 a minute, 50 ms away",
}
LISTS = ("tickets", "contacts", "companies")
BARE = """
import orjson, requests, sys
url, key, log = sys.argv[1:]
session = requests.Session()
session.auth = (key, "X")
for target in open(log).read().splitlines():
    response = session.get(url + target)
    data = orjson.loads(response.content) if response.status_code == 200 else []
    for row in data if isinstance(data, list) else [data]:
        sys.stdout.buffer.write(orjson.dumps(row) + b"\\n")
"""
TAP = executable("tap-freshdesk")
LIMIT, LATENCY, WINDOW, QUOTA_SECONDS, QUOTA_TICKETS = 700, 50, 60.0, 155.0, 4_000


def configured(sandbox: Sandbox, folder: Path, **settings: Any) -> list[str]:
    """The command that syncs the sandbox."""
    config = folder / "config.json"
    login = {
        "api_key": sandbox.hello["api_key"],
        "domain": sandbox.hello["domain"],
        "base_url": sandbox.url,
    }
    config.write_text(json.dumps({**login, "start_date": "2015-01-01", **settings}))
    return [TAP, "--config", str(config)]


def speed(sizes: list[int], folder: Path) -> None:
    """Prints records a second and CPU time of the tap and of a bare loop."""
    rows = []
    for size in sizes:
        with Sandbox("freshdesk", "--tickets", size, "--limit", 0) as sandbox:
            everything = configured(sandbox, folder)
            for name, tap in (
                ("all", everything),
                ("tickets", selecting(everything, folder, ("tickets",))),
            ):
                sandbox.reset()
                out, log = folder / "out", folder / "log"
                cost = measured(tap, out)
                targets = [f"{entry['path']}?{entry['query']}" for entry in sandbox.ask("log")]
                log.write_text("\n".join(targets))
                rows.append(("tap", *_paces(size, name, cost, sent(out).total(), len(targets))))
                bare = measured(
                    [sys.executable, "-c", BARE, sandbox.url, sandbox.hello["api_key"], str(log)],
                    out,
                )
                with out.open("rb") as lines:
                    rows.append(
                        (
                            "bare loop",
                            *_paces(size, name, bare, sum(1 for _ in lines), len(targets)),
                        )
                    )
                rows.append(("ratio", f"{size:,}", name, "", "", "", f"{cost.cpu / bare.cpu:.2f}"))
    print(
        table(
            (
                "what",
                "tickets",
                "streams",
                "requests",
                "records",
                "records/s",
                "CPU s per 1,000 tickets",
            ),
            rows,
        )
    )


def _paces(size: int, name: str, cost: Cost, records: int, asked: int) -> tuple[str, ...]:
    cpu = f"{1_000 * cost.cpu / size:.3f}"
    return f"{size:,}", name, f"{asked:,}", f"{records:,}", f"{records / cost.seconds:,.0f}", cpu


def memory(sizes: list[int], folder: Path) -> None:
    """Prints the highest resident memory."""
    rows = []
    for size in sorted({*sizes, 100_000}):
        with Sandbox("freshdesk", "--tickets", size, "--limit", 0) as sandbox:
            tap, out = configured(sandbox, folder), folder / "out"
            for streams in (LISTS, (*LISTS, "conversations")) if size == 10_000 else (LISTS,):
                cost = measured(selecting(tap, folder, streams), out)
                rows.append(
                    (
                        f"{size:,}",
                        ", ".join(streams),
                        f"{sent(out).total():,}",
                        f"{cost.megabytes:.0f}",
                    )
                )
    print(table(("tickets", "streams", "records", "max RSS MB"), rows))


def start(folder: Path, repeats: int = 10) -> None:
    """Prints the median time of commands that end at once."""
    rows = []
    with Sandbox("freshdesk", "--tickets", 100, "--limit", 0) as sandbox:
        discover = [*configured(sandbox, folder), "--discover"]
        for command in ([TAP, "--help"], [TAP, "--about"], discover):
            costs = [measured(command, folder / "out") for _ in range(repeats)]
            seconds = statistics.median(cost.seconds for cost in costs)
            cpu = statistics.median(cost.cpu for cost in costs)
            rows.append((command[-1], f"{seconds:.2f}", f"{cpu:.2f}"))
    print(table(("command", "median s", "median CPU s"), rows))


def quota(folder: Path) -> None:
    """Prints the requests in each full window of the limit, and the conversations that came in
    them.
    """
    rows = []
    with Sandbox(
        "freshdesk", "--tickets", 1, "--limit", 0
    ) as sandbox:  # discovery must not draw on the window
        tap = selecting(configured(sandbox, folder), folder, ("tickets", "conversations"))
    for reserve in (0.1, 0):
        flags = ("--tickets", QUOTA_TICKETS, "--limit", LIMIT, "--latency-ms", LATENCY)
        with Sandbox("freshdesk", *flags) as sandbox:
            configured(sandbox, folder, quota_reserve=reserve)
            with (folder / "out").open("wb") as out:
                process = subprocess.Popen(tap, stdout=out, stderr=subprocess.DEVNULL)
                stopped(process, QUOTA_SECONDS)
            times = [entry["time"] for entry in sandbox.ask("log")]
            full = int((time.monotonic() - times[0]) // WINDOW)
            counts = Counter(int((moment - times[0]) // WINDOW) for moment in times)
            wall = time.time() - time.monotonic() + times[0]
            got = conversations_before(folder / "out", wall + full * WINDOW)
            windows = ", ".join(str(counts[number]) for number in range(full))
            stats = sandbox.ask("stats")
            rows.append(
                (
                    reserve,
                    windows,
                    stats["peak_credits"],
                    f"{got / (full * WINDOW):.1f}",
                    stats["limited"],
                )
            )
    print(
        table(
            (
                "quota_reserve",
                "requests in each full window",
                "most credits in 60 s",
                "conversations/s",
                "429s",
            ),
            rows,
        )
    )


def conversations_before(out: Path, end: float) -> int:
    """The conversations that were out by ``end`` (epoch seconds)."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(end)).encode()
    head, field = b'{"type":"RECORD","stream":"conversations"', b'"time_extracted":"'
    with out.open("rb") as lines:
        found = (
            line[line.rindex(field) + len(field) :][:20] for line in lines if line.startswith(head)
        )
        return sum(extracted < moment for extracted in found)


def main() -> None:
    """Runs the chosen parts."""
    listed = "\n".join(f"  {name:9} {text}" for name, text in PARTS.items())
    parser = ArgumentParser(
        "benchmarks.freshdesk",
        description=f"Measure tap-freshdesk.\n{listed}",
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help="which to measure (default: all)")
    parser.add_argument(
        "--tickets", type=int, nargs="+", default=[1_000, 10_000], help="sizes of the account"
    )
    args = parser.parse_args()
    if unknown := set(args.parts) - PARTS.keys():
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in args.parts or PARTS:
            if part in ("speed", "memory"):
                {"speed": speed, "memory": memory}[part](args.tickets, folder)
            else:
                {"start": start, "quota": quota}[part](folder)
            sys.stdout.flush()


if __name__ == "__main__":
    main()
