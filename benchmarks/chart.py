"""Horizontal bars as SVG, in groups."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby
from typing import NamedTuple

WIDTH, LABEL, BAR, LINE, HEAD = 860, 360, 400, 24, 34
"""Pixels: of the picture, labels and the longest bar; of a bar's line and a group's head."""
OWN, OTHER = "#2f6f9f", "#a8b4c0"


class Bar(NamedTuple):
    """A bar: the group it belongs to, its label and length. Our own bars have a colour."""

    group: str
    label: str
    length: float
    is_own: bool


def bars(found: Sequence[Bar], title: str) -> str:
    """The picture. Each group has a scale of its own."""
    drawn: list[str] = []
    top = HEAD
    for group, members in groupby(found, lambda bar: bar.group):
        listed = list(members)
        longest = max(bar.length for bar in listed)
        top += HEAD
        drawn.append(f'<text x="8" y="{top - 10}" font-weight="bold">{escape(group)}</text>')
        for bar in listed:
            drawn += _drawn(bar, top, max(1.0, BAR * bar.length / longest))
            top += LINE
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top + 12}" role="img" '
            'font-family="system-ui, sans-serif" font-size="14">',
            f"<title>{escape(title)}</title>",
            '<rect width="100%" height="100%" fill="#ffffff"/>',
            f'<text x="8" y="24" font-size="16">{escape(title)}</text>',
            *drawn,
            "</svg>\n",
        ]
    )


def _drawn(bar: Bar, top: float, wide: float) -> Sequence[str]:
    colour = OWN if bar.is_own else OTHER
    middle = top + LINE / 2 + 3
    return (
        f'<text x="{LABEL - 8}" y="{middle:.0f}" text-anchor="end">{escape(bar.label)}</text>',
        f'<rect x="{LABEL}" y="{top + 2}" width="{wide:.0f}" height="{LINE - 6}" fill="{colour}"/>',
        f'<text x="{LABEL + wide + 6:.0f}" y="{middle:.0f}">{bar.length:,.1f}</text>',
    )
