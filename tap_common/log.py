"""Output for people: one line for each event on stderr, without secrets and control characters."""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path
from typing import Any, Protocol

from tap_common.redaction import Redactor
from tap_common.terminal import one_line, visible

LOGGER = logging.getLogger("tap")
REDACTOR = Redactor()
LONGEST_LINE = 10_000
"""Characters of a message that are logged."""

APP_NAME = "singer-helpdesk-taps"
METRIC = "METRIC: "
STREAM_NAME = "stream_name"
"""The attribute of a log record that names the stream it is about."""

LONGEST_QUOTE = 200
"""Characters of a vendor's text that are shown to a person."""

LOOKED_AT = 10_000
"""Characters beyond the end of an excerpt in which secrets are looked for."""


class Plain(logging.Filter):
    """Makes each record one line that a terminal can print and that shows no secret."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Changes ``record`` in place and lets it pass."""
        record.msg, record.args = one_line(excerpt(record.getMessage(), LONGEST_LINE)), None
        record.exc_info = record.exc_text = record.stack_info = None
        return True


class Structured(logging.Formatter):
    """Writes each record as a JSON object, as the Meltano SDK's StructuredFormatter does.

    Meltano's parser ``singer-sdk`` reads it, and shows a warning as a warning.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON."""
        message = record.getMessage()
        line: dict[str, Any] = {
            "level": record.levelname.lower(),
            "pid": record.process,
            "logger_name": record.name,
            "ts": record.created,
            "thread_name": record.threadName,
            "app_name": APP_NAME,
            "stream_name": getattr(record, STREAM_NAME, None),
            "message": message,
            "extra": {},
        }
        if message.startswith(METRIC):
            line |= {"message": "METRIC", "metric_info": json.loads(message.removeprefix(METRIC))}
        return json.dumps(line)


class LineHandler(logging.StreamHandler[Any]):
    """Writes the tap's log lines, whose target may change."""


class Lines(Protocol):
    """Where log lines go: stderr, or what draws on the terminal."""

    def write(self, text: str, /) -> object:
        """Takes a text that ends with a line feed."""

    def flush(self) -> object:
        """Sends on what was written."""


def configure() -> None:
    """Sends the tap's log to stderr, at the level that LOGLEVEL names (the default is INFO).

    With LOG_FORMAT=json, or where Meltano asks for it, each line is a JSON object. The logs of
    other libraries stay silent.
    """
    handler = LineHandler(sys.stderr)
    plain = logging.Formatter("%(levelname)s %(message)s")
    handler.setFormatter(Structured() if is_structured() else plain)
    handler.addFilter(Plain())
    LOGGER.handlers = [handler]
    LOGGER.propagate = False
    wanted = os.environ.get("LOGLEVEL") or "INFO"
    level = logging.getLevelName(wanted.upper())
    LOGGER.setLevel(level if isinstance(level, int) else logging.INFO)
    if not isinstance(level, int):
        LOGGER.warning(
            "LOGLEVEL is %r, so the log shows INFO lines; choose debug, info, warning, error or "
            "critical",
            wanted,
        )


def is_structured() -> bool:
    """Does the environment ask for lines of JSON?"""
    chosen = os.environ.get("LOG_FORMAT")
    return _meltano_asks_for_json() if chosen is None else chosen.lower() == "json"


def _meltano_asks_for_json() -> bool:
    """Does Meltano's file for the logging of the SDK's taps name the formatter of JSON lines?

    Meltano 4 names it if the tap has the capability structured-logging and log_parser is not
    switched off.
    """
    try:
        config = Path(os.environ.get("SINGER_SDK_LOG_CONFIG", "")).read_bytes()
    except OSError:
        return False
    return b"StructuredFormatter" in config


def send_to(lines: Lines) -> None:
    """From now on the log goes to ``lines``."""
    for handler in LOGGER.handlers:
        if isinstance(handler, LineHandler):
            handler.setStream(lines)


def show(text: str) -> None:
    """Prints ``text``, of one or more lines, to stdout for a person to read."""
    print(visible(REDACTOR.clean(text)))


def excerpt(text: str, length: int) -> str:
    """The first ``length`` characters of ``text``, cut only after the secrets in it are hidden.

    Of a text that is longer by far only the beginning is looked at. A secret may be cut where that
    ends, so the last characters, as many as a secret can have, are left out.
    """
    beginning = text[: length + LOOKED_AT + REDACTOR.longest]
    clean = REDACTOR.clean(beginning)
    if len(beginning) < len(text):
        clean = clean[: max(0, len(clean) - REDACTOR.longest)]
    elif len(clean) <= length:
        return clean
    return f"{clean[:length]}..."


def quote(text: str) -> str:
    """What a person is shown of a vendor's ``text``: its beginning, without secrets."""
    return excerpt(text, LONGEST_QUOTE)
