"""Reads what is below parents, a request for each, so that one's fault costs no other its rows."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from typing import Any

from tap_common.context import ReadContext
from tap_common.errors import ApiError, PageTooLarge, StreamRefused
from tap_common.failures import TOO_LARGE_STATUSES
from tap_common.stream import Row, Stream
from tap_common.vendor import Reply, Request
from tap_common.words import counted

LOGGER = logging.getLogger("tap")
GONE_STATUSES = frozenset({404, 410})
MOST_REMEMBERED = 2_000
"""Parents that are passed over and still read in the same run, once one shows its children."""

Found = tuple[str, list[Row]]
"""A parent's id, and a page of its children."""


def own_id(row: Row) -> Any:
    """The ``id`` of a row; None if it came without one, or with one that is no number or text."""
    value = row.get("id")
    return value if value != "" and isinstance(value, int | str) else None


def lost_parents(rows: Sequence[Row], identifier: Callable[[Row], Any] = own_id) -> ApiError | None:
    """That some of ``rows`` have no identifier, so that nobody can ask for what is below them.

    None if all have one.
    """
    lost = sum(identifier(row) is None for row in rows)
    return ApiError(f"{counted(lost, 'row')} above it came without an id") if lost else None


SMALLER_PAGES = (10, 1)
"""Rows of a parent's page that are asked for where more of them are too much for the vendor."""

Instead = Callable[[str, ApiError, int], Request | None]
"""Makes the request that takes the place of the one for a parent that met an error.

The number says how many others have taken its place already. None if there is none.
"""


def smaller_page(tried: int, error: ApiError, sized: Callable[[int], Request]) -> Request | None:
    """The request for fewer rows in the place of one that met ``error``.

    ``sized`` makes it for a number of rows, and ``tried`` is how many sizes were tried. None if
    fewer rows are of no use, or all sizes have been tried. A request that was sent only once may
    have failed as a too large one does: the one in its place is sent once, too.
    """
    is_known = isinstance(error, PageTooLarge)
    if not is_known and error.status not in TOO_LARGE_STATUSES:
        return None
    if tried >= len(SMALLER_PAGES):
        return None
    rows = SMALLER_PAGES[tried]
    return replace(sized(rows), shrinkable=rows > 1, attempts=None if is_known else 1)


class Children:
    """The rows of ``stream`` below parents.

    ``request`` makes the first request for a parent's id; ``pages`` takes its reply and yields the
    rows page by page; ``instead`` may make another request where the first one was not accepted,
    and one more where a page of that was too large.
    A parent that is gone has no children. One that refuses or fails is owed: the others go on, and
    later runs ask it again.

    As long as every parent refuses and none has ever shown its children, only a sample of each page
    is asked, and the others are passed over. Once a parent shows its children, those that were
    passed over are read, in this run or in the next.

    An owed parent that was asked again in vain is not asked once more in the same run. Where only
    some of a parent's children are sent (not ``settles``), one that was owed before stays owed.
    """

    def __init__(
        self,
        context: ReadContext,
        stream: Stream,
        request: Callable[[str], Request],
        pages: Callable[[Reply], Iterator[list[Row]]],
        instead: Instead = lambda parent, error, tried: None,
        *,
        settles: bool = True,
    ) -> None:
        self._api, self._context = context.api, context
        self._owed = context.owed[stream.name]
        self._request, self._pages, self._instead = request, pages, instead
        self._settles = settles
        self._passed_over: list[str] = []

    def owed(self) -> Iterator[Found]:
        """The children of owed parents, each of which is asked once."""
        due = self._owed.due(self._context.now())
        self._owed.asked_again = frozenset(due)
        yield from self._ask(due, attempts=1)

    def below(self, parents: Sequence[str]) -> Iterator[Found]:
        """The children of ``parents``, a page of parents at a time.

        They come in the parents' order as soon as the stream is known to be open. After them come
        those of parents of earlier pages, if these were passed over.
        """
        in_vain = {parent for parent in self._owed.asked_again if parent in self._owed}
        parents = [parent for parent in parents if parent not in in_vain]
        if not self._owed.ever_shown:
            sample = self._owed.sample(parents)
            not_asked = yield from self._ask(sample)
            asked = set(sample) - set(not_asked)
            parents = [parent for parent in parents if parent not in asked]
        if not self._owed.is_closed:
            parents = yield from self._ask(parents, stop_at_refusals=True)
        self._pass_over(parents)
        if self._passed_over and self._owed.ever_shown:
            yield from self._catch_up()

    def _ask(
        self,
        parents: Sequence[str],
        *,
        attempts: int | None = None,
        stop_at_refusals: bool = False,
    ) -> Generator[Found, None, Sequence[str]]:
        """The children of ``parents``; returns those parents that were not asked.

        Nothing more is asked once so many requests failed that the vendor must be down, and with
        ``stop_at_refusals`` once the stream seems closed to these credentials.
        """

        def requests() -> Iterator[Request]:
            for parent in parents:
                stops = stop_at_refusals and self._owed.is_closed
                if stops or self._owed.is_full_of_failures:
                    return
                yield replace(self._request(parent), child=True, attempts=attempts)

        asked = 0
        for parent, answer in zip(parents, self._api.get_all(requests()), strict=False):
            asked += 1
            yield from self._read(parent, answer)
        return parents[asked:]

    def _pass_over(self, parents: Sequence[str]) -> None:
        self._owed.passed_over += len(parents)
        self._passed_over += parents[: MOST_REMEMBERED - len(self._passed_over)]

    def _catch_up(self) -> Iterator[Found]:
        """The children of parents that were passed over."""
        passed_over, self._passed_over = self._passed_over, []
        not_asked = yield from self._ask(passed_over)
        self._owed.passed_over -= len(passed_over) - len(not_asked)

    def _read(self, parent: str, answer: Reply | ApiError) -> Iterator[Found]:
        try:
            if isinstance(answer, ApiError):
                answer = self._other_answer(parent, answer)
            for rows in self._pages(answer):
                self._owed.note_open()
                yield parent, rows
        except ApiError as error:
            self._note(parent, error)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            LOGGER.debug("%s", traceback.format_exc())
            kind = type(error).__name__
            self._note(parent, ApiError(f"a reply of unforeseen shape ({kind})"))
        else:
            if self._settles:
                self._owed.note_complete(parent)
            else:
                self._owed.note_open()

    def _other_answer(self, parent: str, error: ApiError) -> Reply:
        """The reply to the request that takes the place of the one that met ``error``."""
        tried = 0
        while (request := self._instead(parent, error, tried)) is not None:
            tried += 1
            try:
                return self._api.get(replace(request, child=True))
            except PageTooLarge as too_large:
                error = too_large
        raise error

    def _note(self, parent: str, error: ApiError) -> None:
        now = self._context.now()
        if error.status in GONE_STATUSES:
            self._owed.note_gone(parent)
        elif isinstance(error, StreamRefused):
            self._owed.note_refused(parent, error.status, now)
        else:
            self._owed.note_failed(parent, error, now)
