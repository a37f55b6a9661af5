"""The commands ``helpdesk-report`` and ``helpdesk-views``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from helpdesk_report import __version__
from helpdesk_report.errors import ReportError
from helpdesk_report.figures import read
from helpdesk_report.page import page
from helpdesk_report.sql import DIALECTS, TAPS, script


class _Parser(argparse.ArgumentParser):
    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """Ends the process, with 1 if stdout did not take what --help or --version print."""
        super().exit(status or _printed("", self.prog), message)


def report(arguments: Sequence[str] | None = None) -> int:
    """Runs ``helpdesk-report``; returns its exit code. Bad arguments end the process with 2."""
    parser = _parser(
        "helpdesk-report",
        "Make one HTML page with the figures of a helpdesk: tickets a week, backlog,\n"
        "waiting times, satisfaction, busiest hours.",
        "example: helpdesk-report helpdesk.db report.html\n\n"
        "exit codes: 0 the page is written; 1 an error, told in one line; 2 bad command\nline",
    )
    parser.add_argument("database", metavar="FILE.db", help="the file that singer-to-sqlite filled")
    parser.add_argument("page", metavar="PAGE.html", help="the page to write")
    parser.add_argument(
        "--tap", choices=TAPS, help="whose tables to read, if several taps filled the file"
    )
    given = parser.parse_args(arguments)
    try:
        text = page(read(given.database, given.tap))
        _write(text, Path(given.page), Path(given.database))
    except ReportError as error:
        return _failed(str(error), parser.prog)
    except OSError as error:
        return _failed(f"can't write {given.page}: {error.strerror}", parser.prog)
    return _printed(f"{given.page} is written. Open it in a browser.\n", parser.prog)


def views(arguments: Sequence[str] | None = None) -> int:
    """Runs ``helpdesk-views``; returns its exit code. Bad arguments end the process with 2."""
    parser = _parser(
        "helpdesk-views",
        "Print the SQL that makes views such as v_tickets and v_backlog on a tap's\ntables.",
        "example: helpdesk-views sqlite tap-freshdesk | sqlite3 helpdesk.db\n\n"
        "exit codes: 0 all is printed; 1 nobody reads it, or the disk is full; 2 bad\n"
        "command line",
    )
    parser.add_argument("database", choices=tuple(DIALECTS), help="what the SQL is for")
    parser.add_argument("tap", choices=TAPS, help="whose tables the views read")
    given = parser.parse_args(arguments)
    return _printed(f"{script(given.tap, given.database)}\n", parser.prog)


def _parser(command: str, about: str, more: str) -> _Parser:
    parser = _Parser(
        command,
        description=about,
        epilog=more,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return parser


def _write(text: str, file: Path, database: Path) -> None:
    """Writes the page. ReportError if its file is the database."""
    if file.exists() and file.samefile(database):
        raise ReportError(f"{file} is the database; name another file for the page")
    file.write_text(text, "utf-8")


def _printed(text: str, command: str) -> int:
    """Prints ``text`` and what waits to be printed; returns the exit code.

    It is 1 if stdout takes no more, without a word if that is a pipe that nobody reads.
    """
    try:
        print(text, end="", flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        is_unread = isinstance(error, BrokenPipeError)
        return 1 if is_unread else _failed(f"stdout: {error.strerror}", command)
    return 0


def _failed(text: str, command: str) -> int:
    print(f"{command}: error: {' '.join(text.split())}", file=sys.stderr)
    return 1
