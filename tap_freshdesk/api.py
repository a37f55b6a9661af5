"""How Freshdesk is reached, what its errors mean and what its rate headers say.

Sources: the vendor's "Freshdesk API v2" reference (January 2026) unless a line says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tap_common.config import Config
from tap_common.errors import ApiError, StreamRefused
from tap_common.headers import count
from tap_common.quota import RateLimit
from tap_common.vendor import Action, ErrorRule, Explanation, Vendor

HOST = ".freshdesk.com"
LISTED_TICKETS, LISTED_CONTACTS = "ticket list", "contact list"
LISTS_A_MINUTE = {50: 50, 200: 20, 400: 100, 700: 200, 1000: 300, 2000: 400}
"""How many calls a minute the list of tickets, and that of contacts, takes, by the account's limit.
No header says so."""

LOGINS = (("api_key", "domain"),)
ERROR_RULES = (
    ErrorRule(401, Action.STOP, advice="check api_key and domain"),
    *(
        ErrorRule(403, Action.STOP, code=code)
        for code in ("account_suspended", "password_lockout", "password_expired", "ssl_required")
    ),
)


def connect(config: Config) -> Vendor:
    """The API of the account in ``config``. UsageError if the domain makes no host name."""
    from requests.auth import HTTPBasicAuth

    root = (config["base_url"] or f"https://{config.host('domain', HOST)}").rstrip("/") + "/api/v2/"
    return Vendor(
        root=root,
        auth=HTTPBasicAuth(config["api_key"].encode(), b"X"),
        error_rules=ERROR_RULES,
        explain=explain,
        rate_limits=rate_limits,
        window=config["rate_window_seconds"],
    )


def account(config: Config) -> str | None:
    """The host of the account in ``config``."""
    return config.host("domain", HOST)


def explain(body: Any) -> Explanation | None:
    """The code and message of an error's body, or None if it is not in the vendor's own format.

    That is {"code", "message"}, or {"description", "errors": [{"field", "message", "code"}]}.
    """
    if not isinstance(body, Mapping):
        return None
    errors = body.get("errors")
    named = errors if isinstance(errors, list) else []
    details = [error for error in named if isinstance(error, Mapping)]
    if details:
        text = "; ".join(f"{error.get('field')}: {error.get('message')}" for error in details)
        return str(details[0].get("code")), f"{body.get('description', '')}: {text}"
    if not body.keys() & {"code", "message", "description"}:
        return None
    code = body.get("code")
    message = body.get("message") or body.get("description") or ""
    return (str(code) if code else None), str(message)


def is_refusal(error: ApiError) -> bool:
    """Does the vendor refuse to show a single row, or say that it is not there?

    A firewall's 403 does not come from the vendor. A 401 for one row alone says nothing of it,
    because all requests are signed alike.
    """
    return isinstance(error, StreamRefused) and error.status != 401


def rate_limits(headers: Mapping[str, str]) -> Sequence[RateLimit]:
    """The account's limit and what is left of it; the lists' sub-limits follow from the limit."""
    total = count(headers.get("X-RateLimit-Total"))
    left = count(headers.get("X-RateLimit-Remaining"))
    if total is None and left is None:
        return ()
    listed = LISTS_A_MINUTE.get(total or 0)
    return (
        RateLimit(limit=total, remaining=left),
        *(RateLimit(bucket, limit=listed) for bucket in (LISTED_TICKETS, LISTED_CONTACTS)),
    )
