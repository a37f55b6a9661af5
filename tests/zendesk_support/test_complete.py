"""Every row of the account arrives, whatever the page size, the way of reading and the crowd in one second."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.zendesk_support import Account, Options, serve
from tests.harness import selecting
from tests.zendesk_support.conftest import HIDDEN_FROM_LISTS, KEYS, Place, lost, workplace


def test_every_stream_is_complete_and_keeps_the_contract(place: Place) -> None:
    server, taps = place(tickets=200)
    catalog = selecting(taps.discovered())
    run = taps.run(catalog=catalog)
    assert run.code == 0, run.err
    assert lost(server, run) == {}
    assert taps.breaches(run, catalog, "--no-duplicates") == ""
    again = taps.run(catalog=catalog, state=run.state)
    assert taps.breaches(again, catalog, state=run.state) == ""
    assert again.counts()["tickets"] == 0


def test_without_a_catalog_every_stream_is_synced(place: Place) -> None:
    server, taps = place()
    run = taps.run()
    assert run.code == 0, run.err
    assert lost(server, run) == {}
    assert set(run.counts()) == set(KEYS)
    assert all("fields" not in row for row in run.records("tickets"))


@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    tickets=st.integers(1, 80),
    page_size=st.integers(1, 120),
    largest=st.sampled_from([1000, 7]),
    cursor=st.sampled_from(["null", "same"]),
)
def test_for_any_account_and_any_page_size(
    seed: int, tickets: int, page_size: int, largest: int, cursor: str
) -> None:
    options = Options(limit=0, max_page=largest, empty_cursor=cursor)  # type: ignore[arg-type]
    with (
        serve(Account(seed=seed, tickets=tickets), options) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        run = workplace(server, Path(folder)).run(page_size=page_size)
        assert run.code == 0, run.err
        assert lost(server, run) == {}
        assert Counter(row["id"] for row in run.records("tickets")).most_common(1)[0][1] == 1


@pytest.mark.parametrize(
    ("stream", "crowd"),
    [
        ("tickets", "burst"),
        ("users", "user_burst"),
        ("organizations", "organization_burst"),
        ("audits", "event_burst"),
    ],
)
def test_more_than_a_page_in_one_second(place: Place, stream: str, crowd: str) -> None:
    server, taps = place(
        tickets=1300 if stream in ("tickets", "audits") else 60, crowd={crowd: 1200}
    )
    catalog = selecting(taps.discovered(), stream)
    run = taps.run(catalog=catalog)
    assert run.code == 0, run.err
    assert lost(server, run, besides=KEYS.keys() - {stream}) == {}
    assert taps.breaches(run, catalog) == ""
    assert taps.run(catalog=catalog, state=run.state).code == 0


@pytest.mark.parametrize(
    ("stream", "crowd"), [("organizations", "organization_burst"), ("audits", "event_burst")]
)
def test_a_crowded_second_of_which_larger_pages_time_out(
    place: Place, stream: str, crowd: str
) -> None:
    server, taps = place(tickets=100, crowd={crowd: 90}, slow_per_page=40)
    run = taps.run(catalog=selecting(taps.discovered(), stream))
    assert run.code == 0, run.err
    assert lost(server, run, besides=KEYS.keys() - {stream}) == {}
    assert run.err.count("read another way") == 1


@pytest.mark.parametrize(
    ("stream", "table", "code"), [("articles", "articles", 0), ("talk_calls", "calls", 3)]
)
def test_a_crowded_second_of_an_export_that_gives_no_larger_pages(
    place: Place, stream: str, table: str, code: int
) -> None:
    """Articles are in a list, too; calls are not, and what can't be read is no success."""
    server, taps = place(max_page=20)
    for _ in range(30):
        server.account.changes.add_row(table, at="2026-05-01T12:00:00Z")
    catalog = selecting(taps.discovered(), stream)
    run = taps.run(catalog=catalog)
    assert run.code == code, run.err
    assert bool(lost(server, run, besides=KEYS.keys() - {stream})) == bool(code)
    assert taps.breaches(run, catalog) == ""


def test_audits_ticket_by_ticket_are_the_same_audits(place: Place) -> None:
    server, taps = place(tickets=120)
    catalog = selecting(taps.discovered(), "audits", "ticket_comments")
    exact = taps.run(catalog=catalog, audits_source="per_ticket")
    assert exact.code == 0, exact.err
    assert lost(server, exact, besides=KEYS.keys() - {"audits", "ticket_comments"}) == {}
    assert taps.breaches(exact, catalog) == ""
    exported = {row["id"] for row in taps.run(catalog=catalog).records("ticket_comments")}
    assert {row["id"] for row in exact.records("ticket_comments")} <= exported


@pytest.mark.parametrize("mode", ["auto", "list"])
def test_lists_show_all_that_lists_can_show(place: Place, mode: str) -> None:
    server, taps = place(
        tickets=150,
        refused_exports=["tickets", "users", "organizations", "ticket_events"]
        if mode == "auto"
        else [],
    )
    catalog = selecting(taps.discovered())
    run = taps.run(catalog=catalog, export_mode=mode)
    assert run.code == 0, run.err
    assert lost(server, run, besides=HIDDEN_FROM_LISTS) == {}
    assert taps.breaches(run, catalog) == ""
    assert run.err.count("read from lists, which do not show") == 1
    again = taps.run(catalog=catalog, state=run.state, export_mode=mode)
    assert taps.breaches(again, catalog, state=run.state) == ""
    assert again.counts()["tickets"] < run.counts()["tickets"] / 2


def test_deleted_rows_are_listed_after_the_live_ones(place: Place) -> None:
    """Else one that is deleted in between would be missing, for good if the export opens where the live ones ended."""
    server, taps = place(refused_exports=["*"])
    assert (
        taps.run(catalog=selecting(taps.discovered(), "tickets", "users", "organizations")).code
        == 0
    )
    asked = [entry.path.removeprefix("/api/v2/") for entry in server.log.entries]
    last = {path: place for place, path in enumerate(asked)}
    assert (
        last["tickets"]
        < last["deleted_tickets"]
        < last["users"]
        < last["deleted_users"]
        < last["organizations"]
        < last["audit_logs"]
    )


def test_without_audit_logs_deleted_organizations_are_missing_from_lists(place: Place) -> None:
    _, taps = place(plan="professional")
    run = taps.run(catalog=selecting(taps.discovered(), "organizations"), export_mode="list")
    assert run.code == 0, run.err
    assert run.err.count("deleted organizations can't be listed: HTTP 403") == 1
    assert {row["deleted_at"] for row in run.records("organizations")} == {None}


def test_a_search_that_gives_no_larger_pages_than_lists(place: Place) -> None:
    server, taps = place(tickets=150)
    server.faults.set(
        [{"kind": "status", "status": 400, "path": "*search/export*", "query": "1000"}]
    )
    run = taps.run(catalog=selecting(taps.discovered(), "tickets"), export_mode="list")
    assert run.code == 0, run.err
    assert lost(server, run, besides=KEYS.keys() - {"tickets"}) == {}
