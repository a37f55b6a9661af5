"""How the API says no (sheet section 5)."""

from __future__ import annotations

from sandbox.faults import HTML
from sandbox.wire import Refusal, Reply, json_reply

_ACCESS_DENIED = {
    "code": "access_denied",
    "message": "You are not authorized to perform this action.",
}
_LOGGED_OUT = {
    "code": "invalid_credentials",
    "message": "You have to be logged in to perform this action.",
}


def by_status(status: int) -> Reply:
    """The vendor's body for a status: JSON for 401 and 403 (DOCS, SIO #28), empty for 404 and 429 (inferred), else HTML."""
    if status == 401:
        return json_reply(_LOGGED_OUT, 401)
    if status == 403:
        return json_reply(_ACCESS_DENIED, 403)
    if status >= 500:
        return Reply(status, HTML, {"Content-Type": "text/html; charset=utf-8"})
    return Reply(status)


def invalid(field: str, message: str, code: str) -> Refusal:
    """400 about one parameter (DOCS)."""
    errors = [{"field": field, "message": message, "code": code}]
    return Refusal(json_reply({"description": "Validation failed", "errors": errors}, 400))


def unknown_parameter(field: str) -> Refusal:
    """400 for a parameter that the endpoint doesn't have (DOCS)."""
    return invalid(field, "Unexpected/invalid field in request", "invalid_field")


def feature_missing(feature: str) -> Refusal:
    """403 for a feature that the plan doesn't have (DOCS)."""
    message = f"The {feature.capitalize()} feature(s) is/are not supported in your plan. Please upgrade your account to use it."
    return Refusal(json_reply({"code": "require_feature", "message": message}, 403))


def refuse(status: int) -> Refusal:
    """A plain refusal."""
    return Refusal(by_status(status))


def beyond_page_cap(cap: int) -> Refusal:
    """400 after the last page of /tickets (AB #3858)."""
    message = (
        f"You cannot access tickets beyond the {cap}th page. Please provide a smaller page number."
    )
    return invalid("page", message, "invalid_value")
