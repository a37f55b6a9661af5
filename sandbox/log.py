"""What was asked of the server: every request, counts, and the busiest stretch of time."""

from collections import Counter, deque
from threading import Lock
from time import monotonic
from typing import Any, NamedTuple

from sandbox.wire import Reply, Request


class Entry(NamedTuple):
    """One request as it was answered, at a time in seconds that never run backwards.

    ``status`` 0 = the connection was dropped instead.
    """

    time: float
    method: str
    path: str
    query: str
    status: int
    credits: int
    endpoint: str
    fault: str


class RequestLog:
    """The last ``size`` requests (0 = none are kept), and counters over all of them."""

    def __init__(self, size: int) -> None:
        self._lock = Lock()
        self.entries: deque[Entry] = deque(maxlen=size)
        self.reset()

    def reset(self) -> None:
        """Forgets everything."""
        with self._lock:
            self.entries.clear()
            self.credits = 0
            self.statuses: Counter[int] = Counter()
            self.endpoints: Counter[str] = Counter()
            self.faults: Counter[str] = Counter()
            self._recent: deque[tuple[float, int]] = deque()
            self._recent_credits = 0
            self.peak_requests = 0
            self.peak_credits = 0

    def add(self, request: Request, reply: Reply, fault: str, window_seconds: float) -> None:
        """Counts a request, and whether the last ``window_seconds`` were the busiest yet."""
        asked = request.method, request.path, request.query_text
        with self._lock:
            entry = Entry(monotonic(), *asked, reply.status, reply.credits, reply.endpoint, fault)
            self.entries.append(entry)
            self.credits += entry.credits
            self.statuses[entry.status] += 1
            self.endpoints[f"{entry.method} {entry.endpoint or entry.path}"] += 1
            if entry.fault:
                self.faults[entry.fault] += 1
            self._recent.append((entry.time, entry.credits))
            self._recent_credits += entry.credits
            while self._recent[0][0] <= entry.time - window_seconds:
                self._recent_credits -= self._recent.popleft()[1]
            self.peak_requests = max(self.peak_requests, len(self._recent))
            self.peak_credits = max(self.peak_credits, self._recent_credits)

    def stats(self) -> dict[str, Any]:
        """The counters, ready for JSON."""
        with self._lock:
            return {
                "requests": sum(self.statuses.values()),
                "credits": self.credits,
                "limited": self.statuses[429],
                "peak_requests": self.peak_requests,
                "peak_credits": self.peak_credits,
                "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
                "endpoints": dict(self.endpoints.most_common()),
                "faults": dict(self.faults),
            }
