"""The streams that one reader reads together: which of them go on, and how each ended."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping

from tap_common.catalog import Entry
from tap_common.context import ReadContext, Reader
from tap_common.errors import ApiError, StreamRefused, StrictnessError
from tap_common.outcome import Ending, Outcome
from tap_common.owed import LARGEST_SAMPLE, OWED, SHOWN, OwedParents
from tap_common.stream import Bookmark, Page, Stream
from tap_common.words import counted

LOGGER = logging.getLogger("tap")
PERMISSION_STATUSES = frozenset({401, 402, 403})


class StreamGroup:
    """The selected streams of ``reader`` in one run, which began at ``bookmarks``.

    ``owed`` maps them to the parents whose children could not be read.
    """

    def __init__(
        self, reader: Reader, entries: Mapping[str, Entry], bookmarks: Mapping[str, Bookmark]
    ) -> None:
        self._reader, self._entries = reader, entries
        self._bookmarks = dict(bookmarks)
        self._endings: dict[str, Exception] = {}
        self._gaps: dict[str, ApiError] = {}
        self._with_rows: set[str] = set()
        self.owed = {
            name: OwedParents(name, _remembered(entry.stream, bookmarks[name]))
            for name, entry in entries.items()
        }

    def pages(self, context: ReadContext) -> Iterator[Page]:
        """The reader's pages, with what the bookmarks must say of owed parents.

        ValueError if a page names a stream that the reader does not have, or a part of a bookmark
        that the stream does not declare.
        """
        known = {stream.name: stream for stream in self._reader.streams}
        for page in self._reader.pages(context):
            _check(page, known, context.bookmarks)
            yield self._with_owed(page)
        yield self._with_owed(Page(endings=self._closed(), gaps=self._owing()))

    def _with_owed(self, page: Page) -> Page:
        """``page`` with bookmarks that remember the owed parents as they are now.

        A stream that seems closed to these credentials, or of which parents were passed over, keeps
        its bookmark, so that nothing of it is lost.
        """
        bookmarks = {}
        for name, owed in self.owed.items():
            before = self._bookmarks[name]
            position = page.bookmarks.get(name)
            is_shut = owed.is_closed or self._is_absent(name)
            if position is None or is_shut or owed.passed_over:
                position = before
            parts = _remembered(self._entries[name].stream, owed.parts())
            after = {**_without(position, OWED, SHOWN), **parts}
            if after != before:
                bookmarks[name] = self._bookmarks[name] = after
        endings = {**page.endings, **self._overwhelmed()}
        return page._replace(bookmarks=bookmarks, endings=endings)

    def _overwhelmed(self) -> dict[str, ApiError]:
        """Streams of which so many parents fail that the vendor must be down."""
        endings = {}
        for name, owed in self.owed.items():
            if owed.is_full_of_failures:
                statuses = owed.statuses(failed=True)
                text = f"the children of {counted(len(owed), 'parent')} failed ({statuses})"
                endings[name] = ApiError(text)
        return endings

    def _closed(self) -> dict[str, ApiError]:
        """Streams that every parent has refused, and none has ever shown."""
        closed = {
            name: _refused(owed.statuses(failed=False), owed.refusing, status=403)
            for name, owed in self.owed.items()
            if owed.is_closed
        }
        absent = {
            name: _refused("HTTP 404", owed.gone, status=404)
            for name, owed in self.owed.items()
            if self._is_absent(name)
        }
        return {**absent, **closed}

    def _is_absent(self, name: str) -> bool:
        """Does this account lack the stream's lists, so that every parent seems to be gone?

        Of parents that were just listed, hardly more than one can be gone. Those of a stream that
        is read when they change may have been: its answers of earlier runs count, too.
        """
        owed = self.owed[name]
        if self._entries[name].stream.method == "FULL_TABLE":
            return owed.gone > 1 and not owed.shown_in_this_run
        return owed.gone >= LARGEST_SAMPLE and not owed.ever_shown

    def _owing(self) -> dict[str, ApiError]:
        """Streams that owe children because requests failed or the list of owed parents is full."""
        gaps = {}
        for name, owed in self.owed.items():
            if owed.failures:
                first = owed.first_failure or owed.statuses(failed=True)
                parents = counted(owed.failures, "parent")
                text = f"the children of {parents} could not be read ({first})"
                gaps[name] = ApiError(f"{text}; later runs ask again")
            elif owed.dropped:
                text = "too many parents refuse their children; not asked again"
                gaps[name] = ApiError(f"{text}: {counted(owed.dropped, 'parent')}")
        return gaps

    def end(self, name: str, error: Exception) -> None:
        """The stream ends with ``error``: its bookmark stays from then on."""
        self._endings.setdefault(name, error)

    def note_rows(self, name: str) -> None:
        """Notes that rows of the stream came, so that it is not refused to these credentials."""
        self._with_rows.add(name)

    def take(self, page: Page) -> None:
        """Notes which streams end with ``page``, or go on with a gap."""
        for name, error in page.endings.items():
            self.end(name, error)
        for name, error in page.gaps.items():
            self._gaps.setdefault(name, error)

    def may_move(self, name: str) -> bool:
        """May the bookmark of the stream move?"""
        return name in self._entries and name not in self._endings

    def end_all(self, error: Exception) -> None:
        """Every stream that has not ended yet ends with ``error``."""
        for name in self._entries:
            self.end(name, error)

    def is_complete(self, name: str) -> bool:
        """Has all of the stream been read, and all of the parents above it?

        Parents of a stream that is not selected are read for the sake of one below it, where those
        that could not be read are noted.
        """
        return all(map(self._is_read, {name, *self._above(name)}))

    def _is_read(self, name: str) -> bool:
        owed = self.owed[name]
        return not (name in self._endings or name in self._gaps or owed.passed_over or owed)

    def _above(self, name: str) -> Iterator[str]:
        """The streams that know which parents of ``name`` could not be read."""
        parents = {stream.name: stream.parent for stream in self._reader.streams}
        parent = parents[name]
        while parent in parents:
            if parent in self._entries:
                yield parent
            else:
                yield from (other for other in self._entries if parents[other] == parent)
            parent = parents[parent]

    def outcomes(self) -> dict[str, Outcome]:
        """How each stream ended."""
        self._warn_of_refusals()
        return {name: self._outcome(entry) for name, entry in self._entries.items()}

    def _outcome(self, entry: Entry) -> Outcome:
        name = entry.stream.name
        error = self._endings.get(name)
        gap = self._gaps.get(name)
        owed = len(self.owed[name])
        if error is None and gap is not None:
            return Outcome(Ending.PARTIAL, str(gap), fails_run=True, status=gap.status, owed=owed)
        if error is None:
            return Outcome(Ending.DONE, owed=owed)
        has_rows = name in self._with_rows
        fails_run = has_rows or entry.fails(error)
        status = error.status if isinstance(error, ApiError) else 0
        if isinstance(error, StreamRefused) and not has_rows:
            is_permission = status in PERMISSION_STATUSES
            return Outcome(Ending.REFUSED, str(error), fails_run, is_permission, status, owed)
        if isinstance(error, (ApiError, StrictnessError)):
            return Outcome(Ending.FAILED, str(error), fails_run, status=status, owed=owed)
        kind = type(error).__name__
        text = f"a reply of unforeseen shape ({kind}; LOGLEVEL=debug shows where)"
        return Outcome(Ending.FAILED, text, fails_run, owed=owed)

    def _warn_of_refusals(self) -> None:
        for name, owed in self.owed.items():
            if owed.refusals:
                LOGGER.warning(
                    "%s: the children of %s are refused (%s); later runs ask again",
                    name,
                    counted(owed.refusals, "parent"),
                    owed.statuses(failed=False),
                )
            if owed.given_up:
                LOGGER.warning(
                    "%s: refused for 30 days and not asked again: the children of %s",
                    name,
                    counted(owed.given_up, "parent"),
                )
            if owed.gone > 1 and not owed.ever_shown and not self._is_absent(name):
                LOGGER.warning(
                    "%s: HTTP 404 for the children of %s, and none has shown any; unless they are "
                    "gone, the stream is not open to these credentials: read it with --refresh "
                    "once it is",
                    name,
                    counted(owed.gone, "parent"),
                )
            if owed.passed_over and owed.ever_shown:
                passed_over = counted(owed.passed_over, "parent")
                LOGGER.warning("%s: the next run reads the children of %s", name, passed_over)


def _refused(statuses: str, parents: int, *, status: int) -> StreamRefused:
    text = f"{statuses} for the children of {counted(parents, 'parent')}, all that were asked"
    return StreamRefused(text, status=status)


def _check(page: Page, known: Mapping[str, Stream], before: Mapping[str, Bookmark]) -> None:
    """ValueError if the reader should not have made such a page.

    What a bookmark held ``before`` may stay in it, since others may have written that.
    """
    unknown = {*page.rows, *page.bookmarks, *page.endings, *page.gaps} - known.keys()
    if unknown:
        raise ValueError(f"a page is of unknown streams: {sorted(unknown)}")
    for name, bookmark in page.bookmarks.items():
        allowed = {*known[name].bookmark_keys, OWED, SHOWN, *before.get(name, {})}
        undeclared = bookmark.keys() - allowed
        if undeclared:
            raise ValueError(f"{name}: bookmark_keys lack {sorted(undeclared)}")


def _remembered(stream: Stream, parts: Bookmark) -> Bookmark:
    """What a stream's bookmark remembers of its parents: full tables ask them all in each run."""
    if stream.method == "FULL_TABLE":
        return {SHOWN: True} if parts.get(SHOWN) else {}
    return parts


def _without(bookmark: Bookmark, *keys: str) -> Bookmark:
    return {key: value for key, value in bookmark.items() if key not in keys}
