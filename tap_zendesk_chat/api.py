"""How Zendesk Chat is reached, what its errors mean and what its rate headers say.

Source: developer.zendesk.com, the "Chat API" reference (introduction, authentication, rate limits),
unless a line says otherwise.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from tap_common.config import Config
from tap_common.headers import count
from tap_common.logins import complete
from tap_common.quota import RateLimit
from tap_common.vendor import Action, ErrorRule, Explanation, Vendor
from tap_common.words import listed

LOGGER = logging.getLogger("tap")
HOST = ".zendesk.com"
OLD_HOST = "www.zopim.com"
SCOPE = "read"

LOGINS = (("client_id", "client_secret"), ("access_token",))
ERROR_RULES = (
    ErrorRule(403, Action.REFUSE, advice="not allowed by this account's plan or for this token"),
)


@dataclass(frozen=True)
class Base:
    """Where an account is: the host's address, and the paths of its resources and tokens on it."""

    origin: str
    resources: str
    token: str


OLD_BASE = Base(f"https://{OLD_HOST}", "api/v2/", "oauth2/token")
"""The address without a subdomain, which the vendor meant to switch off on 12 May 2025."""


def connect(config: Config) -> Vendor:
    """The API of the account in ``config``.

    UsageError if the subdomain makes no host name.
    """
    from tap_common.oauth2 import BearerToken

    base = _base(config)
    origin = (config["base_url"] or base.origin).rstrip("/") + "/"
    scope = {} if config["refresh_token"] else {"scope": SCOPE}
    bearer = BearerToken(config, origin + base.token, encoding="data", extra=scope)
    return Vendor(
        root=origin + base.resources,
        auth=bearer,
        error_rules=error_rules(config),
        explain=explain,
        rate_limits=partial(rate_limits, config["requests_per_minute"]),
        renew=bearer.renew,
    )


def error_rules(config: Config) -> Sequence[ErrorRule]:
    """What errors mean; the advice for a 401 names the keys with which ``config`` logs in."""
    keys = [*complete(config, LOGINS), "refresh_token", "subdomain"]
    checked = listed([key for key in keys if config[key]])
    advice = f"check {checked}; the token may have expired or been revoked"
    return (ErrorRule(401, Action.STOP, advice=advice), *ERROR_RULES)


def _base(config: Config) -> Base:
    if config["subdomain"]:
        host = config.host("subdomain", HOST)
        return Base(f"https://{host}", "api/v2/chat/", "oauth2/chat/token")
    LOGGER.warning(
        "no subdomain in the config: the tap uses the old address %s, which the vendor is phasing "
        "out",
        OLD_HOST,
    )
    return OLD_BASE


def account(config: Config) -> str | None:
    """The host of the account in ``config``, or None if the config does not name it."""
    return config.host("subdomain", HOST) if config["subdomain"] else None


def explain(body: Any) -> Explanation | None:
    """The code and the message of an error, or None if the body is not the vendor's.

    The code is under "error", the message under "error_description", "description" or "message".
    An object under "error" may hold both.
    """
    if not isinstance(body, Mapping):
        return None
    if not body.keys() & {"error", "error_description", "description", "message"}:
        return None
    error = body.get("error")
    if isinstance(error, Mapping):
        return explain({"error": error.get("title") or error.get("code"), **error})
    said = body.get("error_description") or body.get("description") or body.get("message")
    return (str(error) if error else None), str(said or "")


def rate_limits(known: int, headers: Mapping[str, str]) -> Sequence[RateLimit]:
    """The account's limit a minute and what is left of it.

    Where the API does not say so, the limit is the ``known`` one.
    """
    limit, left = count(headers.get("X-Rate-Limit")), count(headers.get("X-Rate-Limit-Remaining"))
    return (RateLimit(limit=limit or known, remaining=left),)
