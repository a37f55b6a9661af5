"""Lists as some server shows them page by page, for readers that must not lose a row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from hypothesis import strategies as st

from tap_common.errors import ApiError, PageTooLarge
from tap_common.http import Api
from tap_common.page_lengths import SHORTEST_CUT, is_round
from tap_common.vendor import Reply, Request
from tap_freshdesk.lists import LARGEST_PAGE, LinkHeaders
from tests.clock import START, SimulatedClock

MOST_REQUESTS = 5_000
"""A walk that takes more does not end."""
SECOND_ROW = (1, 2)
"""Size and number of the page that shows whether links arrive."""


@dataclass
class NumberedList:
    """A list of rows (ids) in pages of as many rows as were asked for, at most ``cap``.

    Or else the pages have ``fixed`` rows, whatever was asked for. ``hidden`` rows take their place
    on a page and are not shown. A page that holds a row of ``limits`` is too large if it has more
    rows than that says. So are those that the requests of the numbers ``failing`` ask for, if a
    smaller one can be asked for. Before a request whose number is in ``coming`` a row comes in
    at the place that it names. The requests ``unlinked`` get no Link header; None: no request does.

    ``asked`` are the sizes and numbers of the pages that were asked for.
    """

    rows: list[int]
    hidden: frozenset[int] = frozenset()
    cap: int = LARGEST_PAGE
    fixed: int | None = None
    limits: Mapping[int, int] = field(default_factory=dict)
    failing: frozenset[int] = frozenset()
    coming: Mapping[int, int] = field(default_factory=dict)
    unlinked: frozenset[int] | None = frozenset()
    links: LinkHeaders = field(default_factory=LinkHeaders)
    asked: list[tuple[int, int]] = field(default_factory=list)
    clock: SimulatedClock = field(default_factory=SimulatedClock)

    def __post_init__(self) -> None:
        self.shown = set(self.rows) - self.hidden
        """The rows that a reader must bring."""

    @property
    def api(self) -> Api:
        """The list in the place of an API."""
        return cast(Api, self)

    @property
    def most_pages(self) -> int:
        """How many pages it has if all are as small as the smallest one that was asked for."""
        sizes = [size for size, number in self.asked if (size, number) != SECOND_ROW]
        return len(self.rows) // min(*sizes, self.cap) + 1

    def get(self, request: Request) -> Reply:
        """The page that ``request`` asks for."""
        asked = len(self.asked)
        assert asked < MOST_REQUESTS, "the walk does not end"
        if asked in self.coming:
            self.rows.insert(self.coming[asked], 1_000_000 + asked)
        wanted, number = request.params["per_page"], request.params.get("page", 1)
        self.asked.append((wanted, number))
        size = self.fixed or min(wanted, self.cap)
        page = self.rows[size * (number - 1) : size * number]
        is_heavy = any(len(page) > self.limits.get(row, len(page)) for row in page)
        if is_heavy or (request.shrinkable and asked in self.failing):
            kind = PageTooLarge if request.shrinkable else ApiError
            raise kind(f"{request.path}: HTTP 504", status=504)
        is_linked = self.unlinked is not None and asked not in self.unlinked
        has_next = size * number < len(self.rows)
        headers = {"Link": '<https://acme.example/>; rel="next"'} if is_linked and has_next else {}
        rows = [{"id": row} for row in page if row not in self.hidden]
        return Reply(request, rows, headers, START)

    def learned(self, kind: type[LinkHeaders]) -> LinkHeaders:
        """What is known of the links."""
        return self.links

    def get_all(self, requests: Iterable[Request]) -> Iterator[Reply | ApiError]:
        """The pages that ``requests`` ask for, or the errors that they meet."""
        for request in requests:
            try:
                yield self.get(request)
            except ApiError as error:
                yield error


ANYWHERE, AT_THE_END = st.integers(0, 450), st.just(1_000_000)
_LENGTHS = st.integers(0, 450) | st.sampled_from([99, 100, 101, 199, 200, 201, 300])
_REQUESTS = st.integers(0, 12)
_FAILING = st.frozensets(_REQUESTS, max_size=4)


def _limits(rows: list[int]) -> st.SearchStrategy[dict[int, int]]:
    """What the largest page is that some of the rows can come on."""
    if not rows:
        return st.just({})
    return st.dictionaries(st.sampled_from(rows), st.integers(1, 99) | st.just(1), max_size=3)


@st.composite
def linked_lists(draw: st.DrawFn) -> NumberedList:
    """Lists whose Link headers arrive. Rows may be hidden anywhere."""
    rows = list(range(draw(_LENGTHS)))
    hidden = set(draw(st.sets(st.sampled_from(rows), max_size=20))) if rows else set()
    stretches = st.tuples(st.integers(0, 450), st.integers(1, 130))
    for begin, length in draw(st.lists(stretches, max_size=2)):
        hidden |= set(rows[begin : begin + length])
    return NumberedList(
        rows,
        hidden=frozenset(hidden),
        cap=draw(st.just(LARGEST_PAGE) | st.integers(1, LARGEST_PAGE)),
        fixed=draw(st.none() | st.integers(1, 130)),
        limits=draw(_limits(rows)),
        failing=draw(_FAILING),
        coming=draw(st.dictionaries(_REQUESTS, ANYWHERE, max_size=4)),
        links=LinkHeaders(draw(st.sampled_from([None, True]))),
    )


@st.composite
def unlinked_lists(draw: st.DrawFn, places: st.SearchStrategy[int]) -> NumberedList:
    """Lists of which all or some pages have no Link header; rows come in at ``places``."""
    rows = list(range(draw(_LENGTHS)))
    return NumberedList(
        rows,
        limits=draw(_limits(rows)),
        failing=draw(_FAILING),
        coming=draw(st.dictionaries(_REQUESTS, places, max_size=4)),
        unlinked=draw(st.none() | st.frozensets(_REQUESTS)),
    )


@st.composite
def cut_lists(draw: st.DrawFn) -> NumberedList:
    """Lists without Link headers whose pages are cut at a length that shows it."""
    rows = list(range(draw(_LENGTHS)))
    lengths = st.integers(1, 130).filter(lambda number: number >= SHORTEST_CUT or is_round(number))
    length, is_fixed = draw(lengths), draw(st.booleans())
    return NumberedList(
        rows,
        cap=LARGEST_PAGE if is_fixed else min(length, LARGEST_PAGE),
        fixed=length if is_fixed else None,
        limits=draw(_limits(rows)),
        failing=draw(_FAILING),
        unlinked=None,
    )


@st.composite
def lists_that_hide_rows_at_first(draw: st.DrawFn) -> NumberedList:
    """Lists without Link headers. Their first page comes, but hides rows."""
    rows = list(range(draw(_LENGTHS.filter(lambda length: length > SHORTEST_CUT))))
    first = rows[:LARGEST_PAGE]
    begin, length = draw(st.integers(0, len(first))), draw(st.integers(1, 75))
    hidden = draw(st.sets(st.sampled_from(first))) | set(first[begin : begin + length])
    return NumberedList(
        rows,
        hidden=frozenset(sorted(hidden)[: len(first) - SHORTEST_CUT]),
        limits=draw(_limits(rows[LARGEST_PAGE:])),
        failing=draw(_FAILING) - {0},
        unlinked=None,
    )
