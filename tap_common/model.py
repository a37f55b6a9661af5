"""The few concepts that a tap is made of. A stream is data; a reader is one walk through the API; a page is what it yields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from tap_common import times
from tap_common.errors import ApiError, UsageError

if TYPE_CHECKING:
    from tap_common.config import Config
    from tap_common.http import Api
    from tap_common.vendor import Request

Row = dict[str, Any]
Bookmark = Mapping[str, Any]
Schema = dict[str, Any]
Method = Literal["INCREMENTAL", "FULL_TABLE"]


@dataclass(frozen=True)
class Stream:
    """One table of the account.

    ``replication_key`` names the field that the bookmark is held against; a stream that is read by its parent's changes
    has a ``parent`` and none of its own. ``endpoint`` is the path below the API's root, for people. ``text_fields`` are
    the paths ("a", "a.b", "a[].b") of string fields in which the API also sends other JSON types by design: those are written
    as JSON text. ``unselected`` are top-level fields that are left out unless a catalog selects them. ``by_default`` is false
    for what costs a request for each row of its parent, few of which may have any: a catalog as discovered does not select it.
    """

    name: str
    endpoint: str
    key: tuple[str, ...] = ("id",)
    method: Method = "FULL_TABLE"
    replication_key: str | None = None
    parent: str | None = None
    text_fields: frozenset[str] = frozenset()
    unselected: frozenset[str] = frozenset()
    by_default: bool = True
    note: str = ""


class Page(NamedTuple):
    """The rows of one or several streams that came together, and the bookmarks that hold once they are written.

    ``bookmarks`` maps a stream's name to its whole new bookmark; streams that are not in it keep theirs.
    """

    rows: Mapping[str, Sequence[Row]]
    bookmarks: Mapping[str, Bookmark] = {}


@dataclass(frozen=True)
class Walk:
    """What a reader is given: the API, the config, and what is selected from where on.

    ``fields`` maps each selected stream of the reader to its selected top-level fields, ``bookmarks`` each of them to its
    bookmark ({} when it has none), ``start`` is the moment from which a stream without a bookmark is read. ``note`` tells a
    person something, ``leave`` says that one stream ends here, refused or failed as the error says, while the others go on,
    ``told`` holds the topics of which this run, in whatever walk, has told.
    """

    api: Api
    config: Config
    fields: Mapping[str, frozenset[str]]
    bookmarks: Mapping[str, Bookmark]
    start: datetime
    note: Callable[[str], None] = field(default=lambda message: None)
    leave: Callable[[str, ApiError], None] = field(default=lambda stream, error: None)
    told: set[str] = field(default_factory=set)

    def selected(self, stream: str) -> bool:
        """Is ``stream`` selected?"""
        return stream in self.fields

    def wants(self, stream: str, *names: str) -> bool:
        """Is any of the top-level fields ``names`` of ``stream`` selected?"""
        return not self.fields.get(stream, frozenset()).isdisjoint(names)

    def note_once(self, topic: str, message: str) -> None:
        """Tells a person ``message``, unless something of ``topic`` was told in this run."""
        if topic not in self.told:
            self.told.add(topic)
            self.note(message)

    def page_size(self, largest: int) -> int:
        """Rows to ask for in one request: the config's page_size, at most the ``largest`` that the endpoint allows."""
        return min(self.config["page_size"] or largest, largest)

    def moment(self, stream: str, leaf: str) -> datetime | None:
        """The date-time at ``leaf`` of the stream's bookmark, or None; UsageError if the state holds something else there."""
        value = self.bookmarks.get(stream, {}).get(leaf)
        if value is None:
            return None
        try:
            return max(times.parse(value), times.EARLIEST)
        except (ValueError, TypeError):
            raise UsageError(
                f"state: bookmarks.{stream}.{leaf} is {value!r}, not a date-time; correct or remove it"
            ) from None

    def since(self, stream: str, leaf: str) -> datetime:
        """Where the next read of ``stream`` begins, inclusively: its bookmark or else the start date."""
        return self.moment(stream, leaf) or self.start


@dataclass(frozen=True)
class Reader:
    """One walk through the API for the rows of ``streams``.

    ``probe`` is a cheap request that shows whether it is allowed; where that answers 404, ``fallbacks`` show whether the reader
    has another way.
    """

    streams: tuple[Stream, ...]
    pages: Callable[[Walk], Iterator[Page]]
    probe: Request
    fallbacks: tuple[Request, ...] = ()


@dataclass(frozen=True)
class Tap:
    """A whole tap as data.

    ``settings`` are the JSON schemas of its own config keys, ``logins`` the groups of keys of which one must be complete.
    ``connect`` makes the API from a config; ``customise`` types the account's custom fields: it takes the API and the
    schemas by stream name and returns the schemas that it changed.
    """

    name: str
    vendor: str
    settings: Mapping[str, Mapping[str, Any]]
    logins: tuple[tuple[str, ...], ...]
    readers: tuple[Reader, ...]
    connect: Callable[[Config], Api]
    customise: Callable[[Api, Mapping[str, Schema]], Mapping[str, Schema]]
    package: str

    @property
    def streams(self) -> tuple[Stream, ...]:
        """Every stream, in the order in which they are read."""
        return tuple(stream for reader in self.readers for stream in reader.streams)
