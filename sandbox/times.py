"""Points in time as whole seconds since 1970, and the ways in which APIs write them."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache

MINUTE, HOUR, DAY = 60, 3_600, 86_400
MICROS = 1_000_000

_FIRST_DAY = datetime(1970, 1, 1, tzinfo=UTC)
_TWO = [f"{number:02d}" for number in range(60)]
_MINUTES = [f"T{_TWO[hour]}:{_TWO[minute]}:" for hour in range(24) for minute in range(60)]


@lru_cache(maxsize=4_096)
def _day(number: int) -> str:
    return (_FIRST_DAY + timedelta(days=number)).strftime("%Y-%m-%d")


@lru_cache(maxsize=256)
def http_date(seconds: int) -> str:
    """As in a Date header."""
    return format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True)


def _civil(seconds: int) -> str:
    minutes, second = divmod(seconds, 60)
    day, minute = divmod(minutes, 1_440)
    return _day(day) + _MINUTES[minute] + _TWO[second]


def stamp(seconds: int) -> str:
    """``2026-06-01T08:00:00Z``."""
    return _civil(seconds) + "Z"


def stamp_millis(seconds: int, millis: int) -> str:
    """``2026-06-01T08:00:00.017Z``."""
    return f"{_civil(seconds)}.{millis:03d}Z"


def stamp_micros(micros: int) -> str:
    """``2026-06-01T08:00:00.301292Z``, of microseconds since 1970."""
    seconds, fraction = divmod(micros, MICROS)
    return f"{_civil(seconds)}.{fraction:06d}Z"


def stamp_india(seconds: int) -> str:
    """The same instant written with an offset: ``2026-06-01T13:30:00+05:30``."""
    return _civil(seconds + 5 * HOUR + 30 * MINUTE) + "+05:30"


def date_of(seconds: int) -> str:
    """``2026-06-01``."""
    return _day(seconds // DAY)


def parse(text: str) -> int:
    """Seconds of a date or date-time; without a zone it is in UTC. ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
