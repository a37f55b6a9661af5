"""What a reader is given, and what it is."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tap_common import times
from tap_common.config import Config
from tap_common.errors import ApiError
from tap_common.owed import OwedParents
from tap_common.stream import Bookmark, Page, Stream, moment_in
from tap_common.vendor import Request

if TYPE_CHECKING:
    from tap_common.http import Api

LOGGER = logging.getLogger("tap")


@dataclass(frozen=True)
class ReadContext:
    """What a reader is given: the API, the config, what is selected, and where to begin.

    ``streams`` maps the names of the reader's selected streams to these, ``fields`` to their
    selected top-level fields, ``bookmarks`` to their bookmarks ({} for none), and ``owed`` to the
    parents whose children could not be read. ``start`` is where the read of a stream without a
    bookmark begins. ``warned`` are the topics of which the run has warned a person.
    """

    api: Api
    config: Config
    streams: Mapping[str, Stream]
    fields: Mapping[str, frozenset[str]]
    bookmarks: Mapping[str, Bookmark]
    start: datetime
    owed: Mapping[str, OwedParents]
    warned: set[str] = field(default_factory=set)

    def selects(self, stream: str) -> bool:
        """Is ``stream`` selected?"""
        return stream in self.fields

    def wants(self, stream: str, *names: str) -> bool:
        """Is any of the top-level fields ``names`` of ``stream`` selected?"""
        return not self.fields.get(stream, frozenset()).isdisjoint(names)

    def page_size(self, largest: int) -> int:
        """Rows to ask for in one request: the config's page_size, at most ``largest``."""
        return min(self.config["page_size"] or largest, largest)

    def now(self) -> datetime:
        """The clock of this machine."""
        return self.api.clock.now()

    def bookmark_time(self, stream: str, key: str) -> datetime | None:
        """The date-time at ``key`` of the stream's bookmark, or None if there is none.

        UsageError if the state holds something else there.
        """
        return moment_in(stream, self.bookmarks.get(stream, {}), key)

    def lookback(self, stream: str) -> timedelta:
        """How far below its bookmark ``stream`` is read again, for rows that appeared late."""
        configured = timedelta(seconds=self.config["lookback_seconds"])
        return max(configured, self.streams[stream].lookback)

    def less_lookback(self, stream: str, moment: datetime) -> datetime:
        """The moment up to which ``stream`` is read, less the look-back, in whole seconds."""
        begin = max(moment - self.lookback(stream), times.EARLIEST)
        return begin.replace(microsecond=0)

    def read_from(self, stream: str, *keys: str) -> datetime:
        """Where the next read of ``stream`` begins, inclusively, in whole seconds.

        That is the first of the bookmark's ``keys`` that it has, less the look-back, or the start
        date.
        """
        for key in keys:
            bookmark = self.bookmark_time(stream, key)
            if bookmark is not None:
                return self.less_lookback(stream, bookmark)
        return self.start.replace(microsecond=0)

    def warn(self, message: str) -> None:
        """Warns a person."""
        LOGGER.warning("%s", message)

    def warn_once(self, topic: str, message: str) -> None:
        """Warns a person, unless this run has already warned of ``topic``."""
        if topic not in self.warned:
            self.warned.add(topic)
            self.warn(message)


@dataclass(frozen=True)
class Reader:
    """One way through the API that yields the rows of ``streams`` page by page.

    ``probe`` is a cheap request that shows whether it is allowed. Where that answers 404,
    ``fallbacks`` show whether the reader has another way. ``lacking`` finds the streams that are
    refused although the probe is allowed, with the reason.
    """

    streams: tuple[Stream, ...]
    pages: Callable[[ReadContext], Iterator[Page]]
    probe: Request
    fallbacks: tuple[Request, ...] = ()
    lacking: Callable[[Api], Mapping[str, ApiError]] = lambda api: {}
