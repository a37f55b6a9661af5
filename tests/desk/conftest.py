"""A tap and a sandbox in this process, and the comparison of what a target holds with the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import pytest

from sandbox.desk import Account, DeskServer, Options
from sandbox.desk.api import DeskApp
from tap_desk.tap import TAP
from tests.clock import SimulatedClock
from tests.desk.truth import OF_CASES, STREAMS, expected, key_of, keys
from tests.harness import Run, Workplace
from tests.inprocess import Offline
from tests.truth import Key, Row, assert_holds, selected

START = "2015-01-01"
OAUTH = ("consumer_key", "consumer_secret", "token", "token_secret")
BASIC = ("email", "password")
"""What most tests in process log in with, because to sign a request costs more than the request."""


def config(server: DeskServer, login: Sequence[str] = OAUTH) -> dict[str, Any]:
    known = server.app.credentials()
    strings = {name: known[name] for name in ("site_url", *login)}
    return {**strings, "base_url": server.url, "start_date": START}


class Desk(Offline):
    """tap-desk and a made-up account, on one simulated clock.

    The vendor's clock is ``behind`` the tap's by that time.
    """

    def __init__(
        self,
        seed: int = 1,
        cases: int = 40,
        burst: int = 0,
        behind: timedelta = timedelta(0),
        login: Sequence[str] = BASIC,
        **options: Any,
    ) -> None:
        clock = SimulatedClock()
        self.account = Account(seed, cases, burst=burst, clock=lambda: clock.now() - behind)
        self.app = DeskApp(self.account, Options(**{"limit": 0, **options}))
        server = DeskServer(self.app)
        super().__init__(TAP, server, config(server, login), clock)
        self._past: dict[str, set[Key]] = {stream: set() for stream in STREAMS}

    @property
    def options(self) -> Options:
        return self.app.options

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        self.server.stop()

    def asked(self, pattern: str) -> int:
        """How many requests went to a path such as "cases/N/replies"."""
        return self.server.log.endpoints[f"GET {pattern}"]

    def live(self, seed: int, n: int) -> None:
        """Lets ``n`` changes and a minute pass, and remembers the rows that there were before."""
        for stream in (*OF_CASES, "cases", "feedbacks", "articles", "article_translations"):
            self._past[stream].update(keys(self.app, stream))
        self.app.changes.live(seed, n)
        self.clock.advance(60)

    def holds(
        self,
        *runs: Run,
        streams: Sequence[str] = STREAMS,
        catalog: Mapping[str, Any] | None = None,
        missing: Callable[[Row], bool] = lambda row: False,
    ) -> None:
        """Fails unless a target that got ``runs`` holds just the account's rows as they are now.

        It may hold rows that were there before the changes that ``live`` made. ``catalog`` is the
        one that was used, ``missing`` picks the rows that could not come.
        """
        for stream in streams:
            rows = [row for row in expected(self.app, stream) if not missing(row)]
            if catalog is not None:
                rows = selected(rows, catalog, stream)
            sent = [row for run in runs for row in run.records(stream)]
            gone = self._past[stream]
            assert_holds(rows, sent, key=key_of(stream), stream=stream, gone=gone)


Opened = Callable[..., Desk]
Place = Callable[..., tuple[DeskServer, Workplace]]


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Makes an account that the tap reads in this process."""
    with ExitStack() as stack:

        def make(**given: Any) -> Desk:
            return stack.enter_context(Desk(**given))

        yield make


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Puts an account on loopback, and makes a folder from which the real command reads it."""
    with ExitStack() as stack:

        def make(
            seed: int = 1, cases: int = 60, burst: int = 0, **options: Any
        ) -> tuple[DeskServer, Workplace]:
            account = Account(seed, cases, burst=burst)
            app = DeskApp(account, Options(**{"limit": 0, **options}))
            server = stack.enter_context(DeskServer(app))
            return server, Workplace(tmp_path, "tap_desk", config(server))

        yield make
