"""``python -m tap_zendesk_support``."""

from tap_zendesk_support import main

main()
