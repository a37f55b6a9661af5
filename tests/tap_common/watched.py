"""A run whose progress somebody watches, on a terminal or in a log file."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pyte
import singer  # noqa: F401 - its import sets up logging anew, so it must not happen in a test

from tap_common.http import Api
from tap_common.outcome import Ending, Outcome
from tap_common.progress import Progress
from tap_common.report import RunReport
from tap_common.vendor import Request
from tests.clock import START, SimulatedClock
from tests.tap_common.script import Said, Script, api, lines

DONE = Outcome(Ending.DONE)
YEAR = timedelta(days=365)
HEIGHT = 12


class Terminal(io.StringIO):
    """A terminal, or a file that stands in its place.

    While there is a ``fault``, it refuses what is written and counts that.
    """

    fault: OSError | None = None
    refused = 0

    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal

    def write(self, text: str) -> int:
        if self.fault is not None:
            self.refused += 1
            raise self.fault
        return super().write(text)

    def screen(self, width: int) -> pyte.Screen:
        """What a terminal of so many columns shows after all that was written."""
        screen = pyte.Screen(width, HEIGHT)
        pyte.Stream(screen).feed(self.getvalue().replace("\n", "\r\n"))
        return screen

    def shown(self, width: int) -> list[str]:
        """The lines on the screen that are not empty."""
        return [line.rstrip() for line in self.screen(width).display if line.strip()]


class Watched:
    """A run over ``bookmarks``, the selected streams with their bookmarks."""

    def __init__(
        self,
        bookmarks: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        is_terminal: bool = False,
        said: Said | None = None,
    ) -> None:
        self.clock = SimulatedClock()
        self.api: Api = api(Script(lines(said or Said()), self.clock), self.clock)
        self.terminal = Terminal(is_terminal=is_terminal)
        self.report = RunReport("tap-shop", self.clock)
        self.report.stats = self.api.stats
        self.report.select(bookmarks or {"tickets": {}})
        self.progress = Progress(self.api, self.report, self.terminal)

    def begin(self, *streams: str) -> None:
        """The reader of ``streams`` (none named: of all) starts, a year ago."""
        self.progress.begin(streams or list(self.report.streams), START - YEAR)

    def work(self, rows: int, seconds: float, stream: str = "tickets") -> None:
        """Some rows of ``stream``, with a request, in so many seconds."""
        self.api.get(Request(stream, stream))
        self.clock.advance(seconds)
        self.progress.wrote(stream, rows)
        self.progress.tick()

    def end(self, outcome: Outcome = DONE) -> None:
        """The reader of the tickets ends."""
        self.progress.end({"tickets": outcome})
