"""How to see that a page is the last one."""

from __future__ import annotations


class PageLengths:
    """The lengths of the pages of one list.

    A server may give shorter pages than it is asked for. So a short page is surely the last one
    only if the list has had a longer page before.
    """

    def __init__(self) -> None:
        self._longest = 0

    def is_last(self, rows: int, asked: int) -> bool:
        """Returns whether a page of so many ``rows`` is surely the last one, and notes its length.

        ``asked`` is the number of rows that was asked for.
        """
        is_last = rows == 0 or rows < min(self._longest, asked)
        self._longest = max(self._longest, rows)
        return is_last
