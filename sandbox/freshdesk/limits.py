"""The account's rate limit, and the two for lists that have no header of their own (DOCS)."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.freshdesk.options import PLANS, Options
from sandbox.window import Window


class Quota:
    """Counts credits for all keys of the account together, by the clock ``now``."""

    def __init__(self, options: Options, now: Callable[[], float]) -> None:
        self._options = options
        self._windows = {name: Window(now) for name in ("", "tickets", "contacts")}

    def take(self, cost: int, bucket: str) -> tuple[bool, dict[str, str]]:
        """Return whether a request may pass, and the rate headers of its reply.

        A refused request uses nothing (inferred).
        """
        options, plan = self._options, PLANS[self._options.plan]
        if options.limit == 0:
            return True, {}
        total = options.limit or plan.calls
        wanted = {"": (total, cost)}
        own = options.contact_list_limit if bucket == "contacts" else None
        sublimit = plan.lists if own is None else own
        if bucket and sublimit:
            wanted[bucket] = (sublimit, cost if options.sublimit_counts == "credits" else 1)
        waits = []
        for name, (limit, price) in wanted.items():
            window = self._windows[name]
            verdict = window.look(limit, price, options.window_seconds, options.window_start)
            waits += [] if verdict.allowed else [verdict.retry_after]
        for name, (_, price) in wanted.items():
            self._windows[name].take(0 if waits else price)
        headers = {
            "X-RateLimit-Total": str(total),
            "X-RateLimit-Remaining": str(max(0, total - self._windows[""].used)),
            "X-RateLimit-Used-CurrentRequest": str(0 if waits else cost),
        }
        if waits:
            headers["Retry-After"] = str(max(waits))
        return not waits, headers
