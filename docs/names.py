"""The tables of docs/names.md: what other programs call the streams, by docs/peers.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tap_common.tap import Tap

Peer = Mapping[str, Any]
PEERS: dict[str, Any] = tomllib.loads(Path(__file__).with_name("peers.toml").read_text("utf-8"))


def names_table(tap: Tap) -> str:
    """A Markdown table with a row for each stream and a column for each other program."""
    peers = list(PEERS[tap.package]["peers"].values())
    titles = [f"{peer['title']} ({peer['source']})" for peer in peers]
    rows = [_names(stream.name, peers) for stream in tap.streams]
    return "\n".join([_row("stream", *titles), "|---" * (len(peers) + 1) + "|", *rows])


def _names(stream: str, peers: Iterable[Peer]) -> str:
    return _row(_code([stream]), *(_code(named(peer, stream)) for peer in peers))


def named(peer: Peer, stream: str) -> list[str]:
    """What ``peer`` calls a stream: no name, one, or several."""
    if stream in peer.get("same", ()):
        return [stream]
    names: list[str] = peer.get("names", {}).get(stream, [])
    return names


def _code(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
