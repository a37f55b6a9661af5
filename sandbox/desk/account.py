"""The account as tests and demos use it: its rows by stream, and the changes that happen to it."""

from __future__ import annotations

from typing import Any

from sandbox.desk.changes import Changes
from sandbox.desk.hal import number_of
from sandbox.desk.helpdesk import EPOCH, Helpdesk
from sandbox.desk.routes import Routes
from sandbox.table import Row

__all__ = ["EPOCH", "Account"]

PATHS = {
    "inbound_mailboxes": "mailboxes/inbound",
    "outbound_mailboxes": "mailboxes/outbound",
}
BELOW = {
    "messages": ("cases", "message", "case_id"),
    "drafts": ("cases", "replies/draft", "case_id"),
    "replies": ("cases", "replies", "case_id"),
    "notes": ("cases", "notes", "case_id"),
    "attachments": ("cases", "attachments", "case_id"),
    "case_links": ("cases", "links", "case_id"),
    "case_history": ("cases", "history", "case_id"),
    "user_groups": ("users", "groups", "user_id"),
    "article_translations": ("articles", "translations", "article_id"),
    "topic_translations": ("topics", "translations", "topic_id"),
    "macro_actions": ("macros", "actions", "macro_id"),
    "tweets": ("twitter_accounts", "tweets", "twitter_account_id"),
}
"""Streams below others: the path of the parents, that below each, and the parent's column."""


class Account(Helpdesk):
    """A help desk with its changes and its rows."""

    def __init__(self, *size: Any, **options: Any) -> None:
        super().__init__(*size, **options)
        self.changes = Changes(self)
        self._routes = Routes(self)

    def rows(self, stream: str) -> list[Row]:
        """Return every row of a stream as the API of 2016 shows it. KeyError for an unknown one.

        Children come with their parent's number in a column.
        """
        with self.lock:
            if stream not in BELOW:
                return list(self._routes.collection(PATHS.get(stream, stream)))
            top, name, column = BELOW[stream]
            rows = () if top == "cases" else self._routes.collection(top)
            parents = [*map(number_of, rows)] or self.cases.ids()
            return [
                {**row, column: parent}
                for parent in parents
                for row in self._routes.below(f"{top}/{parent}/{name}")
            ]
