"""Singer tap for Desk.com (API v2)."""

from tap_common.cli import main as _main


def main() -> None:
    """The command ``tap-desk``."""
    _main("tap_desk.tap:TAP", "Reads a Desk.com account and writes Singer messages to stdout.")
