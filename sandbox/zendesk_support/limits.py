"""The account's rate limit and its endpoint buckets, with their headers."""

from __future__ import annotations

from sandbox import window
from sandbox.zendesk_support.options import Options

HELP_CENTER = "help center"
"""The help centre's limit counts apart from the rest (HELP), and its replies say less (LIVE)."""


class Quota(window.Quota):
    """Counts requests of all clients of the account together. Refusals use nothing (inferred)."""

    def admit(
        self, options: Options, account: str, bucket: str, bucket_total: int | None
    ) -> tuple[str | None, dict[str, str]]:
        """Returns which bucket refuses the request, or None, and the rate headers.

        "" is the account's own limit. ``account`` is "" or HELP_CENTER, ``bucket`` the endpoint's
        or "", ``bucket_total`` replaces its usual total.
        """
        calls = options.calls()
        if calls == 0:
            return None, {}
        wanted = {account: (calls, 1)}
        if bucket and (total := bucket_total or options.bucket(bucket)):
            wanted[bucket] = (total, 1)
        refusing, left, resets = self.take(wanted, options.window_seconds, "first-request")
        headers = {"X-Rate-Limit": str(calls), "X-Rate-Limit-Remaining": str(left[account])}
        if account != HELP_CENTER:
            headers |= {
                "RateLimit-Limit": str(calls),
                "RateLimit-Remaining": str(left[account]),
                "RateLimit-Reset": str(resets[account]),
            }
        if bucket in wanted and bucket:
            headers[f"Zendesk-RateLimit-{bucket}"] = (
                f"total={wanted[bucket][0]}; remaining={left[bucket]}; resets={resets[bucket]}"
            )
        if not refusing:
            return None, headers
        headers["Retry-After"] = str(resets[refusing[-1]])
        return ("" if refusing[-1] == HELP_CENTER else refusing[-1]), headers
