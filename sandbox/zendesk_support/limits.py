"""The account's rate limit and its endpoint buckets, with their headers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from sandbox.window import Window
from sandbox.zendesk_support.options import Options

HELP_CENTER = "help center"
"""The help centre's limit counts apart from the rest (HELP)."""


class Quota:
    """Counts requests of all clients of the account together."""

    def __init__(self, options: Options, clock: Callable[[], float]) -> None:
        self._options = options
        self._windows: dict[str, Window] = defaultdict(lambda: Window(clock))

    def take(
        self, account: str, bucket: str, bucket_total: int | None
    ) -> tuple[str | None, dict[str, str]]:
        """Returns which bucket refuses the request, or None, and the rate headers.

        "" is the account's own limit. Refusals use nothing (inferred). ``account`` is "" or
        HELP_CENTER, ``bucket`` the endpoint's or "", ``bucket_total`` replaces its usual total.
        """
        options = self._options
        calls = options.calls()
        if calls == 0:
            return None, {}
        totals = {account: calls}
        if bucket and (total := bucket_total or options.bucket(bucket)):
            totals[bucket] = total
        refused, resets = None, {}
        for name, total in totals.items():
            verdict = self._windows[name].look(
                total, 1, options.window_seconds, options.window_start
            )
            resets[name] = verdict.retry_after
            if not verdict.allowed:
                refused = name
        if refused is None:
            for name in totals:
                self._windows[name].take(1)
        left = {name: max(0, total - self._windows[name].used) for name, total in totals.items()}
        headers = {
            "X-Rate-Limit": str(calls),
            "X-Rate-Limit-Remaining": str(left[account]),
            "RateLimit-Limit": str(calls),
            "RateLimit-Remaining": str(left[account]),
            "RateLimit-Reset": str(resets[account]),
        }
        if bucket and bucket in totals:
            headers[f"Zendesk-RateLimit-{bucket}"] = (
                f"total={totals[bucket]}; remaining={left[bucket]}; resets={resets[bucket]}"
            )
        if refused is not None:
            headers["Retry-After"] = str(resets[refused])
        return ("" if refused == HELP_CENTER else refused), headers
