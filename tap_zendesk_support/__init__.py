"""Singer tap for Zendesk Support (API v2), with its help centre and Talk."""

from tap_common.cli import main as _main


def main() -> None:
    """The command ``tap-zendesk-support``."""
    _main(
        "tap_zendesk_support.tap:TAP",
        "Reads a Zendesk Support account and writes Singer messages to stdout.",
    )
