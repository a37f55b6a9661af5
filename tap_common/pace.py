"""How far a stream is read, and how long the rest may take, as far as anybody can tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tap_common import times
from tap_common.stream import Bookmark


@dataclass
class Pace:
    """The pace of one stream, which is read from its bookmark ``before``, or from ``start``.

    A list of which the vendor announced the number of rows is read as far as rows have come. A
    stream whose bookmark moves with each page is read as far as the bookmark has got between the
    beginning and now.
    """

    before: Bookmark
    start: datetime
    _first: tuple[float, float] | None = None
    """When a share was seen first, and that share."""

    def share(
        self, after: Bookmark, rows: int, announced: int | None, now: datetime
    ) -> float | None:
        """Which share (0 to 1) of the stream is read, or None if that is not known."""
        if announced is not None and rows <= announced:
            return rows / max(announced, 1)
        begin = position(self.before) or self.start
        at = position(after)
        if at is None or at == position(self.before) or now <= begin:
            return None
        return min(1.0, max(0.0, (at - begin) / (now - begin)))

    def look(self, share: float | None, seconds: float) -> None:
        """At the monotonic time ``seconds`` so much was read. The first look is the one to keep."""
        if self._first is None and share is not None:
            self._first = seconds, share

    def seconds_left(self, share: float | None, seconds: float) -> float | None:
        """How long the rest may take, or None if that is not known.

        The share that was seen first does not count, since an account may be younger than the
        start. ``seconds`` is the monotonic time at which ``share`` is read.
        """
        if share is None or self._first is None:
            return None
        began, first = self._first
        if share <= first:
            return None
        return (seconds - began) * (1 - share) / (share - first)


def position(bookmark: Bookmark) -> datetime | None:
    """The first moment in ``bookmark``, or None if there is none in it."""
    for value in bookmark.values():
        text = times.rfc3339(value)
        if text is not None and times.parse(text) >= times.EARLIEST:
            return times.parse(text)
    return None
