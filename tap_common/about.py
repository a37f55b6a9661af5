"""How a tap describes itself: as JSON in the format of the Meltano SDK's taps, or as Markdown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tap_common import __version__, schemas
from tap_common.stream import Stream
from tap_common.tap import Tap

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
CAPABILITIES = [
    "catalog",
    "properties",
    "discover",
    "state",
    "about",
    "test",
    "activate-version",
    "structured-logging",
]
DRAFT = "https://json-schema.org/draft/2020-12/schema"
SPELLED = {"api": "API", "id": "ID", "mb": "MB", "url": "URL"}
"""Words of config keys that are not written in lower case."""


def as_json(tap: Tap) -> str:
    """The name, version, capabilities, settings (a JSON schema) and streams as a JSON document.

    All but ``streams`` is in the shape of the Meltano SDK.
    """
    about = {
        "name": tap.name,
        "description": f"Singer tap for {tap.title}",
        "version": __version__,
        "supported_python_versions": PYTHONS,
        "capabilities": CAPABILITIES,
        "settings": _settings(tap),
        "streams": [_stream(tap, stream) for stream in tap.streams],
    }
    return json.dumps(about, indent=2)


def _settings(tap: Tap) -> dict[str, Any]:
    """A JSON schema of the config: the keys that every login needs, and the logins to choose from.

    As the SDK has it, a key that may be absent may also be null.
    """
    needed = set.intersection(*map(set, tap.logins))
    settings = tap.all_settings
    return {
        "type": "object",
        "properties": {key: _setting(key, settings[key], key in needed) for key in settings},
        "required": [key for key in settings if key in needed],
        "anyOf": [{"required": list(group)} for group in tap.logins],
        "$schema": DRAFT,
    }


def _setting(key: str, schema: Mapping[str, Any], is_needed: bool) -> dict[str, Any]:
    types = [schema["type"]] if is_needed else [schema["type"], "null"]
    hidden = {"writeOnly": True} if schema.get("secret") else {}
    return {**schema, "type": types, "title": title(key), **hidden}


def title(key: str) -> str:
    """A config key as people read it: "API key" for "api_key"."""
    first, *others = [SPELLED.get(word, word) for word in key.split("_")]
    return " ".join([first if first.isupper() else first.capitalize(), *others])


def _stream(tap: Tap, stream: Stream) -> dict[str, Any]:
    return {
        "name": stream.name,
        "path": stream.path,
        "key_properties": list(stream.key),
        "replication_method": stream.method,
        "replication_key": stream.replication_key,
        "parent": stream.parent,
        "selected_by_default": stream.by_default,
        "references": schemas.references(tap.package, stream.name),
    }


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
