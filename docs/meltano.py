"""The plugin definitions for Meltano, made from what the commands say with --about."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from docs.taps import TAPS
from singer_to_sqlite import about as loader
from tap_common import about

VARIANT = PACKAGE = "singer-helpdesk-taps"
REPOSITORY = "https://github.com/singer-helpdesk-taps/singer-helpdesk-taps"
HEADER = "# Made from `{} --about --format json` by `make docs`.\n"
KINDS = {"number": "decimal", "date-time": "date_iso8601", "email": "email"}
"""What Meltano calls JSON schema's types and formats."""


def files() -> dict[str, str]:
    """The text of each file by its path in the project for Meltano.

    A plugin has a definition in YAML, as Meltano Hub and ``meltano add --from-ref`` take it, and
    the same as a lock file in JSON, by which Meltano finds plugins that are in no hub.
    """
    found: dict[str, str] = {}
    for folder, plugin in _plugins():
        name = plugin["name"]
        body = yaml.safe_dump(plugin, sort_keys=False, width=80, allow_unicode=True)
        found[f"{name}.yml"] = HEADER.format(name) + body
        lock = json.dumps({"plugin_type": folder, **plugin}, indent=2)
        found[f"plugins/{folder}/{name}--{VARIANT}.lock"] = f"{lock}\n"
    return found


def _plugins() -> Iterator[tuple[str, dict[str, Any]]]:
    """The kind of each plugin, as Meltano calls it, and its definition."""
    for tap in TAPS:
        yield "extractors", _plugin(tap.title, json.loads(about.as_json(tap)))
    loads = _plugin("SQLite", json.loads(loader.as_json()))
    yield "loaders", {**loads, "dialect": "sqlite"}


def _plugin(label: str, described: Mapping[str, Any]) -> dict[str, Any]:
    """A plugin as Meltano Hub defines it.

    Each group of settings in ``settings_group_validation`` is one way to log in.
    """
    name, settings = described["name"], described["settings"]
    groups = settings.get("anyOf", [{"required": settings["required"]}])
    return {
        "name": name,
        "namespace": name.replace("-", "_"),
        "variant": VARIANT,
        "label": label,
        "description": described["description"],
        "pip_url": PACKAGE,
        "executable": name,
        "repo": REPOSITORY,
        "docs": f"{REPOSITORY}/tree/main/docs",
        "capabilities": described["capabilities"],
        "settings_group_validation": [group["required"] for group in groups],
        "settings": [_setting(key, schema) for key, schema in settings["properties"].items()],
        "keywords": ["helpdesk", "support"],
        "maintenance_status": "beta",
    }


def _setting(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    kind = "options" if "enum" in schema else _kind(schema)
    setting: dict[str, Any] = {"name": name, "label": schema["title"], "kind": kind}
    if "enum" in schema:
        setting["options"] = [{"label": value, "value": value} for value in schema["enum"]]
    if schema.get("secret"):
        setting["sensitive"] = True
    if "default" in schema:
        setting["value"] = schema["default"]
    return {**setting, "description": schema["description"]}


def _kind(schema: Mapping[str, Any]) -> str:
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    word: str = schema.get("format", types[0])
    return KINDS.get(word, word)
