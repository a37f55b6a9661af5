"""What changes while it is read."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from sandbox.times import stamp
from tests.harness import selecting
from tests.zendesk_support.conftest import KEYS, Place, lost


@pytest.mark.parametrize(("vanishing", "code"), [(2, 0), (99, 3)])
def test_a_numbered_list_that_gets_shorter_while_it_is_read_loses_no_row(
    place: Place, vanishing: int, code: int
) -> None:
    server, taps = place()
    for _ in range(250):
        server.account.changes.add_row("sla_policies")
    catalog = selecting(taps.discovered(), "sla_policies")
    server.options.vanishing = vanishing
    run = taps.run(catalog=catalog, activate_version=True)
    assert run.code == code, run.err
    assert lost(server, run, besides=KEYS.keys() - {"sla_policies"}) == {}
    assert sum(message["type"] == "ACTIVATE_VERSION" for message in run.messages) == (not code)


@pytest.mark.parametrize("cursor", ["null", "same"])
def test_a_page_without_rows_that_says_there_are_more_is_the_last(
    place: Place, cursor: str
) -> None:
    server, taps = place(empty_cursor=cursor)
    streams = ("tickets", "users", "organizations", "audits")
    catalog = selecting(taps.discovered(), *streams)
    server.faults.set(
        [{"kind": "value", "field": "end_of_stream", "value": False, "path": "*/incremental/*"}]
    )
    run = taps.run(catalog=catalog, start_date=stamp(server.account.now() - 3600))
    assert run.code == 0, run.err
    assert run.counts() == dict.fromkeys(streams, 0)
    assert {run.requests(stream) for stream in streams} == {1}


def test_no_start_time_is_later_than_now(place: Place) -> None:
    """Events of service targets may bear a time to come, and so may a bookmark."""
    server, taps = place()
    catalog = selecting(
        taps.discovered(), "ticket_metric_events", "ticket_skips", "satisfaction_ratings"
    )
    later = stamp(server.account.now() + 86_400)
    marks = {"ticket_metric_events": {"time": later}, "ticket_skips": {"updated_at": later}}
    run = taps.run(catalog=catalog, state={"bookmarks": marks})
    assert run.code == 0, run.err
    asked = [dict(parse_qsl(entry.query)).get("start_time") for entry in server.log.entries]
    assert max(int(moment) for moment in asked if moment) <= server.account.now() - 60
