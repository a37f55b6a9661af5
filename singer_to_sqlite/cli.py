"""The command ``singer-to-sqlite``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from singer_to_sqlite import __version__
from singer_to_sqlite.errors import LoadError
from singer_to_sqlite.lines import Lines

_DESCRIPTION = "Load the output of a Singer tap, read from standard input, into a SQLite file: one table per stream."
_EPILOG = """\
example: tap-x -c config.json | singer-to-sqlite file.db > state.jsonl

Each STATE is printed once the rows before it are safe on the disk; the last line printed is the state to go on from.
exit codes: 0 all loaded; 1 an error, said in one line (what came before it is loaded); 2 bad command line;
130 or 143 stopped by SIGINT or SIGTERM (what came before it is loaded)"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with ``arguments`` (default: the process's own); returns the exit code."""
    parser = argparse.ArgumentParser(
        "singer-to-sqlite",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "file", metavar="FILE.db", help="the SQLite file; it is made if there is none"
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    path = parser.parse_args(arguments).file
    try:
        lines = Lines()

        from singer_to_sqlite.load import load  # --help need not wait for sqlite-utils

        return load(lines, path, tell)
    except LoadError as error:
        tell(f"error: {error}")
        return 1


def tell(text: str) -> None:
    """Write ``text`` as one line to stderr, if that is still open."""
    if sys.stderr is None:
        return
    try:
        print(f"singer-to-sqlite: {' '.join(text.splitlines())}", file=sys.stderr, flush=True)
    except OSError:
        sys.stderr = None
