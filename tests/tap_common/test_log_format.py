"""In which form the log is written: lines for people, or JSON where the environment asks for it."""

from __future__ import annotations

import io
import json
import logging
from contextlib import redirect_stderr
from pathlib import Path

import pytest

from tap_common import log

SDK = {"formatters": {"singer_formatter": {"()": "singer_sdk.logging.StructuredFormatter"}}}
PLAIN = {"formatters": {"singer_formatter": {"format": "%(message)s"}}}


@pytest.mark.parametrize(
    ("chosen", "config", "is_structured"),
    [
        (None, None, False),
        ("json", None, True),
        ("JSON", None, True),
        ("plain", SDK, False),
        (None, SDK, True),
        (None, PLAIN, False),
    ],
)
def test_meltano_and_log_format_ask_for_json(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    chosen: str | None,
    config: object,
    *,
    is_structured: bool,
) -> None:
    for name in ("LOG_FORMAT", "SINGER_SDK_LOG_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    if chosen is not None:
        monkeypatch.setenv("LOG_FORMAT", chosen)
    if config is not None:
        path = tmp_path / "logging.json"
        path.write_text(json.dumps(config))
        monkeypatch.setenv("SINGER_SDK_LOG_CONFIG", str(path))
    assert log.is_structured() == is_structured


@pytest.mark.parametrize(
    ("level", "words"), [("loud", "LOGLEVEL is 'loud'"), ("", ""), ("info", "")]
)
def test_a_level_that_there_is_not_is_told(
    level: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("handlers", "propagate", "level"):
        monkeypatch.setattr(log.LOGGER, name, getattr(log.LOGGER, name))
    monkeypatch.setenv("LOGLEVEL", level)
    monkeypatch.setenv("LOG_FORMAT", "plain")
    with redirect_stderr(io.StringIO()) as stderr:
        log.configure()
    assert stderr.getvalue().count("\n") == (1 if words else 0)
    assert words in stderr.getvalue()
    assert log.LOGGER.level == logging.INFO


def test_a_logging_config_that_is_not_there_asks_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LOG_FORMAT", raising=False)
    monkeypatch.setenv("SINGER_SDK_LOG_CONFIG", str(tmp_path / "gone.json"))
    assert not log.is_structured()
