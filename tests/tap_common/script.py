"""A vendor for tests: an API whose answers are written in the test, without sockets or waiting."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.auth import AuthBase, HTTPBasicAuth
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import ReadTimeout

from tap_common.common_settings import COMMON
from tap_common.config import Config
from tap_common.http import Api
from tap_common.quota import RateLimit
from tap_common.vendor import Action, ErrorRule, Explanation, Reply, Request, Vendor
from tests.adapter import InProcess, response
from tests.clock import SimulatedClock

ROOT = "https://acme.example/api/"
AUTH = HTTPBasicAuth("key", "x")
ERROR_RULES = (
    ErrorRule(401, Action.STOP),
    ErrorRule(403, Action.REFUSE),
    ErrorRule(404, Action.REFUSE),
    ErrorRule(409, Action.RETRY),
    ErrorRule(402, Action.REFUSE, code="plan", tries=2, advice="upgrade the plan"),
)


@dataclass(frozen=True)
class Said:
    """One response of the script. ``body`` is sent as JSON unless it is bytes."""

    status: int = 200
    body: Any = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    """How long it takes."""
    cut: int = 0
    """Bytes that are missing at its end."""


LOST = NoConnection(ConnectionResetError("connection reset"))
SILENT = ReadTimeout()
Line = Said | Exception
GOOD = Said(body=[{"id": 1}])
REFUSED = Said(403, {"error": "forbidden", "message": "You may not."})
DENIED = Said(401, {"error": "unknown", "message": "Who are you?"})
BROKEN = Said(500, b"")
TICKETS = Request("tickets", "tickets")


class Script(InProcess):
    """Answers each request with what ``line`` says of its path and parameters."""

    def __init__(self, line: Callable[[str, dict[str, str]], Line], clock: SimulatedClock) -> None:
        super().__init__()
        self._line, self._clock = line, clock
        self.asked: list[str] = []
        self.sent: list[requests.PreparedRequest] = []

    def answer(self, request: requests.PreparedRequest, timeout: Any) -> requests.Response:
        parts = urlsplit(request.url or "")
        path = parts.path.removeprefix("/api/")
        self.sent.append(request)
        self.asked.append(f"{path}?{parts.query}" if parts.query else path)
        said = self._line(path, dict(parse_qsl(parts.query)))
        if said is SILENT:
            self._clock.advance(timeout[1])
        if isinstance(said, Exception):
            raise said
        self._clock.advance(said.seconds)
        body = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
        headers = {"Content-Type": "application/json", **said.headers}
        return response(request, said.status, body, headers, said.cut)


def lines(*said: Line) -> Callable[[str, dict[str, str]], Line]:
    """A script for requests that come one after another; the last line is repeated."""
    left = list(said)
    return lambda path, params: left.pop(0) if len(left) > 1 else left[0]


def explain(body: Any) -> Explanation | None:
    """What ``{"error": code, "message": text}`` says."""
    if not isinstance(body, dict) or "error" not in body:
        return None
    return body["error"], str(body.get("message", ""))


def rate_limits(headers: Mapping[str, str]) -> list[RateLimit]:
    """What the headers X-Limit and X-Remaining say."""
    if "X-Limit" not in headers:
        return []
    return [RateLimit(limit=int(headers["X-Limit"]), remaining=int(headers["X-Remaining"]))]


def vendor(**changes: Any) -> Vendor:
    """The script's API as data."""
    given: dict[str, Any] = {
        "auth": AUTH,
        "error_rules": ERROR_RULES,
        "explain": explain,
        **changes,
    }
    auth: AuthBase = given.pop("auth")
    return Vendor(ROOT, auth, rate_limits=rate_limits, **given)


def config(**values: Any) -> Config:
    """A checked config that holds ``values``."""
    return Config(values, COMMON, {})


def api(script: Script, clock: SimulatedClock, of: Vendor | None = None, **values: Any) -> Api:
    """The script's API as readers see it, with ``values`` in the config."""
    return Api(of or vendor(), config(**values), adapter=script, clock=clock)


def asked(
    *said: Line, request: Request = TICKETS, first: bool = True, **values: Any
) -> tuple[Reply | Exception, Script, float]:
    """The reply or error, the script as it was played, and the seconds that it took.

    If it is not the ``first`` contact, another request was answered well before.
    """
    clock = SimulatedClock()
    start: list[Line] = [] if first else [GOOD]
    script = Script(lines(*start, *said), clock)
    source = api(script, clock, **values)
    if not first:
        source.get(TICKETS)
        script.asked.clear()
    began = clock.monotonic()
    try:
        found: Reply | Exception = source.get(request)
    except Exception as error:  # noqa: BLE001 - the test looks at it
        found = error
    return found, script, clock.monotonic() - began
