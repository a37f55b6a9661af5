"""Pages that are too large for the vendor, and those that may be larger."""

from __future__ import annotations

from typing import Any

import pytest

from tests.zendesk_support.conftest import PER_TICKET, Site, assert_complete
from tests.zendesk_support.truth import Mode

TOO_LARGE = [500, 502, 503, 504, 520, 522, 524]
LISTS_ONLY = {"export_mode": "list"}


@pytest.mark.parametrize("status", TOO_LARGE)
@pytest.mark.parametrize(
    ("stream", "path", "large"),
    [
        ("tickets", "*/incremental/tickets/cursor*", "per_page=40"),
        ("organizations", "*/incremental/organizations*", "per_page=40"),
        ("zendesk_macros", "*/macros*", "=40"),
        ("ticket_metric_events", "*/ticket_metric_events*", "=40"),
    ],
)
def test_pages_that_are_too_large_are_halved(
    status: int, stream: str, path: str, large: str
) -> None:
    site = Site(60, config={"page_size": 40})
    site.fault("status", status=status, path=path, query=large)
    site.run(stream)
    assert_complete(site, stream)
    failures = [entry for entry in site.server.log.entries if entry.fault]
    assert failures


@pytest.mark.parametrize(
    ("streams", "path", "config", "mode"),
    [
        (("posts", "post_comments"), "*/posts/*/comments*", {}, "export"),
        (("audits",), "*/tickets/*/audits*", PER_TICKET, "per_ticket"),
        (("conversation_log",), "*/conversation_log*", {}, "export"),
        (("users", "user_identities"), "*/identities*", LISTS_ONLY, "list"),
    ],
)
@pytest.mark.parametrize("too_large", ["100", "10"])
def test_pages_below_a_parent_that_are_too_large_become_small_ones(
    streams: tuple[str, ...], path: str, config: dict[str, Any], mode: Mode, too_large: str
) -> None:
    """A part of the query is what is refused, so that 10 stands for 100, too."""
    site = Site(30, config=config)
    site.fault("status", status=504, path=path, query=f"page%5Bsize%5D={too_large}")
    site.run(*streams)
    assert_complete(site, *streams, mode=mode)
    assert any(entry.fault for entry in site.server.log.entries)


def test_a_parent_that_is_owed_is_asked_for_small_pages_too() -> None:
    """The release before owed each parent of which a page was too large."""
    site = Site(30, config=PER_TICKET)
    faulty = {"status": 504, "path": "*/tickets/*/audits*"}
    site.fault("status", query="page%5Bsize%5D", **faulty)
    owing = site.run("audits", code=3)
    assert owing.state is not None
    assert owing.state["bookmarks"]["audits"]["owed"]
    site.server.faults.set([])
    site.fault("status", query="page%5Bsize%5D=100", **faulty)
    site.run("audits")
    assert_complete(site, "audits", mode="per_ticket")


def test_pages_do_not_grow_beyond_what_the_api_accepts() -> None:
    site = Site(200)
    for rows in (1000, 200):
        path = "*/ticket_metric_events*"
        site.fault("status", status=400, path=path, query=f"page%5Bsize%5D={rows}")
    site.run("ticket_metric_events")
    assert_complete(site, "ticket_metric_events")
    assert len(site.requests()) > 6


def test_pages_grow_again_after_good_ones() -> None:
    site = Site(60, config={"page_size": 8})
    site.fault("truncated", path="*/tickets/cursor*", query="per_page=8", next=3)
    site.run("tickets")
    sizes = [entry.query.partition("per_page=")[2] for entry in site.server.log.entries]
    assert [size.partition("&")[0] for size in sizes if size][3:7] == ["4"] * 4
    assert sizes[-1].startswith("8")
    assert_complete(site, "tickets")
