"""How the API says no (REC; 401 from a client's test; 403 inferred; a 429 is plain text: desk gem, issue 29)."""

from __future__ import annotations

from sandbox.faults import HTML
from sandbox.wire import Refusal, Reply, json_reply

_MESSAGES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Resource Not Found",
    405: "Method Not Allowed",
    422: "Validation Failed",
}


def by_status(status: int) -> Reply:
    """The vendor's body for a status."""
    if status == 429:
        return Reply(429, b"Too Many Requests", {"Content-Type": "text/plain"})
    if status == 422:
        return json_reply({"message": _MESSAGES[422], "errors": {"page": ["invalid"]}}, 422)
    if status in _MESSAGES:
        return json_reply({"message": _MESSAGES[status]}, status)
    return Reply(status, HTML, {"Content-Type": "text/html; charset=utf-8"})


def refuse(status: int) -> Refusal:
    """A plain refusal."""
    return Refusal(by_status(status))
