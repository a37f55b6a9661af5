"""A line of the log for each request, at the level DEBUG, without secrets and personal data."""

from __future__ import annotations

import logging
import re
from urllib.parse import parse_qsl, urlsplit

from tap_common.wire import Answer, WireError
from tap_common.words import counted

LOGGER = logging.getLogger("tap")
_SEGMENT = re.compile(r"[A-Za-z0-9_~-]{1,40}(\.json)?")
"""A part of a path that may be shown: a word or an id. Addresses of mail and of hosts have dots."""
_VALUE = re.compile(r"[0-9TZ:.,+-]{1,32}|[a-z_,-]{1,80}")
"""A value of a parameter that may be shown: a number, a time, or words of the API such as names of
fields. A cursor or a search text is not shown."""


def answered(method: str, url: str, answer: Answer, seconds: float, left: int | None) -> None:
    """Logs that a request was answered after ``seconds``; ``left`` is what the quota has left."""
    if LOGGER.isEnabledFor(logging.DEBUG):
        quota = "" if left is None else f", quota left {left}"
        size = counted(len(answer.body), "byte")
        did = f"HTTP {answer.status}, {seconds * 1000:.0f} ms, {size}{quota}"
        LOGGER.debug("%s %s: %s", method, shown(url), did)


def unanswered(method: str, url: str, error: WireError, seconds: float) -> None:
    """Logs that no whole answer came to a request, and why."""
    if LOGGER.isEnabledFor(logging.DEBUG):
        LOGGER.debug("%s %s: %s, %.0f ms", method, shown(url), error, seconds * 1000)


def shown(url: str) -> str:
    """The path and the parameters of ``url``, with "..." for what may be secret or personal."""
    parts = urlsplit(url)
    path = "/".join(
        segment if not segment or _SEGMENT.fullmatch(segment) else "..."
        for segment in parts.path.split("/")
    )
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    params = [f"{name}={value if _VALUE.fullmatch(value) else '...'}" for name, value in pairs]
    return f"{path}?{'&'.join(params)}" if params else path
