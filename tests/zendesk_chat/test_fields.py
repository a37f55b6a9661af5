"""Only what is selected is asked for, and values are as the API sends them."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest

from tests.harness import deselecting
from tests.zendesk_chat.conftest import Opened, Tap, Whole, true_rows

FEW = ("id", "update_timestamp", "visitor", "rating")


def asked(tap: Tap) -> list[str]:
    """The fields asked for in each request for chats since the last reset."""
    return [
        unquote(entry.query)
        for entry in tap.server.log.entries
        if entry.endpoint == "incremental/chats"
    ]


@pytest.mark.parametrize("nested", ["ids", "whole"])
def test_few_fields_are_asked_for_by_name(opened: Opened, nested: str) -> None:
    with opened(chats=40, bare_objects=nested) as tap:
        catalog = tap.catalog(zopim_chats=FEW)
        tap.server.log.reset()
        run = tap.run(catalog=catalog)
        assert all(
            "fields=chats(id,rating,update_timestamp,visitor(*))" in query for query in asked(tap)
        )
        wanted = {
            key: {name: row[name] for name in FEW if name in row}
            for key, row in true_rows(tap.server, "zopim_chats").items()
        }
        assert {(row["id"],): row for row in run.records("zopim_chats")} == wanted


@pytest.mark.parametrize(
    "stream", ["chat_history", "chat_engagements", "chat_webpath", "chat_conversions"]
)
def test_a_list_inside_chats_needs_no_more_than_itself(
    opened: Opened, whole: Whole, stream: str
) -> None:
    with opened(chats=60) as tap:
        catalog = tap.catalog(**{stream: None})
        tap.server.log.reset()
        run = tap.run(catalog=catalog)
        name = stream.removeprefix("chat_")
        assert (
            f"fields=chats({','.join(sorted([f'{name}(*)', 'id', 'update_timestamp']))})"
            in asked(tap)[0]
        )
        whole(tap.server, run, streams=[stream])


def test_a_field_inside_a_list_of_several_types_can_be_left_out(opened: Opened) -> None:
    with opened(chats=60) as tap:
        title = ["properties", "webpath", "items", "properties", "title"]
        catalog = deselecting(tap.catalog(zopim_chats=("id", "webpath")), "zopim_chats", title)
        pages = [
            page
            for row in tap.run(catalog=catalog).records("zopim_chats")
            for page in row["webpath"]
        ]
        assert {type(page) for page in pages} > {dict}
        assert all("title" not in page and "to" in page for page in pages if isinstance(page, dict))


def test_where_the_names_are_refused_everything_is_asked_for(opened: Opened) -> None:
    with opened(chats=40) as tap:
        catalog = tap.catalog(zopim_chats=FEW)
        tap.server.faults.add("status", status=400, query="rating")
        run = tap.run(catalog=catalog)
        assert run.code == 0
        assert len({row["id"] for row in run.records("zopim_chats")}) == 40


@pytest.mark.parametrize(
    "stream", ["agent_timeline", "agent_events", "department_events", "conversions"]
)
def test_an_export_that_knows_no_fields_is_asked_without(
    opened: Opened, whole: Whole, stream: str
) -> None:
    with opened(chats=60, bare_exports=("chats",)) as tap:
        tap.server.faults.add("status", status=400, path=f"*/incremental/{stream}", query="fields")
        run = tap.run()
        assert run.code == 0
        whole(tap.server, run, streams=[stream])


@pytest.mark.parametrize("words", [("zopim_chats", "chat_history"), ()])
def test_all_fields_are_asked_for_as_one(opened: Opened, words: Any) -> None:
    with opened(chats=10) as tap:
        catalog = tap.catalog(**dict.fromkeys(words))
        tap.server.log.reset()
        tap.run(catalog=catalog)
        assert all("fields=chats(*)" in query for query in asked(tap))


def test_fields_that_vary_by_design_are_text_and_no_warning(opened: Opened) -> None:
    with opened(chats=300) as tap:
        run = tap.run(type_mismatch="fail")
        assert run.code == 0, run.err
        assert "did not fit" not in run.err
        entries = [
            entry for row in run.records("zopim_chats") for entry in row.get("history") or ()
        ]
        assert {
            type(entry[name])
            for entry in entries
            for name in ("msg_id", "department_id")
            if name in entry
        } <= {
            str,
            type(None),
        }


def test_lists_stay_lists_and_nulls_stay_nulls(tap: Tap) -> None:
    run = tap.run()
    definitions = [row["definition"] for row in run.records("zopim_triggers")]
    assert all(
        isinstance(definition["condition"], list) and isinstance(definition["actions"], list)
        for definition in definitions
    )
    for row in run.records("zopim_chats"):
        true = true_rows(tap.server, "zopim_chats")[(row["id"],)]
        assert row.keys() == true.keys()
        assert [name for name in row if row[name] is None] == [
            name for name in true if true[name] is None
        ]


def test_a_chat_without_the_time_of_its_change_bears_it_as_null(tap: Tap) -> None:
    tap.server.faults.add(
        "status",
        status=200,
        path="*/incremental/chats",
        body={"chats": [{"id": "bare"}], "count": 1},
    )
    run = tap.run()
    assert run.code == 0
    assert run.records("zopim_chats") == [{"id": "bare", "update_timestamp": None}]


def test_a_field_that_the_schema_does_not_know_is_told(opened: Opened) -> None:
    with opened(chats=10) as tap:
        tap.server.faults.add("value", path="*/incremental/chats", field="sentiment", value=0.5)
        assert "sentiment" in tap.run().err
        kept = tap.run(unknown_fields="keep")
        assert [row["sentiment"] for row in kept.records("zopim_chats") if "sentiment" in row] == [
            0.5
        ]
