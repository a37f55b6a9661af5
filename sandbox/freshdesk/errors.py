"""How the API says no: 400, 401, 403 in JSON (DOCS, SIO #28), 404, 429 with nothing (inferred)."""

from __future__ import annotations

from sandbox.errors import Errors
from sandbox.wire import Refusal

ERRORS = Errors(__file__)
by_status, refuse = ERRORS.by_status, ERRORS.refuse


def invalid(field: str, message: str, code: str = "invalid_value") -> Refusal:
    """Return a 400 about one parameter (DOCS)."""
    return ERRORS.no("invalid", field=field, message=message, code=code)


def feature_missing(feature: str) -> Refusal:
    """Return the 403 for a feature that the plan doesn't have (DOCS)."""
    return ERRORS.no("require_feature", feature=feature.capitalize())
