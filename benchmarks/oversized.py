"""Memory of tap-zendesk-chat at a page that is far too large: ``python -m benchmarks.oversized``.

A server in another process answers with one page of about 100 MB: of 24,000 chats, and of 1,000
chats with a long message each. Chats are read alone, and with all that is inside them.
"""

from __future__ import annotations

import json
import tempfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from multiprocessing import Process, Queue
from pathlib import Path
from typing import Any

import orjson

from benchmarks.processes import executable, measured, sent, table
from sandbox.zendesk_chat import Account
from tap_common import catalog
from tap_zendesk_chat.chats import CHATS, INSIDE
from tap_zendesk_chat.tap import TAP

END = {"end_time": 1_700_000_000, "end_id": "z"}
LINK = "https://acme.zendesk.com/api/v2/chat/incremental/chats?start_time=1700000000&start_id=z"
LONG = "x" * 95_000


def many_chats() -> list[dict[str, Any]]:
    """24,000 chats."""
    chats = Account(seed=1, chats=1_000).rows("chats")
    return [{**chat, "id": f"{chat['id']}-{copy}"} for chat in chats for copy in range(24)]


def long_chats() -> list[dict[str, Any]]:
    """1,000 chats, each with a message of 95,000 characters."""
    chats = Account(seed=1, chats=1_000).rows("chats")
    return [{**chat, "history": [*(chat.get("history") or []), {"msg": LONG}]} for chat in chats]


def page(chats: list[dict[str, Any]]) -> bytes:
    """The export's reply that holds ``chats``."""
    return orjson.dumps({"chats": chats, "count": len(chats), **END, "next_page": LINK})


def serve(kind: str, hello: Queue[tuple[int, int]]) -> None:
    """Serves the page, and an empty one after it. Says its port and the size of the page."""
    first = page({"many": many_chats, "long": long_chats}[kind]())

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = page([]) if "start_id" in self.path else first
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stays silent."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    hello.put((server.server_port, len(first)))
    server.serve_forever()


def selecting(folder: Path, streams: list[str]) -> str:
    """A catalog that selects ``streams``."""
    found = catalog.discovered(TAP, TAP.schemas, {})
    found["streams"] = [entry for entry in found["streams"] if entry["stream"] in streams]
    path = folder / "catalog.json"
    path.write_text(json.dumps(found))
    return str(path)


def measure(kind: str, streams: list[str], folder: Path) -> tuple[object, ...]:
    """The figures of one page and selection."""
    hello: Queue[tuple[int, int]] = Queue()
    server = Process(target=serve, args=(kind, hello), daemon=True)
    server.start()
    port, size = hello.get()
    config = folder / "config.json"
    login = {"access_token": "t", "subdomain": "acme", "start_date": "2015-01-01"}
    config.write_text(json.dumps({**login, "base_url": f"http://127.0.0.1:{port}"}))
    tap = [executable("tap-zendesk-chat"), "--config", str(config)]
    cost = measured([*tap, "--catalog", selecting(folder, streams)], folder / "out")
    server.terminate()
    megabytes = size / 1e6
    rows = sent(folder / "out").total()
    return kind, len(streams), f"{megabytes:.0f}", f"{rows:,}", f"{cost.megabytes:.0f}"


def main() -> None:
    """Prints the figures."""
    everything = [CHATS.name, *(stream.name for stream in INSIDE.values())]
    with tempfile.TemporaryDirectory() as name:
        lines = [
            measure(kind, streams, Path(name))
            for kind in ("many", "long")
            for streams in ([CHATS.name], everything)
        ]
    print(table(("chats", "streams", "page MB", "rows", "max RSS MB"), lines))


if __name__ == "__main__":
    main()
