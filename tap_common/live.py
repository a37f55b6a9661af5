"""The live lines on a terminal. This is the only module that imports rich."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from tap_common.display import BAR, GAP, TO_THE_RIGHT, Line, fitting, layout

View = Callable[[], tuple[Sequence[Line], Sequence[str]]]
"""Returns a line for each running stream, and the parts of the line about the whole run."""


class _Console(Console):
    """A console that leaves the cursor visible: a run may be killed before it could show it."""

    def show_cursor(self, show: bool = True) -> bool:  # noqa: ARG002 - rich's signature
        return False


class LiveLines:
    """Shows on ``terminal`` what ``view`` returns, in lines that are redrawn in place.

    It is a stream for log lines, too: what is written to it appears above the live lines. A
    terminal that is gone, because somebody closed its window, does not end the run, and is shown
    nothing more: rich would keep all of it until it can be written.
    """

    def __init__(self, terminal: TextIO, view: View) -> None:
        self._console = _Console(file=terminal, highlight=False, markup=False, emoji=False)
        self._view = view
        self._live = Live(
            console=self._console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        with self._while_there():
            self._live.start()

    def draw(self) -> None:
        """Shows how far the run is now."""
        lines, whole = self._view()
        with self._while_there():
            self._live.update(_drawn(lines, whole, self._console.width), refresh=True)

    def close(self) -> None:
        """Takes the lines away."""
        with self._while_there():
            self._live.stop()

    def write(self, text: str) -> None:
        """Puts ``text``, which ends with a line feed, above the live lines."""
        with self._while_there():
            self._console.print(Text(text.removesuffix("\n")), soft_wrap=True)

    def flush(self) -> None:
        """Does nothing: each text goes out at once."""

    @contextmanager
    def _while_there(self) -> Iterator[None]:
        try:
            yield
        except BlockingIOError:
            pass  # it is only slow, and shows the rest later
        except OSError:
            self._console.quiet = True


def _drawn(lines: Sequence[Line], whole: Sequence[str], width: int) -> Group:
    status = Text(fitting(whole, width), style="dim")
    if not lines:
        return Group(status)
    widths, cells = layout(lines, width)
    grid = Table.grid(padding=(0, GAP, 0, 0), pad_edge=False)
    for column, wide in widths.items():
        side = "right" if column in TO_THE_RIGHT else "left"
        grid.add_column(width=wide, justify=side, no_wrap=True)  # type: ignore[arg-type]
    for line, texts in zip(lines, cells, strict=True):
        bar = ProgressBar(1, line.share or 0, widths.get(BAR), complete_style="cyan")
        grid.add_row(*(bar if column == BAR else texts[column] for column in widths))
    return Group(grid, status)
