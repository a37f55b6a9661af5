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

from tap_common.schema_tree import nodes, path_of, rewritten
from tap_common.stream import Schema, Stream

_PACKAGE = Path(__file__).resolve().parent
_PLACES = (_PACKAGE / "schemas", _PACKAGE.parent / "schemas")
_NOTES = ("references", "personal")


def load(package: str, streams: Iterable[Stream]) -> dict[str, Schema]:
    """The schema of each of ``streams`` by its name, for the tap in ``package``.

    FileNotFoundError if the installation lacks one.
    """
    found = {stream.name: _read(package, stream.name) for stream in streams}
    return {name: rewritten(schema, _without_notes) for name, schema in found.items()}


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
    return {word: value for word, value in node.items() if word not in _NOTES}


def _noted(word: str, schema: Schema) -> Iterator[tuple[str, Any]]:
    """The paths of the nodes that have the note ``word``, and what it says there."""
    for breadcrumb, node in nodes(schema):
        if word in node:
            yield path_of(breadcrumb), node[word]
