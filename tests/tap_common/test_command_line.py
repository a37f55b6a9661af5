"""What the command of a tap does with a config, a catalog, a state and options that are right."""

from __future__ import annotations

import json

import pytest

from sandbox.freshdesk import FreshdeskServer
from tests.command import CommandLine, ran
from tests.freshdesk.truth import expected
from tests.harness import complaint, deselecting, selecting
from tests.truth import assert_holds


def test_configs_are_merged_left_to_right_and_from_the_environment(taps: CommandLine) -> None:
    first = taps.write("first.json", {**taps.config, "api_key": "wrong", "page_size": 7})
    environment = {"TAP_FRESHDESK_API_KEY": taps.config["api_key"], "TAP_FRESHDESK_PAGE_SIZE": "50"}
    run = ran("tap_freshdesk", "--config", str(first), "--config", "ENV", "--test", env=environment)
    assert run.code == 0


def test_a_state_message_serves_as_a_state(taps: CommandLine) -> None:
    run = taps.run(
        state={
            "type": "STATE",
            "value": {"bookmarks": {"tickets": {"live": "2026-05-31T23:59:59Z"}}},
        }
    )
    assert run.code == 0
    assert len(run.records("tickets")) < 20


def test_discovery_of_an_account_that_has_nothing_fails(
    server: FreshdeskServer, taps: CommandLine
) -> None:
    server.faults.set([{"kind": "status", "status": 404, "body": "html"}])
    run = taps.run("--discover")
    server.faults.clear()
    assert (run.code, run.out) == (1, b"")
    assert "not one stream" in complaint(run)


def test_a_sync_of_an_account_that_has_nothing_fails(
    server: FreshdeskServer, taps: CommandLine
) -> None:
    catalog = selecting(taps.discovered(), "roles", "products")
    server.faults.set([{"kind": "status", "status": 404, "body": "html"}])
    run = taps.run(catalog=catalog)
    server.faults.clear()
    assert run.code == 1
    assert "not one stream" in complaint(run)


def test_discovery_and_sync_write_nothing_else_to_stdout(taps: CommandLine) -> None:
    discovery = taps.run("--discover")
    assert len(json.loads(discovery.out)["streams"]) == 39
    assert discovery.err == (
        "INFO 39 streams in the catalog; not selected: custom_object_records, "
        "solution_folder_translations, solution_article_translations\n"
    )
    assert {message["type"] for message in taps.run().messages} == {"SCHEMA", "RECORD", "STATE"}


def test_properties_is_another_name_for_catalog(taps: CommandLine) -> None:
    catalog = taps.write("chosen.json", selecting(taps.discovered(), "roles"))
    assert set(taps.run("--properties", str(catalog)).counts()) == {"roles"}


def test_patterns_and_choices_made_by_hand_go_into_a_new_catalog(taps: CommandLine) -> None:
    old = taps.write("old.json", deselecting(taps.discovered(), "roles", ["properties", "name"]))
    options = ["--discover", "--catalog", str(old), "--select", "r*s", "--exclude", "*.descrip*"]
    new = taps.write("new.json", taps.run(*options).out.decode())
    run = taps.run("--catalog", str(new))
    assert list(run.counts()) == ["roles"]
    (schema,) = [message["schema"] for message in run.messages if message["type"] == "SCHEMA"]
    assert {"id", "agent_type"} <= schema["properties"].keys()
    assert not {"name", "description"} & schema["properties"].keys()


def test_an_estimate_names_streams_requests_and_what_they_rest_on(taps: CommandLine) -> None:
    run = taps.run("--estimate", "--select", "roles", "--select", "tickets")
    assert run.code == 0
    assert run.out.decode().splitlines() == [
        "stream   requests     time  based on",
        "tickets         4  unknown  20 tickets changed since 2020-01-01 (search)",
        "roles           1  unknown  8 rows on the first page",
        "all             5  unknown  the rate limit is not known",
    ]


@pytest.mark.process
def test_fields_and_nested_fields_are_selected_by_metadata(
    server: FreshdeskServer, taps: CommandLine
) -> None:
    catalog = deselecting(
        selecting(taps.discovered(), "tickets", "agents"),
        "tickets",
        ["properties", "id"],
        ["properties", "description"],
        ["properties", "stats", "properties", "closed_at"],
    )
    run = taps.run(catalog=catalog)
    assert run.code == 0, run.err
    assert taps.breaches(run, catalog) == ""
    rows = expected(server, "tickets", catalog=catalog)
    assert_holds(rows, run.records("tickets"), stream="tickets")
    schema = next(message["schema"] for message in run.messages if message["type"] == "SCHEMA")
    assert "description" not in schema["properties"]


def test_only_what_is_selected_is_asked_for(server: FreshdeskServer, taps: CommandLine) -> None:
    embedded = [
        "requester",
        "email",
        "name",
        "phone",
        "stats",
        "company",
        "description",
        "description_text",
        "structured_description",
    ]
    catalog = deselecting(
        selecting(taps.discovered(), "tickets"),
        "tickets",
        *(["properties", name] for name in embedded),
    )
    server.log.reset()
    run = taps.run(catalog=catalog)
    assert run.code == 0, run.err
    lists = [entry for entry in server.log.entries if entry.path == "/api/v2/tickets"]
    others = {entry.path for entry in server.log.entries if entry not in lists}
    assert others == {"/api/v2/agents/me"}
    assert {entry.credits for entry in server.log.entries} == {1}
    assert {"updated_since" in str(entry.query) for entry in lists} == {True}


@pytest.mark.process
def test_full_tables_tell_deletions_where_switched_on(taps: CommandLine) -> None:
    catalog = selecting(taps.discovered())
    run = taps.run(catalog=catalog, activate_version=True)
    assert run.code == 0, run.err
    assert taps.breaches(run, catalog) == ""
    activated = {
        message["stream"] for message in run.messages if message["type"] == "ACTIVATE_VERSION"
    }
    assert "products" in activated
    assert "tickets" not in activated


def test_a_full_table_that_was_refused_activates_nothing(
    server: FreshdeskServer, taps: CommandLine
) -> None:
    server.faults.set([{"kind": "status", "status": 403, "path": "*/products"}])
    run = taps.run(activate_version=True)
    server.faults.clear()
    assert "products" not in {
        message["stream"] for message in run.messages if message["type"] == "ACTIVATE_VERSION"
    }


def test_a_full_table_that_a_parent_refused_in_part_activates_nothing(
    server: FreshdeskServer, taps: CommandLine
) -> None:
    folder = server.account.rows("solution_articles")[0]["folder_id"]
    server.faults.set(
        [{"kind": "status", "status": 403, "path": f"*/solutions/folders/{folder}/articles"}]
    )
    run = taps.run(activate_version=True)
    server.faults.clear()
    activated = {
        message["stream"] for message in run.messages if message["type"] == "ACTIVATE_VERSION"
    }
    assert "solution_folders" in activated
    assert "solution_articles" not in activated
    assert "solution_articles: the children of 1 parent are refused (HTTP 403)" in run.err


def test_test_shows_what_is_reachable(server: FreshdeskServer, taps: CommandLine) -> None:
    catalog = taps.discovered()
    server.faults.set([{"kind": "status", "status": 403, "path": "*/products"}])
    run, selected = taps.run("--test"), taps.run("--test", catalog=catalog)
    server.faults.clear()
    assert (run.code, selected.code) == (0, 3)
    lines = dict(line.split(None, 1) for line in run.out.decode().splitlines())
    assert lines["tickets"] == "reachable"
    assert "not asked" in lines["conversations"]
    assert "HTTP 403" in lines["products"]
    assert run.out.decode().splitlines()[-1] == (
        "38 of 39 streams reachable; not reachable: products"
    )
    assert selected.out.decode().splitlines()[-1].startswith("35 of 36 streams reachable; ")


def test_about_is_json_in_the_shape_that_tools_read() -> None:
    about = json.loads(ran("tap_freshdesk", "--about", "--format", "json").out)
    assert about["name"] == "tap-freshdesk"
    assert {"catalog", "discover", "state"} <= set(about["capabilities"])
    assert about["settings"]["properties"]["api_key"]["secret"] is True
    assert {"start_date", "page_size"} <= set(about["settings"]["properties"])


def test_metrics_are_in_singers_format(taps: CommandLine) -> None:
    lines = [line for line in taps.run().err.splitlines() if line.startswith("INFO METRIC: ")]
    points = [json.loads(line.removeprefix("INFO METRIC: ")) for line in lines]
    counted = {
        point["tags"]["endpoint"]: point["value"]
        for point in points
        if point["metric"] == "record_count"
    }
    assert counted["tickets"] >= 20


def test_no_start_date_means_a_year_and_is_said(taps: CommandLine) -> None:
    run = taps.run("--test", start_date=None)
    assert run.code == 0
    run = taps.run(start_date=None)
    assert "the config has no start_date: streams without a bookmark are read from" in run.err
