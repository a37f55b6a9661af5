"""Times in every form that a vendor sends become RFC 3339 in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from tap_common import headers, times
from tests.clock import START

DAY = timedelta(days=1)
FIRST, LAST = (
    (datetime.min.replace(tzinfo=UTC) + DAY).replace(tzinfo=None),
    (datetime.max.replace(tzinfo=UTC) - DAY).replace(tzinfo=None),
)
MOMENTS = some.datetimes(FIRST, LAST, timezones=some.just(UTC))
ZONES = some.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda offset: timedelta(minutes=offset))


@pytest.mark.parametrize(
    ("value", "result"),
    [
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
        ("2026-01-31T12:00:00z", "2026-01-31T12:00:00Z"),
        ("2026-01-31t12:00:00Z", "2026-01-31T12:00:00Z"),
        ("2026-01-31 12:00:00", "2026-01-31T12:00:00Z"),
        ("2026-01-31 12:00:00 UTC", "2026-01-31T12:00:00Z"),
        ("2026-01-31T12:00", "2026-01-31T12:00:00Z"),
        ("2026-01-31", "2026-01-31T00:00:00Z"),
        ("2026-01-31T12:00:00+05:30", "2026-01-31T06:30:00Z"),
        ("2026-01-31T12:00:00 +0530", "2026-01-31T06:30:00Z"),
        ("2026-01-31T12:00:00-08", "2026-01-31T20:00:00Z"),
        ("2026-01-31T12:00:00.1Z", "2026-01-31T12:00:00.100000Z"),
        ("2026-01-31T12:00:00,120Z", "2026-01-31T12:00:00.120000Z"),
        ("2026-01-31T12:00:00.000Z", "2026-01-31T12:00:00Z"),
        ("2026-01-31T12:00:00.123456789Z", "2026-01-31T12:00:00.123456Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        ("2016-12-31T15:59:60.5-08:00", "2017-01-01T00:00:00.500000Z"),
        (1, "1970-01-01T00:00:01Z"),
        (1_577_836_800, "2020-01-01T00:00:00Z"),
        (1_577_836_800.25, "2020-01-01T00:00:00.250000Z"),
        (1_577_836_800_123, "2020-01-01T00:00:00.123000Z"),
        (1_577_836_800_123_456, "2020-01-01T00:00:00.123456Z"),
    ],
)
def test_what_names_a_time(value: Any, result: str) -> None:
    assert times.rfc3339(value) == result
    assert times.second(value) == f"{result[:19]}Z"


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "soon",
        "10",
        "sat",
        "12:00:00",
        "2026",
        "2026-01",
        "2026-W05-6",
        "20260131T120000Z",
        "0000-00-00",
        "0000-00-00 00:00:00",
        "2026-02-30",
        "2026-13-01T00:00:00Z",
        "2026-01-31T24:00:00Z",
        "2026-01-31T12:61:00Z",
        "2026-01-31T12:00:61Z",
        "2026-01-31T12:00:00+24:00",
        "2026-01-31T12:00:00+05:3",
        "2026-01-31T12:00:00 PST",
        "2026-01-31T12:00:00Z and more",
        " 2026-01-31T12:00:00Z",
        "\uff12026-01-31T12:00:00Z",
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:59-05:00",
        0,
        -1,
        0.0,
        float("nan"),
        float("inf"),
        10**18,
        10**400,
        True,
        None,
        [],
        ["2026-01-31T12:00:00Z"],
        {},
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_names_no_time(value: Any) -> None:
    assert times.rfc3339(value) is None
    assert times.second(value) == ""


@pytest.mark.parametrize("value", ["", "soon", "2026-02-30", "9999-12-31T23:59:59-05:00"])
def test_a_text_that_names_no_time_is_a_value_error(value: str) -> None:
    with pytest.raises(ValueError, match=r"is |range|month|day"):
        times.parse(value)


@given(MOMENTS)
@example(datetime(2026, 1, 31, tzinfo=UTC))
def test_what_is_written_is_read_again(moment: datetime) -> None:
    written = times.text(moment)
    assert times.parse(written) == moment
    assert times.rfc3339(written) == written


@given(MOMENTS, ZONES, some.sampled_from("T "), some.booleans())
def test_a_time_in_any_zone_is_the_same_time(
    moment: datetime, offset: timedelta, separator: str, with_colon: bool
) -> None:
    written = moment.astimezone(timezone(offset)).isoformat(separator)
    if not with_colon:
        written = written[:-3] + written[-2:]
    assert times.parse(written) == moment


@given(MOMENTS, ZONES)
def test_a_time_is_written_in_utc(moment: datetime, offset: timedelta) -> None:
    assert times.text(moment.astimezone(timezone(offset))) == times.text(moment)


@given(MOMENTS, MOMENTS)
def test_times_cut_to_the_second_sort_as_the_times_do(first: datetime, other: datetime) -> None:
    earlier, later = sorted([first, other])
    assert times.second(times.text(earlier)) <= times.second(times.text(later))


@given(some.integers(1, 10**11 - 1), some.sampled_from([1, 1_000, 1_000_000]))
@example(1, 1_000)
def test_an_epoch_is_read_in_its_unit(number: int, unit: int) -> None:
    seconds = number % 4_000_000_000 + 100_000_000
    assert times.rfc3339(seconds * unit) == times.text(datetime.fromtimestamp(seconds, UTC))


@given(some.text() | some.floats() | some.integers() | some.from_regex(r"\d{4}-\d\d-\d\d.*"))
def test_any_other_value_is_refused_without_an_error(value: Any) -> None:
    result = times.rfc3339(value)
    assert result is None or times.text(times.parse(result)) == result


# Headers


@given(MOMENTS)
def test_an_http_date_is_read(moment: datetime) -> None:
    whole = moment.replace(year=1000 + moment.year % 9000, day=1, microsecond=0)
    assert times.http_date(format_datetime(whole, usegmt=True)) == whole


@given(some.none() | some.text() | some.sampled_from(["Sun, 99 Foo", "1 Jan 99999 00:00:00 GMT"]))
@example("Sun, 01 Mar 2026 12:00:00 +99999999999999999")
@example("Mon, 01 Jan 0001 00:00:00 +1200")
@example("Sun, 01 Mar 2026 " + "9" * 5_000)
def test_any_other_header_is_no_date(value: str | None) -> None:
    found = times.http_date(value)
    assert found is None or found.tzinfo is UTC


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 7.5 ", 7.5),
        ("0", 0.0),
        ("86400", 86_400.0),
        (f"{START.timestamp() + 30:.0f}", 30.0),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("", None),
        (None, None),
        ("soon", None),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("1e3", None),
        ("1_000", None),
        ("\u0667", None),
        ("9" * 400, None),
        ("9" * 5_000, None),
        ("99999999999", None),
        (f"{START.timestamp() - 30:.0f}", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_wait_in_a_header(value: str | None, seconds: float | None) -> None:
    assert headers.seconds(value, START) == seconds


def test_a_wait_goes_by_the_clock_of_the_vendor() -> None:
    until, date = "Sun, 01 Mar 2026 15:00:10 GMT", "Sun, 01 Mar 2026 15:00:00 GMT"
    assert headers.seconds(until, START, date) == 10.0


@given(some.none() | some.text() | some.from_regex(r"\d+(\.\d+)?"))
def test_a_wait_is_never_negative_nor_longer_than_a_year(value: str | None) -> None:
    wait = headers.seconds(value, START)
    assert wait is None or 0 <= wait <= headers.LONGEST_WAIT


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("12", 12),
        (" 12 ", 12),
        ("0", 0),
        ("", None),
        (None, None),
        ("-1", None),
        ("1.5", None),
        ("²", None),
        ("1_0", None),
        ("9" * 19, None),
        ("9" * 5_000, None),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_count_in_a_header(value: str | None, number: int | None) -> None:
    assert headers.count(value) == number


def test_an_http_date_without_a_zone_is_in_utc() -> None:
    expected = datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert times.http_date("Sat, 31 Jan 2026 12:00:00") == expected
    assert times.http_date("Sat, 31 Jan 2026 13:00:00 +0100") == expected
