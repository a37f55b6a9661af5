"""Fixtures of these tests."""

from __future__ import annotations

import pytest


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
