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


def epoch(value: Any) -> int | None:
    """The epoch seconds of a date-time, or of epoch seconds that may be text; None for neither."""
    if type(value) is int:
        return value
    if isinstance(value, str) and not value.isdecimal():
        moment = times.rfc3339(value)
        return int(times.parse(moment).timestamp()) if moment else None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    return int(value)


def text(seconds: int) -> str:
    """Epoch seconds as RFC 3339 in UTC."""
    return times.text(datetime.fromtimestamp(seconds, UTC))


def settled(context: ReadContext, moment: int) -> int:
    """``moment``, or the latest start_time that the exports accept."""
    latest = int(context.now().timestamp()) - HELD_BACK_SECONDS
    return max(0, min(moment, latest))


def is_fresh(context: ReadContext, moment: int) -> bool:
    """Did it happen just now, so that more may still happen in the same second?"""
    return moment > int(context.now().timestamp()) - FRESH_SECONDS
