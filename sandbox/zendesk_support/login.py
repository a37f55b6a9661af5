"""Log-in: Basic with an API token, bearer tokens, and the token endpoint with rotation (sheet section 1)."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson

from sandbox.times import stamp
from sandbox.wire import Refusal, Reply, Request, json_reply
from sandbox.zendesk_support import ids
from sandbox.zendesk_support.errors import by_status, say
from sandbox.zendesk_support.options import Options

EMAIL = "ada@acme.example"
CLIENT_ID = "tap_sandbox"
_SHORTEST, _LONGEST = 300, 172_800


@dataclass
class Token:
    """A bearer token and, from the refresh_token grant, the refresh token that came with it."""

    access: str
    refresh: str
    scope: str
    expires: int | None
    refresh_expires: int


class Login:
    """Who may come in. A refresh ends the old access token and the old refresh token at once (ZD)."""

    def __init__(self, options: Options, secret: str, now: Callable[[], int]) -> None:
        self._options = options
        self._now = now
        self._serial = 0
        self.secret = secret
        self.api_token = f"api-{secret}"
        seconds = options.static_token_seconds
        month = now() + options.refresh_token_seconds
        first = Token(
            f"access-0-{secret}",
            f"refresh-0-{secret}",
            options.scope,
            now() + seconds if seconds else None,
            month,
        )
        self._tokens = {first.access: first}
        self.current = first

    def credentials(self) -> dict[str, str]:
        """Everything that logs in now."""
        return {
            "subdomain": "acme",
            "email": EMAIL,
            "api_token": self.api_token,
            "access_token": self.current.access,
            "client_id": CLIENT_ID,
            "client_secret": f"secret-{self.secret}",
            "refresh_token": self.current.refresh,
        }

    def expire(self) -> None:
        """Every access token ends now; refresh tokens stay."""
        for token in self._tokens.values():
            token.expires = self._now()

    def check(self, request: Request) -> Token | None:
        """The bearer token of a request, None for Basic; Refusal if neither is right or the scope lacks "read"."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            token = self._tokens.get(value)
            if token is None or (token.expires is not None and self._now() >= token.expires):
                raise Refusal(by_status(401))
            if "read" not in token.scope.split():
                raise say(403, "Forbidden", "Missing the following required scopes: read")
            return token
        if (
            scheme.lower() != "basic"
            or not self._options.api_tokens
            or _decoded(value) != f"{EMAIL}/token:{self.api_token}"
        ):
            raise Refusal(json_reply({"error": "Couldn't authenticate you"}, 401))
        return None

    def describe(self, token: Token | None) -> Row:
        """GET /oauth/tokens/current."""
        if token is None:
            raise Refusal(by_status(404))
        expires = None if token.expires is None else stamp(token.expires)
        row = {
            "id": ids.SETTINGS + 1_000,
            "client_id": ids.SETTINGS + 1_001,
            "user_id": ids.USERS + 1,
            "scopes": token.scope.split(),
        }
        return {
            "token": {
                **row,
                "token": token.access[:10],
                "refresh_token": None,
                "expires_at": expires,
            }
        }

    def issue(self, request: Request) -> Reply:
        """POST /oauth/tokens."""
        given = _body(request)
        grant = given.get("grant_type")
        if (
            given.get("client_id") != CLIENT_ID
            or given.get("client_secret") != f"secret-{self.secret}"
        ):
            raise _oauth_error(
                401,
                "invalid_client",
                "Client authentication failed due to unknown client, or no client authentication included.",
            )
        seconds = int(given.get("expires_in") or self._options.access_token_seconds)
        if given.get("expires_in") and not _SHORTEST < seconds <= _LONGEST:
            raise _oauth_error(400, "invalid_request", "expires_in is out of range")
        if grant == "refresh_token":
            old = next(
                (
                    token
                    for token in self._tokens.values()
                    if token.refresh and token.refresh == given.get("refresh_token")
                ),
                None,
            )
            if old is None or self._now() >= old.refresh_expires:
                raise _oauth_error(
                    400,
                    "invalid_grant",
                    "The provided authorization grant is invalid, expired, revoked, or was issued to another client.",
                )
            del self._tokens[old.access]
        elif grant != "client_credentials":
            raise _oauth_error(
                400,
                "unsupported_grant_type",
                "The authorization grant type is not supported by the authorization server.",
            )
        return self._new(given, seconds, rotating=grant == "refresh_token")

    def _new(self, given: dict[str, Any], seconds: int, rotating: bool) -> Reply:
        self._serial += 1
        kept = int(given.get("refresh_token_expires_in") or self._options.refresh_token_seconds)
        refresh = f"refresh-{self._serial}-{self.secret}" if rotating else ""
        scope = str(given.get("scope") or self._options.scope)
        token = Token(
            f"access-{self._serial}-{self.secret}",
            refresh,
            scope,
            self._now() + seconds,
            self._now() + kept,
        )
        self._tokens[token.access] = token
        if rotating:
            self.current = token
        document = {
            "access_token": token.access,
            "token_type": "bearer",
            "scope": scope,
            "expires_in": seconds,
        }
        if rotating:
            document |= {"refresh_token": refresh, "refresh_token_expires_in": kept}
        return json_reply(document, self._options.token_status)


Row = dict[str, Any]


def _oauth_error(status: int, error: str, description: str) -> Refusal:
    return Refusal(json_reply({"error": error, "error_description": description}, status))


def _decoded(value: str) -> str:
    try:
        return b64decode(value, validate=True).decode("latin-1")
    except NotBase64:
        return ""


def _body(request: Request) -> dict[str, Any]:
    if "json" not in request.headers.get("content-type", "json"):
        return dict(parse_qsl(request.body.decode()))
    try:
        document = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict):
        raise _oauth_error(400, "invalid_request", "The request is missing a required parameter.")
    return document
