"""The signals that end a command.

The module ``signal`` would import others first, and a signal that comes meanwhile would print a
traceback. So this one stands on ``_signal``, which is built in.
"""

import _signal  # type: ignore[import-not-found]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    Handler = Callable[[int, FrameType | None], None]

IGNORE: int = _signal.SIG_IGN
LATER_SECONDS = 0.01
"""After so long a signal that came during an import is sent again."""
_ALWAYS = (_signal.SIGINT, _signal.SIGTERM)


def on_signals(handler: object) -> None:
    """Lets ``handler(signum, frame)`` take SIGINT, SIGTERM and SIGHUP; IGNORE ignores them.

    A SIGHUP that is ignored, as under nohup, stays so. Windows has none.
    """
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signum = getattr(_signal, name, None)
        if signum in _ALWAYS or (signum and _signal.getsignal(signum) != IGNORE):
            _signal.signal(signum, handler)


def after_imports(handler: "Handler") -> "Handler":
    """The ``handler``, which waits until Python imports nothing.

    A module whose import is broken off by an exception stays half made, and so do those that it
    imports: whoever imports it next gets a NameError.
    """

    def waiting(signum: int, frame: "FrameType | None") -> None:
        if _is_importing(frame):
            from threading import Timer

            Timer(LATER_SECONDS, _send_to_main_thread, [signum]).start()
        else:
            handler(signum, frame)

    return waiting


def _send_to_main_thread(signum: int) -> None:
    """Sends the signal so that it also wakes a main thread that waits. Windows can't do that."""
    from threading import main_thread

    if hasattr(_signal, "pthread_kill"):
        _signal.pthread_kill(main_thread().ident, signum)
    else:
        _signal.raise_signal(signum)


def _is_importing(frame: "FrameType | None") -> bool:
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False
