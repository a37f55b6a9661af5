"""The signals that end a load.

The module ``signal`` would import others first, and a signal that comes meanwhile would print a
traceback. So this one stands on ``_signal``, which is built in.
"""

import _signal  # type: ignore[import-not-found]


def on_signals(handler: object) -> None:
    """Lets ``handler(signum, frame)`` take SIGINT, SIGTERM and SIGHUP, which Windows lacks.

    A signal that is ignored, as in a job that runs in the background, stays so.
    """
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signum = getattr(_signal, name, None)
        if signum and _signal.getsignal(signum) != _signal.SIG_IGN:
            _signal.signal(signum, handler)
