"""Log-in: Basic with an API token, bearer tokens, and the token endpoint with rotation."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any
from urllib.parse import parse_qsl

import orjson

from sandbox.errors import Refusal
from sandbox.table import Row
from sandbox.template import templates
from sandbox.times import DAY
from sandbox.wire import Reply, Request, json_reply
from sandbox.zendesk_support.options import Options

EMAIL = "ada@acme.example"
CLIENT_ID = "tap_sandbox"
_ROWS = templates(__file__, "rows")
_SHORTEST, _LONGEST = 300, 2 * DAY
_REFRESHABLE_FOR = 30 * DAY


@dataclass
class Token:
    """A bearer token, and from the refresh_token grant the refresh token that came with it."""

    access: str
    refresh: str
    scope: str = "read"
    expires: float = inf
    refresh_expires: float = inf


class Login:
    """Decides who may come in. A refresh ends the old pair of tokens at once (HELP)."""

    def __init__(self, secret: str, now: Callable[[], int]) -> None:
        self._secret, self._now = secret, now
        self._tokens: dict[str, Token] = {}
        self._serial = 0
        self._current = self._add(refresh_expires=now() + _REFRESHABLE_FOR)

    def _add(self, **about: Any) -> Token:
        suffix = f"{self._serial}-{self._secret}"
        token = Token(f"access-{suffix}", f"refresh-{suffix}", **about)
        self._tokens[token.access] = token
        self._serial += 1
        return token

    def credentials(self) -> dict[str, str]:
        """Everything that logs in now."""
        return {
            "subdomain": "acme",
            "email": EMAIL,
            "api_token": f"api-{self._secret}",
            "access_token": self._current.access,
            "client_id": CLIENT_ID,
            "client_secret": f"secret-{self._secret}",
            "refresh_token": self._current.refresh,
        }

    def expire(self) -> None:
        """Every access token ends now; refresh tokens stay."""
        for token in self._tokens.values():
            token.expires = self._now()

    def check(self, request: Request) -> Token | None:
        """Returns the request's bearer token, or None for Basic.

        Refusal if neither is right, or if the token's scope lacks "read".
        """
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            token = self._tokens.get(value)
            if token is None or self._now() >= token.expires:
                raise Refusal(401)
            if "read" not in token.scope.split():
                raise Refusal("scope")
            return token
        ours = b64encode(f"{EMAIL}/token:api-{self._secret}".encode()).decode()
        if scheme.lower() != "basic" or value != ours:
            raise Refusal("basic")
        return None

    def describe(self, token: Token | None) -> Row:
        """Returns the reply of /oauth/tokens/current."""
        if token is None:
            raise Refusal(404)
        expires = None if token.expires == inf else int(token.expires)
        about = {"scopes": token.scope.split(), "token": token.access[:10], "expires": expires}
        return {"token": _ROWS["token"](**about)}

    def issue(self, request: Request, options: Options) -> Reply:
        """Answers POST /oauth/tokens."""
        given, now = _body(request), self._now()
        client = given.get("client_id"), given.get("client_secret")
        if client != (CLIENT_ID, f"secret-{self._secret}"):
            raise Refusal("client")
        seconds = int(given.get("expires_in") or options.access_token_seconds)
        if given.get("expires_in") and not _SHORTEST < seconds <= _LONGEST:
            raise Refusal("expiry")
        grant = given.get("grant_type")
        if grant not in ("refresh_token", "client_credentials"):
            raise Refusal("grant type")
        scope, kept, issued = str(given.get("scope") or "read"), 0, {}
        if grant == "refresh_token":
            self._end(given.get("refresh_token"))
            kept = int(given.get("refresh_token_expires_in") or _REFRESHABLE_FOR)
        token = self._add(scope=scope, expires=now + seconds, refresh_expires=now + kept)
        if grant == "refresh_token":
            self._current = token
            issued = {"refresh_token": token.refresh, "refresh_token_expires_in": kept}
        about = {"access_token": token.access, "token_type": "bearer", "scope": scope}
        return json_reply({**about, "expires_in": seconds, **issued}, options.token_status)

    def _end(self, refresh_token: Any) -> None:
        """Ends the pair that a refresh token belongs to; Refusal if it is not good any more."""
        for token in self._tokens.values():
            if token.refresh == refresh_token and self._now() < token.refresh_expires:
                del self._tokens[token.access]
                return
        raise Refusal("grant")


def _body(request: Request) -> Row:
    if "json" not in request.headers.get("content-type", "json"):
        return dict(parse_qsl(request.body.decode()))
    try:
        document = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict):
        raise Refusal("parameter")
    return document
