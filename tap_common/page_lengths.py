"""Where a list ends, as the lengths of its pages show."""

from __future__ import annotations

from collections.abc import Callable

SHORTEST_CUT = 25
"""Rows below which no server is taken to cut its pages, unless the number is round."""


class PageLengths:
    """The lengths of a list's pages so far, in their order.

    Where nothing else says where a list ends, a page that is shorter than asked for is the last
    one, unless the server cuts pages at a length of its own. Then it cuts all of them at the same
    length, so that no page is longer. The first page alone does not show that, but it is cut only
    if its length is round, because somebody has chosen it, or is not small.
    """

    def __init__(self) -> None:
        self._longest = 0
        self._pages_with_rows = 0
        self._is_ended = False

    @property
    def confirmed(self) -> int | None:
        """The length of the only page with new rows, if a later one showed that, else None.

        It may be the length at which the server cuts pages, by chance. So a round one is none.
        """
        is_alone = self._is_ended and self._pages_with_rows == 1
        return self._longest if is_alone and not is_round(self._longest) else None

    def may_go_on(
        self, length: int, asked: int, doubt: Callable[[], bool], *, has_new_rows: bool = True
    ) -> bool:
        """May a page follow one of ``length`` rows where ``asked`` were asked for?

        ``doubt`` says whether anything speaks against the end after a first page that may be cut;
        it is asked only then. Each page must be given once.
        """
        self._is_ended = length == 0 or not has_new_rows
        if length == 0:
            return False
        is_first = self._longest == 0
        self._longest = max(self._longest, length)
        self._pages_with_rows += has_new_rows
        if length >= asked:
            return True
        if is_first:
            return (is_round(length) or length >= SHORTEST_CUT) and doubt()
        return length == self._longest


def is_round(length: int) -> bool:
    """Is somebody likely to have chosen this number as the length of pages?

    These are 25, the powers of two from 16 on, the multiples of 10 up to 100, and those of 50.
    """
    is_power = length >= 16 and length.bit_count() == 1
    is_multiple = length % 50 == 0 or (length <= 100 and length % 10 == 0)
    return length == 25 or is_power or is_multiple
