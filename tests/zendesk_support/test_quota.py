"""Rate limits: what the headers say is kept, and no request is spent that is not needed."""

from __future__ import annotations

import math

import pytest

from benchmarks.least.zendesk_support import ON_REQUEST, least
from sandbox.times import parse
from tap_zendesk_support.tap import TAP
from tests.fewest import assert_few
from tests.zendesk_support.conftest import Site, assert_complete


def test_a_first_and_a_second_sync_need_few_requests() -> None:
    site = Site(150)
    log = site.server.log
    site.run()
    asked = log.endpoints.copy()
    log.reset()
    site.run()
    assert_few(asked, log.endpoints, least(site.server.app.rows))


def test_the_streams_of_a_new_catalog_need_few_requests() -> None:
    """Below 400 tickets the few more requests of which docs/quota.md tells weigh too much."""
    site = Site(400)
    log = site.server.log
    streams = [stream.name for stream in TAP.streams if stream.by_default]
    site.run(*streams)
    asked = log.endpoints.copy()
    log.reset()
    site.run(*streams)
    fewest = least(site.server.app.rows)
    assert_few(asked, log.endpoints, {name: fewest[name] for name in fewest.keys() - ON_REQUEST})


@pytest.mark.parametrize(
    ("stream", "requests"),
    [
        *(("side_conversation_events", 1), ("survey_responses", 1), ("csat_surveys", 1)),
        *(("zendesk_macros", 1), ("custom_objects", 1)),
        *(("custom_object_fields", 4), ("custom_object_records", 4)),
    ],
)
def test_less_than_a_page_takes_one_request(stream: str, requests: int) -> None:
    """What lies below custom objects takes one more for each of the three objects."""
    site = Site(60)
    for run in (1, 2):
        site.run(stream)
        assert len(site.requests()) == run * requests


@pytest.mark.parametrize(
    ("days", "start"), [(0, "2015-01-01"), (300, "2015-01-01"), (365, "2026-01-01")]
)
def test_a_sweep_ends_where_the_filter_begins(days: int, start: str) -> None:
    """The filter shows what is younger than its start in each run, so that is not swept."""
    config = {"ratings_lookback_days": days, "page_size": 5, "start_date": start}
    site = Site(300, ratings_filter="created_at", config=config)
    site.run("satisfaction_ratings")
    ratings = site.account.table("satisfaction_ratings").values()
    begin = parse(max(row["updated_at"] for row in ratings)) - days * 86_400 - 300
    younger = sum(parse(row["created_at"]) >= begin for row in ratings)
    swept = min(10, (len(ratings) - younger) // 5 + 1) if begin > parse(start) else 0
    asked = len(site.requests())
    site.run("satisfaction_ratings")
    assert len(site.requests()) - asked == max(1, math.ceil(younger / 5)) + swept


def test_the_buckets_of_exports_are_kept() -> None:
    site = Site(40, limit=None, bucket_limits={"incremental-exports": 3}, config={"page_size": 7})
    site.run("tickets", "organizations", "audits")
    assert site.server.log.statuses[429] == 0
    assert_complete(site, "tickets", "organizations", "audits")


def test_what_is_left_of_the_help_centres_limit_says_nothing_of_the_accounts() -> None:
    site = Site(700, limit=12, config={"page_size": 1})
    streams = ("triggers", "views", "labels", "agent_availabilities")
    site.run(*streams)
    assert site.server.log.statuses[429] == 0
    assert_complete(site, *streams)


def test_a_rate_limit_of_one_request_is_enough() -> None:
    site = Site(20, limit=1)
    site.run("tickets", "zendesk_groups")
    assert_complete(site, "tickets", "zendesk_groups")


@pytest.mark.parametrize("reset", ["25", "99999999999", "-4", "x", "9" * 400])
def test_a_reset_that_makes_no_sense_does_not_stop_the_run(reset: str) -> None:
    """The first reply speaks of another window; those after it know better."""
    site = Site(10, limit=4, window_seconds=1)
    site.fault("header", field="RateLimit-Reset", value=reset, path="/api/*", nth=1)
    before = site.clock.monotonic()
    site.run("tickets", "users", "organizations", "zendesk_groups", "zendesk_macros")
    assert site.clock.monotonic() - before < 200


def test_parents_share_the_quota_of_their_bucket() -> None:
    limits = {"ticket-audits-index": 5}
    config = {"audits_source": "per_ticket"}
    site = Site(30, limit=None, bucket_limits=limits, config=config)
    site.run("audits")
    assert site.server.log.statuses[429] <= 8
    assert_complete(site, "audits", mode="per_ticket")
