"""The table of docs/quota.md that says how many requests whole syncs take."""

from __future__ import annotations

from benchmarks import blocks
from benchmarks.request_counts import PAGE, VENDORS
from docs.taps import TAPS
from tests.fewest import MOST


def test_the_page_counts_all_streams_and_shows_hardly_more_than_the_fewest_requests() -> None:
    _, _, *lines = blocks.block(PAGE, "requests").splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines]
    whole = {account.split(",")[0]: streams for account, streams, *_ in rows if "all" in streams}
    assert sorted(whole) == sorted(vendor.name for vendor in VENDORS.values())
    assert sorted(whole.values()) == sorted(f"all {len(tap.streams)}" for tap in TAPS)
    assert all(float(row[number]) <= MOST for row in rows for number in (4, 7))
