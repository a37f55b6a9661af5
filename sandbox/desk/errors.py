"""How the API says no (REC; 403 is inferred; a 429 is plain text: GEM-DESK, issue 29)."""

from __future__ import annotations

from sandbox.desk.data import API
from sandbox.faults import HTML
from sandbox.wire import Refusal, Reply, json_reply


def by_status(status: int) -> Reply:
    """Return the vendor's reply for a status."""
    body = API["error_bodies"].get(str(status))
    if body is not None:
        return json_reply(body, status)
    if status == 429:
        return Reply(429, b"Too Many Requests", {"Content-Type": "text/plain"})
    return Reply(status, HTML, {"Content-Type": "text/html; charset=utf-8"})


def refuse(status: int) -> Refusal:
    """Return a plain refusal."""
    return Refusal(by_status(status))
