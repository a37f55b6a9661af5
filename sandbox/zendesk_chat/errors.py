"""How the API says no (sheet section 5): two keys, in the manner of Flask; a token's refusal in that of OAuth 2."""

from __future__ import annotations

from http import HTTPStatus

from sandbox.faults import HTML
from sandbox.wire import Refusal, Reply, json_reply

_DESCRIPTIONS = {
    400: "The request could not be understood by the server.",
    403: "You don't have the permission to access the requested resource.",
    404: "The requested URL was not found on the server.",
    405: "The method is not allowed for the requested URL.",
    429: "Number of allowed API requests per minute exceeded.",
}


def by_status(status: int) -> Reply:
    """The vendor's body for a status; HTML from the machines in front of the API (inferred)."""
    if status == 401:
        document = {
            "error": "invalid_token",
            "error_description": "The access token provided is expired, revoked or invalid.",
        }
        return json_reply(document, 401)
    if status in _DESCRIPTIONS:
        return json_reply(
            {"error": HTTPStatus(status).phrase, "description": _DESCRIPTIONS[status]}, status
        )
    if status >= 500:
        return Reply(status, HTML, {"Content-Type": "text/html; charset=utf-8"})
    return Reply(status)


def refuse(status: int) -> Refusal:
    """A plain refusal."""
    return Refusal(by_status(status))


def bad_request(description: str) -> Refusal:
    """400 with a reason."""
    return Refusal(json_reply({"error": "Bad Request", "description": description}, 400))


def token_refused(error: str, description: str, status: int = 400) -> Refusal:
    """What the token endpoint says (RFC 6749 5.2)."""
    return Refusal(json_reply({"error": error, "error_description": description}, status))
