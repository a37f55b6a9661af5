"""How many rows to ask for: fewer where a page is too much for the vendor, more when it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tap_common.errors import PageTooLarge
from tap_common.http import Api
from tap_common.vendor import Reply, Request

GOOD_PAGES_TO_GROW = 4


class PageSize:
    """The page size of one walk: at most ``largest`` rows, at least ``smallest``."""

    def __init__(self, largest: int, smallest: int = 1) -> None:
        self._largest, self._smallest = largest, smallest
        self._good = 0
        self.rows = largest

    def get(self, api: Api, request: Callable[[int], Request]) -> Reply:
        """The reply to the request that ``request`` makes for a number of rows.

        After some failures that a smaller page may avoid, half the rows are asked for; after some
        good pages twice as many. ApiError if even the smallest page fails.
        """
        while True:
            shrinkable = self.rows > self._smallest
            try:
                reply = api.get(replace(request(self.rows), shrinkable=shrinkable))
            except PageTooLarge:
                self.rows, self._good = max(self.rows // 2, self._smallest), 0
                continue
            self._good += 1
            if self._good >= GOOD_PAGES_TO_GROW and self.rows < self._largest:
                self.rows, self._good = min(self.rows * 2, self._largest), 0
            return reply
