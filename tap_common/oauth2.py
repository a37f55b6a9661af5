"""OAuth 2 bearer tokens that expire.

They are renewed before they expire or when the API refuses one, and saved before they are used.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from typing import Any, Literal

import requests
from requests.auth import AuthBase

from tap_common import codec, log, token_files, trace
from tap_common.clock import SYSTEM, Clock
from tap_common.config import Config
from tap_common.errors import CredentialsRefused, Unreachable
from tap_common.token_files import RENEWING, TokenFile
from tap_common.wire import Answer, Wire, WireError

RENEW_BEFORE_SECONDS = 60.0
ATTEMPTS = 5
LONGEST_PAUSE = 30.0
"""Seconds between two attempts to get a token."""
CHECK = "check client_id, client_secret and the account's name in the config"


class _Unsettled(Exception):
    """The token endpoint gave no answer that decides anything; ask again after ``pause``."""

    def __init__(self, message: str, pause: float = 0.0) -> None:
        super().__init__(message)
        self.pause = pause


class BearerToken(AuthBase):
    """Signs requests with a bearer token from ``config``.

    With ``refresh_token``, ``client_id`` and ``client_secret`` in the config, the token is renewed
    at ``token_url``. A refresh token may be good for one use. So only one run at a time uses it,
    and only if the next one can be saved: in the config file, or in that of the setting token_file.
    The pair of tokens that comes back is saved before anything else happens. With the client's id
    and secret alone, the grant is client_credentials. With only ``access_token``, that token is
    used as it is.

    ``encoding`` is how the token endpoint wants its fields: "json", or "data" for a form. The
    fields in ``extra`` are sent along. ``connect`` must be called before a token is renewed.
    """

    def __init__(
        self,
        config: Config,
        token_url: str,
        *,
        encoding: Literal["json", "data"],
        extra: Mapping[str, Any],
    ) -> None:
        self._config, self._url, self._encoding, self._extra = config, token_url, encoding, extra
        self._token: str | None = config["access_token"]
        self._refresh_token: str | None = config["refresh_token"]
        self._separate = token_files.separate(config)
        self._expires = math.inf
        self._lock = threading.Lock()
        self._used = threading.local()
        self._wire: Wire | None = None
        self._clock: Clock = SYSTEM

    def connect(self, wire: Wire, clock: Clock) -> None:
        """Makes requests for tokens go over ``wire``, paced by ``clock``.

        UsageError if the token file of the config makes no sense.
        """
        self._wire, self._clock = wire, clock
        if self._separate is not None:
            self._take(_tokens(self._separate.current()))

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Puts the token in ``request``, a new one if the present one is about to expire.

        CredentialsRefused if the vendor gives no new token, Unreachable if it does not answer,
        UsageError if the new token could not be saved.
        """
        with self._lock:
            if self._token is None or self._clock.monotonic() > self._expires:
                self._renew()
            self._used.token = self._token
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def renew(self) -> bool:
        """Gets a new token after a 401, unless another thread just did; returns whether it can."""
        if not self._config["client_secret"]:
            return False
        with self._lock:
            if self._token == self._used.token:
                self._renew()
        return True

    def _renew(self) -> None:
        if not self._refresh_token:
            self._granted({"grant_type": "client_credentials"})
            return
        file = self._separate or token_files.of_config(self._config)
        if file is None:
            self._refreshed(self._refresh_token)
        else:
            self._renew_in_file(file)

    def _renew_in_file(self, file: TokenFile) -> None:
        with file.locked() as content:
            if self._renewed_by_another(content):
                return
            with RENEWING:
                file.check_writable(content)
                file.save(content, self._refreshed(self._refresh_token or ""))

    def _renewed_by_another(self, content: Mapping[str, Any]) -> bool:
        """Takes the tokens that another run saved; returns whether there is a new access token."""
        found = _tokens(content)
        if found.get("refresh_token", self._refresh_token) == self._refresh_token:
            return False
        before = self._token
        self._take(found)
        return self._token != before

    def _refreshed(self, refresh_token: str) -> dict[str, str]:
        return self._granted({"grant_type": "refresh_token", "refresh_token": refresh_token})

    def _granted(self, grant: Mapping[str, str]) -> dict[str, str]:
        """The tokens that the vendor gives for ``grant``, which are in use from now on."""
        client = {key: self._config[key] for key in ("client_id", "client_secret")}
        reply = self._ask({**grant, **client, **self._extra})
        tokens = _tokens(reply)
        self._take(tokens)
        lifetime = _seconds(reply.get("expires_in"))
        if lifetime is not None:
            good_for = max(lifetime - RENEW_BEFORE_SECONDS, lifetime / 2)
            self._expires = self._clock.monotonic() + good_for
        return tokens

    def _take(self, tokens: Mapping[str, str]) -> None:
        log.REDACTOR.hide(tokens.values())
        self._token = tokens.get("access_token", self._token)
        self._refresh_token = tokens.get("refresh_token", self._refresh_token)
        self._expires = math.inf

    def _ask(self, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """The reply of the token endpoint, asked again while its answers decide nothing."""
        from random import SystemRandom

        import backoff  # takes 40 ms, and not all commands need it

        dice = SystemRandom()
        pauses = backoff.expo(max_value=LONGEST_PAUSE)
        next(pauses)
        failures = 0
        while True:
            try:
                return _checked(self._post(fields))
            except _Unsettled as error:
                failures += 1
                if failures == ATTEMPTS:
                    raise Unreachable(f"no new access token: {error}") from None
                self._clock.sleep(max(dice.uniform(0, next(pauses)), error.pause))

    def _post(self, fields: Mapping[str, Any]) -> Answer:
        assert self._wire is not None, "connect was not called"
        began = self._clock.monotonic()
        try:
            answer = self._wire.post(self._url, fields, self._encoding)
        except WireError as error:
            trace.unanswered("POST", self._url, error, self._clock.monotonic() - began)
            raise _Unsettled(str(error)) from None
        trace.answered("POST", self._url, answer, self._clock.monotonic() - began, None)
        if answer.status == 429 or answer.status >= 500:
            pause = min(answer.retry_after(self._clock.now()) or 0.0, LONGEST_PAUSE)
            raise _Unsettled(f"the token endpoint answers HTTP {answer.status}", pause)
        return answer


def _checked(answer: Answer) -> Mapping[str, Any]:
    """The content of an answer that has an access token; CredentialsRefused if it has none."""
    try:
        reply = codec.decode(answer.body, answer.charset)
    except ValueError:
        reply = None
    fields = reply if isinstance(reply, Mapping) else {}
    if answer.status in {200, 201} and "access_token" in _tokens(fields):
        return fields
    error = fields.get("error")
    reason = f" {log.quote(error)}" if isinstance(error, str) and error else ""
    advice = "authorise the client anew" if error == "invalid_grant" else CHECK
    raise CredentialsRefused(
        f"the vendor gives no access token (HTTP {answer.status}{reason}); {advice}"
    )


def _tokens(fields: Mapping[str, Any]) -> dict[str, str]:
    found = {key: fields.get(key) for key in ("access_token", "refresh_token")}
    return {key: value for key, value in found.items() if isinstance(value, str) and value}


def _seconds(value: Any) -> float | None:
    """A lifetime in seconds, or None where ``value`` makes no sense."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if 0 < value < math.inf else None
