"""The account's rate limit, and the two for lists that have no header of their own (DOCS)."""

from __future__ import annotations

from sandbox import window
from sandbox.freshdesk.options import PLANS, Options


class Quota(window.Quota):
    """Counts credits for all keys of the account together."""

    def spend(self, options: Options, cost: int, bucket: str) -> tuple[bool, dict[str, str]]:
        """Return whether a request may pass, and the rate headers. Refused ones use nothing."""
        plan = PLANS[options.plan]
        if options.limit == 0:
            return True, {}
        total = options.limit or plan.calls
        wanted = {"": (total, cost)}
        own = options.contact_list_limit if bucket == "contacts" else None
        sublimit = plan.lists if own is None else own
        if bucket and sublimit:
            wanted[bucket] = (sublimit, cost if options.sublimit_counts == "credits" else 1)
        refusing, left, resets = self.take(wanted, options.window_seconds, options.window_start)
        headers = {
            "X-RateLimit-Total": str(total),
            "X-RateLimit-Remaining": str(left[""]),
            "X-RateLimit-Used-CurrentRequest": str(0 if refusing else cost),
        }
        if refusing:
            headers["Retry-After"] = str(max(resets[name] for name in refusing))
        return not refusing, headers
