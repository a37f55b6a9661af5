"""What is data: how the API behaves (api.json), what rows share (templates.json), whole tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson


def load(name: str) -> dict[str, Any]:
    """Return the content of a JSON file in this folder."""
    content: dict[str, Any] = orjson.loads((Path(__file__).parent / name).read_bytes())
    return content


API = load("api.json")
