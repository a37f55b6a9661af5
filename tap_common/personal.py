"""Personal data: the config says whether it is sent, left out or hashed."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tap_common import codec, schemas
from tap_common.catalog import Entry
from tap_common.config import Config
from tap_common.errors import UsageError
from tap_common.stream import Schema, kinds_of
from tap_common.tap import Tap

SHORTEST_KEY = 16
"""Characters of a key. A shorter one can be guessed by trying."""


@dataclass(frozen=True)
class Digest:
    """Replaces a text by its HMAC-SHA-256 with ``key``, as 64 hexadecimal digits."""

    key: bytes

    def __call__(self, text: str) -> str:
        """The digest of ``text`` as it would be sent. An empty text stays as it is."""
        sent: str = codec.portable(text)
        return hmac.digest(self.key, sent.encode(), "sha256").hex() if sent else sent


def digest(config: Config) -> Digest | None:
    """What replaces personal texts, or None if the config does not ask for it.

    UsageError if it does and has no key, or a short one.
    """
    if config["personal_data"] != "hash":
        return None
    key = config["personal_data_key"] or ""
    if len(key) < SHORTEST_KEY:
        raise UsageError(
            "config: personal_data is hash, which needs a personal_data_key of at least "
            f"{SHORTEST_KEY} characters, for example from `openssl rand -hex 32`"
        )
    return Digest(key.encode())


def protected(tap: Tap, entries: Mapping[str, Entry], config: Config) -> dict[str, Entry]:
    """The selected streams without the personal data that the config leaves out.

    With personal_data "hash", texts and lists of texts stay, and the entry says which are hashed.
    Keys and replication keys are no personal data.
    """
    if config["personal_data"] == "keep":
        return dict(entries)
    hashes = digest(config) is not None
    return {name: _protected(tap, entry, hashes=hashes) for name, entry in entries.items()}


def _protected(tap: Tap, entry: Entry, *, hashes: bool) -> Entry:
    marked = schemas.personal(tap.package, entry.stream.name)
    hashed = frozenset(_texts(entry.schema, "", marked)) if hashes else frozenset()
    gone = marked - {path.removesuffix("[]") for path in hashed}
    schema = _without(entry.schema, "", gone)
    return replace(entry, schema=schema, dropped=entry.dropped | gone, hashed=hashed)


def _texts(node: Schema, path: str, marked: set[str]) -> set[str]:
    """The paths at and below ``node`` of marked texts and of the items of marked lists of texts."""
    found = set()
    if path in marked and _is_text(node):
        found.add(path)
    items = node.get("items")
    if path in marked and items is not None and _is_text(items):
        found.add(f"{path}[]")
    for name, sub in node.get("properties", {}).items():
        found |= _texts(sub, f"{path}.{name}".removeprefix("."), marked)
    if items is not None:
        found |= _texts(items, f"{path}[]", marked)
    return found


def _is_text(node: Schema) -> bool:
    return kinds_of(node) == ["string"] and "format" not in node


def _without(node: Schema, path: str, gone: set[str]) -> Schema:
    """``node``, which stands at ``path``, without the fields at the paths ``gone``."""
    kept: dict[str, Any] = dict(node)
    if "properties" in node:
        kept["properties"] = {
            name: _without(sub, inside, gone)
            for name, sub in node["properties"].items()
            if (inside := f"{path}.{name}".removeprefix(".")) not in gone
        }
    if "items" in node:
        kept["items"] = _without(node["items"], f"{path}[]", gone)
    return kept
