"""Runs a tap and a target as one job, and keeps what the next run needs: ``helpdesk-sync``."""

from helpdesk_sync.cli import main

__all__ = ["main"]
