"""The command ``helpdesk-sync``.

It imports next to nothing before it heeds signals: one that comes while Python imports something
would print a traceback.
"""

import os

from helpdesk_sync.signals import end_on_signals


def main() -> int:
    """Runs the command; returns its exit code."""
    end_on_signals(os._exit)

    from helpdesk_sync.command import run

    end_on_signals()  # from now on there are temporary files to remove
    return run()
