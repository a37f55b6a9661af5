"""Numbers and waits in the headers of a response, which may hold anything."""

from __future__ import annotations

import re
from datetime import datetime

from tap_common import times

FIRST_EPOCH = 1_000_000_000.0
"""Greater numbers are no seconds from now, but seconds since 1970."""
LAST_EPOCH = 10_000_000_000.0
LONGEST_WAIT = 366 * 86_400.0
"""No vendor means a longer wait than a year, in seconds."""
_WHOLE = re.compile(r"\s*(\d{1,18})\s*", re.ASCII)
_DECIMAL = re.compile(r"\s*(\d{1,18}(?:\.\d{0,9})?)\s*", re.ASCII)


def count(value: str | None) -> int | None:
    """The whole number in a header's ``value``, or None if there is none."""
    match = _WHOLE.fullmatch(value or "")
    return int(match[1]) if match else None


def seconds(value: str | None, now: datetime, date: str | None = None) -> float | None:
    """The wait in a header such as ``Retry-After``, in seconds, or None if it makes no sense.

    The header holds seconds, an epoch, or an HTTP date. The last two go by the vendor's clock:
    ``date`` is the response's ``Date`` header, for which ``now`` stands in.
    """
    vendor_now = times.http_date(date) or now
    match = _DECIMAL.fullmatch(value or "")
    if match:
        return seconds_from(float(match[1]), vendor_now)
    moment = times.http_date(value)
    if moment is None:
        return None
    wait = max(0.0, (moment - vendor_now).total_seconds())
    return wait if wait <= LONGEST_WAIT else None


def seconds_from(number: float, now: datetime) -> float | None:
    """The wait that ``number`` means, as seconds or as an epoch, or None if it makes no sense."""
    if not 0 <= number <= LAST_EPOCH:
        return None
    wait = number if number < FIRST_EPOCH else number - now.timestamp()
    return wait if 0 <= wait <= LONGEST_WAIT else None
