"""Wherever a run is killed, a run from the last STATE brings every row."""

from __future__ import annotations

import signal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.zendesk_chat import ZendeskChatServer
from tests.harness import Run, Workplace
from tests.zendesk_chat.conftest import ChatTap, assert_complete, opened


def killed(tap: ChatTap, lines: int, **given: Any) -> Run:
    """Returns what a target has stored of a run that was killed after so many lines."""
    return tap.run(lines=lines, **given).acknowledged


@settings(max_examples=6, deadline=None)
@given(
    lines=st.integers(1, 400),
    page_size=st.integers(2, 30),
    changes=st.integers(0, 10),
    seed=st.integers(1, 50),
)
def test_killed_at_any_line(lines: int, page_size: int, changes: int, seed: int) -> None:
    with opened(15, seed) as tap:
        first = killed(tap, lines, page_size=page_size)
        tap.server.changes.live(seed, changes)
        second = tap.run(page_size=page_size, state=first.state)
        assert second.code == 0
        assert_complete(tap.server, first, second)


@settings(max_examples=4, deadline=None)
@given(
    kills=st.lists(st.integers(5, 400), min_size=2, max_size=4),
    page_size=st.integers(2, 12),
    churn=st.integers(0, 2),
)
def test_killed_again_and_again_while_chats_change(
    kills: list[int], page_size: int, churn: int
) -> None:
    with opened(15, churn=churn) as tap:
        runs: list[Run] = []
        state = None
        for lines in kills:
            runs.append(killed(tap, lines, page_size=page_size, state=state))
            state = runs[-1].state or state
        tap.server.options.churn = 0
        tap.clock.advance(600)
        last = tap.run(state=state)
        assert_complete(tap.server, *runs, last)


def test_killed_amid_more_chats_in_one_second_than_a_page_holds() -> None:
    with opened(120, burst=100) as tap:
        catalog = tap.catalog("zopim_chats")
        first = killed(tap, 70, catalog=catalog, page_size=30)
        assert first.state
        second = tap.run(catalog=catalog, state=first.state, page_size=30)
        assert_complete(tap.server, first, second, streams=["zopim_chats"])


@pytest.mark.process
def test_the_real_command_after_a_kill(command: tuple[Workplace, ZendeskChatServer]) -> None:
    tap, server = command
    first = tap.stopped(300, signal.SIGKILL, page_size=10).head(300).acknowledged
    second = tap.run(state=first.state)
    assert_complete(server, first, second)
