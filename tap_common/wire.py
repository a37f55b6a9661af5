"""One request on the wire."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from ssl import SSLCertVerificationError
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase

from tap_common import times
from tap_common.clock import SYSTEM, Clock
from tap_common.errors import UsageError


@dataclass(frozen=True)
class Answer:
    """A response: its status, its headers (names in any case) and its unpacked body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def charset(self) -> str | None:
        """The character set that the Content-Type names, or None."""
        _, found, charset = self.headers.get("Content-Type", "").partition("charset=")
        return charset.partition(";")[0].strip(' "') if found else None

    def retry_after(self, now: datetime) -> float | None:
        """The seconds for which the vendor asks to wait, or None if it does not say."""
        value = self.headers.get("Retry-After")
        if not value:
            return None
        try:
            seconds = float(value)
        except ValueError:
            moment = times.http_date(value)
            if moment is None:
                return None
            seconds = (moment - (times.http_date(self.headers.get("Date")) or now)).total_seconds()
        return seconds if 0 <= seconds < 1e9 else None


class WireError(Exception):
    """No usable response came.

    ``is_lost`` says that there was no connection, ``may_pass`` that trying again may help.
    """

    def __init__(self, message: str, *, is_lost: bool = False, may_pass: bool = True) -> None:
        super().__init__(message)
        self.is_lost, self.may_pass = is_lost, may_pass


class Wire:
    """Sends signed requests, with one connection for each thread."""

    def __init__(
        self,
        root: str,
        auth: AuthBase,
        headers: Mapping[str, str],
        *,
        connect_timeout: float,
        read_timeout: float,
        total_timeout: float,
        largest_reply: float,
        clock: Clock = SYSTEM,
        adapter: requests.adapters.BaseAdapter | None = None,
    ) -> None:
        self._root, self._auth, self._headers = root, auth, headers
        self._timeouts = connect_timeout, read_timeout
        self._total, self._largest, self._clock = total_timeout, largest_reply, clock
        self._adapter = adapter
        self._local = threading.local()

    def get(self, url: str) -> Answer:
        """The response to a GET of ``url``. WireError if none comes."""
        session = self._session()
        prepared = session.prepare_request(requests.Request("GET", url))
        try:
            response = session.send(
                prepared, timeout=self._timeouts, allow_redirects=False, **self._local.environment
            )
        except UnicodeEncodeError:
            raise UsageError(
                "config: a token or name holds characters that no header can carry"
            ) from None
        except requests.exceptions.RequestException as error:
            host = urlsplit(url).hostname
            if isinstance(root(error), SSLCertVerificationError):
                raise WireError(
                    f"no trusted TLS connection to {host}: {cause(error)}", is_lost=True
                ) from None
            lost = isinstance(error, requests.exceptions.ConnectionError) and not isinstance(
                error, requests.exceptions.ReadTimeout
            )
            raise WireError(f"no reply from {host}: {cause(error)}", is_lost=lost) from None
        return Answer(response.status_code, response.headers, response.content)

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            session = requests.Session()
            self._local.environment = session.merge_environment_settings(
                self._root, {}, False, None, None
            )
            session.trust_env = False
            session.auth = self._auth
            session.headers.update({key: value.encode() for key, value in self._headers.items()})
            if self._adapter is not None:
                session.mount("http://", self._adapter)
                session.mount("https://", self._adapter)
            self._local.session = session
        session = self._local.session
        assert isinstance(session, requests.Session)
        return session


def root(error: BaseException) -> BaseException:
    """The innermost reason of a failed connection."""
    while True:
        inner = getattr(error, "reason", None) or (error.args[-1] if error.args else None)
        if not isinstance(inner, BaseException):
            return error
        error = inner


def cause(error: BaseException) -> str:
    """Its innermost reason in words, without the reprs of the objects around it."""
    reason = root(error)
    return str(reason).rpartition("): ")[2] or type(reason).__name__
