"""A limit on the time that a whole response may take, however slowly its bytes trickle in.

The read timeout of a socket begins anew with every byte. Here each read from the socket gets what
is left of the whole time, in the status line, the headers and the body alike.
"""

from __future__ import annotations

import http.client
import io
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from tap_common.clock import Clock


@dataclass(frozen=True)
class Deadline:
    """The monotonic time of ``clock`` at which a response must be complete."""

    clock: Clock
    until: float

    def seconds_left(self) -> float:
        """The seconds until then, negative afterwards."""
        return self.until - self.clock.monotonic()

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Within it, this thread's responses raise TimeoutError once the time is over."""
        before = _CURRENT.set(self)
        try:
            yield
        finally:
            _CURRENT.reset(before)


_CURRENT: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


class _TimedStream(io.RawIOBase):
    def __init__(self, stream: io.RawIOBase, sock: socket.socket, deadline: Deadline) -> None:
        super().__init__()
        self._stream, self._sock, self._deadline = stream, sock, deadline
        self._read_timeout = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline.seconds_left()
        if left <= 0:
            raise TimeoutError("the time for the whole response is over")
        if self._read_timeout is None or left < self._read_timeout:
            self._sock.settimeout(left)
        return self._stream.readinto(buffer)

    def close(self) -> None:
        self._stream.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        deadline = _CURRENT.get()
        if deadline is not None:
            self.fp = io.BufferedReader(_TimedStream(self.fp.detach(), sock, deadline))


class _Connection(HTTPConnection):
    response_class = _TimedResponse


class _SecureConnection(HTTPSConnection):
    response_class = _TimedResponse


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS = {"http": _Pool, "https": _SecurePool}


class TimedAdapter(HTTPAdapter):
    """Sends requests whose responses respect the deadline that applies in this thread."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Makes the pools for direct connections."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """The pools for connections by way of ``proxy``."""
        manager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = _POOLS
        return manager
