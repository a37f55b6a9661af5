"""Times: read from configs, states and records, written as RFC 3339 in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)
"""No account is older. A look-back from here still gives a time that all APIs understand."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS_FROM, _MICROSECONDS_FROM = 10**11, 10**14
_ISO = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)"
    r"(?:[T ](?P<minute>(?:[01]\d|2[0-3]):\d\d)(?::(?P<second>\d\d))?(?P<fraction>[.,]\d+)?)?"
    r" ?(?P<zone>Z|UTC|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)


def is_plain(value: str) -> bool:
    """Does ``value`` look like 2026-01-31T12:00:00Z?

    Every third character, from the fifth one on, is a cheap test for this commonest form. The hour
    24 is none of a day's hours, though Python reads it from version 3.14 on.
    """
    return len(value) == 20 and value[4::3] == "--T::Z" and value[11:13] < "24"


def text(moment: datetime) -> str:
    """``moment`` (aware) as ``YYYY-MM-DDTHH:MM:SS[.ffffff]Z``."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def second_of(moment: datetime) -> str:
    """``moment`` (aware) as ``YYYY-MM-DDTHH:MM:SSZ``, cut to the second."""
    return text(moment.replace(microsecond=0))


def parse(value: str) -> datetime:
    """The time that an ISO date or date-time names, aware and in UTC; no zone means UTC.

    A leap second is taken as the second after it. ValueError if ``value`` names no time.
    """
    if is_plain(value) and value[17:19] != "60":
        return datetime.fromisoformat(value)
    match = _ISO.fullmatch(value)
    if match is None:
        raise ValueError(f"{value!r} is not a date or date-time")
    second, zone = match["second"] or "00", match["zone"] or "Z"
    leap = timedelta(seconds=second == "60")
    clock = f"{match['minute'] or '00:00'}:{'59' if leap else second}{match['fraction'] or ''}"
    offset = "+00:00" if zone.upper() in {"Z", "UTC"} else zone
    try:
        moment = f"{match['day']}T{clock}{offset}"
        is_utc = offset == "+00:00"
        parsed = datetime.fromisoformat(moment) if is_utc else _with_offset(moment)
        return parsed.astimezone(UTC) + leap
    except OverflowError:
        raise ValueError(f"{value!r} is before the year 1 or after the year 9999") from None


def _with_offset(value: str) -> datetime:
    """The time that a date-time with an offset names. ValueError if there is no such time."""
    import pendulum  # takes 50 ms, and most vendors write times in UTC

    try:
        moment: Any = pendulum.parse(value)
    except ValueError:
        raise ValueError(f"{value!r} is out of range") from None
    return datetime.fromisoformat(moment.isoformat())


def rfc3339(value: Any) -> str | None:
    """A vendor's time as RFC 3339 in UTC, or None where ``value`` names no time.

    A vendor writes any ISO form, or epoch seconds, milliseconds or microseconds. Values like "",
    "0000-00-00", 0 or true name no time.
    """
    try:
        if type(value) is str:
            return _rfc3339(value)
        if type(value) in (int, float) and value > 0:
            return text(_EPOCH + _since_epoch(value))
    except (ValueError, OverflowError):
        pass
    return None


@lru_cache(maxsize=4_096)
def _rfc3339(value: str) -> str:
    """The same of a text, which is remembered: rows hold the same texts again and again.

    ValueError if it names no time. Such texts are not remembered, because they may be long.
    """
    moment = parse(value)
    is_leap = value[17:19] == "60"
    return value if is_plain(value) and not is_leap else text(moment)


def second(value: Any) -> str:
    """The same, cut to the second: such strings sort as the times do. "" where there is none."""
    try:
        if type(value) is str:
            return _second(value)
    except (ValueError, OverflowError):
        return ""
    moment = rfc3339(value)
    return "" if moment is None else _cut(moment)


@lru_cache(maxsize=4_096)
def _second(value: str) -> str:
    """The same of a text, which is remembered: readers ask for a row's time several times.

    ValueError if it names no time.
    """
    return _cut(_rfc3339(value))


def _cut(moment: str) -> str:
    return moment if len(moment) == 20 else f"{moment[:19]}Z"


def http_date(value: str | None) -> datetime | None:
    """The time in an HTTP ``Date`` or ``Retry-After`` header, aware and in UTC, or None."""
    from email.utils import parsedate_to_datetime  # takes 10 ms; what asks the API has it anyway

    try:
        moment = parsedate_to_datetime(value or "")
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _since_epoch(value: float) -> timedelta:
    if value >= _MICROSECONDS_FROM:
        return timedelta(microseconds=value)
    if value >= _MILLISECONDS_FROM:
        return timedelta(milliseconds=value)
    return timedelta(seconds=value)
