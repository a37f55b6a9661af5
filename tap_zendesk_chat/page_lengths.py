"""Where a list ends, as the lengths of its pages show."""

from __future__ import annotations


class PageLengths:
    """The lengths of a list's pages so far, in their order.

    The vendor's lists do not say where they end. A page that is shorter than asked for is the last
    one, unless the server cuts pages at a length of its own. Then it cuts all of them at the same
    length, which somebody has chosen: no page is longer, and the length is a round number.
    """

    def __init__(self) -> None:
        self._longest = 0

    def may_go_on(self, length: int, asked: int) -> bool:
        """Returns whether a page may follow one of ``length`` rows where ``asked`` were asked for.

        Each page must be given once.
        """
        could_be_cut = length >= self._longest if self._longest else is_round(length)
        self._longest = max(self._longest, length)
        return length > 0 and (length >= asked or could_be_cut)


def is_round(length: int) -> bool:
    """Returns whether somebody may have chosen a number as the length of pages.

    These are 25, the powers of two from 16 on, the multiples of 10 up to 100, and those of 50.
    """
    is_power = length >= 16 and length.bit_count() == 1
    is_multiple = length % 50 == 0 or (length <= 100 and length % 10 == 0)
    return length == 25 or is_power or is_multiple
