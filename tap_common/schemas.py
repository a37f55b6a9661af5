"""Finds the JSON schemas: in the package of a wheel, or beside it in a checkout."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from tap_common.stream import Schema, Stream

_PACKAGE = Path(__file__).resolve().parent
_PLACES = (_PACKAGE / "schemas", _PACKAGE.parent / "schemas")


def load(package: str, streams: Iterable[Stream]) -> dict[str, Schema]:
    """The schema of each of ``streams`` by its name, for the tap in ``package``.

    FileNotFoundError if the installation lacks one.
    """
    folders = [place / package for place in _PLACES]
    folder = next((folder for folder in folders if folder.is_dir()), folders[0])
    return {stream.name: _read(folder / f"{stream.name}.json") for stream in streams}


def _read(path: Path) -> Schema:
    schema: Schema = json.loads(path.read_text("utf-8"))
    return schema
