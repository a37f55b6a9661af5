"""Every row of the account arrives with every field, however it is paged and read."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.zendesk_support import Account, Options, serve
from sandbox.zendesk_support.tables import audit_log
from tests.harness import Workplace, selecting
from tests.truth import assert_holds, assert_references, schema_of, selected
from tests.zendesk_support.conftest import (
    ALL,
    EACH_WAY,
    HISTORY,
    START,
    Site,
    assert_complete,
    examples,
)
from tests.zendesk_support.truth import Mode, expected


def test_every_stream_is_complete() -> None:
    site = Site(50)
    site.run()
    assert_complete(site)


@pytest.mark.process
def test_the_output_is_clean_by_the_strict_checker(tmp_path: Path) -> None:
    with serve(Account(tickets=20), Options(limit=0)) as server:
        login = {name: server.credentials[name] for name in ("subdomain", "email", "api_token")}
        config = {"base_url": server.url, "start_date": START, **login}
        taps = Workplace(tmp_path, "tap_zendesk_support", config)
        catalog = selecting(taps.discovered())
        first = taps.run(catalog=catalog)
        server.changes.live(3, 40)
        second = taps.run(catalog=catalog, state=first.state)
        for run, state in ((first, None), (second, first.state)):
            assert run.code == 0, run.err
            assert taps.breaches(run, catalog, state=state) == ""


def test_every_reference_leads_to_a_row() -> None:
    """-1 stands for the system or a bot, and 0 for nobody."""
    server = Site(60).server
    rows = {stream: _without_nobody(expected(server, stream)) for stream in ALL}
    assert_references(rows, partial(schema_of, "tap_zendesk_support"))


def _without_nobody(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nobody(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_without_nobody(member) for member in value]
    return None if type(value) is int and value in (-1, 0) else value


def test_without_a_catalog_every_stream_is_synced() -> None:
    site = Site(15)
    run = site.run(catalog=None)
    assert set(run.counts()) == set(ALL)
    assert_complete(site)


@examples(4)
@given(
    seed=st.integers(0, 10**6),
    tickets=st.integers(1, 20),
    page_size=st.integers(5, 60),
    max_page=st.sampled_from([1000, 7]),
    cursor=st.sampled_from(["null", "same"]),
    border=st.sampled_from(["repeats", "whole"]),
)
def test_for_any_account_and_any_page(
    seed: int, tickets: int, page_size: int, max_page: int, cursor: str, border: str
) -> None:
    options: dict[str, Any] = {"max_page": max_page, "empty_cursor": cursor, "time_border": border}
    site = Site(tickets, seed=seed, config={"page_size": page_size}, **options)
    site.run(*EACH_WAY)
    assert_complete(site, *EACH_WAY)
    sent = Counter(row["id"] for row in site.sent("tickets"))
    assert sent.most_common(1)[0][1] == 1


def test_pages_of_one_row() -> None:
    site = Site(8, config={"page_size": 1})
    site.run(*EACH_WAY)
    assert_complete(site, *EACH_WAY)


@pytest.mark.parametrize(("stream", "crowd"), [("tickets", "burst"), ("users", "user_burst")])
def test_more_rows_than_a_page_in_one_second(stream: str, crowd: str) -> None:
    site = Site(90, crowd={crowd: 70}, config={"page_size": 20}, max_page=50)
    site.run(stream)
    assert_complete(site, stream)


@pytest.mark.parametrize("larger", [{"max_page": 20}, {"slow_per_page": 25}], ids=str)
@pytest.mark.parametrize(
    ("stream", "crowd", "mode", "same"),
    [
        ("organizations", "organization_burst", "list", ("id", "updated_at", "deleted_at")),
        ("audits", "event_burst", "per_ticket", ("id", "ticket_id", "created_at", "author_id")),
    ],
)
def test_a_crowded_second_that_the_export_does_not_get_past(
    stream: str, crowd: str, mode: Mode, same: tuple[str, ...], larger: dict[str, int]
) -> None:
    """Its rows are read another way, which shows less of some of them."""
    site = Site(60, crowd={crowd: 50}, config={"page_size": 12}, **larger)
    run = site.run(stream)
    assert run.err.count("read another way") == 1
    by_export = {row["id"]: row for row in expected(site.server, stream)}
    by_list = {row["id"]: row for row in expected(site.server, stream, mode)}
    sent = {row["id"]: row for row in site.sent(stream)}
    assert sent.keys() >= by_list.keys()
    for key, row in sent.items():
        if row != by_export[key]:
            assert {name: row[name] for name in same} == {name: by_list[key][name] for name in same}


@pytest.mark.parametrize("change", ["update_ticket", "system_update"])
def test_a_crowded_second_has_events_of_tickets_that_changed_just_now(change: str) -> None:
    """Their export holds these tickets back."""
    site = Site(60, crowd={"event_burst": 50}, config={"page_size": 12}, max_page=20)
    at = Counter(row["created_at"] for row in expected(site.server, "audits")).most_common(1)[0][0]
    exact = expected(site.server, "audits", "per_ticket")
    crowded = [row for row in exact if row["created_at"] == at]
    site.changes.do(change, ticket=crowded[-1]["ticket_id"])
    site.run("audits")
    assert {row["id"] for row in crowded} <= {row["id"] for row in site.sent("audits")}


def test_a_crowded_second_shows_one_audit_of_a_ticket_that_the_export_leaves_out() -> None:
    crowd = {"event_burst": 50}
    site = Site(60, crowd=crowd, messaging_events=False, config={"page_size": 12}, max_page=20)
    site.run("audits")
    exact = {row["id"] for row in expected(site.server, "audits", "per_ticket")}
    assert exact <= {row["id"] for row in site.sent("audits")}


def test_a_crowded_second_of_articles_comes_from_their_list() -> None:
    site = Site(max_page=20)
    for _ in range(30):
        site.changes.add_row("articles", at="2026-06-01T12:00:00Z")
    site.run("articles")
    assert_complete(site, "articles")
    site.changes.add_row("articles")
    site.later()
    site.run("articles")
    assert_complete(site, "articles")


@pytest.mark.parametrize("stream", ["talk_calls", "talk_legs"])
def test_a_crowded_second_of_talk_is_a_failure(stream: str) -> None:
    """There is no other way to read it, and what can't be read is no success."""
    site = Site(max_page=20)
    table = stream.removeprefix("talk_")
    for _ in range(30):
        site.changes.add_row(table, at="2026-06-01T12:00:00Z")
    run = site.run(stream, code=3)
    assert "there is no other way to read them" in run.err
    site.changes.add_row(table)
    site.later()
    run = site.run(stream, code=3)
    assert "there is no other way to read them" in run.err


@pytest.mark.parametrize("count", [1, 9, 12])
def test_calls_of_one_second_that_fit_on_a_page_are_no_failure(count: int) -> None:
    site = Site(20, config={"start_date": "2026-06-01T12:00:00Z"})
    for _ in range(count):
        site.changes.add_row("calls", at="2026-06-01T12:00:00Z")
    for _ in range(2):
        site.run("talk_calls")
    assert len({row["id"] for row in site.sent("talk_calls")}) == count
    site.changes.add_row("calls")
    site.later()
    site.run("talk_calls")
    assert len({row["id"] for row in site.sent("talk_calls")}) == count + 1


def test_the_history_ticket_by_ticket() -> None:
    site = Site(40, config={"audits_source": "per_ticket"})
    site.run("audits", "ticket_comments")
    assert_complete(site, "audits", "ticket_comments", mode="per_ticket")


@pytest.mark.parametrize("mode", ["auto", "list"])
def test_lists_show_what_lists_can_show(mode: str) -> None:
    refused = ["*"] if mode == "auto" else []
    site = Site(40, refused_exports=refused, config={"export_mode": mode})
    run = site.run(*EACH_WAY, code=0)
    assert run.err.count("read from lists, which do not show") == 1
    assert_complete(
        site, *[name for name in EACH_WAY if name != "ticket_metric_events"], mode="list"
    )
    kept = [row for row in expected(site.server, "tickets") if row["status"] != "deleted"]
    readable = {row["id"] for row in kept}
    events = expected(site.server, "ticket_metric_events")
    below = [row for row in events if row["ticket_id"] in readable]
    assert_holds(below, site.sent("ticket_metric_events"), stream="ticket_metric_events")


def test_deleted_rows_are_listed_after_the_live_ones() -> None:
    """Otherwise one that is deleted in between would be missing."""
    site = Site(refused_exports=["*"])
    site.run("tickets", "users", "organizations")
    last = {endpoint: place for place, endpoint in enumerate(site.requests())}
    order = ("tickets", "deleted_tickets", "users", "deleted_users", "organizations", "audit_logs")
    assert sorted(order, key=last.__getitem__) == list(order)


@pytest.mark.parametrize(
    ("kind", "action"), [("organization", "create"), ("rule", "destroy")], ids=" ".join
)
def test_only_the_end_of_an_organization_in_the_audit_log_says_that_it_is_deleted(
    kind: str, action: str
) -> None:
    site = Site(config={"export_mode": "list"})
    at = site.account.now()
    rows = expected(site.server, "organizations")
    live = next(row["id"] for row in rows if row["deleted_at"] is None)
    log = audit_log(9_000, at, kind=kind, action=action, label=action, text="", source=live)
    site.account.table("audit_logs")[log["id"]] = log
    site.run("organizations")
    assert_complete(site, "organizations", mode="list")


def test_without_audit_logs_deleted_organizations_are_missing_from_lists() -> None:
    site = Site(plan="professional", config={"export_mode": "list"})
    run = site.run("organizations")
    assert run.err.count("deleted organizations can't be listed: HTTP 403") == 1
    rows = expected(site.server, "organizations", "list")
    live = [row for row in rows if row["deleted_at"] is None]
    assert_holds(live, site.sent("organizations"), stream="organizations")


def test_a_search_that_gives_no_larger_pages_than_lists() -> None:
    site = Site(40, config={"export_mode": "list"})
    site.fault("status", status=400, path="*search/export*", query="1000")
    site.run("tickets")
    assert_complete(site, "tickets", mode="list")


def test_archived_tickets_come_whatever_status_the_search_index_has() -> None:
    """The index may be old, so the status in it does not tell archived tickets from live ones."""
    site = Site(40, config={"export_mode": "list"})
    site.fault("value", field="status", value="open", path="*search/export*")
    site.run("tickets")
    rows = selected(expected(site.server, "tickets", "list"), site.catalog("tickets"), "tickets")
    found = {row["id"] for row in site.sent("tickets") if row["status"] == "open"}
    wanted = [{**row, "status": "open"} if row["id"] in found else row for row in rows]
    assert_holds(wanted, site.sent("tickets"), stream="tickets")


def test_what_the_search_alone_says_of_a_ticket_is_no_field_of_it() -> None:
    site = Site(40, config={"export_mode": "list", "unknown_fields": "fail"})
    site.run("tickets")
    assert_complete(site, "tickets", mode="list")


@pytest.mark.parametrize("place", ["inside", "beside", "both"])
@pytest.mark.parametrize("deleted", ["present", "null", "missing"])
def test_metric_sets_wherever_they_are(place: str, deleted: str) -> None:
    site = Site(metric_sets=place, deleted_metric_set=deleted)
    site.run("tickets", "zendesk_ticket_metrics")
    assert_complete(site, "tickets", "zendesk_ticket_metrics")


def test_metric_sets_inside_tickets_are_no_unknown_field_of_them() -> None:
    site = Site(metric_sets="inside", config={"unknown_fields": "fail"})
    site.run("tickets", "zendesk_ticket_metrics")
    assert_complete(site, "tickets", "zendesk_ticket_metrics")


@pytest.mark.parametrize("stream", ["tickets", "users", "audits", "zendesk_macros"])
def test_fields_that_a_catalog_leaves_out(stream: str) -> None:
    site = Site()
    catalog = site.catalog(stream, without=[f"{stream}.created_at", f"{stream}.via"])
    site.run(catalog=catalog)
    assert_complete(site, stream, catalog=catalog)
    assert not any("via" in row for row in site.sent(stream))


def test_fields_that_are_a_copy_are_left_out_unless_selected() -> None:
    site = Site()
    catalog = deepcopy(site.catalog("tickets"))
    [entry] = [entry for entry in catalog["streams"] if entry["tap_stream_id"] == "tickets"]
    [copy] = [item for item in entry["metadata"] if item["breadcrumb"] == ["properties", "fields"]]
    copy["metadata"]["selected"] = True
    site.run(catalog=catalog)
    assert_complete(site, "tickets", catalog=catalog)
    assert all("fields" in row for row in site.sent("tickets"))


def test_custom_fields_by_id_on_request() -> None:
    site = Site(config={"custom_fields_map": True})
    site.run("tickets")
    assert_complete(site, "tickets", custom_fields_map=True)


def test_custom_fields_are_typed_at_discovery() -> None:
    site = Site(config={"custom_fields_map": True})
    schemas: Any = site.tap.tap.customise(site.tap.api(), site.tap.tap.schemas)
    catalog = deepcopy(site.catalog("users", "organizations", "tickets"))
    for entry in catalog["streams"]:
        entry["schema"] = schemas.get(entry["tap_stream_id"], entry["schema"])
    site.run(catalog=catalog)
    for stream in ("users", "organizations", "tickets"):
        rows = expected(site.server, stream, custom_fields_map=True, schema=schemas[stream])
        wanted = selected(rows, catalog, stream)
        assert_holds(wanted, site.sent(stream), stream=stream)
    assert "enum" not in str(schemas)


def test_one_stream_alone_is_the_same() -> None:
    for stream in (*HISTORY, "zendesk_ticket_metrics", "user_identities", "posts", "post_votes"):
        site = Site(15)
        site.run(stream)
        assert_complete(site, stream)


@pytest.mark.parametrize(
    "stream", ["organizations", "talk_calls", "talk_phone_numbers", "zendesk_macros"]
)
def test_the_account_shows_every_field_of_the_schema(stream: str) -> None:
    site = Site(40)
    site.run(stream)
    assert set(schema_of("tap_zendesk_support", stream)["properties"]) == set(site.sent(stream)[0])
    assert_complete(site, stream)


def test_a_list_that_has_no_cursors_is_followed_by_its_page_numbers() -> None:
    """``page`` can't be a number and have a size inside at once."""
    site = Site()
    first, *others = site.account.table("brands").values()
    address = f"{site.server.url}/api/v2/brands.json?page=2&per_page=1"
    body = {"brands": [first], "count": 1 + len(others), "next_page": address}
    site.fault("status", status=200, path="*/brands*", query="size", body=body)
    site.run("brands")
    assert_complete(site, "brands")
    queries = [entry.query for entry in site.server.log.entries if "/brands" in entry.path]
    assert sum("size" in query for query in queries) == 1


def test_metric_events_of_an_api_that_knows_no_cursors_for_them() -> None:
    """Their export by time has the address of a next page at its end, too."""
    site = Site()
    first, *_ = expected(site.server, "ticket_metric_events")
    address = (
        f"{site.server.url}/api/v2/incremental/ticket_metric_events.json?start_time=1420070400"
    )
    body = {
        "ticket_metric_events": [first],
        "count": 1,
        "end_time": 1420070400,
        "end_of_stream": False,
        "next_page": address,
    }
    site.fault("status", status=200, path="*/ticket_metric_events*", query="size", body=body)
    site.run("ticket_metric_events", start_date="2014-01-01T00:00:00Z")
    assert_complete(site, "ticket_metric_events")


def test_a_list_with_smaller_pages_than_others_says_how_many_rows_it_gives() -> None:
    site = Site()
    text = "page[size] cannot be greater than 3"
    body = {"error": "InvalidPaginationParameter", "description": text}
    site.fault("status", status=400, path="*/brand_agents*", query="100", body=body)
    site.run("brand_agents")
    assert_complete(site, "brand_agents")
