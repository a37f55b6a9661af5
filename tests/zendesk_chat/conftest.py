"""The tap as people run it: the command, a config file, the account on loopback."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sandbox.zendesk_chat import Account, Options, ZendeskChatServer, serve

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "tap_zendesk_chat")
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


@dataclass(frozen=True)
class Run:
    """What a run of the tap came to."""

    code: int
    messages: list[Row]
    said: str

    def rows(self, stream: str) -> list[Row]:
        """The records of a stream in their order."""
        return [message["record"] for message in self.messages if message["type"] == "RECORD" and message["stream"] == stream]

    @property
    def states(self) -> list[Row]:
        return [message["value"] for message in self.messages if message["type"] == "STATE"]

    @property
    def state(self) -> Row:
        """The last state."""
        return self.states[-1]


def table(stream: str, *runs: Sequence[Row]) -> dict[tuple[Any, ...], Row]:
    """What a target holds of a stream after it was sent these records one after the other."""
    key = KEYS.get(stream, ("id",))
    return {tuple(row[name] for name in key): row for rows in runs for row in rows}


def parsed(lines: Sequence[bytes]) -> list[Row]:
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


@dataclass
class Tap:
    """The command with a config for ``server``; ``config`` may be changed (None takes a key away)."""

    server: ZendeskChatServer
    folder: Path
    config: Row = field(default_factory=dict)

    def arguments(self, *more: str, catalog: Row | None = None, state: Row | None = None, **config: Any) -> list[str]:
        credentials = self.server.app.credentials()
        values = {
            "access_token": credentials["access_token"],
            "subdomain": credentials["subdomain"],
            "base_url": self.server.url,
            "start_date": "2015-01-01",
            "requests_per_minute": 100_000,
            **self.config,
            **config,
        }
        files = {"config": {key: value for key, value in values.items() if value is not None}, "catalog": catalog, "state": state}
        made = list(more)
        for name, content in files.items():
            if content is not None:
                (self.folder / f"{name}.json").write_text(json.dumps(content))
                made += [f"--{name}", str(self.folder / f"{name}.json")]
        return made

    def run(self, *more: str, **given: Any) -> Run:
        """Runs to the end."""
        ended = subprocess.run([*COMMAND, *self.arguments(*more, **given)], cwd=ROOT, capture_output=True, check=False)
        return Run(ended.returncode, parsed(ended.stdout.splitlines(keepends=True)), ended.stderr.decode())

    def killed(self, after: int, **given: Any) -> Run:
        """Killed once it has written so many lines (or run to its end, if there are fewer)."""
        command = [*COMMAND, *self.arguments(**given)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert process.stdout is not None
            lines = [line for line, _ in zip(process.stdout, range(after), strict=False)]
            process.kill()
        return Run(process.returncode, parsed(lines), "")

    def discover(self, select: Mapping[str, Sequence[str] | None] | None = None) -> Row:
        """The catalog with these streams selected (all that are available when None), and of each only these fields."""
        printed = subprocess.run([*COMMAND, *self.arguments("--discover")], cwd=ROOT, capture_output=True, check=True).stdout
        catalog: Row = json.loads(printed)
        for stream in catalog["streams"]:
            name = stream["tap_stream_id"]
            for item in stream["metadata"]:
                breadcrumb, facts = item["breadcrumb"], item["metadata"]
                if not breadcrumb:
                    facts["selected"] = facts["selected-by-default"] if select is None else name in select
                elif select and select.get(name) is not None and len(breadcrumb) == 2:
                    facts["selected"] = breadcrumb[1] in (select[name] or ())
        return catalog


Opened = Callable[..., Any]


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """Opens an account of so many chats, with these options, and gives the tap for it."""

    @contextmanager
    def open_account(chats: int = 60, seed: int = 1, **given: Any) -> Iterator[Tap]:
        sizes = {name: given.pop(name) for name in ("agents", "bans", "burst", "clock") if name in given}
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
        return table(stream, [_portable(item) for row in rows("chats") for item in _items(row, stream.removeprefix("chat_"))])
    if stream == "routing_settings":
        return table(stream, [{**row, "applies_to": "account"} for row in rows(stream)])
    if stream == "zopim_triggers":
        return table(stream, [_trigger(row) for row in rows("triggers")])
    if stream in ("agent_events", "department_events"):
        texts = ("previous_value", "value")
        return table(stream, [{**row, **{name: _text(row[name]) for name in texts}} for row in rows(stream)])
    return table(stream, rows(stream.removeprefix("zopim_")))


def _chat(row: Row) -> Row:
    row = _portable(row)
    return {**row, "history": [_entry(entry) for entry in row["history"]]} if row.get("history") else row


def _items(row: Row, name: str) -> Iterator[Row]:
    for position, item in enumerate(row.get(name) or ()):
        shaped = _entry(item) if name == "history" else item if isinstance(item, dict) else {"other": _text(item)}
        yield {**shaped, "chat_id": row["id"], "position": position}


def _portable(value: Any) -> Any:
    """Without the NULs that databases refuse."""
    return json.loads(json.dumps(value).replace("\\u0000", ""))


def _trigger(row: Row) -> Row:
    return {**row, "definition": {**row["definition"], "event": _text(row["definition"]["event"])}}


def _entry(entry: Row) -> Row:
    return {name: _text(value) if name in TEXTS else value for name, value in entry.items()}


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


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
def whole() -> Callable[..., None]:
    """Says whether a target that took these runs' records holds what the account holds (no stale row, none missing)."""

    def check(server: ZendeskChatServer, *runs: Run, streams: Sequence[str] = STREAMS) -> None:
        for stream in streams:
            held, true = table(stream, *(run.rows(stream) for run in runs)), true_rows(server, stream)
            assert not true.keys() - held.keys(), f"{stream}: rows missing"
            assert {key: held[key] for key in true} == true, stream

    return check
