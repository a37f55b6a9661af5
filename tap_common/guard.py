"""A guard for walks through pages: one that goes round in circles, or nowhere, ends."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable

from tap_common.errors import ApiError

MOST_PAGES_WITHOUT_ROWS = 20
"""Pages in a row that bring no new row although the API says that there is more."""

MOST_REPEATS = 50
"""How often a run may get the same page for the same request."""
REMEMBERED_PAGES = 1_000
TAIL = 500
"""Bytes at the end of a page by which it is told from others."""


class RepeatGuard:
    """Notices requests that are sent again and again, and always get the same page.

    It looks at all requests of a run, of which it remembers the last 1,000. Safe to use from
    several threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._repeats: OrderedDict[int, int] = OrderedDict()

    def is_too_often(self, url: str, body: bytes) -> bool:
        """Takes note of a page; has it come too often for the same ``url``?"""
        page = hash((url, len(body), body[-TAIL:]))
        with self._lock:
            repeats = self._repeats.pop(page, 0) + 1
            self._repeats[page] = repeats
            if len(self._repeats) > REMEMBERED_PAGES:
                self._repeats.popitem(last=False)
        return repeats > MOST_REPEATS


class WalkGuard:
    """Watches one walk through the pages of ``path``.

    It needs the same memory for a walk of any length: it compares each position with one that it
    remembered, which it replaces after 1, 2, 4, 8 ... pages (Brent's way to find a cycle).
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._remembered: Hashable = None
        self._pages = 0
        self._replace_at = 1
        self._without_rows = 0

    def check(self, position: Hashable, new_rows: int) -> None:
        """To be called after each page that is not the last one.

        ``position`` is where the walk goes on, ``new_rows`` how many rows of the page were new.
        ApiError if the walk has been at that position, or if too many pages brought nothing new.
        """
        if self._pages and position == self._remembered:
            raise ApiError(f"{self._path}: the pages lead back to one that was already read")
        self._pages += 1
        if self._pages == self._replace_at:
            self._remembered = position
            self._replace_at *= 2
        self._without_rows = 0 if new_rows else self._without_rows + 1
        if self._without_rows >= MOST_PAGES_WITHOUT_ROWS:
            raise ApiError(
                f"{self._path}: {self._without_rows} pages in a row brought nothing new, although "
                "the API says that there is more"
            )
