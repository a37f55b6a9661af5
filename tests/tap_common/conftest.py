"""Fixtures of these tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.freshdesk import Account, FreshdeskServer, Options, serve
from tests.command import CommandLine
from tests.freshdesk.conftest import settings


@pytest.fixture
def environment_without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names no proxy and no CA bundle."""
    for variable in (
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
    ):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.lower(), raising=False)


@pytest.fixture(scope="module")
def server() -> Iterator[FreshdeskServer]:
    """The account of ``taps``. A test that changes it puts it back."""
    with serve(Account(seed=5, tickets=20), Options(limit=0)) as running:
        yield running


@pytest.fixture
def taps(server: FreshdeskServer, tmp_path: Path) -> CommandLine:
    """The command of one tap, for what all taps do alike."""
    return CommandLine(tmp_path, "tap_freshdesk", settings(server))
