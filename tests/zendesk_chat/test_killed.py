"""Killed at any record, a run from the last STATE brings every row."""

from __future__ import annotations

import signal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.zendesk_chat.conftest import Opened, Whole

INCREMENTAL = (
    "zopim_chats",
    "chat_history",
    "chat_engagements",
    "chat_webpath",
    "chat_conversions",
    "agent_timeline",
)
INCREMENTAL += ("agent_events", "department_events", "conversions")


@settings(max_examples=20, deadline=None)
@given(
    after=st.integers(1, 900),
    page_size=st.integers(2, 30),
    changes=st.integers(0, 10),
    seed=st.integers(1, 50),
)
def test_killed_at_any_record_and_resumed(
    opened: Opened, whole: Whole, after: int, page_size: int, changes: int, seed: int
) -> None:
    with opened(chats=60, seed=seed) as tap:
        first = tap.stopped(after, signal.SIGKILL, page_size=page_size).head(after).acknowledged
        tap.server.app.live(seed, changes)
        second = tap.run(page_size=page_size, state=first.state)
        assert second.code == 0
        whole(tap.server, first, second)


@settings(max_examples=5, deadline=None)
@given(kills=st.lists(st.integers(200, 600), min_size=2, max_size=3), page_size=st.integers(5, 20))
def test_killed_again_and_again(
    opened: Opened, whole: Whole, kills: list[int], page_size: int
) -> None:
    with opened(chats=60) as tap:
        whole(
            tap.server,
            *tap.resumed(kills, signal.SIGKILL, page_size=page_size),
            streams=INCREMENTAL,
        )


def test_bookmarks_never_go_back_and_those_of_other_streams_stay(opened: Opened) -> None:
    with opened(chats=60) as tap:
        first = tap.run()
        tap.server.app.live(1, 30)
        foreign = {"bookmarks": {**first.state["bookmarks"], "elsewhere": {"id": 7}}}
        second = tap.run(state=foreign, page_size=5)
        assert second.state["bookmarks"]["elsewhere"] == {"id": 7}
        marks = [
            [*state["bookmarks"][name].values()]
            for name in INCREMENTAL
            for state in (first.state, second.state)
        ]
        assert all(before <= after for before, after in zip(marks[::2], marks[1::2], strict=True))
