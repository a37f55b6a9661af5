"""The end of a run in a person's words: a table of the streams, and one sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tap_common.outcome import Ending
from tap_common.report import RunReport, StreamReport
from tap_common.words import counted, duration, number, some

WIDTH = 75
"""Columns of the table. A log line has its level in front, and 80 columns in all."""
HEAD = ("stream", "rows", "requests", "time", "outcome")
NUMBERS = range(1, 4)
"""The columns that are aligned to the right."""
GAP = "  "


def table(report: RunReport) -> list[str]:
    """The lines of the table: below the head one for each stream that was begun, if any was."""
    begun = [
        stream
        for stream in report.streams.values()
        if stream.outcome.ending is not Ending.NOT_BEGUN
    ]
    if not begun:
        return []
    rows = [HEAD, *(_cells(report, stream) for stream in begun)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [_fitted(_aligned(cells, widths)) for cells in rows]


def _cells(report: RunReport, stream: StreamReport) -> tuple[str, ...]:
    figures = report.stats.of(stream.stream)
    return (
        stream.stream,
        number(figures.rows),
        number(figures.requests),
        duration(stream.seconds),
        str(stream.outcome),
    )


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    aligned = [
        cell.rjust(width) if column in NUMBERS else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return GAP.join(aligned).rstrip()


def _fitted(line: str) -> str:
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 3].rstrip()}..."


def sentence(report: RunReport, code: int) -> str:
    """What the run did: the streams by outcome, all rows and requests, the time, the exit code."""
    parts = [f"exit {code}"]
    if report.is_sync:
        total = report.stats.total()
        figures = [counted(total.rows, "row"), counted(total.requests, "request")]
        if total.waited >= 1:
            figures.append(f"{duration(total.waited)} of waiting for the rate limit")
        did = [*_by_ending(report), *figures, duration(report.seconds)]
        parts.insert(0, ", ".join(did))
    return "; ".join(parts)


def _by_ending(report: RunReport) -> Iterator[str]:
    """Such as "29 streams done", "2 refused (agents, groups: HTTP 403)"."""
    by_ending: dict[Ending, list[StreamReport]] = {}
    for each in report.streams.values():
        by_ending.setdefault(each.outcome.ending, []).append(each)
    for place, ending in enumerate(ending for ending in Ending if ending in by_ending):
        streams = by_ending[ending]
        how_many = number(len(streams)) if place else counted(len(streams), "stream")
        is_named = ending not in (Ending.DONE, Ending.NOT_BEGUN)
        yield f"{how_many} {ending.value}{_named(streams) if is_named else ''}"


def _named(streams: Sequence[StreamReport]) -> str:
    by_status: dict[int, list[str]] = {}
    for each in streams:
        by_status.setdefault(each.outcome.status, []).append(each.stream)
    groups = [
        f"{some(names)}: HTTP {status}" if status else some(names)
        for status, names in by_status.items()
    ]
    return f" ({'; '.join(groups)})"
