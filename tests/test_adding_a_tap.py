"""The tap in docs/adding-a-tap.md works as it stands there."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.harness import ROOT, Run, execute
from tests.truth import Row, assert_holds

pytestmark = pytest.mark.process

FILE = re.compile(r"^`([\w./]+)`\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
KEY = "ticketbox-key"
TICKETS: list[Row] = [
    {"id": number, "subject": f"No. {number}", "updated_at": f"2026-01-0{number}T12:00:00Z"}
    for number in range(1, 6)
]
AGENTS: list[Row] = [{"id": 1, "name": "Ann"}, {"id": 2, "name": "Ben"}]


def comments_of(ticket: int) -> list[Row]:
    return [{"id": ticket * 10 + number, "body": "Hello"} for number in range(ticket % 3)]


class Ticketbox(BaseHTTPRequestHandler):
    """The vendor of the document."""

    def do_GET(self) -> None:
        status, body = self.answer()
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-RateLimit-Limit", "1000")
        self.send_header("X-RateLimit-Remaining", "900")
        self.end_headers()
        self.wfile.write(content)

    def answer(self) -> tuple[int, Row]:
        url = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        if self.headers["Authorization"] != f"Bearer {KEY}":
            return 401, {"error": {"code": "unknown_key", "message": "Who are you?"}}
        if url.path == "/api/agents":
            return 200, {"agents": AGENTS}
        if url.path == "/api/tickets":
            return 200, self.tickets(asked)
        ticket = re.fullmatch(r"/api/tickets/(\d+)/comments", url.path)
        if ticket is None:
            return 404, {"error": {"code": "not_found", "message": "There is no such page."}}
        return 200, {"comments": comments_of(int(ticket[1]))}

    def tickets(self, asked: dict[str, str]) -> Row:
        since, limit = asked.get("updated_since", ""), int(asked["limit"])
        start = int(asked.get("after", 0))
        found = [row for row in TICKETS if row["updated_at"] >= since]
        rest = start + limit < len(found)
        return {
            "tickets": found[start : start + limit],
            "next": str(start + limit) if rest else None,
        }

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Says nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Ticketbox) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tap_common and the files of the document."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "tap_common", folder / "tap_common")
    for name, content in FILE.findall((ROOT / "docs/adding-a-tap.md").read_text("utf-8")):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return folder


def run(checkout: Path, address: str, *arguments: str, **config: Any) -> Run:
    settings = {"api_key": KEY, "base_url": address, "start_date": "2026-01-01", "page_size": 2}
    (checkout / "config.json").write_text(json.dumps(settings | config), "utf-8")
    command = [sys.executable, "-m", "tap_ticketbox", "--config", "config.json", *arguments]
    return execute(command, env={"PYTHONPATH": str(checkout)}, cwd=checkout)


def comments(*tickets: int) -> list[Row]:
    return [{**row, "ticket_id": ticket} for ticket in tickets for row in comments_of(ticket)]


def test_every_row_arrives(checkout: Path, address: str) -> None:
    synced = run(checkout, address)
    assert synced.code == 0, synced.err
    assert_holds(TICKETS, synced.records("tickets"), stream="tickets")
    assert_holds(comments(1, 2, 3, 4, 5), synced.records("comments"), stream="comments")
    assert_holds(AGENTS, synced.records("agents"), stream="agents")


def test_a_later_run_reads_what_changed(checkout: Path, address: str) -> None:
    state = run(checkout, address).state
    (checkout / "state.json").write_text(json.dumps(state), "utf-8")
    synced = run(checkout, address, "--state", "state.json", lookback_seconds=86_400)
    assert synced.code == 0, synced.err
    assert_holds(TICKETS[3:], synced.records("tickets"), stream="tickets")
    assert_holds(comments(4, 5), synced.records("comments"), stream="comments")


def test_a_wrong_key_is_one_line(checkout: Path, address: str) -> None:
    synced = run(checkout, address, api_key="other")
    assert synced.code == 4
    assert "unknown_key: Who are you?" in synced.err
    assert "check api_key" in synced.err


def test_discovery_finds_all_streams(checkout: Path, address: str) -> None:
    found = run(checkout, address, "--discover")
    assert found.code == 0, found.err
    streams = {entry["stream"] for entry in json.loads(found.out)["streams"]}
    assert streams == {"tickets", "comments", "agents"}


@pytest.mark.stack
def test_the_code_is_as_clean_as_ours(checkout: Path) -> None:
    ruff = [sys.executable, "-m", "ruff", "check", "--config", str(ROOT / "pyproject.toml")]
    linted = execute([*ruff, "tap_ticketbox"], cwd=checkout)
    assert linted.code == 0, linted.out.decode()
    mypy = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml")]
    typed = execute([*mypy, "tap_ticketbox"], cwd=checkout)
    assert typed.code == 0, typed.out.decode()
