"""A first sync brings every row of every stream, with every field."""

from __future__ import annotations

import pytest

from tap_desk.tap import TAP
from tests.desk.conftest import Opened
from tests.desk.truth import STREAMS, expected


def test_the_truth_knows_every_stream() -> None:
    assert sorted(STREAMS) == sorted(stream.name for stream in TAP.streams)


@pytest.mark.parametrize("era", ["2013", "2014", "2016"])
def test_every_row_of_every_stream_comes_as_the_account_holds_it(opened: Opened, era: str) -> None:
    desk = opened(cases=130, era=era)
    run = desk.run()
    assert run.code == 0, run.err
    desk.holds(run)
    empty = {"case_links"} if era != "2016" else set()
    assert {stream for stream in STREAMS if not expected(desk.app, stream)} == empty
