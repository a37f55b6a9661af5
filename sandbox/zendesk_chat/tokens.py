"""OAuth 2 as far as a program can use it that has no person at the desk."""

from math import inf
from typing import Any
from urllib.parse import parse_qsl

from sandbox.chance import Dice
from sandbox.errors import Refusal
from sandbox.wire import Reply, json_reply
from sandbox.zendesk_chat.options import Options


class Tokens:
    """The API client and the tokens that are good now: a static access token and the granted."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._serial = 0
        self.client_id = self._secret("client id")
        self.client_secret = self._secret("client secret")
        self.access_token = self._secret("access token")
        self.refresh_token = self._secret("refresh token")
        self._left = {self.access_token: inf}
        """For how many requests each access token is good."""

    def credentials(self) -> dict[str, str]:
        """Returns the client's id and secret and the tokens that are good now."""
        names = ("access_token", "client_id", "client_secret", "refresh_token")
        return {name: getattr(self, name) for name in names}

    def _secret(self, name: str) -> str:
        return f"{Dice(name, self._seed).below(1 << 200):050x}"

    def use(self, header: str) -> bool:
        """Returns whether an Authorization header lets a request in, and counts the request."""
        scheme, _, token = header.partition(" ")
        left = self._left.get(token.strip(), 0)
        if scheme.lower() != "bearer" or left == 0:
            return False
        self._left[token.strip()] = left - 1
        return True

    def expire(self, static: bool = False) -> None:
        """Ends all granted access tokens, and with ``static`` the static one as well."""
        self._left = {} if static else {self.access_token: inf}

    def grant(self, body: bytes, options: Options) -> Reply:
        """Answers a POST to the token endpoint, form-encoded. Refuses what is not right.

        A refresh token is good once, and its reply holds the next one.
        """
        form = dict(parse_qsl(body.decode("utf-8", "replace")))
        kind = form.get("grant_type")
        client = (form.get("client_id"), form.get("client_secret"))
        if client != (self.client_id, self.client_secret):
            raise Refusal("client")
        if kind not in ("refresh_token", "client_credentials"):
            raise Refusal("grant type")
        if kind == "client_credentials" and not options.confidential:
            raise Refusal("not confidential")
        if kind == "refresh_token" and form.get("refresh_token") != self.refresh_token:
            raise Refusal("grant")
        self._serial += 1
        token = self._secret(f"access token {self._serial}")
        self._left[token] = options.token_requests or inf
        issued: dict[str, Any] = {"access_token": token, "token_type": "Bearer", "scope": "read"}
        if kind == "refresh_token":
            self.refresh_token = self._secret(f"refresh token {self._serial}")
            issued["refresh_token"] = self.refresh_token
        return json_reply(issued)
