"""How many rows to ask for: fewer where a page is too much for the vendor, more when it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from tap_common.errors import PageTooLarge
from tap_common.vendor import Reply, Request

if TYPE_CHECKING:
    from tap_common.http import Api

GOOD_PAGES_TO_GROW = 4


class PageSize:
    """The page size of one walk: at most ``largest`` rows, at least ``smallest``."""

    def __init__(self, largest: int, smallest: int = 1) -> None:
        self._largest, self._smallest = largest, smallest
        self._good, self._good_to_grow = 0, GOOD_PAGES_TO_GROW
        self._has_grown = False
        self.rows = largest

    def get(self, api: Api, request: Callable[[int], Request]) -> Reply:
        """The reply to the request that ``request`` makes for a number of rows.

        After some failures that a smaller page may avoid, half the rows are asked for; after some
        good pages twice as many. Each time that turns out to be too many, it takes twice as many
        good pages until the next try. ApiError if even the smallest page fails.
        """
        while True:
            is_shrinkable = self.rows > self._smallest
            try:
                reply = api.get(replace(request(self.rows), shrinkable=is_shrinkable))
            except PageTooLarge:
                if not is_shrinkable:
                    raise
                self._shrink()
            else:
                self._count_good_page()
                return reply

    def limit(self, rows: int) -> None:
        """Asks for ``rows`` at most from now on: the API refuses more."""
        self._largest = min(self._largest, rows)
        self.rows = min(self.rows, rows)

    def _shrink(self) -> None:
        if self._has_grown:
            self._good_to_grow *= 2
        self._has_grown = False
        self.rows, self._good = max(self.rows // 2, self._smallest), 0

    def _count_good_page(self) -> None:
        self._good += 1
        if self._good >= self._good_to_grow and self.rows < self._largest:
            self.rows, self._good = min(self.rows * 2, self._largest), 0
            self._has_grown = True
