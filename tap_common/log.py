"""Output for people: one line for each event on stderr, without secrets and control characters."""

from __future__ import annotations

import logging
import os
import sys

from tap_common.redaction import Redactor
from tap_common.terminal import one_line, visible

LOGGER = logging.getLogger("tap")
REDACTOR = Redactor()
LONGEST_LINE = 10_000
"""Characters of a message that are logged."""

LOOKED_AT = 10_000
"""Characters beyond the end of an excerpt in which secrets are looked for."""


class Plain(logging.Filter):
    """Makes each record one line that a terminal can print and that shows no secret."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Changes ``record`` in place and lets it pass."""
        record.msg, record.args = one_line(excerpt(record.getMessage(), LONGEST_LINE)), None
        record.exc_info = record.exc_text = record.stack_info = None
        return True


def configure() -> None:
    """Send the tap's log to stderr, at the level that LOGLEVEL names (the default is INFO).

    The logs of other libraries stay silent.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    handler.addFilter(Plain())
    LOGGER.handlers = [handler]
    LOGGER.propagate = False
    level = logging.getLevelName(os.environ.get("LOGLEVEL", "INFO").upper())
    LOGGER.setLevel(level if isinstance(level, int) else logging.INFO)


def show(text: str) -> None:
    """Print ``text``, of one or more lines, to stdout for a person to read."""
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
