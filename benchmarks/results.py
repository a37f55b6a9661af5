"""What ``make bench`` found, as the table and the chart of docs/benchmarks.md."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from statistics import median
from textwrap import fill
from typing import Any

from benchmarks import blocks, chart
from benchmarks.processes import table
from benchmarks.side_by_side import LOOP

DOCS = Path(__file__).resolve().parent.parent / "docs"
RESULTS, PAGE, CHART = (DOCS / f"benchmarks.{kind}" for kind in ("json", "md", "svg"))
HEAD = ("program", "requests", "records", "CPU s", "us a record", "wall s", "MB", "missing rows")
Result = Mapping[str, Any]
WIDTH = 100
"""Columns of the page's prose."""


def write_page() -> None:
    """Writes the tables and the chart anew from the file of results."""
    results = json.loads(RESULTS.read_text("utf-8"))
    blocks.write(PAGE, "bench", "\n".join(tables(results)))
    CHART.write_text(picture(results), "utf-8")


def picture(results: Sequence[Result]) -> str:
    """The chart of the largest account of each site, as SVG."""
    return chart.bars(list(_bars(results)), "Seconds of CPU to read an account")


def tables(results: Sequence[Result]) -> list[str]:
    """The lines of the page: a table for each account, and who lacks which rows."""
    lines = []
    for (site, rows), group in groupby(results, lambda one: (one["site"], one["rows"])):
        found = list(group)
        lines += [
            f"### {site}, {rows:,} rows",
            "",
            table(HEAD, [_row(one) for one in found]).rstrip(),
            "",
        ]
        remarks = [f"- {text}" for one in found for text in _remarks(one)]
        lines += [fill(text, WIDTH, subsequent_indent="  ") for text in remarks]
        lines.append("")
    return lines


def _row(one: Result) -> Sequence[str]:
    if not one["cpu"]:
        return (one["program"], *["-"] * (len(HEAD) - 1))
    return (
        one["program"],
        f"{one['requests']:,}",
        f"{one['records']:,}",
        f"{median(one['cpu']):.2f}",
        _microseconds(one),
        f"{median(one['seconds']):.1f}",
        f"{max(one['megabytes'])}",
        _missing(one),
    )


def _missing(one: Result) -> str:
    if one["program"] == LOOP:
        return ""
    return "not at its end" if one["ended"] else f"{sum(one['missing'].values()):,}"


def _microseconds(one: Result) -> str:
    if one["program"] == LOOP or not one["records"]:
        return ""
    return f"{1e6 * median(one['cpu']) / one['records']:.0f}"


def _remarks(one: Result) -> list[str]:
    remarks = []
    if one["ended"]:
        return [f"{one['program']}: {one['ended']}."]
    for title, counts in (("lacks", one["missing"]), ("alone has", one["surplus"])):
        if counts:
            listed = ", ".join(f"{count:,} of {stream}" for stream, count in counts.items())
            remarks.append(f"{one['program']} {title} {listed}.")
    return remarks


def _bars(results: Sequence[Result]) -> Sequence[chart.Bar]:
    largest = {one["site"]: one["rows"] for one in results}
    shown = [one for one in results if one["rows"] == largest[one["site"]] and one["records"]]
    return [
        chart.Bar(
            f"{one['site']}, {one['rows']:,} rows",
            f"{one['program']} ({one['ended'].split()[0]})" if one["ended"] else one["program"],
            median(one["cpu"]),
            is_own=one["program"].startswith("tap-") and " " not in one["program"],
        )
        for one in shown
    ]
