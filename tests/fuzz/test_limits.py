"""Nothing that a vendor sends makes a tap wait, walk or read without a limit."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from random import Random

import pytest

from sandbox.wire import Reply
from tests.fuzz.cases import Case, Spoiler, alarm, faults
from tests.fuzz.mutations import MUTATIONS, Mutation
from tests.fuzz.subjects import NAMES, NOW, baseline, subject
from tests.harness import Run

WINDOW = 60
MEGABYTE = 1_000_000
LOOPS = sorted(name for name, mutation in MUTATIONS.items() if mutation.again is not None)


def spoilt(tap: str, apply: Callable[[Reply], Reply], endpoint: str = "") -> tuple[Run, float, int]:
    """A run whose replies are spoilt, the simulated seconds it took, and its requests."""

    def changed(reply: Reply, _dice: Random) -> Reply:
        return apply(reply)

    case = Case(1, tap, Mutation("test", "broken", changed), endpoint, 1, 0, {})
    with subject(tap, page_size=2, concurrency=1) as offline:
        spoiler = Spoiler(case, offline.server)
        with spoiler.spoiling(), alarm(60):
            run = offline.run(catalog=offline.catalog())
        assert spoiler.struck > 0
        return run, offline.clock.monotonic(), spoiler.requests


@pytest.mark.parametrize("tap", NAMES)
def test_a_vendor_that_asks_to_wait_for_a_day_fails_the_stream_at_once(tap: str) -> None:
    def wait(reply: Reply) -> Reply:
        return Reply(503, b"", {"Retry-After": "86400"}, reply.endpoint)

    endpoint = baseline(tap).endpoints[-1]
    run, seconds, _ = spoilt(tap, wait, endpoint)
    assert run.code == 3
    assert seconds < WINDOW


@pytest.mark.parametrize(
    ("tap", "reset"), list(zip(NAMES, [NOW.timestamp() + 30, 1e300] * 2, strict=True))
)
def test_a_reset_of_any_kind_is_waited_for_no_longer_than_a_window(tap: str, reset: float) -> None:
    def used_up(reply: Reply) -> Reply:
        changed = dict(reply.headers)
        for name in ("X-Rate-Limit", "X-RateLimit", "RateLimit"):
            changed[f"{name}-Remaining"] = "0"
            changed[f"{name}-Reset"] = f"{reset:.0f}"
        return Reply(reply.status, reply.body, changed, reply.endpoint)

    run, seconds, requests = spoilt(tap, used_up)
    assert run.code == 0, run.err
    assert faults(run) == []
    assert seconds <= requests * (WINDOW + 1)


@pytest.mark.parametrize(
    ("tap", "loop"), list(zip(NAMES * 2, [*LOOPS, *LOOPS[1:], LOOPS[0]], strict=True))
)
def test_a_walk_that_leads_in_circles_ends(tap: str, loop: str) -> None:
    with subject(tap, page_size=2, concurrency=1) as offline:
        spoiler = Spoiler(Case(1, tap, MUTATIONS[loop], "", 1, 0, {}), offline.server)
        with spoiler.spoiling(), alarm(60):
            run = offline.run(catalog=offline.catalog())
    assert faults(run) == []


def test_a_reply_that_unpacks_to_much_costs_no_more_memory_than_the_limit() -> None:
    tap = "tap-zendesk-chat"
    endpoint = baseline(tap).endpoints[-1]
    bomb = MUTATIONS["unpacks to much"].apply(Reply(), Random(1))
    tracemalloc.start()
    try:
        run, _, _ = spoilt(tap, lambda _reply: bomb, endpoint)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert run.code == 3
    assert "is larger than 5 MB" in run.err
    assert peak < 50 * MEGABYTE
