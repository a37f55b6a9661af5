"""How far the history may be read, once the walk over changed tickets is over."""

from __future__ import annotations

from tap_zendesk_support.comparison import Comparison
from tests.clock import SimulatedClock
from tests.tap_common.test_context import context


def test_events_of_tickets_that_change_during_the_last_request_are_left_to_the_next_run() -> None:
    """The exports hold back a minute and the second that is not over."""
    read = context()
    clock = read.api.clock
    assert isinstance(clock, SimulatedClock)
    comparison = Comparison(read, ["tickets"])
    clock.advance(100)
    comparison.changed([], {})
    asked_at = int(clock.now().timestamp())
    clock.advance(100)
    comparison.changed([], {})
    comparison.walked()
    assert comparison.known(asked_at) == asked_at - 61
    assert comparison.known(asked_at - 62) == asked_at - 62
    assert comparison.known(None) is None
