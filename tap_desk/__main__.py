"""``python -m tap_desk``."""

from tap_desk import main

main()
