"""How a tap describes itself: as JSON in the format of the Meltano SDK's taps, or as Markdown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tap_common import __version__
from tap_common.stream import Stream
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
    """A Markdown table of the config keys."""
    login = {key for group in tap.logins for key in group}
    rows = ["| key | default | what it does |", "|---|---|---|"]
    for key, schema in tap.all_settings.items():
        default = "to log in" if key in login else _default(schema)
        rows.append(f"| `{key}` | {default} | {schema['description']} |")
    return "\n".join(rows)


def _default(schema: Mapping[str, Any]) -> str:
    value = schema.get("default")
    return "" if value is None else f"`{json.dumps(value)}`"


def streams_table(tap: Tap) -> str:
    """A Markdown table of the streams: key, method, replication key, endpoint and notes."""
    rows = ["| stream | key | method | replication key | endpoint |", "|---|---|---|---|---|"]
    for stream in tap.streams:
        key = ", ".join(f"`{name}`" for name in stream.key)
        notes = [f"`{stream.path}`", stream.note]
        if not stream.by_default:
            notes.append("not selected in a new catalog")
        endpoint = "; ".join(filter(None, notes))
        replication_key = _replication_key(stream)
        rows.append(
            f"| `{stream.name}` | {key} | {stream.method} | {replication_key} | {endpoint} |"
        )
    return "\n".join(rows)


def _replication_key(stream: Stream) -> str:
    """The field that the bookmark is compared with, or the parent in whose page the rows come."""
    if stream.method == "FULL_TABLE":
        return ""
    if stream.replication_key:
        return f"`{stream.replication_key}`"
    return f"that of `{stream.parent}`" if stream.parent else ""
