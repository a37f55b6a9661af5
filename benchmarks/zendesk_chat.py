"""What tap-zendesk-chat costs: ``python -m benchmarks.zendesk_chat [CHATS ...]`` reads made-up accounts of these sizes.

Printed for each: requests beside the least that the API allows, records a second, CPU time and memory, for the whole account and
for chats alone; then the same of a bare loop over the export of chats (requests and orjson, no schema). The server runs in
this process, so its CPU time is not counted.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.zendesk_chat import Account, Options, ZendeskChatServer, serve

SIZES = (1_000, 10_000)
SINGLE = 8
"""Endpoints that answer with one reply: account, departments, shortcuts, triggers, goals, roles, skills, routing settings."""
EXPORTS = ("chats", "agent_timeline", "agent_events", "department_events", "conversions")
BARE = """
import orjson, requests, sys
from urllib.parse import parse_qsl, urlsplit
session = requests.Session()
session.headers["Authorization"] = "Bearer " + sys.argv[2]
params = {"start_time": "0", "limit": "1000", "fields": "chats(*)"}
while True:
    page = orjson.loads(session.get(sys.argv[1] + "/api/v2/chat/incremental/chats", params=params).content)
    for chat in page["chats"]:
        sys.stdout.buffer.write(orjson.dumps(chat) + b"\\n")
    if page["count"] < 1000:
        break
    params = dict(parse_qsl(urlsplit(page["next_page"]).query))
"""


@dataclass(frozen=True)
class Cost:
    """What a command took."""

    seconds: float
    cpu: float
    megabytes: float
    records: int
    requests: int

    def __str__(self) -> str:
        return (
            f"{self.requests} requests, {self.records:,} records, {self.records / self.seconds:,.0f} records/s, "
            f"{self.cpu:.2f} s CPU ({1e6 * self.cpu / max(1, self.records):.0f} us a record), {self.megabytes:.0f} MB"
        )


def measure(server: ZendeskChatServer, command: Sequence[str], mark: bytes) -> Cost:
    """Runs ``command``; its records are the lines that begin with ``mark``. Exits if it fails."""
    server.log.reset()
    with tempfile.TemporaryFile() as out:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
        pid, kilobytes = 0, 0
        while not pid:
            kilobytes = peak(process.pid) or kilobytes
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            time.sleep(0.01)
        seconds = time.perf_counter() - start
        out.seek(0)
        records = sum(line.startswith(mark) for line in out)
    if status:
        sys.exit(f"{command[0]} failed with status {status}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, kilobytes / 1024, records, len(server.log))


def peak(pid: int) -> int:
    """The most memory in KB that a process has had so far (rusage would count that of this one, its parent)."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in status if line.startswith("VmHWM")), 0)


def least(account: Account) -> int:
    """The fewest requests for the whole account: a full last page does not tell that it is the last."""
    pages = sum(len(account.rows(export)) // 1_000 + 1 for export in EXPORTS)
    return pages + len(account.rows("agents")) // 100 + 1 + math.ceil(len(account.rows("bans")) / 1_000) + SINGLE


def main() -> None:
    """Prints the figures."""
    for chats in [int(size) for size in sys.argv[1:]] or SIZES:
        account = Account(seed=1, chats=chats)
        with serve(account, Options(limit=0)) as server, tempfile.TemporaryDirectory() as folder:
            config, catalog = Path(folder, "config.json"), Path(folder, "catalog.json")
            login = {"access_token": server.access_token, "subdomain": "acme", "base_url": server.url}
            config.write_text(json.dumps({**login, "start_date": "2015-01-01"}))
            tap = [sys.executable, "-m", "tap_zendesk_chat", "--config", str(config)]
            found = json.loads(subprocess.run([*tap, "--discover"], capture_output=True, check=True).stdout)
            found["streams"] = [stream for stream in found["streams"] if stream["stream"] == "zopim_chats"]
            catalog.write_text(json.dumps(found))
            print(f"{chats:,} chats")
            print("  everything:", measure(server, tap, b'{"type":"RECORD"'), f"; at least {least(account)} requests")
            print("  chats alone:", measure(server, [*tap, "--catalog", str(catalog)], b'{"type":"RECORD"'))
            print("  bare loop:", measure(server, [sys.executable, "-c", BARE, server.url, server.access_token], b"{"))


if __name__ == "__main__":
    main()
