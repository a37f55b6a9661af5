"""Killed at any record, a run from the last STATE brings every row."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

INCREMENTAL = ("zopim_chats", "chat_history", "chat_engagements", "chat_webpath", "chat_conversions", "agent_timeline")
INCREMENTAL += ("agent_events", "department_events", "conversions")


def acknowledged(run: Any) -> Any:
    """The run up to its last STATE: what a target has surely stored when it prints that state."""
    last = max((number for number, message in enumerate(run.messages) if message["type"] == "STATE"), default=-1)
    return type(run)(run.code, run.messages[: last + 1], run.said)


@settings(max_examples=20, deadline=None)
@given(after=st.integers(1, 900), page_size=st.integers(2, 30), changes=st.integers(0, 10), seed=st.integers(1, 50))
def test_killed_at_any_record_and_resumed(
    opened: Any, whole: Any, after: int, page_size: int, changes: int, seed: int
) -> None:
    with opened(chats=60, seed=seed) as tap:
        first = acknowledged(tap.killed(after=after, page_size=page_size))
        tap.server.app.live(seed, changes)
        second = tap.run(page_size=page_size, state=first.state if first.states else None)
        assert second.code == 0
        whole(tap.server, first, second)


@settings(max_examples=5, deadline=None)
@given(kills=st.lists(st.integers(200, 600), min_size=2, max_size=3), page_size=st.integers(5, 20))
def test_killed_again_and_again(opened: Any, whole: Any, kills: list[int], page_size: int) -> None:
    with opened(chats=60) as tap:
        runs = []
        state = None
        for after in kills:
            runs.append(acknowledged(tap.killed(after=after, page_size=page_size, state=state)))
            state = runs[-1].state if runs[-1].states else state
        runs.append(tap.run(page_size=page_size, state=state))
        whole(tap.server, *runs, streams=INCREMENTAL)


def test_bookmarks_never_go_back_and_those_of_other_streams_stay(opened: Any) -> None:
    with opened(chats=60) as tap:
        first = tap.run()
        tap.server.app.live(1, 30)
        foreign = {"bookmarks": {**first.state["bookmarks"], "elsewhere": {"id": 7}}}
        second = tap.run(state=foreign, page_size=5)
        assert all(state["bookmarks"]["elsewhere"] == {"id": 7} for state in second.states)
        marks = [[*state["bookmarks"][name].values()] for name in INCREMENTAL for state in (first.state, second.state)]
        assert all(before <= after for before, after in zip(marks[::2], marks[1::2], strict=True))
