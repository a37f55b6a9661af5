"""CPU and memory of each tap beside a bare loop: ``python -m benchmarks.speed [CASE ...]``.

With ``--write`` the table goes into docs/benchmarks.md.

The bare loop makes the same requests on one connection, reads each reply with orjson and prints its
rows with orjson. Tap and loop run in turn, as whole processes; the medians are printed, and the
median of the ratios of their CPU times.
"""

from __future__ import annotations

import base64
import json
import statistics
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import blocks
from benchmarks.processes import Cost, Sandbox, executable, measured, selecting, sent, table

BARE = """
import json, sys
import orjson, requests
url, headers, log = sys.argv[1:]
session = requests.Session()
session.headers.update(json.loads(headers))

def rows(data):
    while isinstance(data, dict):
        lists = [value for value in data.values() if isinstance(value, list)]
        inner = data.get("_embedded")
        if not lists and not isinstance(inner, dict):
            return [data]
        data = max(lists, key=len) if lists else inner
    return data

for target in open(log).read().splitlines():
    reply = session.get(url + target)
    if reply.status_code == 200:
        for row in rows(orjson.loads(reply.content)):
            sys.stdout.buffer.write(orjson.dumps(row) + b"\\n")
"""


@dataclass(frozen=True)
class Case:
    """What is read of an account: ``streams`` of ``tap``, all of them if none is named."""

    tap: str
    size: str
    streams: tuple[str, ...] = ()


LOGINS = {
    "freshdesk": "domain api_key",
    "zendesk-support": "subdomain email api_token",
    "zendesk-chat": "subdomain access_token",
    "desk": "site_url email password",
}
BASIC = {
    "freshdesk": "{api_key}:X",
    "zendesk-support": "{email}/token:{api_token}",
    "desk": "{email}:{password}",
}
CASES: Mapping[str, Case] = {
    "freshdesk": Case("freshdesk", "tickets"),
    "freshdesk-tickets": Case("freshdesk", "tickets", ("tickets",)),
    "support": Case(
        "zendesk-support",
        "tickets",
        ("tickets", "zendesk_ticket_metrics", "users", "audits", "ticket_comments"),
    ),
    "support-tickets": Case(
        "zendesk-support", "tickets", ("tickets", "zendesk_ticket_metrics", "users")
    ),
    "chat": Case("zendesk-chat", "chats"),
    "chat-chats": Case("zendesk-chat", "chats", ("zopim_chats",)),
    "desk-cases": Case("desk", "cases", ("cases",)),
}


@dataclass(frozen=True)
class Pair:
    """The commands of tap and bare loop that read one account, with the ``requests`` they make and
    the ``records`` that the tap sends."""

    tap: list[str]
    bare: list[str]
    requests: int
    records: int


@contextmanager
def prepared(name: str, rows: int, folder: Path) -> Iterator[Pair]:
    """The commands of a case while its sandbox serves. The tap has run once."""
    case = CASES[name]
    out, log = folder / "out", folder / "log"
    with Sandbox(case.tap, f"--{case.size}", rows, "--limit", 0) as sandbox:
        config = folder / "config.json"
        login = {key: sandbox.hello[key] for key in LOGINS[case.tap].split()}
        config.write_text(
            json.dumps({**login, "base_url": sandbox.url, "start_date": "2015-01-01"})
        )
        tap = [executable(f"tap-{case.tap}"), "--config", str(config)]
        if case.streams:
            tap = selecting(tap, folder, case.streams)
        sandbox.reset()
        measured(tap, out)
        records = sent(out).total()
        entries = [entry for entry in sandbox.ask("log") if entry["method"] == "GET"]
        log.write_text("\n".join(_target(entry) for entry in entries))
        headers = json.dumps({"Authorization": _authorization(case.tap, login)})
        bare = [sys.executable, "-c", BARE, sandbox.url, headers, str(log)]
        yield Pair(tap, bare, len(entries), records)


def measure(name: str, rows: int, runs: int, folder: Path) -> tuple[object, ...]:
    """The figures of one case, as a row of the table."""
    out = folder / "out"
    with prepared(name, rows, folder) as pair:
        costs = [(measured(pair.tap, out), measured(pair.bare, out)) for _ in range(runs)]
    taps, bares = zip(*costs, strict=True)
    ratio = statistics.median(ours.cpu / theirs.cpu for ours, theirs in costs)
    cpu = _median(taps)
    return (
        name,
        f"{rows:,}",
        f"{pair.requests:,}",
        f"{pair.records:,}",
        f"{cpu:.2f}",
        f"{_median(bares):.2f}",
        f"{ratio:.2f}",
        f"{1e6 * cpu / pair.records:.0f}",
        f"{max(cost.megabytes for cost in taps):.0f}",
    )


def _median(costs: tuple[Cost, ...]) -> float:
    return statistics.median(cost.cpu for cost in costs)


def _target(entry: Mapping[str, str]) -> str:
    return f"{entry['path']}?{entry['query']}" if entry["query"] else entry["path"]


def _authorization(tap: str, login: Mapping[str, str]) -> str:
    """The header's value by which the sandbox knows its client."""
    if "access_token" in login:
        return f"Bearer {login['access_token']}"
    return "Basic " + base64.b64encode(BASIC[tap].format_map(login).encode()).decode()


def main() -> None:
    """Measures the chosen cases."""
    parser = ArgumentParser("benchmarks.speed", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}")
    parser.add_argument("--rows", type=int, default=10_000, help="tickets, chats or cases")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="write it into docs/benchmarks.md")
    options = parser.parse_args()
    if unknown := set(options.cases) - CASES.keys():
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    head = ("case", "size", "requests", "records", "tap CPU s", "loop CPU s", "ratio")
    with tempfile.TemporaryDirectory() as name:
        rows = [
            measure(case, options.rows, options.runs, Path(name)) for case in options.cases or CASES
        ]
    text = table((*head, "us a record", "max RSS MB"), rows)
    if options.write:
        blocks.write(blocks.BENCHMARKS, "speed", text)
    else:
        print(text)


if __name__ == "__main__":
    main()
