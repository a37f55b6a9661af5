"""What the charts draw, where, and how high."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from helpdesk_report.charts import Plot, heat_map, rounded_up

RECT = re.compile(r'<rect class="(\w+)" x="(.+?)" y="(.+?)" width="(.+?)" height="(.+?)"')


def columns(svg: str) -> list[tuple[str, float, float]]:
    """The kind, the upper and the lower end of each column."""
    found = RECT.findall(svg)
    return [(kind, float(y), float(y) + float(height)) for kind, _, y, _, height in found]


def test_columns_stand_on_each_other() -> None:
    plot = Plot(["Mon", "Tue"], 8)
    plot.columns("good", [4, 1])
    plot.columns("bad", [2, 3], [4, 1])
    first, second, on_first, on_second = columns(plot.svg("Ratings"))
    floor, ceiling = first[2], 10.0
    whole = floor - ceiling
    assert [kind for kind, _, _ in (first, on_first)] == ["good", "bad"]
    assert first[1] == pytest.approx(floor - whole / 2, abs=0.2)
    assert (on_first[2], on_second[2]) == pytest.approx((first[1], second[1]), abs=0.2)
    assert on_first[1] == pytest.approx(floor - whole * 6 / 8, abs=0.2)


def test_columns_do_not_overlap_and_stay_inside() -> None:
    plot = Plot([str(number) for number in range(52)], 1)
    plot.columns("created", [1] * 52)
    places = [
        (float(x), float(x) + float(width)) for _, x, _, width, _ in RECT.findall(plot.svg(""))
    ]
    assert all(end <= start for (_, end), (start, _) in pairwise(places))
    assert places[0][0] > 30
    assert places[-1][1] < 360


def test_a_line_goes_through_the_middles_of_the_columns() -> None:
    plot = Plot(["a", "b"], 2)
    plot.columns("created", [2, 1])
    plot.line("solved", [2, 1])
    svg = plot.svg("Tickets")
    (points,) = re.findall('class="line solved" points="(.+?)"', svg)
    corners = [tuple(map(float, point.split(","))) for point in points.split()]
    middles = [float(x) + float(width) / 2 for _, x, _, width, _ in RECT.findall(svg)]
    assert [x for x, _ in corners] == pytest.approx(middles, abs=0.2)
    assert [y for _, y in corners] == [top for _, top, _ in columns(svg)]


def test_labels_are_few_enough_to_be_read() -> None:
    svg = Plot([f"label {number}" for number in range(52)], 1).svg("")
    assert 5 <= len(re.findall("label \\d+", svg)) <= 7


def test_a_title_is_for_those_who_cannot_see_the_chart() -> None:
    assert 'role="img" aria-label="&quot;Tickets&quot; &amp; more"' in Plot([], 0).svg(
        '"Tickets" & more'
    )


def test_the_busiest_hour_is_the_darkest() -> None:
    svg = heat_map({(1, 0): 10, (7, 23): 5}, "Hours")
    shades = re.findall(r'fill-opacity="(.+?)"><title>(.+?)<', svg)
    by_hour = {title: float(shade) for shade, title in shades}
    assert by_hour["Mon 00:00: 10 tickets"] == 1
    assert by_hour["Sun 23:00: 5 tickets"] == 0.53
    assert by_hour["Mon 01:00: 0 tickets"] == 0.06


@pytest.mark.parametrize(
    ("value", "top"), [(0, 2), (2, 2), (3, 4), (9, 10), (10, 20), (11, 20), (75, 80), (801, 1000)]
)
def test_an_axis_ends_at_a_round_number(value: float, top: float) -> None:
    assert rounded_up(value) == top
