"""What a person can get wrong: one clear line, the right exit code, no traceback, no secret."""

from __future__ import annotations

from typing import Any

import pytest

from tests.command import CommandLine, ran
from tests.harness import complaint

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
NONSENSE = {
    **{f"config: {name}": case for name, case in BAD_CONFIG.items()},
    **{f"state: {name}": ({"state": text}, words) for name, (text, words) in BAD_STATE.items()},
    **{f"catalog: {name}": ({"catalog": it}, words) for name, (it, words) in BAD_CATALOG.items()},
}


@pytest.mark.parametrize(("given", "words"), NONSENSE.values(), ids=NONSENSE.keys())
def test_what_makes_no_sense_ends_the_run_before_it_writes_anything(
    taps: CommandLine, given: dict[str, Any], words: str
) -> None:
    run = taps.run(**given)
    assert (run.code, run.out) == (2, b"")
    assert words in complaint(run, taps.config["api_key"])


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
        "the key 'conccurency' is unknown and has no effect; did you mean concurrency?" in run.err
    )


def test_a_state_that_is_not_there(taps: CommandLine) -> None:
    run = taps.run("--state", "/nowhere/state.json")
    assert run.code == 2
    assert "can't read /nowhere/state.json" in complaint(run)


def test_a_bookmark_that_is_to_come_is_told(taps: CommandLine) -> None:
    run = taps.run(state={"bookmarks": {"roles": {"updated_at": "2100-01-01T00:00:00Z"}}})
    assert run.code == 0
    assert "bookmarks.roles.updated_at is 2100-01-01T00:00:00Z" in run.err


@pytest.mark.parametrize("key", ["wrong-and-secret", "ключ-与-秘密"])
def test_wrong_credentials(taps: CommandLine, key: str) -> None:
    run = taps.run(api_key=key)
    assert run.code == 4
    assert "invalid_credentials" in complaint(run, key)


def test_a_stream_that_is_misspelt_on_the_command_line_is_told(taps: CommandLine) -> None:
    run = taps.run("--select", "tikets")
    assert (run.code, complaint(run)) == (
        2,
        "CRITICAL select: 'tikets' matches no stream; did you mean tickets?; exit 2",
    )


def test_a_catalog_that_selects_nothing_is_told(taps: CommandLine) -> None:
    catalog = taps.discovered()
    for entry in catalog["streams"]:
        entry["metadata"][0]["metadata"]["selected"] = False
    run = taps.run(catalog=catalog)
    assert run.code == 0
    assert "no stream is selected" in run.err
