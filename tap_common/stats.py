"""What a run has done so far, by stream: written by the parts that do it, and shown to people.

Nothing in a run is decided by these figures.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass
class StreamStats:
    """The figures of one stream.

    ``waited`` is its share, in seconds, of the time in which the run waited for the rate limit: a
    second in which several requests wait counts once. ``announced`` is how many rows the vendor
    says that there are, or None if it does not say.
    """

    rows: int = 0
    requests: int = 0
    retries: int = 0
    waited: float = 0.0
    announced: int | None = None


class Stats:
    """The figures of all streams of a run. Safe to use from several threads."""

    def __init__(self) -> None:
        self._streams: dict[str, StreamStats] = {}
        self._lock = threading.Lock()

    def of(self, stream: str) -> StreamStats:
        """The figures of ``stream``, as they are now."""
        with self._lock:
            return self._streams.setdefault(stream, StreamStats())

    def add(
        self, stream: str, *, rows: int = 0, requests: int = 0, retries: int = 0, waited: float = 0
    ) -> None:
        """Adds to the figures of ``stream``."""
        figures = self.of(stream)
        with self._lock:
            figures.rows += rows
            figures.requests += requests
            figures.retries += retries
            figures.waited += waited

    def announce(self, stream: str, rows: int) -> None:
        """The vendor says that the list of ``stream`` has so many rows."""
        self.of(stream).announced = rows

    def total(self) -> StreamStats:
        """The sums of the figures of all streams."""
        with self._lock:
            streams = list(self._streams.values())
        return StreamStats(
            rows=sum(figures.rows for figures in streams),
            requests=sum(figures.requests for figures in streams),
            retries=sum(figures.retries for figures in streams),
            waited=sum(figures.waited for figures in streams),
        )
