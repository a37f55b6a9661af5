"""The command line, the same for all taps: ``--help`` is answered before anything heavy is imported."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from typing import NoReturn

from tap_common import __version__

HELP = """exit codes: 0 all done; 1 nothing usable (credentials, network, a closed pipe); 2 bad command line, config, catalog or
state; 3 partial: a selected stream was refused or failed, the others are synced; 130/143 stopped by a signal after a safe
STATE"""

SPENDING_SECONDS = 8.0
"""Less than the ten that Docker gives to a container that it stops."""


def main(tap_path: str, description: str) -> NoReturn:
    """Runs the command of the tap at ``tap_path`` ("package.module:NAME") and ends the process with its exit code."""
    _prepare()
    name = tap_path.split(".", 1)[0].replace("_", "-")
    arguments = _parser(name, description).parse_args()
    if not (arguments.about or arguments.config):
        _parser(name, description).error(
            "--config is needed: a file, or ENV to read the environment"
        )

    from tap_common.run import run
    from tap_common.tokens import SPENDING

    code = run(tap_path, arguments)
    SPENDING.acquire(timeout=SPENDING_SECONDS)
    sys.stderr.flush()
    os._exit(
        code
    )  # threads that wait for the network must not hold up the end, but for one that spends a refresh token


def _prepare() -> None:
    """Until there is something to save a signal ends the process at once. Closed descriptors: stderr is replaced, stdout told."""
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, lambda signum, _frame: os._exit(128 + signum))
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    if sys.stdout is None:
        sys.stderr.write("CRITICAL stdout is closed\n")
        sys.exit(1)


def _parser(name: str, description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=name, description=description, epilog=HELP, allow_abbrev=False
    )
    parser.add_argument(
        "-c",
        "--config",
        action="append",
        metavar="FILE|ENV",
        help="config file, or ENV for the environment; repeatable, later over earlier",
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
        help="what to sync (default: everything)",
    )
    parser.add_argument("-s", "--state", metavar="FILE", help="where the last run ended")
    parser.add_argument(
        "--test",
        action="store_true",
        help="a small request for each selected list: a table of what is reachable",
    )
    parser.add_argument(
        "--about", action="store_true", help="describe the tap, its settings and streams"
    )
    parser.add_argument(
        "--format", choices=("json", "markdown"), default="markdown", help="how --about writes"
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return parser
