"""Reads what lies below parents, one request for each, so that one parent's fault costs no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from tap_common.context import ReadContext
from tap_common.errors import ApiError, StreamRefused
from tap_common.stream import Row, Stream
from tap_common.vendor import Reply, Request

GONE_STATUSES = frozenset({404, 410})
MOST_REMEMBERED = 10_000
"""Parents that are passed over and still read in the same run, once one shows its children."""

Found = tuple[str, list[Row]]
"""A parent's id, and a page of its children."""


class Children:
    """The rows of ``stream`` below parents, in the parents' order.

    ``request`` makes the first request for a parent's id; ``pages`` takes its reply and yields the
    rows page by page; ``instead`` may make another request where the first one was not accepted.
    A parent that is gone has no children. One that refuses or fails is owed: the
    others go on, and later runs ask it again.

    As long as every parent refuses and none has ever shown its children, only some parents of each
    page are asked. Once one shows them, those that were passed over are read.
    """

    def __init__(
        self,
        context: ReadContext,
        stream: Stream,
        request: Callable[[str], Request],
        pages: Callable[[Reply], Iterator[list[Row]]],
        instead: Callable[[str, ApiError], Request | None] = lambda parent, error: None,
    ) -> None:
        self._api, self._context = context.api, context
        self._owed = context.owed[stream.name]
        self._request, self._pages, self._instead = request, pages, instead
        self._passed_over: list[str] = []

    def owed(self) -> Iterator[Found]:
        """The children of owed parents, each of which is asked once."""
        yield from self._ask(self._owed.due(self._context.now()), attempts=1)

    def below(self, parents: Sequence[str]) -> Iterator[Found]:
        """The children of ``parents``, a page of parents at a time."""
        if self._owed.is_full_of_failures:
            return
        known: dict[str, list[Found]] = {}
        if not self._owed.shown:
            sample = _spread(parents, self._owed.sample_size())
            known = {parent: [] for parent in sample}
            for parent, rows in self._ask(sample):
                known[parent].append((parent, rows))
        if self._owed.is_closed:
            self._pass_over([parent for parent in parents if parent not in known])
            return
        if self._passed_over:
            passed_over, self._passed_over = self._passed_over, []
            yield from self._ask(passed_over)
        yield from self._in_order(parents, known)

    def _in_order(self, parents: Sequence[str], known: dict[str, list[Found]]) -> Iterator[Found]:
        """The children of ``parents``, of which those in ``known`` are here already."""
        unknown = [parent for parent in parents if parent not in known]
        answers = self._answers(unknown, attempts=None)
        for parent in parents:
            if parent in known:
                yield from known[parent]
            else:
                answer = next(answers, None)
                if answer is None:
                    self._pass_over([parent])
                else:
                    yield from self._read(parent, answer)

    def _ask(self, parents: Sequence[str], attempts: int | None = None) -> Iterator[Found]:
        for parent, answer in zip(parents, self._answers(parents, attempts), strict=False):
            yield from self._read(parent, answer)

    def _answers(self, parents: Sequence[str], attempts: int | None) -> Iterator[Reply | ApiError]:
        """The answers for ``parents``, which end early where going on makes no sense."""
        return self._api.get_all(self._requests(parents, attempts))

    def _requests(self, parents: Sequence[str], attempts: int | None) -> Iterator[Request]:
        was_closed = self._owed.is_closed
        for parent in parents:
            if self._owed.is_full_of_failures or (self._owed.is_closed and not was_closed):
                return
            yield replace(self._request(parent), child=True, attempts=attempts)

    def _read(self, parent: str, answer: Reply | ApiError) -> Iterator[Found]:
        try:
            if isinstance(answer, ApiError):
                answer = self._other_answer(parent, answer)
            for rows in self._pages(answer):
                self._owed.opened()
                yield parent, rows
        except ApiError as error:
            self._note(parent, error)
        else:
            self._owed.arrived(parent)

    def _other_answer(self, parent: str, error: ApiError) -> Reply:
        """The reply to the request that takes the place of the one that met ``error``."""
        request = self._instead(parent, error)
        if request is None:
            raise error
        return self._api.get(replace(request, child=True))

    def _note(self, parent: str, error: ApiError) -> None:
        now = self._context.now()
        if error.status in GONE_STATUSES:
            self._owed.gone(parent)
        elif isinstance(error, StreamRefused):
            self._owed.refused(parent, error.status, now)
        else:
            self._owed.failed(parent, error, now)

    def _pass_over(self, parents: Sequence[str]) -> None:
        room = MOST_REMEMBERED - len(self._passed_over)
        self._passed_over += parents[:room]
        if len(parents) > room:
            self._owed.passed_over = True


def _spread(parents: Sequence[str], count: int) -> list[str]:
    """At most ``count`` of ``parents``, evenly spread over them from the first one on."""
    if count <= 0:
        return []
    step = max(1, -(-len(parents) // count))
    return list(parents[::step])
