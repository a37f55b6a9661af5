"""Lists from which rows go while they are read, in one run or in several that were killed."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from tests.freshdesk.conftest import Place
from tests.freshdesk.test_changes import latest, sent, truth
from tests.harness import selecting


def unlike(there: dict[int, Any], found: dict[int, Any]) -> dict[int, Any]:
    return {number: moment for number, moment in there.items() if found.get(number) != moment}


@pytest.mark.parametrize("stream", ["contacts", "companies", "time_entries"])
@pytest.mark.parametrize("page_size", [1, 3, 10])
def test_a_row_that_leaves_its_list_hides_no_other(
    place: Place, stream: str, page_size: int
) -> None:
    server, taps = place(tickets=700)
    for number, contact in enumerate(server.account.rows("contacts")[:60]):
        server.account.changes.move_contact(contact["id"], ("deleted", "blocked")[number % 2])
    catalog = selecting(taps.discovered(), stream)
    server.options.leaving = 5
    first = taps.run(catalog=catalog, page_size=page_size)
    assert first.code == 0, first.err
    server.options.leaving = 0
    second = taps.run(catalog=catalog, state=first.state)
    assert unlike(truth(server, stream), latest([first, second], stream)) == {}


def test_a_reading_that_was_killed_goes_on_where_it_was(place: Place) -> None:
    server, taps = place(tickets=2000, config={"page_size": 20})
    catalog = selecting(taps.discovered(), "contacts")
    first = taps.stopped(300, signal.SIGKILL, catalog=catalog).acknowledged
    others = len(truth(server, "contacts")) - len(sent(first, "contacts"))
    assert min(others, len(sent(first, "contacts"))) > 100
    second = taps.run(catalog=catalog, state=first.state)
    assert second.code == 0, second.err
    assert unlike(truth(server, "contacts"), latest([first, second], "contacts")) == {}
    assert len(second.records("contacts")) <= others + 20
    assert taps.breaches(second, catalog, state=first.state) == ""
    assert taps.run(catalog=catalog, state=second.state).requests("contacts") == 3


@pytest.mark.parametrize("contacts_filter", ["_updated_since", "none"])
@pytest.mark.parametrize("changes", [3, 40])
def test_what_changes_between_two_killed_runs_comes(
    place: Place, contacts_filter: str, changes: int
) -> None:
    server, taps = place(tickets=1500, contacts_filter=contacts_filter, config={"page_size": 10})
    catalog = selecting(taps.discovered(), "contacts")
    contacts = [row["id"] for row in server.account.rows("contacts") if not row.get("deleted")]
    runs = []
    for killed in range(4):
        state = runs[-1].state if runs else None
        runs.append(taps.stopped(150, signal.SIGKILL, catalog=catalog, state=state).acknowledged)
        for contact in contacts[killed * changes : (killed + 1) * changes]:
            server.account.changes.update_contact(contact)
        for contact in contacts[-(killed + 1) * changes : -killed * changes or None]:
            server.account.changes.move_contact(contact, "deleted")
    for _ in range(2):
        runs.append(taps.run(catalog=catalog, state=runs[-1].state))
        assert runs[-1].code == 0, runs[-1].err
    assert unlike(truth(server, "contacts"), latest(runs, "contacts")) == {}


def test_a_list_that_never_holds_still_fails_rather_than_losing_rows(place: Place) -> None:
    server, taps = place(tickets=300)
    body = [
        {"id": number, "name": "x", "updated_at": "2026-01-01T00:00:00Z"} for number in range(10)
    ]
    server.faults.set(
        [
            {
                "kind": "status",
                "status": 200,
                "path": "/api/v2/contacts",
                "query": "&page=",
                "body": body,
            }
        ]
    )
    run = taps.run(catalog=selecting(taps.discovered(), "contacts", "roles"), page_size=10)
    assert run.code == 3, run.err
    assert "contacts: the list changes faster than it can be read" in run.err


@pytest.mark.parametrize(
    "markers",
    [
        {"Note": "Progress is not resumable if interrupted.", "replication_key": "updated_at"},
        {
            "leaf": "elsewhere",
            "newest": "2026-05-01T00:00:00Z",
            "end": 100,
            "last": ["1 2026-05-01T00:00:00Z"],
        },
        {"leaf": "live", "newest": "", "end": 100, "last": []},
        {
            "leaf": ["live"],
            "newest": "2026-05-01T00:00:00Z",
            "end": 100,
            "last": ["1 2026-05-01T00:00:00Z"],
        },
        {"leaf": "live", "newest": 17000, "end": 100, "last": [["1"]]},
        {"leaf": "live", "newest": "2026-05-01T00:00:00Z", "end": 100, "last": 5},
        "half",
    ],
)
def test_progress_of_another_shape_is_none(place: Place, markers: Any) -> None:
    server, taps = place()
    state = {"bookmarks": {"contacts": {"progress_markers": markers}}}
    run = taps.run(catalog=selecting(taps.discovered(), "contacts"), state=state)
    assert run.code == 0, run.err
    assert sent(run, "contacts") == set(truth(server, "contacts"))
    assert run.state is not None
    assert "progress_markers" not in run.state["bookmarks"]["contacts"]
