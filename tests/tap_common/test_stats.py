"""Figures of a run by stream, from several threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tap_common.stats import Stats, StreamStats


def test_figures_add_up_by_stream() -> None:
    stats = Stats()
    stats.add("tickets", rows=3, requests=1)
    stats.add("tickets", retries=2, waited=1.5)
    stats.add("users", rows=1)
    assert stats.of("tickets") == StreamStats(rows=3, requests=1, retries=2, waited=1.5)
    assert stats.of("users") == StreamStats(rows=1)
    assert stats.of("groups") == StreamStats()


def count(stats: Stats) -> None:
    for _ in range(2_000):
        stats.add("tickets", requests=1)


def test_threads_do_not_lose_each_others_figures() -> None:
    stats = Stats()
    with ThreadPoolExecutor(8) as pool:
        for _ in range(8):
            pool.submit(count, stats)
    assert stats.of("tickets").requests == 16_000
