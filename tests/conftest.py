"""What holds for all tests."""

from __future__ import annotations

import signal

# A shell ignores SIGINT for what it starts in the background, and a child of ours would inherit that; some tests send it.
signal.signal(signal.SIGINT, signal.default_int_handler)
