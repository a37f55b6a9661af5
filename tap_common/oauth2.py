"""OAuth 2 bearer tokens that expire: renewed before they do or when the API refuses one, and on disk before they are used."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

import backoff
import requests
from requests.auth import AuthBase

from tap_common import log
from tap_common.config import Config
from tap_common.errors import CredentialsRefused, Unreachable
from tap_common.http import CONNECT_TIMEOUT, agent
from tap_common.tokens import RENEWING, TokenFile
from tap_common.wire import cause

RENEW_BEFORE_SECONDS = 60.0
TRIES = 5
CHECK = "check client_id, client_secret and the account's name in the config"
LOGGER = logging.getLogger("tap")


class _Unsettled(Exception):
    """The token endpoint gave no answer that decides anything."""


class BearerToken(AuthBase):
    """Signs requests with a bearer token from ``config``.

    With ``refresh_token``, ``client_id`` and ``client_secret`` in the config the token is renewed at ``token_url``; a refresh
    token may be good for one use, so it is spent by one run at a time and only if the config file can be written, and the pair
    that comes back is there before anything else happens. With the client's id and secret alone, the grant is
    client_credentials. With only ``access_token`` it is used as it is.

    ``encoding`` is how the token endpoint wants its fields: "json", or "data" for a form. ``extra`` fields go along.
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
        self._expires = float("inf")
        self._lock = threading.Lock()
        self._used = threading.local()

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Puts the token in ``request``, a fresh one if the present one is about to expire. Refused, Unreachable."""
        with self._lock:
            if self._token is None or time.monotonic() > self._expires:
                self._renew()
            self._used.token = self._token
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def renew(self) -> bool:
        """After a 401: gets a new token unless another thread just did; False if there is no way to get one."""
        if not self._config["client_secret"]:
            return False
        with self._lock:
            if self._token == self._used.token:
                self._renew()
        return True

    def _renew(self) -> None:
        origin = self._config.origin("refresh_token")
        if not self._refresh_token:
            self._granted({"grant_type": "client_credentials"})
        elif origin is None:
            if "refresh_token" in self._refreshed():
                LOGGER.warning(
                    "the refresh_token of the environment is spent, and the next one can't be written back there"
                )
        else:
            file = TokenFile(origin)
            with file.locked() as content:
                if not self._renewed_by_another(content):
                    with RENEWING:
                        file.check_writable(content)
                        file.save(content, self._refreshed())

    def _renewed_by_another(self, content: Mapping[str, Any]) -> bool:
        """Takes what has been written into the config file since it was read; whether there is a new access token."""
        found = {
            key: str(content[key]) for key in ("access_token", "refresh_token") if content.get(key)
        }
        if found.get("refresh_token", self._refresh_token) == self._refresh_token:
            return False
        before = self._token
        self._take(found)
        return self._token != before

    def _refreshed(self) -> dict[str, str]:
        return self._granted(
            {"grant_type": "refresh_token", "refresh_token": self._refresh_token or ""}
        )

    def _granted(self, grant: Mapping[str, str]) -> dict[str, str]:
        client = {
            "client_id": self._config["client_id"],
            "client_secret": self._config["client_secret"],
        }
        try:
            answer = self._ask({**grant, **client, **self._extra})
        except _Unsettled as error:
            raise Unreachable(f"no new access token: {error}") from None
        tokens = {
            key: str(answer[key]) for key in ("access_token", "refresh_token") if answer.get(key)
        }
        self._take(tokens)
        lifetime = answer.get("expires_in")
        if isinstance(lifetime, (int, float)):
            self._expires = time.monotonic() + max(lifetime - RENEW_BEFORE_SECONDS, lifetime / 2)
        return tokens

    def _take(self, tokens: Mapping[str, str]) -> None:
        log.REDACTOR.hide(tokens.values())
        self._token = tokens.get("access_token", self._token)
        self._refresh_token = tokens.get("refresh_token", self._refresh_token)
        self._expires = float("inf")

    @backoff.on_exception(backoff.expo, _Unsettled, max_tries=TRIES, max_value=10, logger=None)
    def _ask(self, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            form, body = (fields, None) if self._encoding == "data" else (None, fields)
            response = requests.post(
                self._url,
                data=form,
                json=body,
                headers={"User-Agent": agent(self._config).encode()},
                timeout=(CONNECT_TIMEOUT, self._config["request_timeout"]),
                allow_redirects=False,
            )
            answer = response.json()
        except requests.exceptions.JSONDecodeError:
            answer = None
        except requests.exceptions.RequestException as error:
            raise _Unsettled(
                f"no reply from {urlsplit(self._url).hostname}: {cause(error)}"
            ) from None
        if response.status_code == 429 or response.status_code >= 500:
            raise _Unsettled(f"the token endpoint answers HTTP {response.status_code}")
        if (
            response.status_code not in (200, 201)
            or not isinstance(answer, dict)
            or not answer.get("access_token")
        ):
            reason = (
                f" {answer['error']}" if isinstance(answer, dict) and answer.get("error") else ""
            )
            advice = "authorise the client anew" if reason.endswith("invalid_grant") else CHECK
            raise CredentialsRefused(
                f"the vendor gives no access token (HTTP {response.status_code}{reason}); {advice}"
            )
        return answer
