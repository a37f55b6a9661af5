"""How the API says no: with two keys, in the manner of Flask; for tokens in that of OAuth 2."""

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
_INVALID_TOKEN = "The access token provided is expired, revoked or invalid."  # noqa: S105


def by_status(status: int) -> Reply:
    """Return the vendor's body for a status. Machines in front of the API send HTML (inferred)."""
    if status == 401:
        return token_refused("invalid_token", _INVALID_TOKEN, 401).reply
    if status in _DESCRIPTIONS:
        return refuse(status, _DESCRIPTIONS[status]).reply
    if status >= 500:
        return Reply(status, HTML, {"Content-Type": "text/html; charset=utf-8"})
    return Reply(status)


def refuse(status: int, description: str) -> Refusal:
    """Return a refusal with a reason of its own."""
    error = HTTPStatus(status).phrase
    return Refusal(json_reply({"error": error, "description": description}, status))


def token_refused(error: str, description: str, status: int = 400) -> Refusal:
    """Return what the token endpoint says [RFC 6749, section 5.2]."""
    return Refusal(json_reply({"error": error, "error_description": description}, status))
