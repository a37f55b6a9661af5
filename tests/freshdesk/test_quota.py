"""The quota is used to the full and kept, whatever its headers leave unsaid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.freshdesk import Account, Options, serve
from sandbox.times import http_date
from tests.freshdesk.conftest import Place, workplace
from tests.freshdesk.test_complete import missing
from tests.harness import selecting


def test_retry_after_can_be_a_moment_by_the_vendors_own_clock(tmp_path: Path) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with serve(Account(seed=1, tickets=10, epoch=tomorrow), Options(limit=0)) as server:
        moment = http_date(server.account.now() + 1)
        server.faults.set(
            [{"kind": "status", "status": 429, "retry_after": moment, "path": "*/roles", "nth": 1}]
        )
        run = workplace(server, tmp_path).run()
        assert run.code == 0, run.err
        assert missing(server, run) == {}


@pytest.mark.parametrize("window_start", ["first-request", "clock"])
def test_the_quota_is_used_without_a_refusal(place: Place, window_start: str) -> None:
    server, taps = place(
        tickets=60,
        limit=40,
        window_seconds=2,
        window_start=window_start,
        config={"rate_window_seconds": 2, "page_size": 100},
    )
    run = taps.run(catalog=selecting(taps.discovered(), "tickets", "conversations"))
    assert run.code == 0, run.err
    assert len(run.records("tickets")) == len(server.account.rows("tickets"))
    assert server.log.stats()["limited"] == 0
    assert "waiting until" in run.err


@pytest.mark.parametrize("counts", ["requests", "credits"])
def test_the_sub_limit_of_ticket_lists_counts_requests_or_credits(
    place: Place, counts: str
) -> None:
    server, taps = place(
        tickets=400, plan="growth", limit=None, window_seconds=2, sublimit_counts=counts
    )
    catalog = selecting(taps.discovered(rate_window_seconds=2), "tickets")
    run = taps.run(catalog=catalog, rate_window_seconds=2)
    assert run.code == 0, run.err
    assert len(run.records("tickets")) == len(server.account.rows("tickets"))
    assert (
        (server.log.stats()["limited"] > 0) == ("waiting until" in run.err) == (counts == "credits")
    )


def test_a_sub_limit_that_no_header_tells_is_learned_from_its_refusal(place: Place) -> None:
    server, taps = place(
        tickets=300,
        limit=10_000,
        contact_list_limit=6,
        window_seconds=2,
        config={"rate_window_seconds": 2},
    )
    run = taps.run(page_size=20)
    assert run.code == 0, run.err
    assert missing(server, run) == {}
    assert 1 <= server.log.stats()["limited"] <= 3
