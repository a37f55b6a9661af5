"""What tap-zendesk-chat costs.

``python -m benchmarks.zendesk_chat [CHATS ...]`` reads made-up accounts of these sizes. It prints
for each the requests beside the fewest possible, records a second, CPU time and memory: for the
whole account, for a second sync of it, for chats alone, and for a bare loop over the export of
chats (requests and orjson, no schema). The server runs in this process, so its CPU time is not
counted.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.processes import executable, last_state, measured, selecting
from sandbox.zendesk_chat import Account, Options, ZendeskChatServer, serve

SIZES = (1_000, 10_000)
SINGLE = 8
"""Endpoints that answer in one reply: account, departments, shortcuts, triggers, goals, roles,
skills and routing settings."""
EXPORTS = ("chats", "agent_timeline", "agent_events", "department_events", "conversions")
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


class Least(NamedTuple):
    """The fewest requests for the whole account.

    ``believed`` is how many they are if a page that is shorter than asked for is taken for the last
    one, ``seen`` if a page without new rows must show the end of each list.
    """

    believed: int
    seen: int


def least(account: Account) -> Least:
    """Returns the fewest requests for the account.

    Each agent also has routing settings, which come in pages as agents do.
    """
    lists = [(len(account.rows(export)), 1_000) for export in EXPORTS]
    lists += 2 * [(len(account.rows("agents")), 100)]
    lists += [(len(account.rows("bans")), 1_000)]
    believed = SINGLE + sum(rows // page + 1 for rows, page in lists)
    return Least(believed, believed + sum(rows % page > 0 for rows, page in lists))


def empty() -> int:
    """Returns the fewest requests for a later sync when nothing changed: one for each list."""
    return SINGLE + len(EXPORTS) + 3


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
            fewest = least(account)
            print(
                "  everything:",
                measure(server, tap, folder),
                f"; at least {fewest.believed} requests if short pages are believed,",
                f"{fewest.seen} if each end must be seen",
            )
            state = folder / "state.json"
            state.write_text(last_state(folder / "out"))
            print(
                "  nothing changed:",
                measure(server, [*tap, "--state", str(state)], folder),
                f"; at least {empty()} requests",
            )
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
