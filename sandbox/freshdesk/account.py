"""A made-up Freshdesk account of any size, and the things that happen in it."""

from __future__ import annotations

from typing import Any

from sandbox.freshdesk.changes import Changes
from sandbox.freshdesk.store import EPOCH, Store

__all__ = ["EPOCH", "Account"]


class Account(Store):
    """The tables, with ``changes`` to change them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.changes = Changes(self)
