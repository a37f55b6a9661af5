"""The signals that end a command.

The module ``signal`` would import others first, and a signal that comes meanwhile would print a
traceback. So this one stands on ``_signal``, which is built in.
"""

import _signal  # type: ignore[import-not-found]

IGNORE: int = _signal.SIG_IGN
_ALWAYS = (_signal.SIGINT, _signal.SIGTERM)


def on_signals(handler: object) -> None:
    """Lets ``handler(signum, frame)`` take SIGINT, SIGTERM and SIGHUP; IGNORE ignores them.

    A SIGHUP that is ignored, as under nohup, stays so. Windows has none.
    """
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signum = getattr(_signal, name, None)
        if signum in _ALWAYS or (signum and _signal.getsignal(signum) != IGNORE):
            _signal.signal(signum, handler)
