"""LOG_FORMAT=json: what Meltano's parser ``singer-sdk`` needs to show a warning as a warning."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import redirect_stderr
from typing import Any

import pytest

from tap_common import log, protocol
from tap_common.redaction import Redactor

REQUIRED = {"level", "pid", "logger_name", "ts", "thread_name", "app_name", "message"}
"""The fields without which Meltano 4.4.1 takes a line for plain text."""


@pytest.fixture
def stderr(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    for name in ("handlers", "propagate", "level"):
        monkeypatch.setattr(log.LOGGER, name, getattr(log.LOGGER, name))
    monkeypatch.setenv("LOG_FORMAT", "json")
    monkeypatch.delenv("LOGLEVEL", raising=False)
    with redirect_stderr(io.StringIO()) as stream:
        log.configure()
        yield stream


def lines(stderr: io.StringIO) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in stderr.getvalue().splitlines()]
    assert all(line.keys() >= REQUIRED for line in found)
    return found


def test_each_line_is_an_object_with_its_level(stderr: io.StringIO) -> None:
    log.LOGGER.info("two\nlines \x1b[31m")
    log.LOGGER.warning("%s: refused", "agents", extra={log.STREAM_NAME: "agents"})
    log.LOGGER.critical("the end")
    told = [(line["level"], line["stream_name"], line["message"]) for line in lines(stderr)]
    assert told == [
        ("info", None, "two lines \\x1b[31m"),
        ("warning", "agents", "agents: refused"),
        ("critical", None, "the end"),
    ]


def test_a_metric_is_an_object_as_well(stderr: io.StringIO) -> None:
    protocol.log_record_count(log.LOGGER, "tickets", 7)
    [line] = lines(stderr)
    assert line["message"] == "METRIC"
    assert line["metric_info"]["metric"] == "record_count"
    assert line["metric_info"]["value"] == 7
    assert line["metric_info"]["tags"]["endpoint"] == "tickets"


def test_a_secret_is_hidden_there_too(stderr: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "REDACTOR", Redactor())
    log.REDACTOR.hide(["key-of-acme"])
    log.LOGGER.warning("you sent key-of-acme")
    assert lines(stderr)[0]["message"] == "you sent [hidden]"


def test_any_other_format_is_plain(stderr: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_FORMAT", "console")
    with redirect_stderr(stderr):
        log.configure()
    log.LOGGER.log(logging.WARNING, "plain")
    assert stderr.getvalue() == "WARNING plain\n"
