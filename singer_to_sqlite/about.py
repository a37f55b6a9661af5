"""How the loader describes itself: as JSON in the format of the Meltano SDK, or as Markdown."""

from __future__ import annotations

import json

from singer_to_sqlite import __version__
from singer_to_sqlite.settings import PREFIX, PROPERTIES

CAPABILITIES = ["about", "activate-version", "hard-delete"]
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]


def as_json() -> str:
    """The name, version, capabilities and settings (a JSON schema) as a JSON document."""
    about = {
        "name": "singer-to-sqlite",
        "description": "Singer target for one SQLite file",
        "version": __version__,
        "supported_python_versions": PYTHONS,
        "capabilities": CAPABILITIES,
        "settings": {"type": "object", "properties": PROPERTIES, "required": ["file"]},
    }
    return json.dumps(about, indent=2)


def as_markdown() -> str:
    """The settings as a Markdown table."""
    rows = ["| setting | environment | what it does |", "|---|---|---|"]
    rows += [
        f"| `{key}` | `{PREFIX}{key.upper()}` | {schema['description']} |"
        for key, schema in PROPERTIES.items()
    ]
    return "\n".join(["# singer-to-sqlite", "", *rows])
