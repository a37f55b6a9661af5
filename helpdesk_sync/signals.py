"""The signals that end the command.

The module ``signal`` would import others first, and a signal that comes meanwhile would print a
traceback. So this one stands on ``_signal``, which is built in.
"""

import _signal  # type: ignore[import-not-found]
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

SIGNALS: tuple[int, ...] = (_signal.SIGTERM, _signal.SIGINT, _signal.SIGHUP)


def heeded() -> list[int]:
    """The signals that are not ignored, as SIGHUP is under nohup."""
    return [signum for signum in SIGNALS if _signal.getsignal(signum) != _signal.SIG_IGN]


def end_on_signals(end: "Callable[[int], object]" = sys.exit) -> None:
    """Lets each signal end the process with ``end(code)``, and without a traceback."""
    for signum in heeded():
        _signal.signal(signum, lambda signum, _frame: end(128 + signum))
