"""The account's rate limit and its endpoint buckets, with their headers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from sandbox.window import Window
from sandbox.zendesk_support.options import Options

HELP_CENTER = "help center"
"""The help centre's limit counts apart from the rest (HELP), and its replies say less (LIVE)."""


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
        calls = self._options.calls()
        if calls == 0:
            return None, {}
        totals = {account: calls}
        if bucket and (total := bucket_total or self._options.bucket(bucket)):
            totals[bucket] = total
        seconds = self._options.window_seconds
        verdicts = {
            name: self._windows[name].look(total, 1, seconds, "first-request")
            for name, total in totals.items()
        }
        refusing = [name for name, verdict in verdicts.items() if not verdict.allowed]
        for name in totals if not refusing else ():
            self._windows[name].take(1)
        left = {name: max(0, total - self._windows[name].used) for name, total in totals.items()}
        headers = {"X-Rate-Limit": str(calls), "X-Rate-Limit-Remaining": str(left[account])}
        if account != HELP_CENTER:
            headers |= {
                "RateLimit-Limit": str(calls),
                "RateLimit-Remaining": str(left[account]),
                "RateLimit-Reset": str(verdicts[account].retry_after),
            }
        if bucket in totals and bucket:
            resets = verdicts[bucket].retry_after
            headers[f"Zendesk-RateLimit-{bucket}"] = (
                f"total={totals[bucket]}; remaining={left[bucket]}; resets={resets}"
            )
        if not refusing:
            return None, headers
        headers["Retry-After"] = str(verdicts[refusing[-1]].retry_after)
        return ("" if refusing[-1] == HELP_CENTER else refusing[-1]), headers
