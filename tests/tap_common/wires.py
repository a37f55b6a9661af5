"""A wire to a server that plays a script, for tests."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest
import requests
from requests.auth import HTTPBasicAuth

from tap_common.clock import SYSTEM, Clock
from tap_common.wire import Wire, WireError
from tests.tap_common.servers import serving

MEGABYTE = 1_000_000


class Header(requests.auth.AuthBase):
    """Signs requests with a header that may hold anything."""

    def __init__(self, value: str) -> None:
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._value
        return request


def wire(
    root: str, *, auth: requests.auth.AuthBase | None = None, clock: Clock = SYSTEM, **limits: Any
) -> Wire:
    """A wire with limits that no good server reaches."""
    sensible = {
        "connect_timeout": 5,
        "read_timeout": 5,
        "total_timeout": 30,
        "largest_reply": 10 * MEGABYTE,
    }
    headers = {"Accept": "application/json", "User-Agent": "tésts/1"}
    auth = auth or HTTPBasicAuth("key", "secret")
    return Wire(root, auth, headers, clock=clock, **{**sensible, **limits})


def failure(script: bytes | Callable[[socket.socket], None], **options: Any) -> WireError:
    """What a request to a server meets that plays ``script``."""
    with serving(script) as server, pytest.raises(WireError) as raised:
        wire(server.url, **options).get(server.url)
    return raised.value
