"""Singer tap for Zendesk Chat (formerly Zopim)."""

from tap_common.cli import main as _main


def main() -> None:
    """The command ``tap-zendesk-chat``."""
    _main(
        "tap_zendesk_chat.tap:TAP",
        "Reads a Zendesk Chat account and writes Singer messages to stdout.",
    )
