"""How long a request that fails is repeated, and what its failure becomes if it does not pass."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from tap_common.errors import ApiError, ConnectionLost, PageTooLarge, Unreachable
from tap_common.failures import Transient, Verdict
from tap_common.vendor import Request
from tap_common.words import counted

FIRST_CONTACT_SECONDS = 15.0
"""How long all requests together may be repeated before the first good reply has come."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
FAILURES_BEFORE_SMALLER_PAGE = 3
CHILD_ATTEMPTS = 5
"""After so many attempts the fault is taken to be one parent's, if other requests are answered."""


class Patience:
    """Decides how long the requests of one run are repeated. Safe to use from several threads.

    One request may be repeated for ``seconds``, not counting its waits for the rate limit. Times
    are monotonic seconds.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._lock = threading.Lock()
        self._is_understood = False
        self._first_request: float | None = None
        self._last_reply = float("-inf")

    @property
    def has_replied(self) -> bool:
        """Has the vendor answered any request well?"""
        return self._last_reply > float("-inf")

    def note_reply(self, now: float) -> None:
        """A request was answered well."""
        self._last_reply = now

    def note_answer(self, verdict: Verdict) -> None:
        """An answer came, perhaps an error. One that is understood comes from the right host."""
        self._is_understood = self._is_understood or not _is_garbled(verdict)

    def is_over(
        self, request: Request, failure: Transient, failures: int, began: float, seconds: float
    ) -> bool:
        """Is it time to give up? ``seconds`` is how long this would take with another attempt."""
        if request.attempts is not None and failures >= request.attempts:
            return True
        if failure.tries is not None:
            return failures > failure.tries
        if _may_be_too_large(request, failure, failures):
            return True
        if request.child and failures >= CHILD_ATTEMPTS and self._last_reply > began:
            return True
        return seconds > self._seconds_since(began)

    def final_error(
        self, request: Request, failure: Transient, failures: int, began: float
    ) -> Exception:
        """The error of a request that ``began`` then and is given up.

        A lost connection says nothing of the network while other requests are answered, or after a
        limited number of attempts.
        """
        error = failure.error
        if failure.tries is not None or not isinstance(error, ApiError):
            return error
        text = f"{error} (given up after {counted(failures, 'attempt')})"
        if isinstance(error, ConnectionLost):
            if not request.child:
                return Unreachable(str(error))
            is_alone = self._last_reply <= began and request.attempts is None
            return ConnectionLost(text) if is_alone else ApiError(text)
        kind = PageTooLarge if _may_be_too_large(request, failure, failures) else ApiError
        return kind(text, status=error.status, code=error.code, body=error.body)

    def _seconds_since(self, began: float) -> float:
        """How long a request that ``began`` then may be repeated."""
        if self._is_understood:
            return self.seconds
        with self._lock:
            if self._first_request is None:
                self._first_request = began
        return min(self.seconds, FIRST_CONTACT_SECONDS) - (began - self._first_request)


def growing_pauses() -> Iterator[float]:
    """Pauses between attempts in seconds, each a random share of one that grows."""
    from random import SystemRandom

    import backoff  # takes 40 ms, and only failures need it

    dice = SystemRandom()
    longest = backoff.expo(base=2, factor=FIRST_PAUSE, max_value=LONGEST_PAUSE)
    next(longest)
    for seconds in longest:
        yield dice.uniform(0, seconds)


def _is_garbled(verdict: Verdict) -> bool:
    """Is it a body that nobody understands, as a wrong host sends?"""
    if not isinstance(verdict, Transient) or not isinstance(verdict.error, ApiError):
        return False
    return verdict.error.status < 300


def _may_be_too_large(request: Request, failure: Transient, failures: int) -> bool:
    enough = failures >= FAILURES_BEFORE_SMALLER_PAGE
    return request.shrinkable and failure.size_related and enough
