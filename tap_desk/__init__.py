"""Singer tap for Desk.com (API v2)."""

from __future__ import annotations

from typing import NoReturn

from tap_common.cli import main as _main


def main() -> NoReturn:
    """The command ``tap-desk``."""
    _main("tap_desk.tap:TAP", "Reads a Desk.com account and writes Singer messages to stdout.")
