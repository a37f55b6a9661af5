"""How the API says no (REC; 403 is inferred; a 429 is plain text: GEM-DESK, issue 29)."""

from __future__ import annotations

from sandbox.faults import HTML
from sandbox.wire import Refusal, Reply, json_reply

BODIES = {
    400: {"message": "Bad Request"},
    401: {"message": "Unauthorized"},
    403: {"message": "Forbidden"},
    404: {"message": "Resource Not Found"},
    405: {"message": "Method Not Allowed"},
    422: {"message": "Validation Failed", "errors": {"page": ["invalid"]}},
}


def by_status(status: int) -> Reply:
    """Return the vendor's reply for a status."""
    if status in BODIES:
        return json_reply(BODIES[status], status)
    if status == 429:
        return Reply(429, b"Too Many Requests", {"Content-Type": "text/plain"})
    return Reply(status, HTML, {"Content-Type": "text/html; charset=utf-8"})


def refuse(status: int) -> Refusal:
    """Return a plain refusal."""
    return Refusal(by_status(status))
