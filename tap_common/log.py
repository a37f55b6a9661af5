"""stderr: one line an event, in singer-python's format, with every secret of the config blotted out."""

from __future__ import annotations

import base64
import logging
import os
import sys
from collections.abc import Iterable

LOGGER = logging.getLogger("tap")
HIDDEN = "[hidden]"
SHORTEST_SECRET = 4


class Redactor(logging.Filter):
    """Replaces the secrets, plain and in base64, in whatever is logged, and folds a message to one line."""

    def __init__(self) -> None:
        super().__init__()
        self._secrets: list[str] = []

    def hide(self, secrets: Iterable[str]) -> None:
        """From now on ``secrets`` do not appear; one of a few characters would blot out half the log and is left."""
        for secret in filter(lambda secret: len(secret) >= SHORTEST_SECRET, secrets):
            self._secrets += [secret, base64.b64encode(secret.encode()).decode().rstrip("=")]
        self._secrets.sort(key=len, reverse=True)

    def clean(self, text: str) -> str:
        """``text`` without the secrets."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text

    def filter(self, record: logging.LogRecord) -> bool:
        """Cleans ``record`` in place; nothing is held back."""
        record.msg, record.args = self.clean(" ".join(record.getMessage().splitlines())), None
        record.exc_info = record.exc_text = None
        return True


REDACTOR = Redactor()


def configure() -> None:
    """Send the tap's log to stderr at the level that LOGLEVEL names (default INFO); other libraries' logs stay silent."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    handler.addFilter(REDACTOR)
    LOGGER.handlers = [handler]
    LOGGER.propagate = False
    level = logging.getLevelName(os.environ.get("LOGLEVEL", "INFO").upper())
    LOGGER.setLevel(level if isinstance(level, int) else logging.INFO)
