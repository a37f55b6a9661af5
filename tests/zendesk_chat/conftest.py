"""The tap as people run it: the command, a config file, the account on loopback."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.zendesk_chat import Account, Options, ZendeskChatServer, serve
from tests.harness import Run, Workplace, selecting

Row = dict[str, Any]

KEYS = {
    "zopim_account": ("account_key",),
    "zopim_shortcuts": ("name",),
    "chat_history": ("chat_id", "position"),
    "chat_webpath": ("chat_id", "position"),
    "chat_engagements": ("chat_id", "id"),
    "chat_conversions": ("chat_id", "id"),
    "routing_settings": ("applies_to",),
    "agent_timeline": ("agent_id", "start_time"),
}
"""Keys of the streams; those of all others are ("id",)."""
TEXTS = {"msg_id", "agent_id", "department_id", "prev_department_id"}
"""What history holds as text or number, and the tap sends as text."""


def table(stream: str, *runs: Sequence[Row]) -> dict[tuple[Any, ...], Row]:
    """What a target holds of a stream after it was sent these records one after the other."""
    key = KEYS.get(stream, ("id",))
    return {tuple(row[name] for name in key): row for rows in runs for row in rows}


class Tap(Workplace):
    """The command with a config for ``server``; None takes a key out of the config."""

    def __init__(self, server: ZendeskChatServer, folder: Path) -> None:
        credentials = server.app.credentials()
        config = {
            "access_token": credentials["access_token"],
            "subdomain": credentials["subdomain"],
            "base_url": server.url,
        }
        super().__init__(
            folder,
            "tap_zendesk_chat",
            {**config, "start_date": "2015-01-01", "requests_per_minute": 100_000},
        )
        self.server = server

    def command(self, *arguments: str, **config: Any) -> list[str]:
        command = super().command(*arguments, **config)
        self.write(
            "config.json",
            {key: value for key, value in {**self.config, **config}.items() if value is not None},
        )
        return command

    def catalog(self, **streams: Sequence[str] | None) -> Row:
        """The catalog with just these streams selected (none named: all that are available), of each just these fields."""
        found = self.discovered()
        catalog = selecting(
            found,
            *(streams or (entry["stream"] for entry in found["streams"] if is_available(entry))),
        )
        for entry in catalog["streams"]:
            fields = streams.get(entry["stream"])
            for item in entry["metadata"] if fields else ():
                if len(item["breadcrumb"]) == 2:
                    item["metadata"]["selected"] = item["breadcrumb"][1] in (fields or ())
        return catalog


def is_available(entry: Mapping[str, Any]) -> bool:
    """Whether discovery found that the account allows this stream."""
    return not any("unavailable" in item["metadata"] for item in entry["metadata"])


Opened = Callable[..., AbstractContextManager[Tap]]
Whole = Callable[..., None]


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """Opens an account of so many chats, with these options, and gives the tap for it."""

    @contextmanager
    def open_account(chats: int = 60, seed: int = 1, **given: Any) -> Iterator[Tap]:
        sizes = {
            name: given.pop(name) for name in ("agents", "bans", "burst", "clock") if name in given
        }
        with serve(Account(seed, chats, **sizes), Options(**{"limit": 0, **given})) as server:
            yield Tap(server, tmp_path_factory.mktemp("tap"))

    return open_account


@pytest.fixture
def tap(opened: Opened) -> Iterator[Tap]:
    """The tap for a small account with everything in it."""
    with opened(chats=60) as tap:
        yield tap


def true_rows(server: ZendeskChatServer, stream: str) -> dict[tuple[Any, ...], Row]:
    """What the stream must hold now, by key, as the tap writes it."""
    rows = server.account.rows
    if stream == "zopim_chats":
        return table(stream, [_chat(row) for row in rows("chats")])
    if stream.startswith("chat_"):
        return table(
            stream,
            [
                _portable(item)
                for row in rows("chats")
                for item in _items(row, stream.removeprefix("chat_"))
            ],
        )
    if stream == "routing_settings":
        return table(stream, [{**row, "applies_to": "account"} for row in rows(stream)])
    if stream == "zopim_triggers":
        return table(stream, [_trigger(row) for row in rows("triggers")])
    if stream in ("agent_events", "department_events"):
        texts = ("previous_value", "value")
        return table(
            stream, [{**row, **{name: _text(row[name]) for name in texts}} for row in rows(stream)]
        )
    return table(stream, rows(stream.removeprefix("zopim_")))


def _chat(row: Row) -> Row:
    row = _portable(row)
    return (
        {**row, "history": [_entry(entry) for entry in row["history"]]}
        if row.get("history")
        else row
    )


def _items(row: Row, name: str) -> Iterator[Row]:
    for position, item in enumerate(row.get(name) or ()):
        shaped = (
            _entry(item)
            if name == "history"
            else item
            if isinstance(item, dict)
            else {"other": _text(item)}
        )
        yield {**shaped, "chat_id": row["id"], "position": position}


def _portable(value: Any) -> Any:
    """Without the NULs that databases refuse."""
    return json.loads(json.dumps(value).replace("\\u0000", ""))


def _trigger(row: Row) -> Row:
    return {**row, "definition": {**row["definition"], "event": _text(row["definition"]["event"])}}


def _entry(entry: Row) -> Row:
    return {name: _text(value) if name in TEXTS else value for name, value in entry.items()}


def _text(value: Any) -> str | None:
    return (
        value
        if value is None or isinstance(value, str)
        else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    )


STREAMS = (
    "zopim_account",
    "zopim_agents",
    "zopim_banned_ips",
    "zopim_banned_visitors",
    "zopim_chats",
    "chat_history",
    "chat_engagements",
    "chat_webpath",
    "chat_conversions",
    "zopim_departments",
    "zopim_shortcuts",
    "zopim_triggers",
    "goals",
    "roles",
    "skills",
    "routing_settings",
    "agent_timeline",
    "agent_events",
    "department_events",
    "conversions",
)


@pytest.fixture(scope="session")
def whole() -> Whole:
    """Says whether a target that took these runs' records holds what the account holds (no stale row, none missing)."""

    def check(server: ZendeskChatServer, *runs: Run, streams: Sequence[str] = STREAMS) -> None:
        for stream in streams:
            held, true = (
                table(stream, *(run.records(stream) for run in runs)),
                true_rows(server, stream),
            )
            assert not true.keys() - held.keys(), f"{stream}: rows missing"
            assert {key: held[key] for key in true} == true, stream

    return check
