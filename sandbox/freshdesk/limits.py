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
        options = self._options
        if options.limit == 0:
            return True, {}
        total = options.limit or PLANS[options.plan].calls
        wanted = [("", total, cost)]
        if sublimit := self._sublimit(bucket):
            wanted.append((bucket, sublimit, cost if options.sublimit_counts == "credits" else 1))
        seconds, start = options.window_seconds, options.window_start
        verdicts = [
            self._windows[name].look(limit, price, seconds, start) for name, limit, price in wanted
        ]
        passed = all(verdict.allowed for verdict in verdicts)
        if passed:
            for name, _, price in wanted:
                self._windows[name].take(price)
        headers = {
            "X-RateLimit-Total": str(total),
            "X-RateLimit-Remaining": str(max(0, total - self._windows[""].used)),
            "X-RateLimit-Used-CurrentRequest": str(cost if passed else 0),
        }
        if not passed:
            waits = [verdict.retry_after for verdict in verdicts if not verdict.allowed]
            headers["Retry-After"] = str(max(waits))
        return passed, headers

    def _sublimit(self, bucket: str) -> int:
        plan, options = PLANS[self._options.plan], self._options
        limits = {
            "tickets": (options.ticket_list_limit, plan.ticket_lists),
            "contacts": (options.contact_list_limit, plan.contact_lists),
        }
        own, of_plan = limits.get(bucket, (0, 0))
        return of_plan if own is None else own
