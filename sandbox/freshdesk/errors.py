"""How the API says no. Sources are in sandbox/SOURCES.md."""

from __future__ import annotations

from sandbox.dice import Dice
from sandbox.faults import HTML
from sandbox.template import templates
from sandbox.wire import Refusal, Reply, json_reply

_BODIES = templates(__file__, "errors")


def by_status(status: int) -> Reply:
    """Return the vendor's reply for a status.

    401 and 403 have JSON (DOCS, SIO #28), 404 and 429 no body (inferred), 5xx has HTML.
    """
    if str(status) in _BODIES:
        return json_reply(_BODIES[str(status)](Dice()), status)
    if status >= 500:
        return Reply(status, HTML, {"Content-Type": "text/html; charset=utf-8"})
    return Reply(status)


def refuse(status: int) -> Refusal:
    """Return a plain refusal."""
    return Refusal(by_status(status))


def invalid(field: str, message: str, code: str = "invalid_value") -> Refusal:
    """Return a 400 about one parameter (DOCS)."""
    facts = {"field": field, "message": message, "code": code}
    return Refusal(json_reply(_BODIES["invalid"](Dice(), **facts), 400))


def feature_missing(feature: str) -> Refusal:
    """Return the 403 for a feature that the plan doesn't have (DOCS)."""
    body = _BODIES["require_feature"](Dice(), feature=feature.capitalize())
    return Refusal(json_reply(body, 403))
