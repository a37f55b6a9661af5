"""docs/peers.toml names every stream, and docs/names.md is made from it."""

from __future__ import annotations

import importlib

import pytest

from docs.make import made
from docs.names import PEERS, named
from tap_common.tap import Tap
from tests.harness import ROOT

WITHOUT_PEERS = {"tap_desk"}
"""Nobody else reads Desk.com."""


def tap(package: str) -> Tap:
    found: Tap = importlib.import_module(f"{package}.tap").TAP
    return found


def test_every_tap_that_has_peers_is_there() -> None:
    packages = {path.name for path in (ROOT / "schemas").iterdir()}
    assert PEERS.keys() == packages - WITHOUT_PEERS


@pytest.mark.parametrize("package", PEERS)
def test_every_stream_is_named_or_said_to_be_unnamed(package: str) -> None:
    """Whoever adds a stream looks up what others call it."""
    known = set()
    for peer in PEERS[package]["peers"].values():
        known |= {*peer.get("same", ()), *peer.get("names", {})}
    unnamed = set(PEERS[package]["unnamed"])
    assert unnamed.isdisjoint(known)
    assert unnamed | known == {stream.name for stream in tap(package).streams}


def test_a_stream_may_have_one_name_several_or_none() -> None:
    peer = {"same": ["tickets"], "names": {"chats": ["chat", "chat_tag"]}}
    assert named(peer, "tickets") == ["tickets"]
    assert named(peer, "chats") == ["chat", "chat_tag"]
    assert named(peer, "views") == []


def test_the_page_is_current() -> None:
    text = (ROOT / "docs/names.md").read_text("utf-8")
    assert made(text) == text
