"""How the API says no (sheet section 5)."""

from __future__ import annotations

from sandbox.faults import HTML
from sandbox.wire import Refusal, Reply, json_reply
from sandbox.zendesk_support.options import Refusal as Shape

FORBIDDEN = {
    "error": "Forbidden",
    "description": "You do not have access to this page. Please contact the account owner of this help desk for further help.",
}
_RESTRICTED = {
    "error": {
        "title": "Forbidden",
        "message": "Access to this resource is restricted. Please contact the account administrator for assistance.",
    }
}
_INVALID_TOKEN = {
    "error": "invalid_token",
    "error_description": "The access token provided is expired, revoked, malformed or invalid for other reasons.",
}
_UPSTREAM = b"upstream request timeout"
# Which plans' refusals look how: schedules AB#18511, side conversations AB#84353, forms and SLAs "403/404" (sheet 2.4).
_OWN_SHAPES: dict[str, Shape] = {
    "audit_logs": "string",
    "custom_roles": "object",
    "guide": "not-found",
    "satisfaction_ratings": "object",
    "schedules": "not-found",
    "side_conversations": "empty",
    "skills": "empty",
    "sla_policies": "string",
    "talk": "not-found",
    "ticket_forms": "object",
}


def by_status(status: int) -> Reply:
    """The vendor's body for a status."""
    if status == 401:
        return json_reply(_INVALID_TOKEN, 401)
    if status == 403:
        return json_reply(FORBIDDEN, 403)
    if status == 404:
        return json_reply({"error": "RecordNotFound", "description": "Not found"}, 404)
    if status == 409:
        return json_reply(
            {"error": "Conflict", "description": "Databases collided, try again"}, 409
        )
    if status == 429:
        return too_many("")
    if status == 504:
        return Reply(504, _UPSTREAM, {"Content-Type": "text/plain"})
    if status >= 500:
        return Reply(status, HTML, {"Content-Type": "text/html; charset=utf-8"})
    return json_reply({"error": "InvalidRequest", "description": "Invalid request"}, status)


def too_many(bucket: str) -> Reply:
    """429: the exports' text is from airbyte#11899, the account's is inferred."""
    what = "incremental export API" if bucket.startswith("incremental") else "API"
    text = f"Number of allowed {what} requests per minute exceeded"
    return json_reply({"error": "APIRateLimitExceeded", "description": text}, 429)


def say(status: int, error: str, description: str) -> Refusal:
    """An error with its name and a sentence."""
    return Refusal(json_reply({"error": error, "description": description}, status))


def refuse(status: int) -> Refusal:
    """A plain refusal."""
    return Refusal(by_status(status))


def bad_page(description: str) -> Refusal:
    """400 about a pagination parameter (BRU)."""
    return say(400, "InvalidPaginationParameter", description)


def unknown_endpoint() -> Refusal:
    """404 for a path that doesn't exist."""
    return say(404, "InvalidEndpoint", "Not found")


def feature_missing(feature: str, shape: Shape) -> Refusal:
    """The plan doesn't have it: 403 in one of the three shapes seen, or 404."""
    return refused(_OWN_SHAPES.get(feature, "string") if shape == "mixed" else shape)


def refused(shape: Shape) -> Refusal:
    """A refusal in a given shape."""
    if shape == "not-found":
        return unknown_endpoint()
    if shape == "empty":
        return Refusal(Reply(403))
    return Refusal(json_reply(_RESTRICTED if shape == "object" else FORBIDDEN, 403))
