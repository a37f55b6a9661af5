"""How the API says no: with two keys, in the manner of Flask; for tokens in that of OAuth 2."""

from __future__ import annotations

from sandbox.errors import Errors
from sandbox.wire import Refusal

ERRORS = Errors(__file__)


def refuse(reason: str) -> Refusal:
    """Return a 400 with a reason of its own."""
    return ERRORS.no("reason", reason=reason)


def token_refused(error: str, reason: str, status: int = 400) -> Refusal:
    """Return what the token endpoint says [RFC 6749, section 5.2]."""
    return Refusal(ERRORS.reply("token", status, error=error, reason=reason))
