"""Runs a tap and a target as one job, and keeps what the next run needs: ``helpdesk-sync``."""

__version__ = "0.1.0"
