"""A picture of a terminal's screen, as SVG."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import groupby

from pyte.screens import Char, Screen

WIDTH, HEIGHT = 8.4, 18
"""Pixels of a character."""
MARGIN = 14
NO_BREAK = "\u00a0"
"""A blank that browsers do not merge with its neighbours."""
FOREGROUND, BACKGROUND = "#d8dee9", "#242933"
COLOURS = {
    "black": "#4c566a",
    "red": "#e06c75",
    "green": "#8fbc6f",
    "brown": "#e5c07b",
    "yellow": "#e5c07b",
    "blue": "#7aa2d6",
    "magenta": "#c678dd",
    "cyan": "#6fb8c4",
    "white": "#eceff4",
}
"""The names that pyte gives to the eight colours; other colours are six hexadecimal digits."""


def picture(screen: Screen, title: str) -> str:
    """The lines of ``screen`` down to the last one that is not empty; ``title`` says what it is."""
    last = max((row for row, line in enumerate(screen.display) if line.strip()), default=0)
    wide = screen.columns * WIDTH + 2 * MARGIN
    high = (last + 1) * HEIGHT + 2 * MARGIN
    texts = [text for row in range(last + 1) for text in _line(screen, row)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {high}" role="img">',
            f"<title>{escape(title)}</title>",
            f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>',
            '<g font-family="ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace" '
            'font-size="14">',
            *texts,
            "</g>",
            "</svg>\n",
        ]
    )


def _line(screen: Screen, row: int) -> Iterator[str]:
    """A text for each run of characters of one colour, which has the width that it has there."""
    characters = [(column, screen.buffer[row][column]) for column in range(screen.columns)]
    for colour, group in groupby(characters, lambda item: _colour(item[1])):
        found = list(group)
        text = "".join(character.data for _, character in found)
        shown = text.strip()
        if not shown:
            continue
        column = found[0][0] + len(text) - len(text.lstrip())
        x, y = MARGIN + column * WIDTH, MARGIN + row * HEIGHT + 13
        long = len(shown) * WIDTH
        yield (
            f'<text x="{x:.1f}" y="{y}" textLength="{long:.1f}" fill="{colour}">'
            f"{escape(shown.replace(' ', NO_BREAK), quote=False)}</text>"
        )


def _colour(character: Char) -> str:
    name = character.fg.removeprefix("bright")
    if name == "default":
        return FOREGROUND
    return COLOURS.get(name, f"#{name}")
