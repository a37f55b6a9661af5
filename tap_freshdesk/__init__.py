"""Singer tap for Freshdesk (API v2)."""

from tap_common.cli import main as _main


def main() -> None:
    """The command ``tap-freshdesk``."""
    _main(
        "tap_freshdesk.tap:TAP", "Reads a Freshdesk account and writes Singer messages to stdout."
    )
