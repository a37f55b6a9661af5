"""The command line, the same for all taps.

This module and the packages of the taps import next to nothing before ``main`` minds signals: a
signal that comes while Python imports something would print a traceback.
"""

import gc
import os
import sys

from tap_common.signals import IGNORE, on_signals

COLLECT_EVERY = 100_000
"""Objects between garbage collections. Modules stay, and rows hold no cycles, so that they are
freed without it; at the usual 700 it costs 7 % of a run's CPU."""
TOKEN_SECONDS = 8.0
"""How long the end of the process waits for a token that is being renewed.

Docker gives ten seconds to a container that it stops.
"""


def main(tap_path: str, description: str) -> None:
    """Runs the command of the tap at ``tap_path`` ("package.module:NAME").

    It ends the process with the run's exit code.
    """
    on_signals(_end)
    gc.set_threshold(COLLECT_EVERY)
    _replace_closed_descriptors()

    from tap_common.arguments import parse

    arguments = parse(tap_path.split(".", 1)[0].replace("_", "-"), description)

    from contextlib import suppress

    from tap_common.errors import Stopped
    from tap_common.run import run
    from tap_common.token_files import RENEWING

    try:
        code = run(tap_path, arguments)
    except Stopped as stopped:
        code = 128 + stopped.signum
    on_signals(IGNORE)
    RENEWING.acquire(timeout=TOKEN_SECONDS)
    with suppress(OSError):  # nobody reads it any more
        sys.stderr.flush()
    # Threads that wait for the network must not delay the end of the process.
    os._exit(code)


def _end(signum: int, _frame: object) -> None:
    """Until a run begins there is nothing to save, so a signal ends the process at once."""
    os._exit(128 + signum)


def _replace_closed_descriptors() -> None:
    """A closed stderr is replaced by /dev/null. A closed stdout is an error."""
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    if sys.stdout is None:
        sys.stderr.write("CRITICAL stdout is closed\n")
        sys.exit(1)
