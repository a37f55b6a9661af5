"""Moments as Zendesk's exports, rows and this tap's bookmarks write them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tap_common import times
from tap_common.context import ReadContext

HELD_BACK_SECONDS = 61
"""The exports leave out what changed in the last minute, and refuse a start_time in it."""

FRESH_SECONDS = 30
"""A row younger than this shows that an export does not hold back what changed just now."""

EARLIEST, LATEST = -62_135_596_800, 253_402_300_799
"""The epoch seconds of the years 1 and 9999, between which Python's date-times lie."""


def epoch(value: Any) -> int | None:
    """The epoch seconds of a date-time, or of epoch seconds that may be text; None for neither.

    Numbers that no date-time can show, such as milliseconds, are no epoch seconds.
    """
    if type(value) is int:
        return value if EARLIEST <= value <= LATEST else None
    if isinstance(value, str) and not value.isdecimal():
        moment = times.rfc3339(value)
        return int(times.parse(moment).timestamp()) if moment else None
    if not isinstance(value, float | str):
        return None
    try:
        return epoch(int(value))
    except (OverflowError, ValueError):
        return None


def text(seconds: int) -> str:
    """Epoch seconds as RFC 3339 in UTC."""
    return times.text(datetime.fromtimestamp(seconds, UTC))


def settled(context: ReadContext, moment: int) -> int:
    """``moment``, or the latest start_time that the exports accept."""
    latest = int(context.api.vendor_now().timestamp()) - HELD_BACK_SECONDS
    return max(0, min(moment, latest))


def is_fresh(context: ReadContext, moment: int) -> bool:
    """Did it happen just now, so that more may still happen in the same second?"""
    return moment > int(context.api.vendor_now().timestamp()) - FRESH_SECONDS
