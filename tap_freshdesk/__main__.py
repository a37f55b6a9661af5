"""``python -m tap_freshdesk``."""

from tap_freshdesk import main

main()
