"""One rate limit of a vendor: what it allows, what is left of it, and when there will be more."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

SAME_WINDOW_SECONDS = 2.0
"""Headers name the end of a window in whole seconds, and replies take a moment to arrive."""
FEWEST_TO_LEARN_FROM = 5
WINDOWS_TO_GROW = 5
"""Windows without a refusal after which a limit that was guessed may be twice as high."""
NEVER = -math.inf
LARGEST_LIMIT = 1_000_000_000
"""Greater numbers make no sense."""


@dataclass(frozen=True, slots=True)
class _Consumption:
    """A request that the vendor counted between the times at which it was sent and ``ended``.

    Whatever the vendor's windows are like, it does not count any more once it ``expires``.
    """

    sent_at: float
    ended: float
    expires: float
    cost: int


@dataclass
class Bucket:
    """What a run knows of one rate limit. Times are monotonic, in seconds.

    ``window`` is the length of the vendor's rate window, ``reserve`` the share of the limit that
    is left to others, ``cap`` a limit of one's own. As long as it is not ``known``, a first
    request goes ahead of all others, because its reply may tell the limit.

    Time passes only in ``roll``. The delay is that of the strictest of four rules.
    """

    window: float
    reserve: float
    cap: int | None = None
    known: bool = False
    limit: int | None = None
    remaining: int | None = None
    in_flight: int = 0
    _learned_at: float = NEVER
    _window_ends: float = NEVER
    _end_is_guess: bool = True
    _tells_reset: bool = False
    _blocked_until: float = NEVER
    _limit_guessed_at: float = NEVER
    _windows_to_grow: int = WINDOWS_TO_GROW
    _guess_has_grown: bool = False
    _first_sent_at: float = math.inf
    _windows_are_fixed: bool = False
    _consumed: deque[_Consumption] = field(default_factory=deque)
    _consumed_in_window: int = 0

    def roll(self, now: float) -> None:
        """Ends the window if it is over, and forgets what was consumed a window ago."""
        while self._consumed and self._consumed[0].expires <= now:
            cost = self._consumed.popleft().cost
            self._consumed_in_window -= cost
            if self.remaining is not None and self._may_slide():
                self.remaining = min(self.remaining + cost, self.limit or LARGEST_LIMIT)
        if self.remaining is not None and now >= self._window_ends:
            self.remaining = self.limit if self._tells_reset else None
            self._window_ends, self._end_is_guess = now + self.window, True
            self._learned_at = NEVER
        if self._limit_guessed_at > NEVER and self.limit is not None:
            self._let_guess_grow(self.limit, now)

    def delay(self, cost: int, now: float) -> float:
        """Seconds until a request of ``cost`` may be sent; infinity means after the next reply."""
        allowance = self.allowance()
        fitting = cost if allowance is None else min(cost, allowance)
        return max(
            self._until_unblocked(now),
            self._until_known(),
            self._until_some_remain(fitting, now),
            self._until_consumption_allows(fitting, allowance, now),
        )

    def allowance(self) -> int | None:
        """What may be consumed in one window, or None if no limit is known."""
        limits = [limit for limit in (self.limit, self.cap) if limit is not None]
        return self._without_reserve(min(limits)) if limits else None

    def used(self) -> int:
        """What was consumed within a window's length, requests under way included."""
        return self.in_flight + self._consumed_in_window

    def until_reset(self, now: float) -> float:
        """Seconds until the vendor's window ends, or a whole window if that is not known."""
        known = self._window_ends - now if self._tells_reset else 0.0
        return known if known > 0 else self.window

    def send(self, cost: int) -> None:
        """Takes note of a request that is sent."""
        self.in_flight += cost

    def finish(self, cost: int, sent_at: float, now: float, *, counted: bool) -> None:
        """Takes note of the end of a request; did a reply say that it is ``counted``?"""
        self.in_flight -= cost
        self._first_sent_at = min(self._first_sent_at, sent_at)
        self._consumed.append(_Consumption(sent_at, now, now + self.window, cost))
        self._consumed_in_window += cost
        if self.remaining is not None and not counted:
            self.remaining = max(0, self.remaining - cost)

    def learn(
        self,
        limit: int | None,
        remaining: int | None,
        reset: float | None,
        *,
        sent_at: float,
        now: float,
    ) -> None:
        """Takes in what a reply says: the limit, what remains, the seconds until the reset.

        The reply belongs to a request sent at ``sent_at``. If that was before the last reply
        came, the vendor may have counted the two in either order, and the lower number holds.
        """
        self.known = True
        self.limit = limit or self.limit
        if limit:
            self._limit_guessed_at = NEVER
        if remaining is None:
            return
        if reset is None and self.limit is not None:
            used = self.limit - remaining
            is_less = used < self._consumed_for_certain(sent_at, now)
            self._windows_are_fixed = self._windows_are_fixed or is_less
        ends = now + (self.window if reset is None else reset)
        if self.remaining is None or self._end_is_guess or self._is_next_window(reset, sent_at):
            self._window_ends = ends
        elif sent_at < self._learned_at and remaining >= self.remaining:
            return
        elif reset is not None:
            self._window_ends = self._agreed_end(ends)
        elif remaining > self.remaining + self.in_flight:
            self._window_ends = ends
        self._tells_reset = self._tells_reset or reset is not None
        self._end_is_guess = False
        self._learned_at = now
        self.remaining = remaining

    def learn_limit(self, served: int, seconds: float | None, now: float) -> None:
        """Takes in that ``served`` requests of a window passed before one was refused.

        The window ends in ``seconds``; None if the vendor does not say. The least of such numbers
        within a window is taken for the limit. A few tell nothing, nor does a window that was under
        way before the first request: what others sent may have been refused, too.
        """
        began = now if seconds is None else now + seconds - self.window
        if self._first_sent_at > began + SAME_WINDOW_SECONDS:
            return
        is_guess = now < self._limit_guessed_at + self.window
        if served < FEWEST_TO_LEARN_FROM or (self.limit is not None and not is_guess):
            return
        if self._guess_has_grown:
            self._windows_to_grow *= 2
            self._guess_has_grown = False
        self._limit_guessed_at = now if self.limit is None else self._limit_guessed_at
        self.limit = min(served, self.limit or served)

    def block(self, seconds: float, now: float) -> None:
        """Lets no request pass for ``seconds``."""
        self._blocked_until = max(self._blocked_until, now + seconds)

    def _let_guess_grow(self, limit: int, now: float) -> None:
        """Doubles a limit that was guessed long ago: others may have used a part of that window.

        Each time that turns out to be too much, it takes twice as long until the next try.
        """
        if now >= self._limit_guessed_at + self._windows_to_grow * self.window:
            self.limit = min(2 * limit, LARGEST_LIMIT)
            self._limit_guessed_at, self._guess_has_grown = now, True

    def _until_unblocked(self, now: float) -> float:
        return max(0.0, self._blocked_until - now)

    def _until_known(self) -> float:
        return 0.0 if self.known or not self.in_flight else math.inf

    def _until_some_remain(self, cost: int, now: float) -> float:
        if self.remaining is None:
            return 0.0
        kept = self.limit - self._without_reserve(self.limit) if self.limit else 0
        if self.remaining - self.in_flight - kept >= cost:
            return 0.0
        changes = self._window_ends
        if self._consumed and self._may_slide():
            changes = min(changes, self._consumed[0].expires)
        return max(0.0, changes - now)

    def _until_consumption_allows(self, cost: int, allowance: int | None, now: float) -> float:
        """Without a known reset, each stretch of a window's length gets one allowance at most."""
        if allowance is None or (self._tells_reset and self.cap is None):
            return 0.0
        if self.used() + cost <= allowance:
            return 0.0
        return self._consumed[0].expires - now if self._consumed else math.inf

    def _without_reserve(self, limit: int) -> int:
        return max(1, math.floor(limit * (1 - self.reserve)))

    def _is_next_window(self, reset: float | None, sent_at: float) -> bool:
        """Does the vendor name a reset later than that of the window known so far?"""
        return reset is not None and sent_at + reset > self._window_ends + SAME_WINDOW_SECONDS

    def _may_slide(self) -> bool:
        """Does each request perhaps count for a time of its own?"""
        return not self._tells_reset and not self._windows_are_fixed

    def _consumed_for_certain(self, sent_at: float, now: float) -> int:
        """What counts for a request sent at ``sent_at`` if the vendor's windows slide."""
        return sum(
            consumption.cost
            for consumption in self._consumed
            if consumption.ended <= sent_at and consumption.sent_at + self.window > now
        )

    def _agreed_end(self, ends: float) -> float:
        """The end of the window that two replies name; the later one if they hardly differ."""
        is_same = abs(ends - self._window_ends) <= SAME_WINDOW_SECONDS
        return max(ends, self._window_ends) if is_same else ends
