"""Moments: read from configs, states and records, written as RFC 3339 in UTC."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pendulum


def _without_zone(value: str) -> datetime:
    return datetime.fromisoformat(value.removesuffix("Z"))


read_plain: Callable[[str], datetime] = (
    datetime.fromisoformat if sys.version_info >= (3, 11) else _without_zone
)
"""Reads 2026-01-31T12:00:00Z, or raises ValueError."""
PLAIN = "--T::Z"
"""Every third character of such a date-time, from its fifth on: a cheap test, together with its length of 20."""
EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)
"""No account is older, and what is read again below it still has a time that all APIs understand."""
_DATED = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d|$)")
_MILLISECONDS_FROM, _MICROSECONDS_FROM = 10**11, 10**14


def text(moment: datetime) -> str:
    """``moment`` (aware) as ``YYYY-MM-DDTHH:MM:SS[.ffffff]Z``."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def parse(value: str) -> datetime:
    """The moment that a date or date-time string names, aware and in UTC; no zone means UTC. ValueError if it names none."""
    if not _DATED.match(value):
        raise ValueError(f"{value!r} is no date or date-time")
    moment = pendulum.parse(value)
    if not isinstance(moment, pendulum.DateTime):
        raise ValueError(f"{value!r} is no date or date-time")
    return datetime.fromtimestamp(moment.timestamp(), UTC).replace(microsecond=moment.microsecond)


def rfc3339(value: Any) -> str | None:
    """A vendor's date-time (a string of any ISO form, or epoch seconds, milliseconds or microseconds) as RFC 3339 in UTC.

    None where the value names no moment ("", "0000-00-00", text).
    """
    if type(value) is str:
        try:
            if value[4::3] == PLAIN and len(value) == 20:
                read_plain(value)
                return value
            return text(parse(value))
        except (ValueError, OverflowError):
            return None
    if type(value) in (int, float) and value > 0:
        seconds = (
            value / 1_000_000
            if value >= _MICROSECONDS_FROM
            else value / 1000
            if value >= _MILLISECONDS_FROM
            else value
        )
        try:
            return text(datetime.fromtimestamp(seconds, UTC))
        except (ValueError, OverflowError, OSError):
            return None
    return None


def second(value: Any) -> str:
    """The same, cut to the second: such strings sort as the moments do. "" where the value names none."""
    moment = rfc3339(value)
    return f"{moment[:19]}Z" if moment else ""


def http_date(value: str | None) -> datetime | None:
    """The moment in an HTTP ``Date`` or ``Retry-After`` header, or None."""
    try:
        moment = parsedate_to_datetime(value) if value else None
    except ValueError:
        return None
    if moment is None:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
