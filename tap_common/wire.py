"""One request on the wire: signed, sent once, and read within limits of time and size."""

from __future__ import annotations

import io
import logging
import os
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.auth import AuthBase
from requests.exceptions import (
    ChunkedEncodingError,
    ConnectTimeout,
    ContentDecodingError,
    ReadTimeout,
    RequestException,
)
from urllib3.exceptions import (
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
)

from tap_common import headers as header_values
from tap_common.clock import SYSTEM, Clock
from tap_common.deadline import Deadline, TimedAdapter
from tap_common.errors import Unreachable, UsageError
from tap_common.proxies import named

LOGGER = logging.getLogger("tap")
PIECE = 65_536
"""Bytes of a body that are unpacked at once."""
CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
UNKNOWN_ISSUER = range(18, 22)
"""OpenSSL's codes for a certificate that no authority known to this machine has signed."""
UNKNOWN_ISSUER_ADVICE = (
    "; if a company's proxy stands between, let REQUESTS_CA_BUNDLE name a file with its authority"
)
UNKNOWN_NAME_ADVICE = "; check the account's name in the config, and the network"


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
        return header_values.seconds(self.headers.get("Retry-After"), now, self.headers.get("Date"))


class WireError(Exception):
    """No whole response came.

    ``is_lost`` says that there was no connection, or that it broke before anything came.
    ``may_pass`` says that trying again may help.
    """

    def __init__(self, message: str, *, is_lost: bool = False, may_pass: bool = True) -> None:
        super().__init__(message)
        self.is_lost, self.may_pass = is_lost, may_pass


class ReplyTooLarge(WireError):
    """The unpacked body is larger than the limit. A smaller page may help."""


class Wire:
    """Sends signed requests, with one connection for each thread.

    Redirects are not followed and cookies are not kept. A CA bundle and proxies come from the
    environment; credentials do not, so ~/.netrc is not read. Plain http never goes to a proxy.

    ``connect_timeout`` limits the connection, ``read_timeout`` the wait for each further byte and
    ``total_timeout`` the time from sending a request to its last byte, all in seconds.
    ``largest_reply`` is the greatest size of an unpacked body, in bytes. ``adapter`` takes the
    place of the network, for tests.
    """

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
        adapter: BaseAdapter | None = None,
    ) -> None:
        self._auth = auth
        self._headers: dict[str, str | bytes] = {"Accept-Encoding": "gzip, deflate"}
        self._headers |= {name: value.encode() for name, value in headers.items()}
        self._timeouts = connect_timeout, read_timeout
        self._total_timeout, self._largest = total_timeout, largest_reply
        self._clock, self._given_adapter = clock, adapter
        self._environment = environment(root)
        self._proxy = None if adapter else named(self._environment["proxies"], root)
        if self._proxy:
            LOGGER.info(
                "requests to %s go through the proxy %s", urlsplit(root).hostname, self._proxy
            )
        self._local = threading.local()

    def get(self, url: str) -> Answer:
        """The response to a GET of ``url``, which is below ``root``.

        WireError if none comes, Unreachable if the host can't prove its name, UsageError if the
        config or the environment makes the request impossible.
        """
        request = requests.PreparedRequest()
        with _preparing(url):
            request.prepare(method="GET", url=url, headers=self._headers, auth=self._auth)
        return self._send(request, self._environment)

    def post(
        self, url: str, fields: Mapping[str, Any], encoding: Literal["json", "data"]
    ) -> Answer:
        """The response to an unsigned POST of ``fields`` to ``url``, as JSON or as form data.

        Errors are those of ``get``.
        """
        request = requests.PreparedRequest()
        body: dict[str, Any] = {encoding: fields}
        with _preparing(url):
            request.prepare(method="POST", url=url, headers=self._headers, **body)
        return self._send(request, environment(url))

    def _send(self, request: requests.PreparedRequest, settings: Mapping[str, Any]) -> Answer:
        _check_headers(request.headers)
        deadline = Deadline(self._clock, self._clock.monotonic() + self._total_timeout)
        try:
            with deadline.applied():
                response = self._adapter().send(request, timeout=self._timeouts, **settings)
                body = self._body(response, deadline)
            return Answer(response.status_code, response.headers, body)
        except (OSError, HTTPError, ValueError) as error:
            _check_bundle(settings["verify"])
            host = urlsplit(str(request.url)).hostname
            where = f"{host} through the proxy {self._proxy}" if self._proxy else str(host)
            failure = self._failure(error, where, deadline)
        raise failure

    def _adapter(self) -> BaseAdapter:
        """The connections of this thread."""
        if self._given_adapter is not None:
            return self._given_adapter
        if not hasattr(self._local, "adapter"):
            self._local.adapter = TimedAdapter(pool_connections=1, pool_maxsize=1)
        adapter = self._local.adapter
        assert isinstance(adapter, TimedAdapter)
        return adapter

    def _body(self, response: requests.Response, deadline: Deadline) -> bytes:
        body = io.BytesIO()
        for piece in response.iter_content(PIECE):
            body.write(piece)
            if deadline.seconds_left() <= 0:
                response.close()
                raise TimeoutError
            if body.tell() > self._largest:
                response.close()
                limit = f"{self._largest / 1_000_000:g} MB"
                raise ReplyTooLarge(
                    f"the reply is larger than {limit} (setting largest_reply_mb)", may_pass=False
                )
        return body.getvalue()

    def _failure(self, error: Exception, host: str, deadline: Deadline) -> Exception:
        """The exception for a person that ``error`` of a library becomes."""
        reason = innermost(error)
        if isinstance(reason, ssl.SSLCertVerificationError):
            advice = UNKNOWN_ISSUER_ADVICE if reason.verify_code in UNKNOWN_ISSUER else ""
            return Unreachable(f"no trusted TLS connection to {host}: {described(reason)}{advice}")
        if deadline.seconds_left() <= 0:
            limit = f"{self._total_timeout:g} s (setting request_total_timeout)"
            return WireError(f"the reply of {host} took longer than {limit}")
        if isinstance(error, ConnectTimeout):
            text = f"no reply from {host}: no connection within {self._timeouts[0]:g} s"
            return WireError(text, is_lost=True)
        if isinstance(error, ReadTimeout) or isinstance(reason, ReadTimeoutError):
            return WireError(f"no reply from {host}: nothing came for {self._timeouts[1]:g} s")
        if isinstance(error, ContentDecodingError):
            return WireError(f"the reply of {host} has a body that can't be unpacked")
        if isinstance(error, ChunkedEncodingError):
            return WireError(f"the reply of {host} is cut off")
        if isinstance(reason, (OSError, NewConnectionError)):
            advice = UNKNOWN_NAME_ADVICE if isinstance(reason, NameResolutionError) else ""
            return WireError(f"no reply from {host}: {described(reason)}{advice}", is_lost=True)
        return WireError(f"the reply of {host} is not valid HTTP")


def environment(url: str) -> dict[str, Any]:
    """What the environment says of requests to ``url``: the proxies and the CA bundle."""
    with requests.Session() as session:
        settings = session.merge_environment_settings(url, {}, True, None, None)
    if urlsplit(url).scheme == "http":
        settings["proxies"] = {}
    return dict(settings)


@cache  # to read a bundle takes longer than most requests
def _check_bundle(path: str | bool) -> None:
    """UsageError if the CA bundle of the environment is not one."""
    if isinstance(path, bool):
        return
    where = {"capath" if Path(path).is_dir() else "cafile": path}
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(**where)
    except OSError as error:
        variable = next(name for name in CA_VARIABLES if os.environ.get(name))
        reason = "it holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror
        raise UsageError(
            f"{variable} is {path}, which can't be read as CA certificates ({reason});"
            " correct or unset the variable"
        ) from None


@contextmanager
def _preparing(url: str) -> Iterator[None]:
    try:
        yield
    except RequestException:
        host = urlsplit(url).netloc
        raise UsageError(f"config: {host} is not a valid host name") from None


def _check_headers(headers: Mapping[str, Any]) -> None:
    for value in headers.values():
        text = value if isinstance(value, str) else ""
        if not _is_encodable(text):
            raise UsageError("config: a token or name holds characters that no header can carry")


def _is_encodable(text: str) -> bool:
    try:
        return not {10, 13, 0} & set(text.encode("latin-1"))
    except UnicodeEncodeError:
        return False


def innermost(error: BaseException) -> BaseException:
    """The innermost reason of a failed connection."""
    while True:
        inner = getattr(error, "reason", None) or (error.args[-1] if error.args else None)
        if not isinstance(inner, BaseException):
            return error
        error = inner


def described(reason: BaseException) -> str:
    """The reason in words, without the reprs of the objects around it."""
    return str(reason).rpartition("): ")[2] or type(reason).__name__
