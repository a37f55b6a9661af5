"""Streams whose rows lie in several lists: what can be read of them is, and the rest is named."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from tap_common.errors import ApiError
from tap_common.stream import Page


def missing_lists(
    streams: Collection[str], lists: Collection[str], problems: Mapping[str, ApiError]
) -> Iterator[Page]:
    """Says which of the ``lists`` behind ``streams`` could not be read, and why.

    Raises the first of the ``problems`` if none of the lists could be read.
    """
    if len(problems) == len(lists):
        raise next(iter(problems.values()))
    if problems:
        named = "; ".join(f"the {name} ones: {error}" for name, error in problems.items())
        gap = ApiError(f"some rows could not be read, {named}")
        yield Page(gaps=dict.fromkeys(streams, gap))
