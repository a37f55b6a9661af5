"""The page shows the account's figures, from whatever file it is made."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from helpdesk_report.cli import report, views
from helpdesk_report.figures import read
from helpdesk_report.page import BUCKETS, duration, mondays, page, share_of_good, spread, unsolved
from helpdesk_report.sql import script
from tests.helpdesk_report import truth
from tests.helpdesk_report.conftest import Filled


class Parsed(HTMLParser):
    """What a browser finds in the page: cards by title, with their texts, and attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.cards: dict[str, list[str]] = {}
        self.tiles: list[str] = []
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not data.strip() or not self.open:
            return
        if self.open[-1] == "h2":
            self.cards[data] = []
        elif "section" in self.open:
            next(reversed(self.cards.values())).append(data)
        elif self.open[-1] == "b":
            self.tiles.append(data)


@pytest.fixture
def shown(filled: Filled) -> Parsed:
    return Parsed(page(read(str(filled.path))))


def columns(shown: Parsed, title: str, kind: str) -> dict[str, int]:
    """The heights that a chart writes beside its columns, summed up by their labels."""
    heights: dict[str, int] = {}
    for text in shown.cards[title]:
        if found := re.fullmatch(rf"(.+): (\d+) {kind}", text):
            heights[found[1]] = heights.get(found[1], 0) + int(found[2])
    return heights


def rows(shown: Parsed, title: str, width: int) -> list[list[str]]:
    cells = shown.cards[title][width:]
    return [cells[start : start + width] for start in range(0, len(cells), width)]


def test_the_tiles_show_the_summary(filled: Filled, shown: Parsed) -> None:
    summary = truth.summary(filled.tickets)
    assert shown.tiles == [
        str(summary["open"]),
        duration(summary["median_first_reply_minutes"]),
        duration(summary["median_resolution_minutes"]),
        share_of_good(summary),
    ]


def test_weeks_are_drawn_back_to_a_year_before_the_newest(filled: Filled, shown: Parsed) -> None:
    weeks = truth.by_week(filled.tickets)
    within = [row for row in weeks if row["week"] > truth.weeks_before(weeks[-1]["week"], 52)]
    drawn = columns(shown, "Tickets a week", "created")
    assert sum(drawn.values()) == sum(row["created"] for row in within)
    months: dict[str, int] = {}
    for row in within:
        month = truth.month(row["week"])
        months[month] = months.get(month, 0) + row["created"]
    assert {month: number for month, number in drawn.items() if number} == {
        month: number for month, number in months.items() if number
    }


def test_the_backlog_at_the_end_of_each_week_is_what_was_left(filled: Filled) -> None:
    figures = read(str(filled.path))
    weeks = mondays(figures)
    expected = []
    for week in weeks:
        came = [one for one in filled.tickets if truth.week(one.created) <= week]
        went = [one for one in filled.tickets if one.solved and truth.week(one.solved) <= week]
        expected.append(len(came) - len(went))
    assert expected[-1] > 0
    assert unsolved(figures, weeks) == expected


def test_the_backlog_is_shown_by_status(filled: Filled, shown: Parsed) -> None:
    cells = shown.cards["Backlog by status"][3:]
    table = {cells[at]: (cells[at + 1], cells[at + 2]) for at in range(0, len(cells), 3)}
    assert table == {
        status: (str(number), oldest.date().isoformat())
        for status, (number, oldest) in truth.backlog(filled.tickets).items()
    }


@pytest.mark.parametrize(
    ("title", "wait"),
    [("Time to first reply", "first_reply"), ("Time to resolution", "resolution")],
)
def test_waiting_times_are_counted_in_ranges(
    filled: Filled, shown: Parsed, title: str, wait: str
) -> None:
    minutes = [getattr(ticket, wait) for ticket in filled.tickets]
    drawn = columns(shown, title, "tickets")
    start = 0.0
    for name, end in BUCKETS:
        inside = [one for one in minutes if one is not None and start <= one < end]
        assert drawn[name] == len(inside)
        start = end


@pytest.mark.parametrize(
    ("title", "word", "none"), [("Agents", "agent", "nobody"), ("Groups", "group", "no group")]
)
def test_agents_and_groups_are_listed_with_their_medians(
    filled: Filled, shown: Parsed, title: str, word: str, none: str
) -> None:
    expected = {
        name or none: [
            str(row["tickets"]),
            str(row["open"]),
            duration(row["median_first_reply_minutes"]),
            duration(row["median_resolution_minutes"]),
            share_of_good(row),
        ]
        for name, row in truth.by(word, filled.tickets).items()
    }
    assert {row[0]: row[1:] for row in rows(shown, title, 6)} == expected


def test_ratings_are_stacked(filled: Filled, shown: Parsed) -> None:
    figures = read(str(filled.path))
    weeks = set(mondays(figures))
    inside = [row for row in truth.satisfaction(filled.tickets) if row["week"] in weeks]
    for kind in ("good", "neutral", "bad"):
        drawn = columns(shown, "Satisfaction", kind)
        assert sum(drawn.values()) == sum(row[kind] for row in inside)


def test_each_hour_of_the_week_has_its_square(filled: Filled, shown: Parsed) -> None:
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    squares = {
        (days.index(found[1]) + 1, int(found[2])): int(found[3])
        for text in shown.cards["Busiest hours"]
        if (found := re.fullmatch(r"(\w{3}) (\d\d):00: (\d+) tickets", text))
    }
    assert len(squares) == 7 * 24
    assert {place: number for place, number in squares.items() if number} == truth.hours(
        filled.tickets
    )


def test_the_page_asks_for_nothing_else(shown: Parsed) -> None:
    assert {name for _, name, _ in shown.attributes} & {"src", "href", "srcset", "onload"} == set()
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    assert ("meta", "content", policy) in shown.attributes


class File:
    """A file as tap-freshdesk and the loader would leave it, with just these tables."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sources("tap-freshdesk acme.freshdesk.com")

    def run(self, sql: str, rows: list[Any] | None = None) -> None:
        with closing(sqlite3.connect(self.path)) as database, database:
            database.executemany(sql, rows or [()])

    def sources(self, *sources: str) -> None:
        self.run("DROP TABLE IF EXISTS _singer_sources")
        self.run("CREATE TABLE _singer_sources (name TEXT PRIMARY KEY, source TEXT NOT NULL)")
        rows = [(f"table_{number}", source) for number, source in enumerate(sources)]
        self.run("INSERT INTO _singer_sources VALUES (?, ?)", rows)


@pytest.fixture
def file(tmp_path: Path) -> File:
    return File(tmp_path / "helpdesk.db")


def test_an_empty_file_makes_an_empty_page(file: File) -> None:
    figures = read(str(file.path))
    assert figures.summary["tickets"] == 0
    assert figures.missing[0] == "tickets"
    shown = Parsed(page(figures))
    assert shown.tiles == ["0", "-", "-", "-"]


def test_columns_that_were_not_selected_are_named_and_the_rest_is_counted(file: File) -> None:
    file.run("CREATE TABLE tickets (id INTEGER, status INTEGER, created_at TEXT, group_id INTEGER)")
    file.run("INSERT INTO tickets VALUES (1, 2, '2026-01-05T10:00:00Z', 7)")
    figures = read(str(file.path))
    assert {"tickets.stats", "tickets.spam", "groups"} <= set(figures.missing)
    assert "tickets.status" not in figures.missing
    text = page(figures)
    assert "The file lacks tickets.subject" in text
    shown = Parsed(text)
    assert shown.cards["Backlog by status"][3:] == ["Open", "1", "2026-01-05"]
    assert shown.cards["Groups"][6:] == ["Group 7", "1", "1", "-", "-", "-"]
    assert [row["week"] for row in figures.weeks] == ["2026-01-05"]


def test_a_weeks_bad_ratings_stand_on_its_neutral_and_good_ones(file: File) -> None:
    file.run("CREATE TABLE tickets (id, status, created_at)")
    file.run("INSERT INTO tickets VALUES (?, 5, '2026-01-05T10:00:00Z')", [(1,), (2,), (3,)])
    file.run("CREATE TABLE satisfaction_ratings (id, ticket_id, ratings, created_at)")
    values = enumerate((103, 100, -103), 1)
    answers = [(number, number, f'[{{"value": {value}}}]') for number, value in values]
    file.run("INSERT INTO satisfaction_ratings VALUES (?, ?, ?, '2026-01-06')", answers)
    _, _, chart = page(read(str(file.path))).partition("Satisfaction")
    chart, _, _ = chart.partition("</svg>")
    drawn = re.findall(r'<rect class="(\w+)" .+? y="(.+?)" .+? height="(.+?)"', chart)
    assert [kind for kind, _, _ in drawn] == ["good", "neutral", "bad"]
    good, neutral, bad = [float(top) for _, top, _ in drawn]
    height = float(drawn[0][2])
    assert height > 0
    assert (good - neutral, neutral - bad) == pytest.approx((height, height), abs=0.2)


def test_nothing_in_the_data_becomes_markup(file: File) -> None:
    evil = "<script>alert('x')</script>\"&"
    file.sources(f"tap-freshdesk {evil}")
    file.run("CREATE TABLE tickets (id, status, created_at, group_id, responder_id)")
    file.run("INSERT INTO tickets VALUES (1, ?, ?, 1, 1)", [(evil, evil)])
    file.run("CREATE TABLE groups (id, name)")
    file.run("INSERT INTO groups VALUES (1, ?)", [(evil,)])
    text = page(read(str(file.path)))
    assert "<script" not in text
    shown = Parsed(text)
    assert shown.cards["Groups"][6] == evil
    assert not any(name.startswith("on") for _, name, _ in shown.attributes)


def test_strange_times_are_left_out_of_the_weeks(file: File) -> None:
    file.run("CREATE TABLE tickets (id, status, created_at)")
    times = [None, 0, 5, "soon", "0000-01-01", "9999-12-31T23:00:00Z", "2026-01-05T10:00:00Z"]
    file.run("INSERT INTO tickets VALUES (1, 2, ?)", [(time,) for time in times])
    figures = read(str(file.path))
    assert figures.summary["tickets"] == len(times)
    assert mondays(figures) == ["2026-01-05"]
    assert Parsed(page(figures)).tiles[0] == str(len(times))


def test_a_source_without_a_name_is_no_tap(file: File) -> None:
    file.sources("", "tap-desk acme.desk.com")
    assert read(str(file.path)).source == "tap-desk acme.desk.com"


def test_the_file_stays_as_it_is_and_nothing_is_left_beside_it(
    filled: Filled, tmp_path: Path
) -> None:
    before = filled.path.read_bytes()
    copy = tmp_path / "copy.db"
    copy.write_bytes(before)
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    read(str(copy))
    assert copy.read_bytes() == before
    assert list(tmp_path.iterdir()) == [copy]


def test_views_of_older_versions_in_the_file_do_no_harm(filled: Filled, tmp_path: Path) -> None:
    path = tmp_path / "copy.db"
    path.write_bytes(filled.path.read_bytes())
    with closing(sqlite3.connect(path)) as database:
        database.executescript(script(filled.tap, "sqlite"))
        database.executescript(
            "DROP VIEW v_summary; CREATE VIEW v_summary AS SELECT 'old' AS tickets"
        )
    assert read(str(path)) == read(str(filled.path))


def test_a_file_of_several_taps_needs_a_choice(
    file: File, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.sources("tap-freshdesk acme.freshdesk.com", "tap-desk acme.desk.com", "tap-other x")
    arguments = [str(file.path), str(tmp_path / "page.html")]
    assert report(arguments) == 1
    assert capsys.readouterr().err == (
        "helpdesk-report: error: the file holds tables of tap-desk, tap-freshdesk; say with --tap "
        "whose tables should be read\n"
    )
    assert report([*arguments, "--tap", "tap-desk"]) == 0
    assert "<title>Helpdesk report: acme.desk.com</title>" in (tmp_path / "page.html").read_text()


def test_a_file_that_another_loader_made_needs_a_choice(file: File, tmp_path: Path) -> None:
    file.run("DROP TABLE _singer_sources")
    arguments = [str(file.path), str(tmp_path / "page.html")]
    assert report(arguments) == 1
    assert report([*arguments, "--tap", "tap-zendesk-chat"]) == 0


def test_faults_are_one_line(
    file: File, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere, diary = tmp_path / "nowhere.db", tmp_path / "diary.txt"
    diary.write_text("Dear diary, " * 100)
    file.run("CREATE TABLE tickets (id, created_at, stats)")
    file.run("INSERT INTO tickets VALUES (1, '2026-01-01', '{no json')")
    for path, fault in (
        (nowhere, f"there is no file {nowhere}"),
        (diary, f"can't read {diary}: file is not a database"),
        (file.path, f"can't read {file.path}: malformed JSON"),
    ):
        assert report([str(path), str(tmp_path / "page.html"), "--tap", "tap-freshdesk"]) == 1
        assert capsys.readouterr().err == f"helpdesk-report: error: {fault}\n"


def test_a_page_that_cannot_be_written_is_one_line(
    filled: Filled, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "nowhere" / "page.html"
    assert report([str(filled.path), str(target)]) == 1
    fault = f"can't write {target}: No such file or directory"
    assert capsys.readouterr().err == f"helpdesk-report: error: {fault}\n"


def test_the_page_does_not_take_the_place_of_the_database(
    filled: Filled, capsys: pytest.CaptureFixture[str]
) -> None:
    before = filled.path.read_bytes()
    assert report([str(filled.path), str(filled.path)]) == 1
    assert "is the database; name another file for the page" in capsys.readouterr().err
    assert filled.path.read_bytes() == before


def test_a_full_disk_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr("sys.stdout", full)
        assert views(["sqlite", "tap-desk"]) == 1
    fault = "stdout: No space left on device"
    assert capsys.readouterr().err == f"helpdesk-views: error: {fault}\n"


def test_the_command_for_views_prints_the_script(capsys: pytest.CaptureFixture[str]) -> None:
    assert views(["postgresql", "tap-desk"]) == 0
    assert capsys.readouterr().out == script("tap-desk", "postgresql") + "\n"


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (None, "-"),
        (0, "0 min"),
        (59.4, "59 min"),
        (60, "1.0 h"),
        (822, "13.7 h"),
        (2880, "2.0 d"),
        (14_400_000, "10,000.0 d"),
    ],
)
def test_durations_are_easy_to_read(minutes: float | None, text: str) -> None:
    assert duration(minutes) == text


def test_a_wait_lies_in_the_range_that_it_begins() -> None:
    assert spread([0, 59.9, 60, 1440, 10_080, 1e9]) == [2, 1, 0, 0, 1, 0, 2]
