"""Choices by pattern: which streams and fields are read, and the exact line for each mistake."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from tap_common import catalog
from tap_common.context import Reader
from tap_common.errors import StreamRefused, UsageError
from tap_common.patterns import Patterns
from tap_common.stream import Stream
from tap_common.tap import Tap
from tap_common.task import refreshed_streams
from tap_common.vendor import Request
from tests.nodes import fields
from tests.tap_common.shop import ShopTap, small_shop, tap

TEXT = {"type": ["null", "string"]}
ITEM = {"type": "object", "properties": {"name": TEXT, "size": TEXT}}
TICKETS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "changed": {"type": ["null", "string"], "format": "date-time"},
        "subject": TEXT,
        "raw": TEXT,
        "via": {"type": "object", "properties": {"channel": TEXT, "email": TEXT}},
        "files": {"type": "array", "items": ITEM},
    },
}
USERS: dict[str, Any] = {
    "type": "object",
    "properties": {"id": {"type": "integer"}, "email": TEXT, "name": TEXT},
}
STREAMS = (
    Stream(
        "tickets",
        "tickets",
        method="INCREMENTAL",
        replication_key="changed",
        unselected=frozenset({"raw"}),
    ),
    Stream("ticket_votes", "tickets/{id}/votes", parent="tickets", by_default=False),
    Stream("users", "users"),
)
USUAL = {"id", "changed", "subject", "via", "via.channel", "via.email", "files"} | {
    "files[].name",
    "files[].size",
}
PERSON = {"id", "email", "name"}
WHOLE = {"tickets": USUAL, "ticket_votes": PERSON, "users": PERSON}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Tap:
    folder = tmp_path_factory.mktemp("schemas")
    for name, schema in (("tickets", TICKETS), ("ticket_votes", USERS), ("users", USERS)):
        (folder / f"{name}.json").write_text(json.dumps(schema))
    return tap(
        Reader(STREAMS, lambda context: iter(()), Request("tickets", "tickets")),
        package=str(folder),
    )


def chosen(entries: dict[str, catalog.Entry]) -> dict[str, set[str]]:
    """The paths of the selected fields by stream."""
    return {name: set(fields(entry.schema)) for name, entry in entries.items()}


KEYS = {"id", "changed"}


@pytest.mark.parametrize(
    ("select", "exclude", "expected"),
    [
        (["tickets"], [], {"tickets": USUAL}),
        (["*"], [], WHOLE),
        (["ticket*"], ["ticket_*"], {"tickets": USUAL}),
        (["tickets", "users"], [], {name: WHOLE[name] for name in ("tickets", "users")}),
        (["ticket_votes"], [], {"ticket_votes": WHOLE["ticket_votes"]}),
        (["tickets.*"], [], {"tickets": USUAL | {"raw"}}),
        (["tickets.subject"], [], {"tickets": KEYS | {"subject"}}),
        (["tickets", "tickets.raw"], [], {"tickets": USUAL | {"raw"}}),
        (["tickets.via"], [], {"tickets": KEYS | {"via", "via.channel", "via.email"}}),
        (["tickets.via.channel"], [], {"tickets": KEYS | {"via", "via.channel"}}),
        (["tickets.files.size"], [], {"tickets": KEYS | {"files", "files[].size"}}),
        (["tickets.files[].size"], [], {"tickets": KEYS | {"files", "files[].size"}}),
        (["users.e*l"], [], {"users": {"id", "email"}}),
        ([], ["users", "ticket_votes"], {"tickets": USUAL}),
        ([], ["ticket*"], {"users": WHOLE["users"]}),
        (["tickets"], ["tickets.via"], {"tickets": USUAL - {"via", "via.channel", "via.email"}}),
        (["tickets"], ["tickets.files.name"], {"tickets": USUAL - {"files[].name"}}),
        (["tickets"], ["tickets.*"], {"tickets": KEYS}),
        (
            [],
            ["*.email"],
            {
                "tickets": USUAL - {"via.email"},
                "ticket_votes": {"id", "name"},
                "users": {"id", "name"},
            },
        ),
    ],
)
def test_patterns_choose_streams_and_fields(
    desk: Tap, select: list[str], exclude: list[str], expected: dict[str, set[str]]
) -> None:
    entries = catalog.everything(desk, Patterns(tuple(select), tuple(exclude)))
    assert chosen(entries) == expected


def written(folder: Path, content: Any) -> str:
    path = folder / "catalog.json"
    path.write_text(json.dumps(content))
    return str(path)


def facts(content: dict[str, Any], stream: str) -> dict[str, Any]:
    """The metadata of one stream by dotted breadcrumbs ("" for the stream itself)."""
    entry = next(entry for entry in content["streams"] if entry["tap_stream_id"] == stream)
    return {".".join(item["breadcrumb"]): item["metadata"] for item in entry["metadata"]}


def discovered(desk: Tap, **options: Any) -> dict[str, Any]:
    """A catalog as it comes back from a file."""
    found = catalog.discovered(desk, desk.schemas, {}, **options)
    content: dict[str, Any] = json.loads(json.dumps(found))
    return content


def test_patterns_go_over_a_catalog_and_its_other_choices_stay(desk: Tap, tmp_path: Path) -> None:
    content = discovered(desk)
    facts(content, "tickets")["properties.subject"]["selected"] = False
    facts(content, "users")[""]["selected"] = False
    path = written(tmp_path, content)
    tickets = USUAL - {"subject"}
    assert chosen(catalog.load(desk, path)) == {"tickets": tickets}
    select = Patterns(("users", "tickets"), ("users.email",))
    assert chosen(catalog.load(desk, path, select)) == {
        "tickets": tickets,
        "users": {"id", "name"},
    }
    assert chosen(catalog.load(desk, path, Patterns(("tickets.subject",)))) == {
        "tickets": KEYS | {"subject"}
    }


def test_the_config_switches_off_what_a_catalog_selects(desk: Tap, tmp_path: Path) -> None:
    content = discovered(desk)
    for entry in content["streams"]:
        for item in entry["metadata"]:
            item["metadata"]["selected"] = True
    patterns = Patterns(exclude=("ticket_votes",))
    assert list(catalog.load(desk, written(tmp_path, content), patterns)) == ["tickets", "users"]


def test_a_stream_that_a_pattern_names_is_expected(desk: Tap) -> None:
    named = catalog.everything(desk, Patterns(("users", "ticket*")))
    refused = StreamRefused("HTTP 403")
    assert {name: entry.fails(refused) for name, entry in named.items()} == {
        "tickets": False,
        "ticket_votes": False,
        "users": True,
    }


@pytest.mark.parametrize(
    ("patterns", "message"),
    [
        (Patterns(("ticket",)), "select: 'ticket' matches no stream; did you mean tickets?"),
        (Patterns(("birds",)), "select: 'birds' matches no stream"),
        (Patterns(exclude=("usres",)), "exclude: 'usres' matches no stream; did you mean users?"),
        (
            Patterns(exclude=("users.emial",)),
            "exclude: 'users.emial' matches no field; did you mean users.email?",
        ),
        (
            Patterns(exclude=("*.emial",)),
            "exclude: '*.emial' matches no field; did you mean *.email?",
        ),
        (
            Patterns(exclude=("user.email",)),
            "exclude: 'user.email' matches no field; did you mean users?",
        ),
        (
            Patterns(exclude=("tickets.files.sizes",)),
            "exclude: 'tickets.files.sizes' matches no field; did you mean tickets.files.size?",
        ),
    ],
)
def test_a_pattern_that_matches_nothing_is_a_usage_error(
    desk: Tap, patterns: Patterns, message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        catalog.everything(desk, patterns)
    assert str(caught.value) == message


@pytest.fixture
def logged(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> pytest.LogCaptureFixture:
    monkeypatch.setattr(logging.getLogger("tap"), "propagate", True)
    caplog.set_level(logging.INFO)
    return caplog


def test_keys_stay_and_one_line_says_so(desk: Tap, logged: pytest.LogCaptureFixture) -> None:
    entries = catalog.everything(desk, Patterns(("tickets", "users"), ("*.id", "tickets.ch*")))
    assert entries["tickets"].fields == USUAL & {*TICKETS["properties"]}
    assert logged.messages == [
        "exclude: keys and replication keys are sent anyway: tickets.id, users.id, tickets.changed"
    ]


def test_keys_that_a_catalog_deselects_stay_and_one_line_says_so(
    desk: Tap, tmp_path: Path, logged: pytest.LogCaptureFixture
) -> None:
    content = discovered(desk)
    facts(content, "tickets")["properties.id"]["selected"] = False
    facts(content, "users")["properties.id"]["selected"] = False
    assert catalog.load(desk, written(tmp_path, content))["users"].fields == {"id", "email", "name"}
    assert logged.messages == [
        "catalog: keys and replication keys are sent anyway: tickets.id, users.id"
    ]


@pytest.mark.parametrize(
    ("breadcrumb", "message"),
    [
        (["properties", "emial"], "emial, which the schema does not have; did you mean email?"),
        (["properties", "other", "items"], "other[], which the schema does not have"),
        (["emial"], "emial, which the schema does not have; did you mean email?"),
    ],
)
def test_a_misspelt_field_in_a_catalog_is_a_usage_error(
    desk: Tap, tmp_path: Path, breadcrumb: list[str], message: str
) -> None:
    content = discovered(desk)
    item = {"breadcrumb": breadcrumb, "metadata": {"selected": False}}
    content["streams"][2]["metadata"].append(item)
    with pytest.raises(UsageError) as caught:
        catalog.load(desk, written(tmp_path, content))
    assert (
        str(caught.value) == f"catalog: users: the metadata makes a choice for the field {message}"
    )


def test_discovery_keeps_choices_made_by_hand(
    desk: Tap, tmp_path: Path, logged: pytest.LogCaptureFixture
) -> None:
    content = discovered(desk)
    facts(content, "tickets")["properties.via.properties.email"]["selected"] = False
    facts(content, "tickets")["properties.raw"]["selected"] = "true"
    facts(content, "ticket_votes")[""]["selected"] = True
    content["streams"][2]["schema"]["selected"] = False
    again = discovered(desk, old=catalog.read(written(tmp_path, content)))
    for stream, breadcrumb, choice in [
        ("tickets", "properties.via.properties.email", False),
        ("tickets", "properties.raw", True),
        ("ticket_votes", "", True),
        ("users", "", False),
    ]:
        assert facts(again, stream)[breadcrumb].pop("selected") is choice
    assert again == discovered(desk)
    assert logged.messages == []


def test_discovery_says_what_an_old_catalog_did_not_have_and_what_is_gone(
    desk: Tap, tmp_path: Path, logged: pytest.LogCaptureFixture
) -> None:
    content = discovered(desk)
    del content["streams"][1]
    schema = content["streams"][0]["schema"]["properties"]
    schema["old"] = schema.pop("via")
    metadata = content["streams"][0]["metadata"]
    content["streams"][0]["metadata"] = [
        item for item in metadata if "via" not in item["breadcrumb"]
    ]
    content["streams"].append({**content["streams"][1], "tap_stream_id": "birds"})
    discovered(desk, old=catalog.read(written(tmp_path, content)))
    assert logged.messages == [
        "new since the old catalog, as selected by default: tickets.via, ticket_votes",
        "gone since the old catalog: tickets.old, birds",
    ]


def test_discovery_writes_what_patterns_choose_into_the_catalog(desk: Tap, tmp_path: Path) -> None:
    content = discovered(desk, patterns=Patterns(("users", "ticket_votes"), ("*.email",)))
    assert chosen(catalog.load(desk, written(tmp_path, content))) == {
        "ticket_votes": {"id", "name"},
        "users": {"id", "name"},
    }


def test_the_run_sends_what_the_config_selects() -> None:
    shop = small_shop()
    run = ShopTap(shop).run(select=["orders"], exclude="*.note, *.total")
    assert run.records("orders") == [
        {"id": row["id"], "changed": row["changed"]} for row in shop.orders.values()
    ]
    assert set(run.counts()) == {"orders"}


def synced() -> tuple[ShopTap, dict[str, Any]]:
    """A shop without look-back, and the state of a run that read it."""
    of = ShopTap(small_shop())
    of.config["lookback_seconds"] = 0
    state = of.run().state
    assert state is not None
    assert len(of.run(state=state).records("orders")) == 1
    return of, state


def test_a_refreshed_stream_and_its_children_are_read_from_the_start_date_on() -> None:
    of, state = synced()
    of.shop.change(9, "late")
    run = of.run(state=state, refreshed=["orders", "lines"])
    assert run.code == 0
    of.shop.holds(run, streams=("orders", "lines"))
    assert of.run(state=run.state).state == run.state


def test_a_refreshed_child_alone_is_read_whole_and_its_parents_bookmark_stays() -> None:
    of, state = synced()
    run = of.run(state=state, refreshed=["lines"])
    of.shop.holds(run, streams=("lines",))
    assert run.state == state


def test_refresh_names_streams_of_the_run_and_means_their_children_too(desk: Tap) -> None:
    entries = catalog.everything(desk)
    assert refreshed_streams(desk, entries, ["tickets"]) == {"tickets", "ticket_votes"}
    assert refreshed_streams(desk, entries, ["users"]) == {"users"}
    assert refreshed_streams(desk, entries, []) == set()
    with pytest.raises(UsageError) as caught:
        refreshed_streams(desk, entries, ["ticket"])
    assert str(caught.value) == (
        "--refresh: this run does not read a stream 'ticket'; did you mean tickets?"
    )
