"""How Desk.com is reached, what its errors mean and what its rate headers say.

Sources, unless a line names another one: dev.desk.com "Using the API", support.desk.com "Using API
v2" (article 1414430), and the replies that the official Ruby client (gem desk_api) recorded between
2013 and 2016. The service closed on 13 March 2020.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tap_common.config import Config, is_loopback
from tap_common.errors import UsageError
from tap_common.headers import count
from tap_common.logins import complete
from tap_common.quota import RateLimit
from tap_common.vendor import Action, ErrorRule, Explanation, Vendor
from tap_common.words import listed

if TYPE_CHECKING:
    from requests.auth import AuthBase

DOMAIN = ".desk.com"
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")
WINDOW = 60
"""Seconds. The budget renews at each full minute of the server's clock: Date and Reset add up to 60
in the recorded replies."""
RESET_MARGIN = 0.5
"""Seconds added to X-Rate-Limit-Reset, which counts whole seconds to the next full minute."""

OAUTH = ("consumer_key", "consumer_secret", "token", "token_secret", "site_url")
LOGINS = (OAUTH, ("email", "password", "site_url"))
ERROR_RULES = (
    # Good requests were answered so at times (desk_api issue 5).
    ErrorRule(400, Action.FAIL, tries=3),
)


def connect(config: Config) -> Vendor:
    """The API of the account in ``config``. UsageError if site_url makes no host name."""
    root = (config["base_url"] or f"https://{host(config['site_url'])}").rstrip("/") + "/api/v2/"
    return Vendor(
        root=root,
        auth=login(config),
        error_rules=error_rules(config),
        explain=explain,
        rate_limits=rate_limits,
    )


def error_rules(config: Config) -> Sequence[ErrorRule]:
    """What errors mean; the advice for a 401 names the keys with which ``config`` logs in.

    A signature of OAuth 1.0a carries the time, so a wrong clock makes it invalid.
    """
    keys = complete(config, LOGINS)
    checked = listed([*keys, "this machine's clock"] if keys is OAUTH else keys)
    return (ErrorRule(401, Action.STOP, tries=1, advice=f"check {checked}"), *ERROR_RULES)


def account(config: Config) -> str | None:
    """The host of the account in ``config``; None for an address of this machine."""
    name = host(config["site_url"])
    return None if is_loopback(name.partition(":")[0]) else name


def login(config: Config) -> AuthBase:
    """OAuth 1.0a (RFC 5849, HMAC-SHA1) if the config has its four strings, or else Basic."""
    from requests.auth import HTTPBasicAuth

    if complete(config, LOGINS) is OAUTH:
        from requests_oauthlib import OAuth1

        signer: AuthBase = OAuth1(
            config["consumer_key"],
            config["consumer_secret"],
            config["token"],
            config["token_secret"],
        )
        return signer
    return HTTPBasicAuth(config["email"].encode(), config["password"].encode())


def host(site: str) -> str:
    """The API's host, with the port if one is named.

    ``site`` is "acme", "acme.desk.com", "https://acme.desk.com/" or an address of the account's
    own. UsageError for anything else.
    """
    name = site.strip().lower()
    try:
        parts = urlsplit(name if "//" in name else f"//{name}")
        found, port = parts.hostname or "", parts.port
    except ValueError:
        found, port = "", None
    if not _HOST.fullmatch(found):
        raise UsageError(
            f"config: site_url is {site!r}, but it must be the name of the site (acme), its host "
            "(acme.desk.com) or the site's own address"
        )
    full = found if "." in found else found + DOMAIN
    return f"{full}:{port}" if port else full


def explain(body: Any) -> Explanation | None:
    """What {"message": ..., "errors": ...} says; there are no codes. None for another body."""
    if not isinstance(body, Mapping) or not body.keys() & {"message", "errors"}:
        return None
    said = (body.get("message"), body.get("errors"))
    return None, " ".join(str(part) for part in said if part)


def rate_limits(headers: Mapping[str, str]) -> Sequence[RateLimit]:
    """Requests a minute, those left, and the seconds until the budget renews at the next minute."""
    limit, left, reset = (
        count(headers.get(f"X-Rate-Limit-{name}")) for name in ("Limit", "Remaining", "Reset")
    )
    if limit is None and left is None:
        return ()
    seconds = None if reset is None else min(reset, WINDOW) + RESET_MARGIN
    return (RateLimit(limit=limit, remaining=left, reset=seconds),)
