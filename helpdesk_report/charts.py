"""Charts as SVG. They are drawn for a phone's width, so that their text stays legible there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import floor, log10

WIDTH, HEIGHT = 360, 170
_LEFT, _RIGHT, _TOP, _BOTTOM = 34, 6, 10, 22
_LABELS = 7
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
Values = Sequence[float]


class Plot:
    """A chart whose y axis goes from 0 to at least ``most``, with a slot for each of ``labels``."""

    def __init__(self, labels: Sequence[str], most: float) -> None:
        self._labels = labels
        self._top = rounded_up(most)
        self._slot = (WIDTH - _LEFT - _RIGHT) / max(1, len(labels))
        self._marks: list[str] = []

    def columns(self, kind: str, values: Values, below: Values | None = None) -> None:
        """Draws a column for each value, from the value ``below`` it up. ``kind`` is its class."""
        gap = min(2.0, self._slot * 0.15)
        for slot, value in enumerate(values):
            start = below[slot] if below else 0
            top, bottom = self._y(start + value), self._y(start)
            x, width = self._x(slot) + gap, self._slot - 2 * gap
            label = escape(f"{self._labels[slot]}: {value:,g} {kind}")
            self._marks.append(
                f'<rect class="{kind}" x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" '
                f'height="{bottom - top:.1f}"><title>{label}</title></rect>'
            )

    def line(self, kind: str, values: Values) -> None:
        """Draws a line through the middles of the slots."""
        points = [
            f"{self._x(slot) + self._slot / 2:.1f},{self._y(value):.1f}"
            for slot, value in enumerate(values)
        ]
        self._marks.append(f'<polyline class="line {kind}" points="{" ".join(points)}"/>')

    def svg(self, title: str) -> str:
        """The chart. ``title`` says to those who can't see it what it shows."""
        parts = [*self._grid(), *self._marks, *self._names()]
        return _svg(title, HEIGHT, parts)

    def _x(self, slot: float) -> float:
        return _LEFT + slot * self._slot

    def _y(self, value: float) -> float:
        return HEIGHT - _BOTTOM - value / self._top * (HEIGHT - _TOP - _BOTTOM)

    def _grid(self) -> list[str]:
        values = (0.0, self._top / 2, self._top)
        lines = [
            f'<path class="grid" d="M{_LEFT} {self._y(value):.1f}H{WIDTH - _RIGHT}"/>'
            for value in values
        ]
        texts = [
            f'<text class="tick" x="{_LEFT - 4}" y="{self._y(value) + 3:.1f}">{value:,g}</text>'
            for value in values
        ]
        return lines + texts

    def _names(self) -> list[str]:
        step = -(-len(self._labels) // _LABELS) or 1
        return [
            f'<text x="{self._x(slot) + self._slot / 2:.1f}" y="{HEIGHT - 7}" '
            f'text-anchor="middle">{escape(label)}</text>'
            for slot, label in enumerate(self._labels)
            if slot % step == step // 2
        ]


def heat_map(tickets: Mapping[tuple[int, int], int], title: str) -> str:
    """A week of hours, the darker the more ``tickets`` came at this weekday (1 to 7) and hour."""
    width, height = (WIDTH - _LEFT - _RIGHT) / 24, 18
    most = max(tickets.values(), default=0) or 1
    parts = []
    for day, name in enumerate(DAYS, 1):
        y = (day - 1) * height + 2
        parts.append(f'<text class="tick" x="{_LEFT - 4}" y="{y + 12}">{name}</text>')
        for hour in range(24):
            number = tickets.get((day, hour), 0)
            parts.append(
                f'<rect class="heat" x="{_LEFT + hour * width:.1f}" y="{y}" '
                f'width="{width - 1:.1f}" height="{height - 1}" '
                f'fill-opacity="{0.06 + 0.94 * number / most:.2f}">'
                f"<title>{name} {hour:02}:00: {number} tickets</title></rect>"
            )
    below = 7 * height + 14
    parts += [
        f'<text x="{_LEFT + hour * width:.1f}" y="{below}">{hour:02}:00</text>'
        for hour in (0, 6, 12, 18)
    ]
    return _svg(title, 7 * height + 20, parts)


def rounded_up(value: float) -> float:
    """The next even number of ones, tens, hundreds and so on, so that its half is whole."""
    power = 10.0 ** floor(log10(max(1, value)))
    return next(step * power for step in (2, 4, 6, 8, 10) if value <= step * power)


def _svg(title: str, height: float, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">'
        f"{''.join(parts)}</svg>"
    )
