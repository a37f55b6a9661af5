"""How the API says no. Sources are in sandbox/SOURCES.md."""

from __future__ import annotations

from sandbox.dice import Dice
from sandbox.faults import HTML
from sandbox.freshdesk.data import load_templates
from sandbox.wire import Refusal, Reply, json_reply

_BODIES = load_templates("errors")


def _body(name: str, status: int, **facts: str) -> Reply:
    return json_reply(_BODIES[name](Dice(name), **facts), status)


def by_status(status: int) -> Reply:
    """Return the vendor's reply for a status.

    401 and 403 have JSON (DOCS, SIO #28), 404 and 429 no body (inferred), 5xx has HTML.
    """
    if str(status) in _BODIES:
        return _body(str(status), status)
    if status >= 500:
        return Reply(status, HTML, {"Content-Type": "text/html; charset=utf-8"})
    return Reply(status)


def refuse(status: int) -> Refusal:
    """Return a plain refusal."""
    return Refusal(by_status(status))


def invalid(field: str, message: str, code: str) -> Refusal:
    """Return a 400 about one parameter (DOCS)."""
    return Refusal(_body("invalid", 400, field=field, message=message, code=code))


def unknown_parameter(field: str) -> Refusal:
    """Return the 400 for a parameter that the endpoint doesn't have (DOCS)."""
    return invalid(field, "Unexpected/invalid field in request", "invalid_field")


def feature_missing(feature: str) -> Refusal:
    """Return the 403 for a feature that the plan doesn't have (DOCS)."""
    return Refusal(_body("require_feature", 403, feature=feature.capitalize()))


def beyond_page_cap(cap: int) -> Refusal:
    """Return the 400 after the last page of /tickets (AB #3858)."""
    message = f"You cannot access tickets beyond the {cap}th page."
    return invalid("page", f"{message} Please provide a smaller page number.", "invalid_value")
