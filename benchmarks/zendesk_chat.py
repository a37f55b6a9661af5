"""What tap-zendesk-chat costs.

``python -m benchmarks.zendesk_chat [CHATS ...]`` reads made-up accounts of these sizes. It prints
for each requests, records a second, CPU time and memory: for the whole account, for a second sync
of it, for chats alone, and for a bare loop over the export of chats (requests and orjson, no
schema). The server runs in this process, so its CPU time is not counted.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.processes import executable, last_state, measured, selecting
from sandbox.zendesk_chat import Account, Options, ZendeskChatServer, serve

SIZES = (1_000, 10_000)
BARE = """
import orjson, requests, sys
from urllib.parse import parse_qsl, urlsplit
session = requests.Session()
session.headers["Authorization"] = "Bearer " + sys.argv[2]
params = {"start_time": "0", "limit": "1000", "fields": "chats(*)"}
while True:
    reply = session.get(sys.argv[1] + "/api/v2/chat/incremental/chats", params=params)
    page = orjson.loads(reply.content)
    for chat in page["chats"]:
        sys.stdout.buffer.write(orjson.dumps(chat) + b"\\n")
    if page["count"] < 1000:
        break
    params = dict(parse_qsl(urlsplit(page["next_page"]).query))
"""


def measure(server: ZendeskChatServer, command: Sequence[str], folder: Path) -> str:
    """Returns the figures of ``command``. Each line that it writes as a record or chat counts."""
    server.log.reset()
    out = folder / "out"
    cost = measured(command, out)
    with out.open("rb") as lines:
        records = sum(not line.startswith((b'{"type":"S', b'{"type":"A')) for line in lines)
    figures = (
        f"{server.log.stats()['requests']} requests",
        f"{records:,} records",
        f"{records / cost.seconds:,.0f} records/s",
        f"{cost.cpu:.2f} s CPU ({1e6 * cost.cpu / max(1, records):.0f} us a record)",
        f"{cost.megabytes:.0f} MB",
    )
    return ", ".join(figures)


def main() -> None:
    """Prints the figures."""
    for chats in [int(size) for size in sys.argv[1:]] or SIZES:
        account = Account(seed=1, chats=chats)
        with serve(account, Options(limit=0)) as server, tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            config = folder / "config.json"
            login = {
                "access_token": server.credentials["access_token"],
                "subdomain": "acme",
                "base_url": server.url,
            }
            config.write_text(json.dumps({**login, "start_date": "2015-01-01"}))
            tap = [executable("tap-zendesk-chat"), "--config", str(config)]
            print(f"{chats:,} chats")
            print("  everything:", measure(server, tap, folder))
            state = folder / "state.json"
            state.write_text(last_state(folder / "out"))
            again = measure(server, [*tap, "--state", str(state)], folder)
            print("  nothing changed:", again)
            print(
                "  chats alone:", measure(server, selecting(tap, folder, ("zopim_chats",)), folder)
            )
            print(
                "  bare loop:",
                measure(
                    server,
                    [sys.executable, "-c", BARE, server.url, server.credentials["access_token"]],
                    folder,
                ),
            )


if __name__ == "__main__":
    main()
