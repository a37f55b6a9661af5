"""OAuth 2 as far as a program can use it that has no person at the desk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any
from urllib.parse import parse_qsl

from sandbox.dice import Dice
from sandbox.wire import Reply, json_reply
from sandbox.zendesk_chat.errors import token_refused
from sandbox.zendesk_chat.options import Options


@dataclass
class _Grant:
    """Until when, and for how many requests, a token is good."""

    until: float = inf
    requests: float = inf


class Tokens:
    """The API client and the tokens that are good now: a static access token and the granted."""

    def __init__(self, seed: int, options: Options, now: Callable[[], float]) -> None:
        self._seed = seed
        self._options = options
        self._now = now
        self._serial = 0
        self.client_id = self._secret("client id")
        self.client_secret = self._secret("client secret")
        self.access_token = self._secret("access token")
        self.refresh_token = self._secret("refresh token")
        self._access = {self.access_token: _Grant()}

    def credentials(self) -> dict[str, str]:
        """Return the client's id and secret and the tokens that are good now."""
        names = ("access_token", "client_id", "client_secret", "refresh_token")
        return {name: getattr(self, name) for name in names}

    def _secret(self, name: str) -> str:
        return f"{Dice(name, self._seed).below(1 << 200):050x}"

    def use(self, header: str) -> bool:
        """Return whether an Authorization header lets a request in, and count the request."""
        scheme, _, token = header.partition(" ")
        grant = self._access.get(token.strip())
        if scheme.lower() != "bearer" or grant is None:
            return False
        if self._now() >= grant.until or grant.requests == 0:
            return False
        grant.requests -= 1
        return True

    def expire(self, static: bool = False) -> None:
        """End all granted access tokens, and with ``static`` the static one as well."""
        self._access = {} if static else {self.access_token: _Grant()}

    def grant(self, body: bytes) -> Reply:
        """Answer a POST to the token endpoint, form-encoded. Refuses what is not right."""
        form = dict(parse_qsl(body.decode("utf-8", "replace")))
        kind = form.get("grant_type")
        client = (form.get("client_id"), form.get("client_secret"))
        if client != (self.client_id, self.client_secret):
            raise token_refused("invalid_client", "Client authentication failed.", 401)
        if kind not in ("refresh_token", "client_credentials"):
            raise token_refused("unsupported_grant_type", "This grant type is not supported.")
        if kind == "client_credentials" and not self._options.confidential:
            raise token_refused("invalid_client", "The client is not confidential.", 401)
        if kind == "refresh_token" and form.get("refresh_token") != self.refresh_token:
            reason = "The refresh token is invalid, expired or was used before."
            raise token_refused("invalid_grant", reason)
        issued = self._issued()
        if kind == "refresh_token" and self._options.refresh_single_use:
            self.refresh_token = self._secret(f"refresh token {self._serial}")
            issued["refresh_token"] = self.refresh_token
        return json_reply(issued)

    def _issued(self) -> dict[str, Any]:
        self._serial += 1
        token, options = self._secret(f"access token {self._serial}"), self._options
        until = self._now() + (options.token_lifetime or inf)
        self._access[token] = _Grant(until, options.token_requests or inf)
        issued: dict[str, Any] = {"access_token": token, "token_type": "Bearer", "scope": "read"}
        if options.token_lifetime:
            issued["expires_in"] = int(options.token_lifetime)
        return issued
