"""The account as tests and demos use it: its rows by stream, and the changes that happen to it."""

from __future__ import annotations

from typing import Any

from sandbox.desk.changes import Changes
from sandbox.desk.helpdesk import EPOCH, Helpdesk
from sandbox.desk.routes import Routes

__all__ = ["EPOCH", "Account"]


class Account(Helpdesk):
    """A help desk with its changes and its rows."""

    def __init__(self, *size: Any, **options: Any) -> None:
        super().__init__(*size, **options)
        self.changes = Changes(self)
        self.routes = Routes(self)
        self.rows = self.routes.rows
