"""The commands ``helpdesk-report`` and ``helpdesk-views``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from helpdesk_report import __version__
from helpdesk_report.errors import ReportError
from helpdesk_report.figures import read
from helpdesk_report.page import page
from helpdesk_report.sql import DIALECTS, TAPS, script


def report(arguments: Sequence[str] | None = None) -> int:
    """Run ``helpdesk-report``; returns its exit code. Bad arguments end the process with 2."""
    parser = _parser(
        "helpdesk-report",
        "Make one HTML page with the figures of a helpdesk: tickets a week, backlog, waiting "
        "times, satisfaction, busiest hours.",
        "example: helpdesk-report helpdesk.db report.html\n\n"
        "exit codes: 0 the page is written; 1 an error, told in one line; 2 bad command line",
    )
    parser.add_argument("database", metavar="FILE.db", help="the file that singer-to-sqlite filled")
    parser.add_argument("page", metavar="PAGE.html", help="the page to write")
    parser.add_argument(
        "--tap", choices=TAPS, help="whose tables to read, if several taps filled the file"
    )
    given = parser.parse_args(arguments)
    try:
        text = page(read(given.database, given.tap))
        Path(given.page).write_text(text, "utf-8")
    except ReportError as error:
        return _failed(str(error))
    except OSError as error:
        return _failed(f"can't write {given.page}: {error.strerror}")
    print(f"{given.page} is written. Open it in a browser.")
    return 0


def views(arguments: Sequence[str] | None = None) -> int:
    """Run ``helpdesk-views``; returns its exit code. Bad arguments end the process with 2."""
    parser = _parser(
        "helpdesk-views",
        "Print the SQL that makes views such as v_tickets and v_backlog on a tap's tables.",
        "example: helpdesk-views sqlite tap-freshdesk | sqlite3 helpdesk.db\n\n"
        "exit codes: 0 all is printed; 2 bad command line",
    )
    parser.add_argument("database", choices=tuple(DIALECTS), help="what the SQL is for")
    parser.add_argument("tap", choices=TAPS, help="whose tables the views read")
    given = parser.parse_args(arguments)
    print(script(given.tap, given.database))
    return 0


def _parser(command: str, about: str, more: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        command,
        description=about,
        epilog=more,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return parser


def _failed(text: str) -> int:
    print(f"helpdesk-report: error: {' '.join(text.split())}", file=sys.stderr)
    return 1
