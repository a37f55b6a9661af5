"""Readers that several vendors need: whole lists, single objects, lists that get shorter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_common.context import ReadContext
from tap_common.errors import ApiError, StreamRefused
from tap_common.readers import single, until_steady, whole
from tap_common.replies import rows_in
from tap_common.stream import Row, Stream
from tap_common.vendor import Request
from tests.clock import START, SimulatedClock
from tests.tap_common.script import Line, Said, Script, api, config

TEAMS = Stream("teams", "teams")
NOT_FOUND = Said(404, {"error": "no such path"})


def context(answers: dict[str, Line]) -> ReadContext:
    clock = SimulatedClock()
    script = Script(lambda path, params: answers.get(path, NOT_FOUND), clock)
    return ReadContext(
        api=api(script, clock),
        config=config(),
        streams={"teams": TEAMS},
        fields={},
        bookmarks={"teams": {}},
        start=START,
        owed={},
    )


def one_page(given_context: ReadContext, request: Request) -> Iterator[list[Row]]:
    yield rows_in(given_context.api.get(request))


def rows(answers: dict[str, Line], *fallbacks: str) -> list[Any]:
    pages = whole(TEAMS, one_page, *fallbacks)(context(answers))
    return [row for page in pages for row in page.rows["teams"]]


def test_a_list_is_read_from_its_path_or_from_a_fallback() -> None:
    answer = Said(body=[{"id": 1}])
    assert rows({"teams": answer}) == [{"id": 1}]
    assert rows({"groups": answer}, "groups") == [{"id": 1}]
    assert rows({"old": answer}, "groups", "old") == [{"id": 1}]


@pytest.mark.parametrize(
    "answers",
    [{}, {"teams": Said(403, {"error": "no"}), "groups": Said(body=[{"id": 1}])}],
    ids=["found nowhere", "refused"],
)
def test_a_refusal_is_not_tried_elsewhere(answers: dict[str, Line]) -> None:
    with pytest.raises(StreamRefused):
        rows(answers, "groups")


def test_a_path_may_answer_one_object() -> None:
    plain = single(TEAMS)(context({"teams": Said(body={"id": 1})}))
    assert [page.rows for page in plain] == [{"teams": [{"id": 1}]}]
    inside = single(TEAMS, "team")(context({"teams": Said(body={"team": {"id": 1}})}))
    assert [page.rows for page in inside] == [{"teams": [{"id": 1}]}]
    with pytest.raises(ApiError, match="teams: expected an object with 'team'"):
        list(single(TEAMS, "team")(context({"teams": Said(body={"error": "x"})})))


class Shrinking:
    """A numbered list, from which ``leaving`` rows go, one before each request."""

    def __init__(self, size: int, leaving: dict[int, int], page: int) -> None:
        self.items = list(range(size))
        self._leaving, self._page, self._requests = leaving, page, 0

    def read(self) -> Iterator[tuple[list[Row], int]]:
        """The list from its start, as a reader asks for it."""
        begin = 0
        while True:
            place = self._leaving.get(self._requests)
            self._requests += 1
            if place is not None and self.items:
                del self.items[place % len(self.items)]
            found = self.items[begin : begin + self._page]
            yield [{"id": number} for number in found], len(self.items)
            if len(found) < self._page:
                return
            begin += self._page


@settings(max_examples=200, deadline=None)
@given(
    size=st.integers(0, 30),
    leaving=st.dictionaries(st.integers(0, 12), st.integers(0, 30), max_size=4),
    page=st.integers(1, 5),
)
def test_no_row_of_a_shrinking_list_is_missed(
    size: int, leaving: dict[int, int], page: int
) -> None:
    shrinking = Shrinking(size, leaving, page)
    found = {row["id"] for rows in until_steady("teams", shrinking.read) for row in rows}
    assert set(shrinking.items) <= found


def test_a_list_that_never_stops_shrinking_is_a_failure() -> None:
    shrinking = Shrinking(1000, dict.fromkeys(range(1000), 0), page=100)
    with pytest.raises(ApiError) as caught:
        list(until_steady("teams", shrinking.read))
    assert str(caught.value) == "teams: the list got shorter during each of 5 readings"
