"""Finds the JSON schemas: inside the package when installed from a wheel, beside it in a checkout or an editable install."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

from tap_common.model import Schema, Tap

_PACKAGE = Path(__file__).resolve().parent
_PLACES = (_PACKAGE / "schemas", _PACKAGE.parent / "schemas")


def load(tap: Tap) -> dict[str, Schema]:
    """The schema of each stream of ``tap`` by stream name. FileNotFoundError if the installation lacks one."""
    folder = next(
        (place / tap.package for place in _PLACES if (place / tap.package).is_dir()),
        _PLACES[0] / tap.package,
    )
    return {
        stream.name: cast(Schema, json.loads((folder / f"{stream.name}.json").read_text("utf-8")))
        for stream in tap.streams
    }
