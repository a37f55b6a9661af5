"""How the API says no. The bodies are in data/errors.json."""

from __future__ import annotations

from sandbox.faults import HTML
from sandbox.template import load
from sandbox.wire import Refusal, Reply, json_reply
from sandbox.zendesk_support.options import PLANS

_BODIES = load(__file__, "errors")


def body(name: str, status: int | None = None) -> Reply:
    """Returns the reply of this name in data/errors.json."""
    own_status, document = _BODIES[name]
    if document is None:
        return Reply(own_status)
    return json_reply(document, status or own_status)


def no(name: str) -> Refusal:
    """Returns the refusal of this name in data/errors.json."""
    return Refusal(body(name))


def by_status(status: int) -> Reply:
    """Returns the vendor's body for a status."""
    if status == 504:
        return Reply(504, b"upstream request timeout", {"Content-Type": "text/plain"})
    if status >= 500:
        return Reply(status, HTML, {"Content-Type": "text/html; charset=utf-8"})
    if str(status) in _BODIES:
        return body(str(status))
    names = {403: "string", 429: "account limit"}
    return body(names.get(status, "other"), status)


def too_many(bucket: str) -> Reply:
    """Returns a 429: the exports' text is from AIRBYTE 11899, the account's is inferred."""
    return body("export limit" if bucket.startswith("incremental") else "account limit")


def bad_page(description: str) -> Refusal:
    """Returns a 400 about a pagination parameter (LIVE)."""
    document = {"error": "InvalidPaginationParameter", "description": description}
    return Refusal(json_reply(document, 400))


def bad_date(text: str) -> Refusal:
    """Returns a 400 about a date."""
    document = {"error": "InvalidValue", "description": f"{text} is not a date"}
    return Refusal(json_reply(document, 400))


def refuse(status: int) -> Refusal:
    """Returns a plain refusal with this status."""
    return Refusal(by_status(status))


def feature_missing(feature: str) -> Refusal:
    """Returns how the API says that the plan lacks a feature."""
    return no(PLANS["refused as"].get(feature, "string"))
