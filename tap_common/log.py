"""Output for people: one line for each event on stderr, without secrets and control characters."""

from __future__ import annotations

import logging
import os
import sys

from tap_common.redaction import Redactor
from tap_common.terminal import one_line, visible

LOGGER = logging.getLogger("tap")
REDACTOR = Redactor()


class _Plain(logging.Filter):
    """Makes each record one line that a terminal can print and that shows no secret."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Changes ``record`` in place and lets it pass."""
        record.msg, record.args = one_line(REDACTOR.clean(record.getMessage())), None
        record.exc_info = record.exc_text = record.stack_info = None
        return True


def configure() -> None:
    """Send the tap's log to stderr, at the level that LOGLEVEL names (the default is INFO).

    The logs of other libraries stay silent.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    handler.addFilter(_Plain())
    LOGGER.handlers = [handler]
    LOGGER.propagate = False
    level = logging.getLevelName(os.environ.get("LOGLEVEL", "INFO").upper())
    LOGGER.setLevel(level if isinstance(level, int) else logging.INFO)


def show(text: str) -> None:
    """Print ``text``, of one or more lines, to stdout for a person to read."""
    print(visible(REDACTOR.clean(text)))


def excerpt(text: str, length: int) -> str:
    """The first ``length`` characters of ``text``, cut only after the secrets in it are hidden."""
    clean = REDACTOR.clean(text)
    if len(clean) <= length:
        return clean
    return f"{clean[:length]}..."
