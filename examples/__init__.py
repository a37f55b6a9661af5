"""Things to try and to copy: the demo, and files for cron."""
