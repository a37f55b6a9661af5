"""The tables of docs/quota.md: their requests are those of real runs, their times those of the
vendor's windows.
"""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import blocks
from benchmarks.capacity import PAGE, SIZES, line
from benchmarks.plans import HELPDESKS, Helpdesk, Part, Plan, Size
from benchmarks.walk import WALKED, walk
from tests.inprocess import Offline
from tests.test_estimates import Make, desk, freshdesk, zendesk_chat_tap, zendesk_support

DAY = 86_400
NEAR = 0.05
"""By how much of a run's requests the formula may be wrong."""
RUNS: dict[str, tuple[Make, Size]] = {
    "tap_freshdesk": (freshdesk, Size(250, articles=8)),
    "tap_zendesk_support": (zendesk_support, Size(400, articles=4)),
    "tap_zendesk_chat": (zendesk_chat_tap, Size(300)),
    "tap_desk": (desk, Size(200, articles=4)),
}
"""Accounts, and how many articles or topics the sandbox gives them."""


def requests(of: Offline, **given: Any) -> tuple[int, dict[str, Any] | None]:
    """The requests of a run over the streams of a new catalog, and its state."""
    names = [stream.name for stream in of.tap.streams if stream.by_default]
    run = of.run(select=names, **given)
    assert run.code == 0, run.err
    return sum(map(run.requests, names)), run.state


@pytest.mark.parametrize("package", HELPDESKS)
def test_the_requests_of_the_tables_are_those_of_runs(package: str) -> None:
    make, size = RUNS[package]
    of, parts = make(size.tickets), HELPDESKS[package].parts
    first, state = requests(of)
    assert sum(part.first(size) for part in parts) == pytest.approx(first, rel=NEAR, abs=2)
    of.clock.advance(DAY)
    again, _ = requests(of, state=state)
    assert sum(part.again(size) for part in parts) == pytest.approx(again, rel=2 * NEAR, abs=2)


@pytest.mark.parametrize("package", HELPDESKS)
def test_the_page_shows_what_is_measured_now(package: str) -> None:
    helpdesk = HELPDESKS[package]
    shown = "| " + " | ".join(line(helpdesk, helpdesk.plans[0], SIZES[0])) + " |"
    assert shown in blocks.block(PAGE, f"capacity {package}").splitlines()


def helpdesk(like: str, *parts: Part) -> Helpdesk:
    """A vendor that tells its limits as ``like`` does."""
    of = HELPDESKS[like]
    return Helpdesk("", "tickets", (), parts, of.headers, of.rate_limits, of.window_start)


PLAN = Plan("small", 20, {"incremental-exports": 10})
LISTED, EXPORTED = Part("lists"), Part("exports", bucket="incremental-exports")


def test_a_walk_takes_as_many_windows_as_the_limit_less_the_reserve_needs() -> None:
    vendor = helpdesk("tap_zendesk_support", LISTED)
    took = walk(vendor, PLAN, [(LISTED, 100)])
    windows = 100 // 18  # 18 requests a minute; the first window need not be waited for
    assert took.seconds == pytest.approx(60 * windows, abs=1)
    assert (took.requests, took.refused, took.limit) == (100, 0, "account")


def test_a_walk_waits_for_the_bucket_that_is_used_up() -> None:
    vendor = helpdesk("tap_zendesk_support", EXPORTED, LISTED)
    took = walk(vendor, PLAN, [(EXPORTED, 90), (LISTED, 9)])
    assert took.seconds == pytest.approx(60 * 9, abs=1)
    assert (took.refused, took.limit) == (0, "incremental-exports")


def test_children_are_asked_for_as_their_parents_pages_come() -> None:
    vendor = helpdesk("tap_zendesk_support")
    below = Part("children", below=True)
    took = walk(vendor, PLAN, [(EXPORTED, 20), (below, 160)])
    assert took.limit == "account", "nine children for each export leave the exports' limit unused"
    assert took.seconds == pytest.approx(60 * (180 // 18 - 1), abs=61)


def test_a_long_walk_keeps_the_pace_of_its_beginning() -> None:
    vendor = helpdesk("tap_desk", LISTED)
    plan = Plan("large", 1_000)
    took = walk(vendor, plan, [(LISTED, 3 * WALKED)])
    assert took.seconds == pytest.approx(60 * 3 * WALKED / 900, rel=0.02)
