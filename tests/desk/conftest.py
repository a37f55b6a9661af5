"""A tap and a sandbox in this process, and the comparison of what a target holds with the truth."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import pytest

from sandbox.desk import Account, DeskServer, Options
from sandbox.desk.app import DeskApp
from tap_desk.tap import TAP
from tests.clock import SimulatedClock
from tests.desk.truth import STREAMS, Row, expected, key_of
from tests.harness import Run, Workplace
from tests.inprocess import Offline
from tests.truth import Key, assert_holds, selected

START = "2015-01-01"
OAUTH = ("consumer_key", "consumer_secret", "token", "token_secret")


def config(server: DeskServer) -> dict[str, Any]:
    known = server.app.credentials()
    login = {name: known[name] for name in ("site_url", *OAUTH)}
    return {**login, "base_url": server.url, "start_date": START}


class Desk(Offline):
    """tap-desk and a made-up account, on one simulated clock."""

    def __init__(self, seed: int = 1, cases: int = 60, burst: int = 0, **options: Any) -> None:
        clock = SimulatedClock()
        self.account = Account(seed, cases, burst=burst, clock=clock.now)
        self.app = DeskApp(self.account, Options(**{"limit": 0, **options}))
        server = DeskServer(self.app)
        super().__init__(TAP, server, config(server), clock)

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

    def holds(
        self,
        *runs: Run,
        streams: Sequence[str] = STREAMS,
        catalog: Mapping[str, Any] | None = None,
        gone: Mapping[str, Collection[Key]] | None = None,
        without: Mapping[str, Callable[[Row], bool]] | None = None,
    ) -> None:
        """Fails unless a target that got ``runs`` holds just the account's rows as they are now.

        ``catalog`` is the one that was used, ``gone`` the rows that left the account. ``without``
        picks the rows of a stream that could not come.
        """
        for stream in streams:
            rows = expected(self.app, stream)
            if without and stream in without:
                rows = [row for row in rows if not without[stream](row)]
            if catalog is not None:
                rows = selected(rows, catalog, stream)
            sent = [row for run in runs for row in run.records(stream)]
            left = (gone or {}).get(stream, ())
            assert_holds(rows, sent, key=key_of(stream), stream=stream, gone=left)


Opened = Callable[..., Desk]
Place = Callable[..., tuple[DeskServer, Workplace]]


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Makes an account that the tap reads in this process."""
    with ExitStack() as stack:

        def make(seed: int = 1, cases: int = 60, burst: int = 0, **options: Any) -> Desk:
            return stack.enter_context(Desk(seed, cases, burst, **options))

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
