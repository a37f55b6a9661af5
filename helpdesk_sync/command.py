"""What the command line of ``helpdesk-sync`` says, and how a person is told what went wrong."""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from helpdesk_sync import __version__
from helpdesk_sync.errors import Busy, JobError
from helpdesk_sync.job import Job

DESCRIPTION = """\
Runs TAP into TARGET, and keeps in PLACE what the next run needs. PLACE belongs
to one account: a folder, or a URL such as s3://bucket/acme (needs the extra
"remote" and the package of that kind of storage). It holds config.json and, if
you made one, catalog.json. The command keeps state.json, target.json,
report.json and last-success.json there, and in a folder also log and lock.
"""
EPILOG = """\
exit codes: the target's if it failed, else the tap's (0 all is well, 1 failed,
2 wrong use, 3 a stream is missing, 4 credentials refused, 129, 130 and 143
interrupted); 75: the last run of this folder is still at work. Each other code
than 0 and 75 comes with one line on stderr.

example:
  helpdesk-sync /var/lib/helpdesk/freshdesk tap-freshdesk singer-to-sqlite helpdesk.db
"""


class _Parser(argparse.ArgumentParser):
    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """Ends the process, with 1 if stdout did not take the help.

        If that is a pipe that nobody reads, it ends without a word.
        """
        try:
            if sys.stdout is not None:  # without one argparse prints to stderr
                sys.stdout.flush()
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            is_unread = isinstance(error, BrokenPipeError)
            status, message = 1, None if is_unread else f"{self.prog}: stdout: {error.strerror}\n"
        super().exit(status, message)


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    found = _Parser(
        "helpdesk-sync",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    found.add_argument("place", metavar="PLACE", help="the account's folder or URL")
    found.add_argument("tap", metavar="TAP", help="the tap's command, or its path")
    found.add_argument("target", metavar="TARGET", nargs=argparse.REMAINDER, help="with arguments")
    found.add_argument(
        "--config",
        metavar="FILE",
        help="the tap's config, or ENV for the environment (default: PLACE's config.json)",
    )
    found.add_argument(
        "--tap-arguments",
        metavar="TEXT",
        default="",
        help='more arguments for the tap, such as ="--select tickets"',
    )
    found.add_argument(
        "--log",
        metavar="FILE",
        help="- for stderr (default: the file log in the folder; what the tap says is shown on a "
        "terminal)",
    )
    found.add_argument(
        "--save-seconds",
        metavar="N",
        type=_seconds,
        default=10.0,
        help="keep the state at most every N seconds while the tap runs (default: 10)",
    )
    found.add_argument(
        "--change-target",
        action="store_true",
        help="go on from the state of another target, since TARGET holds the same rows",
    )
    found.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return found


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return seconds


def _program(name: str) -> str:
    """The program's absolute path, if it is a path, since the job works in PLACE."""
    return str(Path(name).absolute()) if os.sep in name else name


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs the job that the command line describes; returns the exit code.

    A person at a terminal is told that the last run is still at work. Cron would mail it.
    """
    if sys.stderr is None:  # it was closed
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    given = parser().parse_args(arguments)
    if not given.target:
        parser().error("TARGET is missing")
    is_file = given.config not in (None, "ENV")
    job = Job(
        place=given.place,
        tap=_program(given.tap),
        target=[_program(given.target[0]), *given.target[1:]],
        tap_arguments=given.tap_arguments,
        config=str(Path(given.config).absolute()) if is_file else given.config,
        log=given.log,
        seconds=given.save_seconds,
        any_target=given.change_target,
    )
    try:
        return job.run()
    except JobError as error:
        is_for_cron = not sys.stderr.isatty()
        if not (isinstance(error, Busy) and is_for_cron):
            print(f"{job.name}: {error}", file=sys.stderr)
        return error.exit_code
