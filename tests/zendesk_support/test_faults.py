"""Replies that are broken, late or of the wrong shape: the run goes on, and nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import selecting
from tests.zendesk_support.conftest import Place, lost

PASSING: list[dict[str, Any]] = [
    {"kind": "cut", "every": 5},
    {"kind": "truncated", "every": 5},
    {"kind": "reset", "every": 7},
    {"kind": "status", "status": 503, "every": 5},
    {"kind": "status", "status": 502, "every": 6, "body": "html"},
    {"kind": "status", "status": 504, "every": 4},
    {"kind": "status", "status": 429, "every": 6, "retry_after": 0},
    {"kind": "status", "status": 423, "every": 6},
]


@pytest.mark.parametrize(
    "fault", PASSING, ids=lambda fault: f"{fault['kind']}-{fault.get('status', '')}"
)
def test_what_passes_is_waited_out(place: Place, fault: dict[str, Any]) -> None:
    server, taps = place(tickets=40)
    server.faults.set([{**fault, "path": "/api/*"}])
    run = taps.run(page_size=15)
    assert run.code == 0, run.err
    assert lost(server, run) == {}


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "lone_surrogate", "field": "subject", "path": "*/tickets/cursor*"},
        {"kind": "invalid_utf8", "field": "subject", "path": "*/tickets/cursor*"},
        {
            "kind": "value",
            "field": "satisfaction_rating",
            "value": "unoffered",
            "path": "*/tickets/cursor*",
        },
        {"kind": "value", "field": "via", "value": "Mail", "path": "*/ticket_events*"},
        {
            "kind": "value",
            "field": "actions",
            "value": [{"field": "x", "value": ["a", "b"]}],
            "path": "*/macros*",
        },
        {"kind": "value", "field": "updated_at", "value": None, "path": "*/group_memberships*"},
        {"kind": "value", "field": "updated_at", "value": None, "path": "*/groups*"},
    ],
    ids=lambda fault: f"{fault['kind']}-{fault['field']}",
)
def test_odd_values_stop_nothing(place: Place, fault: dict[str, Any]) -> None:
    server, taps = place(tickets=40)
    catalog = selecting(taps.discovered())
    server.faults.set([fault])
    run = taps.run(catalog=catalog)
    assert run.code == 0, run.err
    assert lost(server, run) == {}
    assert taps.breaches(run, catalog) == ""


def test_one_stream_that_fails_leaves_the_others_alone(place: Place) -> None:
    server, taps = place(tickets=40)
    catalog = selecting(taps.discovered())
    server.faults.set(
        [
            {
                "kind": "status",
                "status": 403,
                "path": "*/macros*",
                "body": {"error": {"title": "Forbidden", "message": "x"}},
            }
        ]
    )
    run = taps.run(catalog=catalog)
    assert run.code == 3
    assert lost(server, run).keys() == {"zendesk_macros"}
    assert "refused" in run.table()["zendesk_macros"][-4:] or "refused" in run.err
