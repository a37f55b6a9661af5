"""Streams and pages: what a tap reads, as data, and what a reader yields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from tap_common import times
from tap_common.errors import ApiError, UsageError

Row = dict[str, Any]
Bookmark = Mapping[str, Any]
Schema = dict[str, Any]
Method = Literal["INCREMENTAL", "FULL_TABLE"]
BookmarkCheck = Callable[[str, Bookmark], Iterator[UsageError]]
"""Takes a stream's name and its bookmark, and yields what makes no sense in it."""


def moment_in(stream: str, bookmark: Bookmark, key: str) -> datetime | None:
    """The date-time at ``key`` of the stream's bookmark, or None if there is none.

    UsageError if the state holds something else there.
    """
    value = bookmark.get(key)
    if value is None:
        return None
    try:
        return max(times.parse(value), times.EARLIEST)
    except (ValueError, TypeError):
        raise UsageError(
            f"state: bookmarks.{stream}.{key} is {value!r}, which is not a date-time; "
            "correct or remove it"
        ) from None


def date_times(*keys: str) -> BookmarkCheck:
    """The check that a bookmark holds nothing but date-times at ``keys``."""

    def faults(stream: str, bookmark: Bookmark) -> Iterator[UsageError]:
        for key in keys:
            try:
                moment_in(stream, bookmark, key)
            except UsageError as error:
                yield error

    return faults


@dataclass(frozen=True)
class Stream:
    """One table of the account.

    ``path`` is where its rows come from, below the API's root; ``{id}`` stands for the parent's id.
    ``replication_key`` names the field that the bookmark is compared with. A stream that is read
    when its parent changes has a ``parent`` and no replication key. ``bookmark_keys`` are the names
    that its bookmark may hold; the first one says how far the stream is read. ``bookmark_check``
    looks at what the state holds there, before the first request; without it all are date-times.

    ``text_fields`` are the paths ("a", "a.b", "a[].b") of string fields in which the API also sends
    other JSON types by design; those are written as JSON text. ``unselected`` are top-level fields
    that are left out unless a catalog selects them, ``elsewhere`` those that are not in the schema
    because they become rows of another stream. A stream that is not ``by_default`` costs a request
    for each row of its parent; discovery does not select it.

    ``lookback`` is how late a row of this stream may appear with an earlier time: so far below its
    bookmark it is read again, even if the config's ``lookback_seconds`` is less.
    ``note`` ends the stream's row in the docs.
    """

    name: str
    path: str
    key: tuple[str, ...] = ("id",)
    method: Method = "FULL_TABLE"
    replication_key: str | None = None
    parent: str | None = None
    bookmark_keys: tuple[str, ...] = ()
    bookmark_check: BookmarkCheck | None = None
    text_fields: frozenset[str] = frozenset()
    unselected: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()
    by_default: bool = True
    lookback: timedelta = timedelta(0)
    note: str = ""

    @property
    def automatic(self) -> tuple[str, ...]:
        """The fields that no catalog can leave out: the key and the replication key."""
        extra = self.replication_key
        return self.key if extra is None or extra in self.key else (*self.key, extra)

    def bookmark_faults(self, bookmark: Bookmark) -> Iterator[UsageError]:
        """What makes no sense in the stream's ``bookmark``."""
        check = self.bookmark_check or date_times(*self.bookmark_keys)
        return check(self.name, bookmark)


class Page(NamedTuple):
    """Rows of one or several streams that came together, and what is true once they are written.

    ``rows`` maps stream names to rows as the API sent them, which may be made while they are
    written. ``bookmarks`` maps stream names to their whole new bookmarks; others keep theirs.

    ``endings`` maps streams that end here, refused or failed, to the reason. ``gaps`` maps streams
    that go on although something of them could not be read, to what that is; they end as partial.
    """

    rows: Mapping[str, Iterable[Row]] = {}
    bookmarks: Mapping[str, Bookmark] = {}
    endings: Mapping[str, ApiError] = {}
    gaps: Mapping[str, ApiError] = {}
