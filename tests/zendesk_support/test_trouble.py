"""Refusals, throttling, large pages, bad cursors, dying tokens and kills."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.zendesk_support import ZendeskSupportServer
from tests.harness import Workplace, selecting
from tests.zendesk_support.conftest import HIDDEN_FROM_LISTS, KEYS, Place, lost

OAUTH = ("client_id", "client_secret", "refresh_token", "subdomain")


def oauth(server: ZendeskSupportServer, taps: Workplace, *names: str) -> None:
    for name in ("email", "api_token"):
        taps.config.pop(name)
    taps.config.update({name: server.credentials[name] for name in names})


def test_exports_refused_in_mid_run(place: Place) -> None:
    server, taps = place(tickets=120, refuse_exports_after=2, seed=3)
    catalog = selecting(taps.discovered(), "tickets", "users", "audits")
    run = taps.run(catalog=catalog, page_size=20)
    assert run.code == 0, run.err
    assert taps.breaches(run, catalog) == ""
    assert not {"tickets", "users"} & lost(server, run).keys()
    server.options.refuse_exports_after = None
    after = taps.run(catalog=catalog, state=run.state)
    assert after.code == 0, after.err
    assert not {"tickets", "users", "audits"} & lost(server, run, after).keys()


def test_an_export_that_opens_again_goes_on_where_the_lists_ended(place: Place) -> None:
    server, taps = place(
        tickets=80, refused_exports=["tickets", "users", "organizations", "ticket_events"]
    )
    first = taps.run()
    server.options.refused_exports = ()
    changed = server.account.changes.do("wait", seconds=600)
    server.account.changes.do(
        "update_ticket",
        ticket=next(row["id"] for row in first.records("tickets") if row["status"] == "open"),
    )
    server.account.changes.do("wait", seconds=600)
    second = taps.run(state=first.state)
    assert second.code == 0, second.err
    assert changed == {}
    assert lost(server, first, second, besides=HIDDEN_FROM_LISTS) == {}
    assert 1 <= second.counts()["tickets"] < 10


def test_incremental_mode_fails_where_exports_are_refused(place: Place) -> None:
    _, taps = place(refused_exports=["*"])
    run = taps.run(
        catalog=selecting(taps.discovered(), "tickets", "zendesk_groups"), export_mode="incremental"
    )
    assert run.code == 3
    assert run.counts() == {"tickets": 0, "zendesk_groups": run.counts()["zendesk_groups"]}


def test_a_plan_without_some_features(place: Place) -> None:
    _, taps = place(plan="team")
    catalog = taps.discovered()
    run = taps.run(catalog=catalog)
    assert run.code == 0, run.err
    assert run.counts()["tickets"] == 60
    everything = taps.run(catalog=selecting(catalog, "tickets", "custom_roles"))
    assert everything.code == 0
    assert "custom_roles" in everything.err


def test_pages_that_are_too_much_are_halved(place: Place) -> None:
    server, taps = place(tickets=90, slow_per_page=11)
    run = taps.run(page_size=50)
    assert run.code == 0, run.err
    assert lost(server, run) == {}
    assert sum(entry.status == 504 for entry in server.log.entries) < 60


def test_a_refused_cursor_falls_back_to_its_moment(place: Place) -> None:
    _, taps = place()
    catalog = selecting(taps.discovered(), "tickets", "users")
    first = taps.run(catalog=catalog)
    state: Any = first.state
    for mark in state["bookmarks"].values():
        mark["cursor"] = "no cursor"
    second = taps.run(catalog=catalog, state=state)
    assert second.code == 0, second.err
    assert "the cursor is refused" in second.err
    assert second.counts()["tickets"] < 30
    assert taps.breaches(second, catalog, state=state) == ""


def test_a_state_of_singer_ios_tap_is_understood(place: Place) -> None:
    _, taps = place()
    moment = sorted(row["generated_timestamp"] for row in taps.run().records("tickets"))[40]
    run = taps.run(state={"bookmarks": {"tickets": {"generated_timestamp": moment}}})
    assert all(row["generated_timestamp"] >= moment - 300 for row in run.records("tickets"))
    assert run.counts()["tickets"] >= 20


def test_the_last_minute_comes_with_the_next_run(place: Place) -> None:
    server, taps = place()
    first = taps.run()
    number = next(iter(server.account.changes.do("new_ticket")["tickets"]))
    second = taps.run(state=first.state)
    assert number not in {row["id"] for row in second.records("tickets")}
    server.account.changes.do("wait", seconds=120)
    third = taps.run(state=second.state)
    assert number in {row["id"] for row in third.records("tickets")}


@pytest.mark.parametrize("status", [200, 201])
def test_a_rotating_token_that_dies_in_mid_run(place: Place, status: int) -> None:
    server, taps = place(access_token_seconds=600, token_status=status, seconds_per_request=20)
    oauth(server, taps, *OAUTH)
    run = taps.run()
    assert run.code == 0, run.err
    assert lost(server, run) == {}
    kept = json.loads((taps.folder / "config.json").read_text())
    assert kept["refresh_token"] != taps.config["refresh_token"]
    taps.config.update(refresh_token=kept["refresh_token"], access_token=kept["access_token"])
    assert taps.run(catalog=selecting(taps.discovered(), "tickets")).code in (0, 1)
    assert kept["refresh_token"] not in run.err


def test_killed_right_after_the_refresh_the_new_pair_is_on_disk(place: Place) -> None:
    server, taps = place(latency_ms=200)
    oauth(server, taps, *OAUTH)
    process = taps.start()
    path = taps.folder / "config.json"
    old = taps.config["refresh_token"]
    while process.poll() is None and json.loads(path.read_text())["refresh_token"] == old:
        pass
    process.kill()
    process.communicate()
    server.options.latency_ms = 0
    kept = json.loads(path.read_text())
    taps.config.update({name: kept[name] for name in ("access_token", "refresh_token")})
    run = taps.run()
    assert run.code == 0, run.err


def test_client_credentials(place: Place) -> None:
    server, taps = place()
    oauth(server, taps, "client_id", "client_secret", "subdomain")
    assert taps.run().code == 0


def test_wrong_credentials_stop_the_run_with_one_line(place: Place) -> None:
    _, taps = place()
    run = taps.run(api_token="wrong")
    assert run.code == 1
    assert run.err.count("CRITICAL") == 1
    assert "Traceback" not in run.err


@settings(max_examples=6, deadline=None)
@given(data=st.data())
def test_cut_off_anywhere_and_resumed_nothing_is_lost(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from sandbox.zendesk_support import Account, Options, serve
    from tests.zendesk_support.conftest import workplace

    with serve(
        Account(seed=data.draw(st.integers(0, 999)), tickets=70), Options(limit=0)
    ) as server:
        taps = workplace(server, tmp_path_factory.mktemp("cut"), page_size=9)
        whole = taps.run()
        killed = whole.head(data.draw(st.integers(1, len(whole.messages))))
        second = taps.run(state=killed.state)
        assert second.code == 0, second.err
        assert lost(server, killed.acknowledged, second) == {}


def test_custom_fields_are_typed(place: Place) -> None:
    _, taps = place()
    catalog = taps.discovered()
    schemas = {entry["stream"]: entry["schema"]["properties"] for entry in catalog["streams"]}
    assert schemas["users"]["user_fields"]["properties"]
    assert "enum" not in json.dumps(catalog)
    run = taps.run(custom_fields_map=True)
    ticket = next(row for row in run.records("tickets") if row["custom_fields"])
    assert ticket["custom_fields_map"] == {
        str(field["id"]): field["value"] for field in ticket["custom_fields"]
    }


def test_audits_that_may_not_be_seen_are_not_taken_for_read(place: Place) -> None:
    server, taps = place()
    catalog = selecting(taps.discovered(), "audits")
    server.faults.set([{"kind": "status", "status": 403, "path": "*/audits*"}])
    first = taps.run(catalog=catalog, audits_source="per_ticket")
    assert first.code == 3
    server.faults.set([])
    second = taps.run(catalog=catalog, state=first.state, audits_source="per_ticket")
    assert second.code == 0, second.err
    assert lost(server, second, besides=KEYS.keys() - {"audits"}) == {}


@pytest.mark.parametrize("tickets", [20, 400])
@pytest.mark.parametrize("status", [403, 404, 422])
def test_an_account_without_side_conversations_is_not_asked_for_ever(
    place: Place, status: int, tickets: int
) -> None:
    server, taps = place(tickets=tickets)
    catalog = selecting(taps.discovered(), "side_conversations")
    server.faults.set([{"kind": "status", "status": status, "path": "*/side_conversations*"}])
    run = taps.run(catalog=catalog)
    assert run.code == 3
    assert run.states[-1]["bookmarks"] == {}
    assert sum("side_conversations" in entry.path for entry in server.log.entries) <= 120


def test_a_rate_limit_of_one_request_is_enough(place: Place) -> None:
    server, taps = place()
    catalog = selecting(taps.discovered(), "tickets", "zendesk_groups")
    server.options.limit, server.options.window_seconds = 1, 1
    run = taps.run(catalog=catalog)
    assert run.code == 0, run.err
    assert run.counts()["tickets"] == 60


def test_killed_among_the_lists_that_took_over_from_an_export(place: Place) -> None:
    """Tickets that the system updated are late in the export and early in the lists."""
    server, taps = place(tickets=90)
    open_ones = [
        row for row in taps.run().records("tickets") if row["status"] not in ("closed", "deleted")
    ]
    for number in [row["id"] for row in sorted(open_ones, key=lambda row: str(row["updated_at"]))][
        9:20:2
    ]:
        server.account.changes.do("system_update", ticket=number)
    server.account.changes.do("wait", seconds=600)
    catalog = selecting(taps.discovered(), "tickets")
    server.options.refuse_exports_after = 8
    whole = taps.run(catalog=catalog, page_size=9)
    for number in range(8, len(whole.states) - 1):
        first = whole.until_state(number)
        second = taps.run(catalog=catalog, state=first.state, page_size=9)
        assert second.code == 0, second.err
        assert lost(server, first, second, besides=KEYS.keys() - {"tickets"}) == {}


@pytest.mark.parametrize("refused", [["ticket_events"], ["ticket_events", "tickets"]])
def test_the_past_of_a_ticket_that_changed_during_the_last_minute(
    place: Place, refused: list[str]
) -> None:
    """The ticket export holds it back; the event export, open again, begins behind its older audits."""
    server, taps = place(refused_exports=refused)
    catalog = selecting(taps.discovered(), "audits")
    for row in taps.run().records("tickets"):
        if row["status"] in ("new", "open"):
            server.account.changes.do("update_ticket", ticket=row["id"])
    first = taps.run(catalog=catalog)
    server.options.refused_exports = ()
    server.account.changes.do("wait", seconds=600)
    second = taps.run(catalog=catalog, state=first.state)
    assert second.code == 0, second.err
    assert lost(server, first, second, besides=KEYS.keys() - {"audits"}) == {}
    assert second.counts()["audits"] < first.counts()["audits"] / 2


def test_a_subdomain_that_is_nobodys(place: Place) -> None:
    server, taps = place()
    server.faults.set([{"kind": "status", "status": 404, "body": "html", "path": "/api/*"}])
    run = taps.run()
    assert run.code == 1
    assert run.err.count("CRITICAL not one stream of this account could be read") == 1


def test_bookmarks_that_are_to_come_are_told(place: Place) -> None:
    _, taps = place()
    later = {
        "tickets": {"generated_timestamp": 4_102_444_800},
        "users": {"updated_at": "2999-01-01T00:00:00Z"},
    }
    catalog = selecting(taps.discovered(), "tickets", "users", "audits")
    run = taps.run(
        catalog=catalog,
        state={"bookmarks": {**later, "audits": {"created_at": "2999-01-01T00:00:00Z"}}},
    )
    assert run.code == 0, run.err
    assert run.err.count("what changes before then is not read") == 3


def test_a_rate_window_that_is_told_to_end_sooner_ends_sooner(place: Place) -> None:
    """The first reply speaks of a long window; those after it know better."""
    server, taps = place(limit=0)
    catalog = selecting(
        taps.discovered(), "tickets", "users", "organizations", "zendesk_groups", "zendesk_macros"
    )
    server.options.limit, server.options.window_seconds = 4, 1
    server.faults.set(
        [{"kind": "header", "field": "RateLimit-Reset", "value": 25, "path": "/api/*", "nth": 1}]
    )
    run = taps.run(catalog=catalog)
    assert run.code == 0, run.err
    assert "waiting until" not in run.err


@pytest.mark.parametrize(
    ("stream", "leaf", "value"),
    [
        ("tickets", "generated_timestamp", [1]),
        ("tickets", "list_updated_at", "yesterday"),
        ("users", "updated_at", "yesterday"),
        ("users", "updated_at", True),
        ("audits", "created_at", {}),
        ("ticket_metric_events", "time", 17),
    ],
)
def test_a_bookmark_that_is_no_moment_is_not_taken_for_none(
    place: Place, stream: str, leaf: str, value: Any
) -> None:
    _, taps = place()
    run = taps.run(
        catalog=selecting(taps.discovered(), stream), state={"bookmarks": {stream: {leaf: value}}}
    )
    assert run.code == 2
    assert (
        run.err.count(f"CRITICAL state: bookmarks.{stream}.{leaf} is {value!r}, not a date-time")
        == 1
    )
