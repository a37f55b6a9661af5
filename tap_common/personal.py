"""Personal data: the config says whether it is sent, left out or hashed."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from tap_common import codec, schemas
from tap_common.catalog import Entry
from tap_common.config import Config
from tap_common.errors import UsageError
from tap_common.schema_tree import fields, kinds_of, nodes, path_of, without
from tap_common.stream import Schema
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
    hashed = frozenset(_texts(entry.schema, marked)) if hashes else frozenset()
    gone = marked - {path.removesuffix("[]") for path in hashed}
    places = {place for place, path in fields(entry.schema).items() if path in gone}
    schema = without(entry.schema, places)
    return replace(entry, schema=schema, dropped=entry.dropped | gone, hashed=hashed)


def _texts(schema: Schema, marked: set[str]) -> Iterator[str]:
    """The paths of marked texts, and of the items of marked lists of texts."""
    for breadcrumb, node in nodes(schema):
        path = path_of(breadcrumb)
        if path in marked and _is_text(node):
            yield path
        if path in marked and _is_text(node.get("items") or {}):
            yield f"{path}[]"


def _is_text(node: Schema) -> bool:
    return kinds_of(node) == ["string"] and "format" not in node
