"""The four taps, each with a small account to read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sandbox import desk, freshdesk, zendesk_chat, zendesk_support
from sandbox.server import Server
from sandbox.wire import Request
from tap_common.tap import Tap
from tap_desk.tap import TAP as DESK
from tap_freshdesk.tap import TAP as FRESHDESK
from tap_zendesk_chat.tap import TAP as ZENDESK_CHAT
from tap_zendesk_support.tap import TAP as ZENDESK_SUPPORT
from tests.clock import SimulatedClock
from tests.harness import Run
from tests.inprocess import Offline

NOW = datetime(2026, 6, 8, tzinfo=UTC)
"""A week after the last change that the accounts are built with."""
SIZE = 12
"""Tickets, cases or chats of an account."""
COMMON = {
    "start_date": "2010-01-01",
    "lookback_seconds": 0,
    "retry_seconds": 3,
    "activate_version": True,
    "largest_reply_mb": 5,
}
Clock = Callable[[], datetime]


def _desk(clock: Clock) -> tuple[Server[Any], dict[str, Any]]:
    server = desk.serve(desk.Account(1, SIZE, clock=clock), desk.Options(limit=0))
    known = server.app.credentials()
    names = ("site_url", "consumer_key", "consumer_secret", "token", "token_secret")
    return server, {name: known[name] for name in names}


def _freshdesk(clock: Clock) -> tuple[Server[Any], dict[str, Any]]:
    account = freshdesk.Account(seed=1, tickets=SIZE, clock=clock)
    server = freshdesk.serve(account, freshdesk.Options(limit=0))
    return server, {**server.credentials}


def _zendesk_support(clock: Clock) -> tuple[Server[Any], dict[str, Any]]:
    account = zendesk_support.Account(seed=1, tickets=SIZE, clock=clock)
    server = zendesk_support.serve(account, zendesk_support.Options(limit=0))
    known = server.credentials
    return server, {name: known[name] for name in ("email", "api_token", "subdomain")}


def _zendesk_chat(clock: Clock) -> tuple[Server[Any], dict[str, Any]]:
    account = zendesk_chat.Account(1, SIZE, clock=clock)
    server = zendesk_chat.serve(account, zendesk_chat.Options(limit=0))
    login = {"access_token": server.credentials["access_token"], "subdomain": "acme"}
    return server, {**login, "requests_per_minute": 100_000}


_SUBJECTS: Mapping[str, tuple[Tap, Callable[[Clock], tuple[Server[Any], dict[str, Any]]]]] = {
    "tap-desk": (DESK, _desk),
    "tap-freshdesk": (FRESHDESK, _freshdesk),
    "tap-zendesk-support": (ZENDESK_SUPPORT, _zendesk_support),
    "tap-zendesk-chat": (ZENDESK_CHAT, _zendesk_chat),
}
NAMES = tuple(_SUBJECTS)


@dataclass(frozen=True)
class Baseline:
    """What a tap does when nothing goes wrong: its run, and the endpoints that it asks."""

    run: Run
    keys: frozenset[tuple[Any, ...]]
    endpoints: tuple[str, ...]


@contextmanager
def subject(name: str, **config: Any) -> Iterator[Offline]:
    """A tap with an account of its own, in this process."""
    tap, make = _SUBJECTS[name]
    clock = SimulatedClock(NOW)
    server, login = make(clock.now)
    try:
        yield Offline(tap, server, {**login, "base_url": server.url, **COMMON, **config}, clock)
    finally:
        server.stop()


def endpoint(request: Request) -> str:
    """The path of a request without the numbers in it."""
    return re.sub(r"\d+", "N", request.path)


@cache
def baseline(name: str) -> Baseline:
    """What a tap brings of its account when nothing goes wrong."""
    with subject(name) as tap:
        run = tap.run(catalog=tap.catalog())
        assert run.code == 0, run.err
        paths = [re.sub(r"\d+", "N", entry.path) for entry in tap.server.log.entries]
        return Baseline(run, frozenset(run.keys()), tuple(sorted(set(paths))))
