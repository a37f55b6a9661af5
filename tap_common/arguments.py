"""The options of the command line."""

from __future__ import annotations

import argparse
import sys
from typing import NoReturn

from tap_common import __version__, stdout
from tap_common.errors import OutputLost, PipeClosed
from tap_common.terminal import one_line

HELP = """exit codes: 0 all done; 1 nothing usable (network, no readable stream, a closed pipe); 2
bad command line, config, catalog or state; 3 partial: a selected stream was refused or failed,
the others are synced; 4 the vendor refuses the credentials; 129, 130 or 143 stopped by SIGHUP,
SIGINT or SIGTERM, after a safe STATE"""

INSTEAD_OF_A_SYNC = ("about", "discover", "estimate", "test")
"""Options that each take the place of a sync."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        super().error(one_line(message))

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """Ends the process, with 1 if stdout did not take what --help and --version print."""
        try:
            with stdout.taken():
                sys.stdout.flush()
        except OutputLost as lost:
            stdout.discard()
            status = lost.exit_code
            message = None if isinstance(lost, PipeClosed) else f"CRITICAL {lost}\n"
        super().exit(status, message)


def parse(name: str, description: str) -> argparse.Namespace:
    """The arguments with which the command ``name`` was called.

    Ends the process with exit code 2 and one line on stderr if they make no sense.
    """
    parser = _parser(name, description)
    arguments = parser.parse_args()
    arguments.command = name
    instead = [option for option in INSTEAD_OF_A_SYNC if getattr(arguments, option)]
    if len(instead) > 1:
        parser.error(f"--{instead[0]} and --{instead[1]} do not go together; choose one of them")
    if arguments.report and instead:
        parser.error(f"--report goes with a sync, not with --{instead[0]}")
    if not (arguments.about or arguments.config):
        parser.error("--config is needed: a file, or ENV to read the environment")
    return arguments


def is_sync(arguments: argparse.Namespace) -> bool:
    """Do the arguments ask for a sync?"""
    return not any(getattr(arguments, option) for option in INSTEAD_OF_A_SYNC)


def _parser(name: str, description: str) -> _Parser:
    parser = _Parser(prog=name, description=description, epilog=HELP, allow_abbrev=False)
    parser.add_argument(
        "-c",
        "--config",
        action="append",
        metavar="FILE|ENV",
        help="config file, or ENV for the environment; repeatable, later ones go over earlier ones",
    )
    parser.add_argument(
        "-d", "--discover", action="store_true", help="print the catalog of this account and stop"
    )
    parser.add_argument(
        "-p",
        "--properties",
        "--catalog",
        dest="catalog",
        metavar="FILE",
        help="what to sync (default: everything); with --discover, the choices to keep",
    )
    parser.add_argument(
        "--select",
        action="append",
        default=[],
        metavar="PATTERN",
        help="read these streams or fields only, for example tickets, 'tickets.*' or '*.email'; "
        "repeatable",
    )
    parser.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="PATTERN",
        help="leave these streams or fields out; repeatable",
    )
    parser.add_argument(
        "--refresh",
        action="append",
        default=[],
        metavar="STREAM",
        help="read this stream and its children again from the start date; repeatable",
    )
    parser.add_argument("-s", "--state", metavar="FILE", help="where the last run ended")
    parser.add_argument(
        "--test",
        action="store_true",
        help="send a small request for each selected list and print what is reachable",
    )
    parser.add_argument(
        "--estimate",
        action="store_true",
        help="print how many requests each selected stream will take, and how long, and stop",
    )
    parser.add_argument(
        "--about", action="store_true", help="describe the tap, its settings and streams"
    )
    parser.add_argument(
        "--format", choices=("json", "markdown"), default="markdown", help="how --about writes"
    )
    parser.add_argument(
        "--report", metavar="FILE", help="write what the sync did to this file, as JSON"
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return parser
