"""The account's rate limit and the two sub-limits that have no header of their own (sheet section 4)."""

from __future__ import annotations

from typing import Literal

from sandbox.freshdesk.options import PLANS, Options
from sandbox.window import Window

Bucket = Literal["", "tickets", "contacts"]


class Quota:
    """Counts credits for all keys of the account together."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._windows: dict[Bucket, Window] = {
            "": Window(),
            "tickets": Window(),
            "contacts": Window(),
        }

    def take(self, cost: int, bucket: Bucket) -> tuple[bool, dict[str, str]]:
        """Whether a request may pass, and the rate headers of its reply. A refused request uses nothing (inferred)."""
        options = self._options
        if options.limit == 0:
            return True, {}
        total = options.limit or PLANS[options.plan].calls
        wanted: list[tuple[Bucket, int, int]] = [("", total, cost)]
        if sublimit := self._sublimit(bucket):
            wanted.append((bucket, sublimit, cost if options.sublimit_counts == "credits" else 1))
        retry_after = 0
        for name, limit, price in wanted:
            verdict = self._windows[name].look(
                limit, price, options.window_seconds, options.window_start
            )
            if not verdict.allowed:
                retry_after = max(retry_after, verdict.retry_after)
        if not retry_after:
            for name, _, price in wanted:
                self._windows[name].take(price)
        headers = {
            "X-RateLimit-Total": str(total),
            "X-RateLimit-Remaining": str(max(0, total - self._windows[""].used)),
            "X-RateLimit-Used-CurrentRequest": str(0 if retry_after else cost),
        }
        if retry_after:
            headers["Retry-After"] = str(retry_after)
        return not retry_after, headers

    def _sublimit(self, bucket: Bucket) -> int | None:
        plan = PLANS[self._options.plan]
        if bucket == "tickets":
            own, plans = self._options.ticket_list_limit, plan.ticket_lists
        elif bucket == "contacts":
            own, plans = self._options.contact_list_limit, plan.contact_lists
        else:
            return None
        return plans if own is None else own
