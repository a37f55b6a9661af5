"""OAuth 2 as far as a program without a person at the desk can use it (sheet section 1)."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from sandbox.dice import Dice
from sandbox.wire import Refusal, Reply, json_reply
from sandbox.zendesk_chat.errors import token_refused
from sandbox.zendesk_chat.options import Options

_SCOPE = "read"


@dataclass
class _Grant:
    """For how long, and for how many requests, a token is good; None = without end."""

    until: float | None = None
    requests: int | None = None


class Tokens:
    """The API client, and the tokens that are good now: a static access token, and all that were granted."""

    def __init__(self, seed: int, options: Options) -> None:
        self._seed = seed
        self._options = options
        self._serial = 0
        self.client_id = self._secret("client id")
        self.client_secret = self._secret("client secret")
        self.access_token = self._secret("access token")
        self.refresh_token = self._secret("refresh token")
        self._access: dict[str, _Grant] = {self.access_token: _Grant()}

    def _secret(self, name: str) -> str:
        return f"{Dice(name, self._seed).below(1 << 200):050x}"

    def use(self, header: str) -> bool:
        """Whether an Authorization header lets a request in; counts it."""
        scheme, _, token = header.partition(" ")
        grant = self._access.get(token.strip())
        if scheme.lower() != "bearer" or grant is None:
            return False
        if (grant.until is not None and time.monotonic() >= grant.until) or grant.requests == 0:
            del self._access[token.strip()]
            return False
        if grant.requests is not None:
            grant.requests -= 1
        return True

    def expire(self, static: bool = False) -> None:
        """All granted access tokens end, and with ``static`` the static one (as after an account's migration)."""
        self._access = (
            {} if static else {self.access_token: self._access.get(self.access_token, _Grant())}
        )

    def grant(self, body: bytes) -> Reply:
        """POST to the token endpoint, form-encoded."""
        form = dict(parse_qsl(body.decode("utf-8", "replace")))
        try:
            if (
                form.get("client_id") != self.client_id
                or form.get("client_secret") != self.client_secret
            ):
                raise token_refused("invalid_client", "Client authentication failed.", 401)
            kind = form.get("grant_type")
            if kind == "refresh_token":
                return json_reply(self._refresh(form.get("refresh_token", "")))
            if kind != "client_credentials":
                raise token_refused("unsupported_grant_type", "This grant type is not supported.")
            if not self._options.confidential:
                raise token_refused("invalid_client", "The client is not confidential.", 401)
            return json_reply(self._issue())
        except Refusal as refusal:
            return refusal.reply

    def _refresh(self, token: str) -> dict[str, Any]:
        if token != self.refresh_token:
            raise token_refused(
                "invalid_grant", "The refresh token is invalid, expired or was used before."
            )
        issued = self._issue()
        if self._options.refresh_single_use:
            self.refresh_token = self._secret(f"refresh token {self._serial}")
            issued["refresh_token"] = self.refresh_token
        return issued

    def _issue(self) -> dict[str, Any]:
        self._serial += 1
        token, options = self._secret(f"access token {self._serial}"), self._options
        until = time.monotonic() + options.token_lifetime if options.token_lifetime else None
        self._access[token] = _Grant(until, options.token_requests or None)
        issued: dict[str, Any] = {"access_token": token, "token_type": "Bearer", "scope": _SCOPE}
        return issued | ({"expires_in": int(options.token_lifetime)} if until else {})
