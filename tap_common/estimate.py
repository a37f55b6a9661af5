"""What a run will cost: the requests of each stream, and where the figure comes from.

A vendor declares as data which of its streams it counts (``Counted``), which are a request for each
row of another stream (``Each``), and which come with another stream (``With``) or in proportion to
it (``Spread``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from tap_common import times
from tap_common.context import ReadContext
from tap_common.errors import ApiError
from tap_common.stream import Stream
from tap_common.vendor import Reply, Request
from tap_common.words import counted, number

ASSUMED = "assumed"
ONE_PAGE = f"a list that fits on one page ({ASSUMED})"
NOT_COUNTED = "at least; the vendor does not count its rows"


@dataclass(frozen=True)
class Estimate:
    """A stream costs so many ``requests``, each of which draws ``cost`` from the account's rate
    bucket and one from ``bucket``.

    ``rows`` is how many rows it has (None if nobody knows), and ``is_guess`` says that this is not
    counted. ``basis`` says where the figure comes from.
    """

    requests: int
    basis: str
    rows: float | None = None
    cost: int = 1
    bucket: str | None = None
    is_guess: bool = False


class EstimateRule(Protocol):
    """How the cost of a stream is estimated."""

    def estimate(self, stream: Stream, estimator: Estimator, /) -> Estimate:
        """What ``stream`` costs in a run."""


@dataclass(frozen=True)
class Counted:
    """The vendor counts the rows: ``number`` takes them out of the reply to ``request``.

    ``request`` is given the stream and where its read begins. ``page`` rows come with a request;
    ``more`` requests come on top, and ``each`` for each row. A request draws ``cost`` from the
    account's rate bucket, and counts in ``bucket``. ``one`` names a row, and ``what`` says which
    rows are counted.
    """

    request: Callable[[Stream, datetime], Request]
    number: Callable[[Reply], Any]
    one: str = "row"
    what: str = "in the list"
    page: int = 100
    more: int = 0
    each: int = 0
    cost: int = 1
    bucket: str | None = None

    def estimate(self, stream: Stream, estimator: Estimator, /) -> Estimate:
        """One request for each page of the rows."""
        since = estimator.since(stream)
        try:
            rows = self.number(estimator.ask(self.request(stream, since)))
        except ApiError as error:
            refused = f"at least; not counted (HTTP {error.status})"
            basis = refused if error.status else NOT_COUNTED
            return Estimate(1 + self.more, basis, None, self.cost, self.bucket)
        if type(rows) is not int or rows < 0:
            return Estimate(1 + self.more, NOT_COUNTED, None, self.cost, self.bucket)
        requests = estimator.pages(rows, self.page) + self.more + self.each * rows
        what = self.what.format(since=times.text(since)[:10])
        basis = f"{counted(rows, self.one)} {what}"
        return Estimate(requests, basis, rows, self.cost, self.bucket)


@dataclass(frozen=True)
class Each:
    """So many ``requests`` for each row of the stream ``of``, below which are about ``rows`` rows.

    If not all rows of ``of`` are asked, ``share`` finds out which share of them is. A read of this
    stream alone also pays for these rows.
    """

    of: str
    rows: int = 3
    requests: int = 1
    share: Callable[[Stream, Estimator], float] | None = None

    def estimate(self, stream: Stream, estimator: Estimator, /) -> Estimate:
        """As many requests as the other stream has rows."""
        parents = estimator.of(self.of)
        alone = 0 if estimator.context.selects(self.of) else parents.requests
        if parents.rows is None:
            return Estimate(alone + 1, f"at least; one for each row of {self.of}, not counted")
        asked = math.ceil(parents.rows * self._share(stream, estimator))
        each = "one" if self.requests == 1 else str(self.requests)
        guess = f", {ASSUMED}" if parents.is_guess else ""
        basis = f"{each} for each row of {self.of} ({number(asked)}{guess})"
        rows = parents.rows * self.rows
        return Estimate(alone + asked * self.requests, basis, rows, is_guess=True)

    def _share(self, stream: Stream, estimator: Estimator) -> float:
        try:
            return 1.0 if self.share is None else self.share(stream, estimator)
        except ApiError:
            return 1.0


@dataclass(frozen=True)
class Spread:
    """About ``rows`` rows for each row of the stream ``of``, ``page`` of them in a request."""

    of: str
    rows: float
    page: int = 100
    bucket: str | None = None

    def estimate(self, _stream: Stream, estimator: Estimator, /) -> Estimate:
        """One request for each page of the rows."""
        others = estimator.of(self.of)
        if others.rows is None:
            return Estimate(1, ONE_PAGE, None, bucket=self.bucket)
        rows = others.rows * self.rows
        basis = f"{self.rows:g} for each row of {self.of} ({ASSUMED})"
        requests = estimator.pages(rows, self.page)
        return Estimate(requests, basis, rows, bucket=self.bucket, is_guess=True)


@dataclass(frozen=True)
class With:
    """Rows that come with those of the stream ``of``, for which nothing more is asked."""

    of: str

    def estimate(self, _stream: Stream, estimator: Estimator, /) -> Estimate:
        """No request, unless this stream is read alone."""
        others = estimator.of(self.of)
        requests = 0 if estimator.context.selects(self.of) else others.requests
        basis = f"comes with {self.of}"
        return Estimate(requests, basis, others.rows, is_guess=others.is_guess)


@dataclass(frozen=True)
class OnePage:
    """A list of which nobody knows the length."""

    requests: int = 1

    def estimate(self, _stream: Stream, _estimator: Estimator, /) -> Estimate:
        """One request, unless the list is known to take some more."""
        return Estimate(self.requests, ONE_PAGE)


@dataclass(frozen=True)
class EstimateRules:
    """A vendor's rules: those of some streams, and ``lists`` for other lists with a plain path.

    ``limits`` are requests a minute in rate buckets of which the vendor's headers say nothing
    before the first request of that kind.
    """

    streams: Mapping[str, EstimateRule] = field(default_factory=dict)
    lists: EstimateRule = field(default_factory=OnePage)
    limits: Mapping[str, int] = field(default_factory=dict)


class Estimator:
    """Estimates a run of ``context``, whose tap has ``streams``, by ``rules``."""

    def __init__(
        self, context: ReadContext, streams: Sequence[Stream], rules: EstimateRules
    ) -> None:
        self.context, self._streams, self._rules = context, streams, rules
        self._found: dict[str, Estimate] = {}
        self._replies: dict[str, Reply] = {}

    def selected(self) -> dict[str, Estimate]:
        """What each selected stream costs. Streams that come with another one cost nothing."""
        estimates: dict[str, Estimate] = {}
        carriers: dict[str, str] = {}
        for stream in self._streams:
            if not self.context.selects(stream.name):
                continue
            if stream.path in carriers:
                basis = f"comes with {carriers[stream.path]}"
                estimates[stream.name] = Estimate(0, basis, self.of(stream.name).rows)
            else:
                carriers[stream.path] = stream.name
                estimates[stream.name] = self.of(self._first(stream.path).name)
        return estimates

    def of(self, name: str) -> Estimate:
        """What the stream ``name`` costs, whether it is selected or not."""
        if name not in self._found:
            stream = next(stream for stream in self._streams if stream.name == name)
            self._found[name] = self._rule(stream).estimate(stream, self)
        return self._found[name]

    def _first(self, path: str) -> Stream:
        return next(stream for stream in self._streams if stream.path == path)

    def _rule(self, stream: Stream) -> EstimateRule:
        if stream.name in self._rules.streams:
            return self._rules.streams[stream.name]
        if "{" not in stream.path:
            return self._rules.lists
        return OnePage() if stream.parent is None else Each(stream.parent)

    def since(self, stream: Stream) -> datetime:
        """Where the read of ``stream`` begins.

        A bookmark holds date-times or epoch seconds, and positions that are neither.
        """
        bookmark = self.context.bookmarks.get(stream.name, {})
        for key in stream.bookmark_keys:
            moment = times.rfc3339(bookmark.get(key))
            if moment is not None:
                return self.context.less_lookback(stream.name, times.parse(moment))
        return self.context.start

    def pages(self, rows: float, largest: int) -> int:
        """The requests for so many rows."""
        return max(1, math.ceil(rows / self.context.page_size(largest)))

    def ask(self, request: Request) -> Reply:
        """The reply to ``request``, which is sent once. ApiError if it is refused or fails."""
        key = f"{request.path} {sorted(request.params.items())}"
        if key not in self._replies:
            self._replies[key] = self.context.api.get(request)
        return self._replies[key]
