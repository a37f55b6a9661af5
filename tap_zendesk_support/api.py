"""How Zendesk is reached, what its errors mean and what its rate headers say.

Sources: Zendesk's API reference (its OpenAPI text), and probes of the live API (October 2026) in
estuary's connector.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tap_common.config import Config
from tap_common.errors import UsageError
from tap_common.headers import count
from tap_common.logins import complete
from tap_common.quota import OWN, RateLimit
from tap_common.vendor import Action, ErrorRule, Explanation, Vendor
from tap_common.words import listed

if TYPE_CHECKING:
    from requests.auth import AuthBase

HOST = ".zendesk.com"
EXPORTS, USER_EXPORTS = "incremental-exports", "incremental-exports-cursor"
DELETED_TICKETS, TICKET_AUDITS, SEARCH_EXPORTS = (
    "deleted-tickets-index",
    "ticket audits",
    "search export",
)
CONVERSATION_LOGS, SIDE_CONVERSATION_EVENTS = "omnilog-index", "side conversation events"
BUCKETS = frozenset({EXPORTS, USER_EXPORTS, DELETED_TICKETS, CONVERSATION_LOGS})
"""Buckets that the headers name so. Any other header is about the bucket of its own request."""
_BUCKET_HEADER = "zendesk-ratelimit-"
_MARKETPLACE = {
    "X-Zendesk-Marketplace-Name": "marketplace_name",
    "X-Zendesk-Marketplace-Organization-Id": "marketplace_organization_id",
    "X-Zendesk-Marketplace-App-Id": "marketplace_app_id",
}

LOGINS = (
    ("client_id", "client_secret", "refresh_token", "subdomain"),
    ("client_id", "client_secret", "subdomain"),
    ("access_token", "subdomain"),
    ("email", "api_token", "subdomain"),
)
TOKEN = {"scope": "read", "expires_in": 1800}
"""What each new token is for. Those of clients from before 2026-04-30 never end unless asked to."""
API_TOKENS = "API tokens end on 2027-04-30: use OAuth"
BEARER_TOKENS = "the token may have expired or been revoked"

ERROR_RULES = (
    ErrorRule(405, Action.REFUSE),
    ErrorRule(422, Action.REFUSE),
    ErrorRule(423, Action.RETRY),
)


def connect(config: Config) -> Vendor:
    """The API of the account in ``config``. UsageError if the subdomain makes no host name."""
    if (config["email"] or "").endswith("/token"):
        raise UsageError(
            "config: email ends in /token: write the address alone, since the tap adds that ending"
        )
    origin = (config["base_url"] or f"https://{config.host('subdomain', HOST)}").rstrip("/")
    auth = _auth(config, f"{origin}/oauth/tokens")
    return Vendor(
        root=f"{origin}/api/v2/",
        auth=auth,
        error_rules=error_rules(config),
        explain=explain,
        rate_limits=rate_limits,
        headers={header: config[key] for header, key in _MARKETPLACE.items() if config[key]},
        renew=getattr(auth, "renew", None),
    )


def error_rules(config: Config) -> Sequence[ErrorRule]:
    """What errors mean; the advice for a 401 names the keys with which ``config`` logs in."""
    keys = complete(config, LOGINS)
    note = API_TOKENS if "api_token" in keys else BEARER_TOKENS
    return (ErrorRule(401, Action.STOP, advice=f"check {listed(keys)} ({note})"), *ERROR_RULES)


def account(config: Config) -> str | None:
    """The host of the account in ``config``."""
    return config.host("subdomain", HOST)


def _auth(config: Config, token_url: str) -> AuthBase:
    from requests.auth import HTTPBasicAuth

    from tap_common.oauth2 import BearerToken

    if config["client_secret"] or config["access_token"]:
        return BearerToken(config, token_url, encoding="json", extra=TOKEN)
    return HTTPBasicAuth(f"{config['email']}/token".encode(), config["api_token"].encode())


def explain(body: Any) -> Explanation | None:
    """Code and message of an error.

    Its "error" is a word, a sentence, or an object {"title", "message"}. The help centre's newer
    paths have a list of "errors" instead, each with "code" and "title".
    """
    if not isinstance(body, Mapping):
        return None
    if not body.keys() & {"error", "errors", "description", "message"}:
        return None
    errors = body.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], Mapping):
        return str(errors[0].get("code") or "") or None, str(errors[0].get("title") or "")
    error = body.get("error")
    said = next(
        (body[key] for key in ("description", "error_description", "message") if body.get(key)), ""
    )
    if isinstance(error, Mapping):
        return str(error.get("title") or "") or None, str(error.get("message") or said)
    return (str(error) if error else None), str(said)


def rate_limits(headers: Mapping[str, str]) -> Sequence[RateLimit]:
    """The account's limit, and the endpoint's.

    That is in a header such as ``zendesk-ratelimit-NAME: total=10; remaining=9; resets=6``.
    """
    limit = count(headers.get("ratelimit-limit") or headers.get("x-rate-limit"))
    left = count(headers.get("ratelimit-remaining") or headers.get("x-rate-limit-remaining"))
    account = (
        [RateLimit(limit=limit, remaining=left, reset=count(headers.get("ratelimit-reset")))]
        if limit
        else []
    )
    return [*account, *_endpoints(headers)]


def _endpoints(headers: Mapping[str, str]) -> Iterator[RateLimit]:
    for header, value in headers.items():
        if header.lower().startswith(_BUCKET_HEADER):
            name = header.lower().removeprefix(_BUCKET_HEADER)
            said = {word: count(number) for word, number in re.findall(r"(\w+)=(\d+)", value)}
            yield RateLimit(
                name if name in BUCKETS else OWN,
                limit=said.get("total"),
                remaining=said.get("remaining"),
                reset=said.get("resets"),
            )
