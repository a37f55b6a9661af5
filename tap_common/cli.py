"""The command line, the same for all taps.

This module and the packages of the taps import next to nothing before ``main`` minds signals: a
signal that comes while Python imports something would print a traceback.
"""

import os
import sys

TOKEN_SECONDS = 8.0
"""How long the end of the process waits for a token that is being renewed.

Docker gives ten seconds to a container that it stops.
"""


def main(tap_path: str, description: str) -> None:
    """Run the command of the tap at ``tap_path`` ("package.module:NAME").

    It ends the process with the run's exit code.
    """
    _end_at_signals()
    _replace_closed_descriptors()

    from tap_common.arguments import parse

    arguments = parse(tap_path.split(".", 1)[0].replace("_", "-"), description)

    from tap_common.errors import Stopped
    from tap_common.run import run
    from tap_common.tokens import RENEWING

    try:
        code = run(tap_path, arguments)
    except Stopped as stopped:
        code = 128 + stopped.signum
    _ignore_signals()
    RENEWING.acquire(timeout=TOKEN_SECONDS)
    sys.stderr.flush()
    # Threads that wait for the network must not delay the end of the process.
    os._exit(code)


def _end_at_signals() -> None:
    """Until a run begins there is nothing to save, so a signal ends the process at once.

    A SIGHUP that is ignored, as under nohup, stays so.
    """
    # The module ``signal`` would import others first, and the signal could come meanwhile.
    import _signal  # type: ignore[import-not-found]

    def end(signum: int, _frame: object) -> None:
        os._exit(128 + signum)

    for signum in (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP):
        if signum != _signal.SIGHUP or _signal.getsignal(signum) != _signal.SIG_IGN:
            _signal.signal(signum, end)


def _ignore_signals() -> None:
    import signal

    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)


def _replace_closed_descriptors() -> None:
    """A closed stderr is replaced by /dev/null. A closed stdout is an error."""
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    if sys.stdout is None:
        sys.stderr.write("CRITICAL stdout is closed\n")
        sys.exit(1)
