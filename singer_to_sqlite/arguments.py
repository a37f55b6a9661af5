"""The options of the command line."""

from __future__ import annotations

import argparse
import os
import sys
from typing import NoReturn

from singer_to_sqlite import __version__
from singer_to_sqlite.terminal import one_line

_DESCRIPTION = """\
Load the output of a Singer tap, read from standard input, into a SQLite file:
one table for each stream."""
_EPILOG = """\
example: tap-x -c config.json | singer-to-sqlite file.db > states

Each STATE is printed once the rows before it are safe on the disk. The last
line printed is the state to go on from.

exit codes:
  0    all is loaded
  1    an error, told in one line. After a bad line of input, or an error while
       the input is read, all lines before it are loaded. After an error of the
       SQLite file or the disk, what came before the last STATE that was
       printed is loaded.
  2    bad command line or config; nothing was read
  129  stopped by SIGHUP, 130 by SIGINT, 143 by SIGTERM: the lines read before
       it are loaded"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        super().error(one_line(message))

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """Ends the process, with 1 if standard output did not take --help or --version."""
        super().exit(status or printed(), message)


def printed(text: str = "") -> int:
    """Prints ``text`` and what waits to be printed; returns the exit code.

    It is 1 if standard output takes no more, without a word if that is a pipe that nobody reads.
    """
    try:
        print(text, end="", flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            print(f"singer-to-sqlite: error: stdout: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def parse() -> argparse.Namespace:
    """The arguments of the process. Ends it with exit code 2 if they make no sense."""
    parser = _Parser(
        "singer-to-sqlite",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "file", metavar="FILE.db", nargs="?", help="the SQLite file; it is made if there is none"
    )
    parser.add_argument(
        "-c",
        "--config",
        action="append",
        default=[],
        metavar="FILE|ENV",
        help="a JSON file with settings, or ENV to read them from the environment; it can be "
        "repeated, a later one goes over an earlier one, and the command line over both",
    )
    parser.add_argument(
        "--merge",
        action="store_const",
        const=True,
        help="write rows of several taps or accounts into the same tables (default: refuse it)",
    )
    parser.add_argument(
        "--metadata",
        metavar="FILE",
        help="write descriptions of the tables and columns into FILE, for Datasette",
    )
    parser.add_argument("--about", action="store_true", help="describe the loader's settings")
    parser.add_argument(
        "--format", choices=("json", "markdown"), default="markdown", help="how --about writes"
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return parser.parse_args()
