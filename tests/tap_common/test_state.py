"""The state: what a file may hold, whose it is, and what becomes of bookmarks of others."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from docs.taps import TAPS
from tap_common.errors import UsageError
from tap_common.state import State, load
from tap_common.stream import Stream
from tap_common.tap import Tap

TICKETS = Stream("tickets", "tickets", bookmark_keys=("updated_at", "cursor"))
USERS = Stream("users", "users", bookmark_keys=("updated_at",))
ADVICE = "restore the last good one, or delete the file and leave out --state to start over"


def read(tmp_path: Path, content: Any) -> State:
    path = tmp_path / "state.json"
    path.write_text(json.dumps(content))
    return load(str(path))


@pytest.mark.parametrize(
    ("content", "value"),
    [
        ({}, {"bookmarks": {}}),
        ({"bookmarks": {}}, {"bookmarks": {}}),
        ({"currently_syncing": None}, {"bookmarks": {}, "currently_syncing": None}),
        ({"bookmarks": {"a": {"b": 1}}, "x": 2}, {"bookmarks": {"a": {"b": 1}}, "x": 2}),
        (
            {"type": "STATE", "value": {"bookmarks": {"a": {}}}},
            {"bookmarks": {"a": {}}},
        ),
    ],
)
def test_a_state_is_an_object_with_bookmarks(tmp_path: Path, content: Any, value: Any) -> None:
    assert read(tmp_path, content).value() == value


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], f" must hold a JSON object; {ADVICE}"),
        (None, f" must hold a JSON object; {ADVICE}"),
        ({"type": "STATE"}, f" must hold a JSON object; {ADVICE}"),
        ({"tickets": "2026-01-01"}, f" holds no bookmarks; {ADVICE}"),
        ({"bookmarks": []}, f": bookmarks must map each stream to an object; {ADVICE}"),
        ({"bookmarks": {"a": "x"}}, f": bookmarks must map each stream to an object; {ADVICE}"),
        (
            {"bookmarks": {}, "currently_syncing": 7},
            f": currently_syncing must be a stream's name or null; {ADVICE}",
        ),
    ],
)
def test_a_file_that_is_no_state_is_a_usage_error(
    tmp_path: Path, content: Any, message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, content)
    assert str(caught.value) == f"state: {tmp_path / 'state.json'}{message}"


def test_bookmarks_change_one_by_one_and_all_else_stays() -> None:
    given = {"bookmarks": {"users": {"updated_at": "x"}}, "more": [1]}
    state = State(given)
    assert state.bookmark("tickets") == {}
    assert state.set_bookmark("tickets", {"updated_at": "y"})
    assert not state.set_bookmark("tickets", {"updated_at": "y"})
    assert state.bookmark("tickets") == {"updated_at": "y"}
    assert state.value() == {
        "bookmarks": {"users": {"updated_at": "x"}, "tickets": {"updated_at": "y"}},
        "more": [1],
    }
    assert given == {"bookmarks": {"users": {"updated_at": "x"}}, "more": [1]}


def test_a_state_is_marked_with_tap_and_account() -> None:
    state = State()
    state.claim("tap-shop", "acme")
    assert state.value() == {"bookmarks": {}, "tap": "tap-shop", "account": "acme"}
    state.claim("tap-shop", "acme")


def test_a_config_without_an_account_takes_the_state_as_it_is() -> None:
    state = State({"account": "acme"})
    state.claim("tap-shop", None)
    assert state.value() == {"account": "acme", "bookmarks": {}, "tap": "tap-shop"}


@pytest.mark.parametrize(
    ("key", "theirs", "ours"), [("tap", "tap-x", "tap-shop"), ("account", "baker", "acme")]
)
def test_a_state_of_another_is_a_usage_error(key: str, theirs: str, ours: str) -> None:
    with pytest.raises(UsageError) as caught:
        State({key: theirs}).claim("tap-shop", "acme")
    assert str(caught.value) == (
        f"state: it belongs to the {key} {theirs}, not to {ours}; give every account a state file "
        f"of its own, or remove {key!r} from this one if it is the same"
    )


@pytest.mark.parametrize(
    ("bookmark", "taken_over", "warnings"),
    [
        ({"updated_at": "x", "cursor": "c"}, {"updated_at": "x", "cursor": "c"}, []),
        ({"updated_at": "x", "shown": True, "owed": {}}, None, []),
        (
            {"updatd_at": "x"},
            {"updatd_at": "x"},
            ["state: bookmarks.tickets.updatd_at has no effect in this tap"],
        ),
        (
            {"replication_key": "updated_at", "replication_key_value": "x"},
            {"updated_at": "x"},
            ["state: bookmarks.tickets.replication_key_value is taken over as updated_at"],
        ),
        (
            {"replication_key": "updated_at", "replication_key_value": "x", "updated_at": "y"},
            None,
            [
                "state: bookmarks.tickets.replication_key has no effect in this tap",
                "state: bookmarks.tickets.replication_key_value has no effect in this tap",
            ],
        ),
        (
            {"replication_key": "id", "replication_key_value": 7},
            None,
            [
                "state: bookmarks.tickets.replication_key has no effect in this tap",
                "state: bookmarks.tickets.replication_key_value has no effect in this tap",
            ],
        ),
        (
            {"partitions": []},
            None,
            ["state: bookmarks.tickets.partitions has no effect in this tap"],
        ),
    ],
)
def test_what_a_bookmark_holds_is_taken_over_or_reported(
    bookmark: dict[str, Any],
    taken_over: dict[str, Any] | None,
    warnings: list[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logging.getLogger("tap"), "propagate", True)
    state = State({"bookmarks": {"tickets": bookmark}})
    state.adopt((TICKETS, USERS))
    assert state.bookmark("tickets") == (bookmark if taken_over is None else taken_over)
    assert caplog.messages == warnings


def test_bookmarks_of_streams_that_the_tap_does_not_have_are_reported_and_stay(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("tap"), "propagate", True)
    before = {"bookmarks": {"ticket": {"updated_at": "x"}, "zzz": {}}}
    state = State(before)
    state.adopt((TICKETS, USERS))
    assert state.value() == before
    assert caplog.messages == [
        "state: this tap has no stream ticket, so its bookmark has no effect; did you mean "
        "tickets?",
        "state: this tap has no stream zzz, so its bookmark has no effect",
    ]


UNCHECKED = frozenset(
    {
        *("last_page", "longest_page", "sweep", "progress_markers"),
        *("cursor", "ticket_cursor", "export_unfinished"),
    }
)
"""Parts of bookmarks that spare requests. If one is odd, the tap does without it."""


@pytest.mark.parametrize("tap", TAPS, ids=lambda tap: tap.name)
def test_each_part_of_a_bookmark_on_which_rows_depend_is_checked(tap: Tap) -> None:
    for stream in tap.streams:
        for key in stream.bookmark_keys:
            where = f"{stream.name}.{key}"
            faults = list(stream.bookmark_faults({key: "soon"}))
            assert len(faults) == (key not in UNCHECKED), where
            assert all(f"state: bookmarks.{stream.name}" in str(fault) for fault in faults)
            assert list(stream.bookmark_faults({key: None})) == [], where
