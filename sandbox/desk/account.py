"""The account as tests and demos use it: its rows by stream, and the changes that happen to it."""

from __future__ import annotations

from functools import cached_property

from sandbox.desk.changes import Changes
from sandbox.desk.helpdesk import EPOCH, Helpdesk
from sandbox.desk.routes import Routes
from sandbox.table import Row

__all__ = ["EPOCH", "Account"]


class Account(Helpdesk):
    """A help desk with its changes and its rows."""

    @cached_property
    def changes(self) -> Changes:
        """What can happen to the account."""
        return Changes(self)

    @cached_property
    def routes(self) -> Routes:
        """The account by the paths of its API."""
        return Routes(self)

    def rows(self, stream: str) -> list[Row]:
        """Return every row of a stream. KeyError for an unknown one."""
        return self.routes.rows(stream)
