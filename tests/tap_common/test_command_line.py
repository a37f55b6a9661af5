"""What a person can get wrong: one clear line, the right exit code, no traceback, no secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.freshdesk import Account, FreshdeskServer, Options, serve
from tests.command import CommandLine, ran
from tests.freshdesk.conftest import settings
from tests.harness import complaint, deselecting, selecting


@pytest.fixture(scope="module")
def server() -> Iterator[FreshdeskServer]:
    with serve(Account(seed=5, tickets=20), Options(limit=0)) as running:
        yield running


@pytest.fixture
def taps(server: FreshdeskServer, tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path, "tap_freshdesk", settings(server))


BAD_CONFIG: dict[str, tuple[dict[str, Any], str]] = {
    "a missing key": ({"api_key": None}, "missing api_key"),
    "nothing to log in with": ({"api_key": "", "domain": ""}, "missing api_key and domain"),
    "a page size beyond the API's": ({"page_size": 500}, "page_size must be between 1 and 100"),
    "a word for a number": ({"concurrency": "many"}, "concurrency must be a whole number"),
    "an unknown choice": (
        {"unknown_fields": "explode"},
        "unknown_fields must be one of ignore, keep, fail",
    ),
    "no date": (
        {"start_date": "last week"},
        "start_date is 'last week', but it must be a date or date-time",
    ),
    "plain http to the world": (
        {"base_url": "http://helpdesk.example.com"},
        "base_url may use plain http to loopback only",
    ),
    "a URL with a path": (
        {"base_url": "https://helpdesk.example.com/api"},
        "base_url must be a scheme and a host, for example",
    ),
    "no number": ({"quota_reserve": float("nan")}, "has NaN in it, which is no JSON"),
    "a wait for ever": ({"request_timeout": 1e12}, "request_timeout must be between 0.1 and 3600"),
    "a domain that is none": (
        {"base_url": None, "domain": "help.example.com"},
        "domain is 'help.example.com', but it must be the account's name",
    ),
}


@pytest.mark.parametrize(("config", "words"), BAD_CONFIG.values(), ids=BAD_CONFIG.keys())
def test_a_config_that_makes_no_sense(
    taps: CommandLine, config: dict[str, Any], words: str
) -> None:
    run = taps.run(**config)
    assert run.code == 2
    assert words in complaint(run, taps.config["api_key"])
    assert run.out == b""


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"'])
def test_a_config_file_that_is_no_json_object(taps: CommandLine, text: str) -> None:
    path = taps.write("broken.json", text)
    run = ran("tap_freshdesk", "--config", str(path))
    assert run.code == 2
    assert "broken.json" in complaint(run)


def test_a_config_file_that_is_not_there() -> None:
    run = ran("tap_freshdesk", "--config", "/nowhere/config.json")
    assert run.code == 2
    assert "can't read /nowhere/config.json: No such file or directory" in complaint(run)


def test_no_config_at_all() -> None:
    run = ran("tap_freshdesk")
    assert run.code == 2
    assert "--config is needed" in run.err


def test_an_unknown_key_is_told_with_the_nearest_known_name(taps: CommandLine) -> None:
    run = taps.run("--test", conccurency=3)
    assert run.code == 0
    assert (
        "the key 'conccurency' is unknown and has no effect; did you mean 'concurrency'?" in run.err
    )


def test_configs_are_merged_left_to_right_and_from_the_environment(taps: CommandLine) -> None:
    first = taps.write("first.json", {**taps.config, "api_key": "wrong", "page_size": 7})
    environment = {"TAP_FRESHDESK_API_KEY": taps.config["api_key"], "TAP_FRESHDESK_PAGE_SIZE": "50"}
    run = ran("tap_freshdesk", "--config", str(first), "--config", "ENV", "--test", env=environment)
    assert run.code == 0


BAD_STATE = {
    "torn": ('{"bookmarks": {"tickets": {"li', "torn or not JSON"),
    "empty": ("", "is empty"),
    "a list": ("[]", "must hold a JSON object"),
    "something else": ('{"tickets": {"live": "2026-01-01T00:00:00Z"}}', "holds no bookmarks"),
    "bookmarks that are none": ('{"bookmarks": []}', "bookmarks must map each stream to an object"),
    "a bookmark that is none": (
        '{"bookmarks": {"tickets": "2026-01-01"}}',
        "bookmarks must map each stream to an object",
    ),
    "a bookmark without a date": (
        '{"bookmarks": {"tickets": {"live": "yesterday"}}}',
        "bookmarks.tickets.live is 'yesterday'",
    ),
    "a bookmark of another type": (
        '{"bookmarks": {"tickets": {"live": 17}}}',
        "bookmarks.tickets.live is 17",
    ),
}


@pytest.mark.parametrize(("text", "words"), BAD_STATE.values(), ids=BAD_STATE.keys())
def test_a_state_that_makes_no_sense(taps: CommandLine, text: str, words: str) -> None:
    run = taps.run(state=text)
    assert run.code == 2
    assert words in complaint(run)
    assert not [message for message in run.messages if message["type"] == "RECORD"]


def test_a_state_that_is_not_there(taps: CommandLine) -> None:
    run = taps.run("--state", "/nowhere/state.json")
    assert run.code == 2
    assert "can't read /nowhere/state.json" in complaint(run)


def test_a_bookmark_that_is_to_come_is_told(taps: CommandLine) -> None:
    run = taps.run(state={"bookmarks": {"roles": {"updated_at": "2100-01-01T00:00:00Z"}}})
    assert run.code == 0
    assert "bookmarks.roles.updated_at is 2100-01-01T00:00:00Z" in run.err


def test_a_state_message_serves_as_a_state(taps: CommandLine) -> None:
    run = taps.run(
        state={
            "type": "STATE",
            "value": {"bookmarks": {"tickets": {"live": "2026-05-31T23:59:59Z"}}},
        }
    )
    assert run.code == 0
    assert len(run.records("tickets")) < 20


BAD_CATALOG: dict[str, tuple[Any, str]] = {
    "torn": ('{"streams": [', "torn or not JSON"),
    "no streams": ({}, 'must be an object with a list "streams"'),
    "a stream without a name": ({"streams": [{}]}, "streams[0] has no tap_stream_id"),
    "no schema": (
        {"streams": [{"tap_stream_id": "roles", "metadata": []}]},
        "roles has no schema with properties",
    ),
    "a stream that is none of ours": (
        {"streams": [{"tap_stream_id": "birds", "schema": {"properties": {}, "selected": True}}]},
        "stream birds is selected, but this tap has no such stream",
    ),
    "a choice that is none": (
        {
            "streams": [
                {
                    "tap_stream_id": "roles",
                    "schema": {"properties": {"id": {}}, "selected": "maybe"},
                }
            ]
        },
        "selected of the stream is 'maybe'",
    ),
    "a type that is none": (
        {
            "streams": [
                {
                    "tap_stream_id": "roles",
                    "schema": {"properties": {"id": {"type": 7}}, "selected": True},
                }
            ]
        },
        "roles: the schema of id is no JSON schema",
    ),
    "a field's schema that is none": (
        {
            "streams": [
                {"tap_stream_id": "roles", "schema": {"properties": {"id": []}, "selected": True}}
            ]
        },
        "roles: the schema of id is no JSON schema",
    ),
    "a breadcrumb that is none": (
        {
            "streams": [
                {
                    "tap_stream_id": "roles",
                    "schema": {"properties": {"id": {}}},
                    "metadata": [{"breadcrumb": [{}], "metadata": {"selected": True}}],
                }
            ]
        },
        "metadata must be a list of objects",
    ),
    "metadata that is none": (
        {
            "streams": [
                {"tap_stream_id": "roles", "schema": {"properties": {"id": {}}}, "metadata": [7]}
            ]
        },
        "metadata must be a list of objects",
    ),
}


@pytest.mark.parametrize(("catalog", "words"), BAD_CATALOG.values(), ids=BAD_CATALOG.keys())
def test_a_catalog_that_makes_no_sense(taps: CommandLine, catalog: Any, words: str) -> None:
    run = taps.run(catalog=catalog)
    assert run.code == 2
    assert words in complaint(run)
    assert run.out == b""


@pytest.mark.parametrize("key", ["wrong-and-secret", "ключ-与-秘密"])
def test_wrong_credentials(taps: CommandLine, key: str) -> None:
    run = taps.run(api_key=key)
    assert run.code == 4
    assert "invalid_credentials" in complaint(run, key)


def test_discovery_of_an_account_that_has_nothing_fails(
    server: FreshdeskServer, taps: CommandLine
) -> None:
    server.faults.set([{"kind": "status", "status": 404, "body": "html"}])
    run = taps.run("--discover")
    server.faults.clear()
    assert (run.code, run.out) == (1, b"")
    assert "not one stream" in complaint(run)


def test_discovery_and_sync_write_nothing_else_to_stdout(taps: CommandLine) -> None:
    assert json.loads(taps.run("--discover").out)["streams"]
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


def test_a_stream_that_is_misspelt_on_the_command_line_is_told(taps: CommandLine) -> None:
    run = taps.run("--select", "tikets")
    assert (run.code, complaint(run)) == (
        2,
        "CRITICAL select: 'tikets' matches no stream; did you mean tickets?; exit 2",
    )


@pytest.mark.process
def test_fields_and_nested_fields_are_selected_by_metadata(taps: CommandLine) -> None:
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
    assert all(
        "id" in row and "description" not in row and "closed_at" not in row["stats"]
        for row in run.records("tickets")
    )
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
    assert all(entry.credits == 1 for entry in server.log.entries)
    assert all("updated_since" in str(entry.query) for entry in lists)


def test_a_catalog_that_selects_nothing_is_told(taps: CommandLine) -> None:
    catalog = taps.discovered()
    for entry in catalog["streams"]:
        entry["metadata"][0]["metadata"]["selected"] = False
    run = taps.run(catalog=catalog)
    assert run.code == 0
    assert "no stream is selected" in run.err


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
