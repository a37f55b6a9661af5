"""What a tap says of itself, in the shape that the Meltano SDK's taps use."""

from __future__ import annotations

import json
from typing import Any

from tap_common import __version__
from tap_common.tap import Tap

PYTHONS = ["3.11", "3.12", "3.13"]
CAPABILITIES = ["catalog", "properties", "discover", "state", "about", "test", "activate-version"]


def as_json(tap: Tap) -> str:
    """Name, version, capabilities and settings (a JSON schema) as a JSON document."""
    properties: dict[str, Any] = {}
    for key, schema in tap.all_settings.items():
        properties[key] = {**schema, "writeOnly": True} if schema.get("secret") else dict(schema)
    about = {
        "name": tap.name,
        "description": f"Singer tap for {tap.title}",
        "version": __version__,
        "supported_python_versions": PYTHONS,
        "capabilities": CAPABILITIES,
        "settings": {
            "type": "object",
            "properties": properties,
            "anyOf": [{"required": list(group)} for group in tap.logins],
        },
    }
    return json.dumps(about, indent=2)


def as_markdown(tap: Tap) -> str:
    """The settings and streams of ``tap`` as Markdown tables."""
    return "\n".join(
        [
            f"# {tap.name}",
            "",
            "## Config",
            "",
            settings_table(tap),
            "",
            "## Streams",
            "",
            streams_table(tap),
        ]
    )


def settings_table(tap: Tap) -> str:
    """One row a config key."""
    required = {key for group in tap.logins for key in group}
    rows = ["| key | default | what it does |", "|---|---|---|"]
    for key, schema in tap.all_settings.items():
        default = "" if schema.get("default") is None else f"`{json.dumps(schema['default'])}`"
        rows.append(
            f"| `{key}` | {'to log in' if key in required else default} | {schema['description']} |"
        )
    return "\n".join(rows)


def streams_table(tap: Tap) -> str:
    """One row a stream: key, method, endpoint."""
    rows = ["| stream | key | method | replication key | endpoint |", "|---|---|---|---|---|"]
    for stream in tap.streams:
        held_by = (
            f"`{stream.replication_key}`"
            if stream.replication_key
            else f"that of `{stream.parent}`"
            if stream.parent
            else ""
        )
        if stream.method == "FULL_TABLE":
            held_by = ""
        key = ", ".join(f"`{name}`" for name in stream.key)
        notes = [
            note
            for note in (stream.note, "" if stream.by_default else "not selected in a new catalog")
            if note
        ]
        path = "; ".join([f"`{stream.path}`", *notes])
        rows.append(f"| `{stream.name}` | {key} | {stream.method} | {held_by} | {path} |")
    return "\n".join(rows)
