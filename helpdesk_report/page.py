"""The figures as one HTML page that needs nothing else: no script, no font, no network."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from html import escape
from pathlib import Path

from helpdesk_report.charts import Plot, heat_map
from helpdesk_report.figures import Figures, Row

WEEKS = 52
"""How many weeks the charts go back from the newest ticket's."""
ROWS = 20
"""How many agents or groups a table shows."""
HOUR, DAY = 60, 24 * 60
BUCKETS = (
    ("< 1 h", HOUR),
    ("1-4 h", 4 * HOUR),
    ("4-8 h", 8 * HOUR),
    ("8-24 h", DAY),
    ("1-3 d", 3 * DAY),
    ("3-7 d", 7 * DAY),
    ("> 7 d", float("inf")),
)
"""Ranges of waiting times, each with its end in minutes."""
_STYLE = Path(__file__).resolve().parent / "page.css"


def page(figures: Figures) -> str:
    """The report as an HTML document."""
    account = figures.source.partition(" ")[2] or figures.source
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta http-equiv="Content-Security-Policy" '
            "content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            f"<title>Helpdesk report: {escape(account)}</title>",
            f"<style>{_STYLE.read_text('utf-8')}</style></head><body><main>",
            f"<h1>{escape(account)}</h1>",
            f"<p>{escape(_period(figures))}</p>",
            *_missing(figures.missing),
            _tiles(figures.summary),
            '<div class="cards">',
            *_cards(figures),
            "</div></main></body></html>\n",
        ]
    )


def duration(minutes: float | None) -> str:
    """Minutes as a person reads them: "45 min", "13.7 h", "5.2 d"."""
    if minutes is None:
        return "-"
    if minutes < HOUR:
        return f"{minutes:.0f} min"
    return f"{minutes / HOUR:.1f} h" if minutes < 2 * DAY else f"{minutes / DAY:,.1f} d"


def share_of_good(row: Row) -> str:
    """How many of the ratings in ``row`` are good, in percent."""
    rated = row["good"] + row["neutral"] + row["bad"]
    return f"{100 * row['good'] / rated:.0f} %" if rated else "-"


def spread(minutes: Sequence[float]) -> list[int]:
    """How many of the waiting times fall into each of the BUCKETS."""
    ends = [end for _, end in BUCKETS]
    places = Counter(bisect_right(ends, wait) for wait in minutes)
    return [places[place] for place in range(len(BUCKETS))]


def mondays(figures: Figures) -> list[str]:
    """The weeks that the charts show, oldest first, each by its Monday.

    A time that is none, such as 0, can become a date that no calendar has. It is left out.
    """
    known = [row["week"] for row in figures.weeks if "1970" <= row["week"] < "9999"]
    if not known:
        return []
    last = date.fromisoformat(known[-1])
    shown = [(last - timedelta(weeks=back)).isoformat() for back in reversed(range(WEEKS))]
    return [week for week in shown if week >= known[0]]


def unsolved(figures: Figures, weeks: Sequence[str]) -> list[int]:
    """How many tickets were unsolved at the end of each week."""
    ends = [date.fromisoformat(week) + timedelta(days=6) for week in weeks]
    numbers = []
    for end in ends:
        until = [row["unsolved"] for row in figures.days if row["day"] <= end.isoformat()]
        numbers.append(until[-1] if until else 0)
    return numbers


def _period(figures: Figures) -> str:
    number = f"{figures.summary['tickets']:,} tickets"
    if figures.first is None or figures.last is None:
        return number
    first, last = str(figures.first)[:10], str(figures.last)[:10]
    return f"{number} from {first} to {last}. Days and hours are in UTC."


def _missing(names: Sequence[str]) -> Iterator[str]:
    if names:
        listed = escape(", ".join(names))
        yield f'<p class="note">The file lacks {listed}. What rests on them is empty here.</p>'


def _tiles(summary: Row) -> str:
    tiles = {
        "open": f"{summary['open']:,}",
        "median to first reply": duration(summary["median_first_reply_minutes"]),
        "median to resolution": duration(summary["median_resolution_minutes"]),
        "good ratings": share_of_good(summary),
    }
    shown = [f"<div><b>{value}</b><span>{name}</span></div>" for name, value in tiles.items()]
    return f'<div class="tiles">{"".join(shown)}</div>'


def _cards(figures: Figures) -> Iterator[str]:
    weeks = mondays(figures)
    yield _card("Tickets a week", _weekly(figures, weeks), ("created", "solved"))
    yield _card("Unsolved at the end of each week", _backlog_line(figures, weeks))
    yield _card("Backlog by status", _backlog_table(figures.backlog))
    yield _card("Busiest hours", _hours(figures.hours))
    yield _card("Time to first reply", _waits(figures.first_replies, "first reply"))
    yield _card("Time to resolution", _waits(figures.resolutions, "resolution"))
    yield _card("Satisfaction", _satisfaction(figures, weeks), ("good", "neutral", "bad"))
    yield _card("Groups", _people(figures.groups, "group_name", "no group"))
    yield _card("Agents", _people(figures.agents, "agent", "nobody"))


def _card(title: str, content: str, legend: Sequence[str] = ()) -> str:
    keys = "".join(f'<span class="key {name}">{name}</span>' for name in legend)
    return f"<section><h2>{title}{keys}</h2>{content}</section>"


def _by_week(rows: Sequence[Row], word: str, weeks: Sequence[str]) -> list[int]:
    known = {str(row["week"]): row[word] for row in rows}
    return [known.get(week, 0) for week in weeks]


def _weekly(figures: Figures, weeks: Sequence[str]) -> str:
    created = _by_week(figures.weeks, "created", weeks)
    solved = _by_week(figures.weeks, "solved", weeks)
    plot = Plot(_short(weeks), max([*created, *solved], default=0))
    plot.columns("created", created)
    plot.line("solved", solved)
    return plot.svg("Tickets created and solved in each week")


def _backlog_line(figures: Figures, weeks: Sequence[str]) -> str:
    numbers = unsolved(figures, weeks)
    plot = Plot(_short(weeks), max(numbers, default=0))
    plot.columns("unsolved", numbers)
    return plot.svg("Unsolved tickets at the end of each week")


def _satisfaction(figures: Figures, weeks: Sequence[str]) -> str:
    good = _by_week(figures.satisfaction, "good", weeks)
    neutral = _by_week(figures.satisfaction, "neutral", weeks)
    bad = _by_week(figures.satisfaction, "bad", weeks)
    not_bad = [a + b for a, b in zip(good, neutral, strict=True)]
    every = [a + b for a, b in zip(not_bad, bad, strict=True)]
    plot = Plot(_short(weeks), max(every, default=0))
    plot.columns("good", good)
    plot.columns("neutral", neutral, good)
    plot.columns("bad", bad, not_bad)
    return plot.svg("Ratings by the week in which the ticket was created")


def _waits(minutes: Sequence[float], until: str) -> str:
    numbers = spread(minutes)
    plot = Plot([name for name, _ in BUCKETS], max(numbers))
    plot.columns("tickets", numbers)
    return plot.svg(f"Tickets by the time to {until}")


def _backlog_table(rows: Sequence[Row]) -> str:
    most = max((row["tickets"] for row in rows), default=0)
    lines = [
        [
            _cell(row["status"]),
            _cell(f"{row['tickets']:,}"),
            f'<td class="bar"><i style="width:{100 * row["tickets"] / most:.0f}%"></i></td>',
            _cell(str(row["oldest_created_at"])[:10]),
        ]
        for row in rows
    ]
    return _table(("status", "tickets", "", "oldest from"), lines)


def _hours(rows: Sequence[Row]) -> str:
    tickets = {(row["weekday"], row["hour"]): row["tickets"] for row in rows}
    return heat_map(tickets, "Tickets by weekday and hour, in UTC")


def _people(rows: Sequence[Row], word: str, none: str) -> str:
    lines = [
        [
            _cell(row[word] or none),
            _cell(f"{row['tickets']:,}"),
            _cell(f"{row['open']:,}"),
            _cell(duration(row["median_first_reply_minutes"])),
            _cell(duration(row["median_resolution_minutes"])),
            _cell(share_of_good(row)),
        ]
        for row in rows[:ROWS]
    ]
    if len(rows) > ROWS:
        lines.append([f'<td colspan="6">and {len(rows) - ROWS} more</td>'])
    return _table(("name", "tickets", "open", "first reply", "resolution", "good"), lines)


def _cell(value: object) -> str:
    return f"<td>{escape(str(value))}</td>"


def _table(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{name}</th>" for name in heads)
    body = "".join(f"<tr>{''.join(cells)}</tr>" for cells in lines)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _short(weeks: Sequence[str]) -> list[str]:
    return [date.fromisoformat(week).strftime("%b '%y") for week in weeks]
