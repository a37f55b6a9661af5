"""A vendor sends back what it was sent: no secret and no control character reaches a person."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.command import CommandLine

PADDING = "x" * 180
"""Puts the echoed header where a message is cut for people."""

LOGINS: dict[str, tuple[str, dict[str, str], list[str]]] = {
    "Freshdesk, a key of 16 characters": (
        "tap_freshdesk",
        {"api_key": "k3yOfAcme-16char", "domain": "acme"},
        ["api_key"],
    ),
    "Freshdesk, a key of 22 characters": (
        "tap_freshdesk",
        {"api_key": "k3yOfAcme-with-22chars", "domain": "acme"},
        ["api_key"],
    ),
    "Zendesk Support, email and token": (
        "tap_zendesk_support",
        {"email": "me@example.com", "api_token": "t0kenOfAcme+/=", "subdomain": "acme"},
        ["api_token"],
    ),
    "Zendesk Support, bearer": (
        "tap_zendesk_support",
        {"access_token": "b3arerOfAcme", "subdomain": "acme"},
        ["access_token"],
    ),
    "Zendesk Chat": (
        "tap_zendesk_chat",
        {"access_token": "b3arerOfAcme", "subdomain": "acme"},
        ["access_token"],
    ),
    "Zendesk Chat, OAuth client": (
        "tap_zendesk_chat",
        {
            "client_id": "clientOfAcme",
            "client_secret": "s3cretOfAcme",
            "refresh_token": "r3freshOfAcme",
            "subdomain": "acme",
        },
        ["client_secret", "refresh_token"],
    ),
    "Desk, email and password": (
        "tap_desk",
        {"email": "me@example.com", "password": "pässw0rdOfAcme", "site_url": "acme"},
        ["password"],
    ),
    "Desk, OAuth": (
        "tap_desk",
        {
            "consumer_key": "consumerOfAcme",
            "consumer_secret": "s3cret1OfAcme",
            "token": "t0kenOfAcme",
            "token_secret": "s3cret2OfAcme",
            "site_url": "acme",
        },
        ["consumer_secret", "token", "token_secret"],
    ),
}


class Echo(BaseHTTPRequestHandler):
    """Refuses each request, and says in each of the vendors' error formats what it got."""

    status = 403
    wbufsize = -1  # the reply goes out in one piece, which is acknowledged at once

    def do_GET(self) -> None:
        self._refuse(self.headers["Authorization"])

    def do_POST(self) -> None:
        self._refuse(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def _refuse(self, header: str) -> None:
        text = f"\x1b]0;title\x07\u202e{header} \x9b2J {PADDING} {header} {quote(header)} {header}"
        body = {
            "error": {"title": text, "message": text} if self.path.count("a") % 2 else text,
            "code": text,
            "description": text,
            "message": text,
            "errors": [{"field": text, "message": text, "code": text}],
        }
        content = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(self.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        """Says nothing."""


class Unauthorised(Echo):
    status = 401


@pytest.fixture(params=[Echo, Unauthorised], ids=["HTTP 403", "HTTP 401"])
def echo(request: pytest.FixtureRequest) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), request.param) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("login", LOGINS)
def test_an_echoed_secret_is_hidden_and_an_echoed_control_is_visible(
    echo: str, tmp_path: Path, login: str
) -> None:
    package, config, secret = LOGINS[login]
    tap = CommandLine(tmp_path, package, {**config, "base_url": echo, "retry_seconds": 0})
    run = tap.run("--test")
    assert run.code in (1, 4)
    output = run.err + run.out.decode()
    assert "[hidden]" in output
    assert output.replace("\n", "").isprintable()
    for key in secret:
        for spelling in spellings(config[key]):
            assert spelling not in output


def spellings(secret: str) -> Iterator[str]:
    """The secret, and pieces of it that no output may have."""
    yield secret
    yield quote(secret, safe="")
    for login in (f"{secret}:X", f"me@example.com/token:{secret}", f"me@example.com:{secret}"):
        header = base64.b64encode(login.encode()).decode()
        yield header[-14:].rstrip("=")
        yield header[-20:-4]
