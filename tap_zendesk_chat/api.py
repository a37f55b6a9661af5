"""How Zendesk Chat is reached, what its errors mean and what its rate headers say.

Sources: the vendor's "Chat API" reference (introduction, authentication, rate limits) unless a line says otherwise.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from tap_common.config import Config
from tap_common.oauth2 import BearerToken
from tap_common.quota import Reading, whole
from tap_common.vendor import Action, Explanation, Rule, Vendor

LOGGER = logging.getLogger("tap")
HOST = ".zendesk.com"
OLD_HOST = "www.zopim.com"
SCOPE = "read"

RULES = (
    Rule(401, Action.STOP, advice="check the token, or make a new one"),
    Rule(403, Action.REFUSE, advice="not allowed by this account's plan or for this token"),
    Rule(404, Action.REFUSE, advice="no such endpoint on this account"),
    Rule(408, Action.RETRY),
    Rule(409, Action.RETRY),
)


def connect(config: Config) -> Vendor:
    """The API of the account in ``config``. UsageError if the subdomain makes no host name.

    Without a subdomain it is the old base, which the vendor meant to switch off on 12 May 2025.
    """
    if config["subdomain"]:
        origin, resources, token = (
            f"https://{config.host('subdomain', HOST)}",
            "api/v2/chat/",
            "oauth2/chat/token",
        )
    else:
        LOGGER.warning(
            "no subdomain in the config: using the old address %s, which the vendor is phasing out",
            OLD_HOST,
        )
        origin, resources, token = f"https://{OLD_HOST}", "api/v2/", "oauth2/token"
    origin = (config["base_url"] or origin).rstrip("/") + "/"
    scope = {} if config["refresh_token"] else {"scope": SCOPE}
    bearer = BearerToken(config, origin + token, encoding="data", extra=scope)
    return Vendor(
        root=origin + resources,
        auth=bearer,
        rules=RULES,
        explain=explain,
        readings=partial(readings, config["requests_per_minute"]),
        renew=bearer.renew,
    )


def account(config: Config) -> str | None:
    """The host of the account in ``config``, or None if the config does not name it."""
    return config.host("subdomain", HOST) if config["subdomain"] else None


def explain(body: Any) -> Explanation | None:
    """The code and message of {"error", "error_description" or "description" or "message"}; "error" may hold both."""
    if not isinstance(body, Mapping):
        return None
    if not body.keys() & {"error", "error_description", "description", "message"}:
        return None
    error = body.get("error")
    if isinstance(error, Mapping):
        return explain({"error": error.get("title") or error.get("code"), **error})
    said = body.get("error_description") or body.get("description") or body.get("message")
    return (str(error) if error else None), str(said or "")


def readings(known: int, headers: Mapping[str, str]) -> Sequence[Reading]:
    """The account's limit a minute and what is left of it; where the API does not say so, the limit is the ``known`` one."""
    limit, left = whole(headers.get("X-Rate-Limit")), whole(headers.get("X-Rate-Limit-Remaining"))
    return (Reading(limit=limit or known, remaining=left),)
