"""Finds the JSON schemas: in the package of a wheel, or beside it in a checkout.

The files say of some fields what no target needs to know: ``references`` names the column that a
field points to ("users.id"), and ``personal`` is true where a field holds personal data. Both are
left out of catalogs and SCHEMA messages.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tap_common.stream import Schema, Stream

_PACKAGE = Path(__file__).resolve().parent
_PLACES = (_PACKAGE / "schemas", _PACKAGE.parent / "schemas")
_NOTES = ("references", "personal")


def load(package: str, streams: Iterable[Stream]) -> dict[str, Schema]:
    """The schema of each of ``streams`` by its name, for the tap in ``package``.

    FileNotFoundError if the installation lacks one.
    """
    return {stream.name: _without_notes(_read(package, stream.name)) for stream in streams}


def references(package: str, stream: str) -> dict[str, str]:
    """The column ("users.id") that each field of a stream points to, by the field's path.

    A path is like "via.source.from" or "collaborator_ids[]".
    """
    return dict(_noted("references", _read(package, stream)))


def personal(package: str, stream: str) -> set[str]:
    """The paths of the fields of a stream that hold personal data."""
    return {path for path, yes in _noted("personal", _read(package, stream)) if yes}


def _read(package: str, stream: str) -> Schema:
    folders = [place / package for place in _PLACES]
    folder = next((folder for folder in folders if folder.is_dir()), folders[0])
    schema: Schema = json.loads((folder / f"{stream}.json").read_text("utf-8"))
    return schema


def _without_notes(node: Schema) -> Schema:
    kept = {word: value for word, value in node.items() if word not in _NOTES}
    if "properties" in kept:
        kept["properties"] = {
            name: _without_notes(child) for name, child in kept["properties"].items()
        }
    if "items" in kept:
        kept["items"] = _without_notes(kept["items"])
    return kept


def _noted(word: str, node: Schema, path: str = "") -> Iterator[tuple[str, Any]]:
    if word in node:
        yield path, node[word]
    for name, child in node.get("properties", {}).items():
        yield from _noted(word, child, f"{path}.{name}".removeprefix("."))
    if "items" in node:
        yield from _noted(word, node["items"], f"{path}[]")
