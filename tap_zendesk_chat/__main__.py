"""``python -m tap_zendesk_chat``."""

from tap_zendesk_chat import main

main()
