from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from sandbox.desk import Account, DeskServer, Options, serve
from sandbox.desk.login import OAUTH

Served = Callable[..., DeskServer]


def strings(server: DeskServer) -> list[str]:
    """Consumer key and secret, token and token secret."""
    return [server.credentials[name] for name in OAUTH]


@pytest.fixture
def served() -> Iterator[Served]:
    """Puts an account on loopback."""
    with ExitStack() as stack:

        def make(cases: int = 250, **options: Any) -> DeskServer:
            account = Account(1, cases)
            return stack.enter_context(serve(account, Options(**{"limit": 0, **options})))

        yield make
