"""How the taps describe themselves, to people's programs and to Meltano."""

from __future__ import annotations

import json
import tomllib
from functools import cache
from typing import Any

import pytest
import yaml

import helpdesk_report
import helpdesk_sync
import singer_to_sqlite
import tap_common
from docs import meltano
from docs.taps import TAPS
from singer_to_sqlite import about as loader_about
from tap_common import about
from tap_common.tap import Tap
from tests.harness import ROOT

EACH = pytest.mark.parametrize("tap", TAPS, ids=lambda tap: tap.name)
README = (ROOT / "README.md").read_text("utf-8")
KINDS = {"string", "integer", "decimal", "boolean", "array", "options", "date_iso8601", "email"}
"""The kinds of settings that Meltano 4 knows and that are not deprecated."""


def described(tap: Tap) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(about.as_json(tap))
    return found


def test_all_commands_have_the_version_of_the_distribution() -> None:
    assert {
        module.__version__ for module in (singer_to_sqlite, helpdesk_report, helpdesk_sync)
    } == {tap_common.__version__}


def test_the_supported_pythons_are_those_that_a_package_index_shows() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    shown = [
        line.removeprefix("Programming Language :: Python :: ") for line in project["classifiers"]
    ]
    pythons = [version for version in shown if version.startswith("3.")]
    assert pythons == about.PYTHONS
    assert json.loads(loader_about.as_json())["supported_python_versions"] == pythons


@EACH
def test_settings_have_the_shape_of_the_sdk(tap: Tap) -> None:
    found = described(tap)
    assert list(found)[:-1] == [
        "name",
        "description",
        "version",
        "supported_python_versions",
        "capabilities",
        "settings",
    ]
    settings = found["settings"]
    assert settings["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for key, schema in settings["properties"].items():
        assert schema["title"][0].isupper()
        assert schema["description"].endswith(".")
        assert schema["type"][1:] == ([] if key in settings["required"] else ["null"])
        assert schema.get("writeOnly", False) == schema.get("secret", False)
    assert settings["properties"]["start_date"]["format"] == "date-time"


def test_the_keys_that_a_login_needs_are_required() -> None:
    required = {tap.name: described(tap)["settings"] for tap in TAPS}
    assert {name: settings["required"] for name, settings in required.items()} == {
        "tap-desk": ["site_url"],
        "tap-freshdesk": ["api_key", "domain"],
        "tap-zendesk-chat": [],
        "tap-zendesk-support": ["subdomain"],
    }
    assert required["tap-zendesk-chat"]["anyOf"] == [
        {"required": ["client_id", "client_secret"]},
        {"required": ["access_token"]},
    ]


@pytest.mark.parametrize(
    ("key", "title"),
    [
        ("api_key", "API key"),
        ("base_url", "Base URL"),
        ("client_id", "Client ID"),
        ("largest_reply_mb", "Largest reply MB"),
        ("start_date", "Start date"),
    ],
)
def test_titles_are_words(key: str, title: str) -> None:
    assert about.title(key) == title


@EACH
def test_streams_are_listed_with_all_that_joins_them(tap: Tap) -> None:
    streams = {stream["name"]: stream for stream in described(tap)["streams"]}
    assert list(streams) == [stream.name for stream in tap.streams]
    for stream in tap.streams:
        assert streams[stream.name] | {"references": None} == {
            "name": stream.name,
            "path": stream.path,
            "key_properties": list(stream.key),
            "replication_method": stream.method,
            "replication_key": stream.replication_key,
            "parent": stream.parent,
            "selected_by_default": stream.by_default,
            "references": None,
        }


def test_references_name_columns_of_streams() -> None:
    (support,) = (tap for tap in TAPS if tap.name == "tap-zendesk-support")
    streams = {stream["name"]: stream for stream in described(support)["streams"]}
    assert streams["zendesk_group_memberships"]["references"]["user_id"] == "users.id"


HUB = {
    *("name", "namespace", "variant", "label", "description", "pip_url", "executable", "repo"),
    *("docs", "capabilities", "settings_group_validation", "settings", "keywords", "dialect"),
    "maintenance_status",
}
"""What Meltano Hub's schemas of plugin definitions know (meltano/hub, schemas/)."""
HUB_SETTING = {"name", "label", "kind", "options", "sensitive", "value", "description"}
HUB_CAPABILITIES = {
    *("properties", "catalog", "discover", "state", "about", "activate-version", "test"),
    *("structured-logging", "soft-delete", "hard-delete"),
}


@cache
def files() -> dict[str, str]:
    """The project's files that are made."""
    return meltano.files()


@cache
def plugins() -> dict[str, dict[str, Any]]:
    """Meltano's definitions by the plugin's name."""
    texts = [text for path, text in files().items() if path.endswith(".yml")]
    found = map(yaml.safe_load, texts)
    return {plugin["name"]: plugin for plugin in found}


@EACH
def test_meltano_knows_each_setting_and_which_are_secret(tap: Tap) -> None:
    settings = {setting["name"]: setting for setting in plugins()[tap.name]["settings"]}
    assert settings.keys() == tap.all_settings.keys()
    assert {setting["kind"] for setting in settings.values()} <= KINDS
    secret = {key for key, schema in tap.all_settings.items() if schema.get("secret")}
    assert {key for key, setting in settings.items() if setting.get("sensitive")} == secret
    options = settings["unknown_fields"]["options"]
    assert [option["value"] for option in options] == ["ignore", "keep", "fail"]


def test_meltano_hub_knows_all_that_the_definitions_hold() -> None:
    for plugin in plugins().values():
        assert plugin.keys() <= HUB
        assert set(plugin["capabilities"]) <= HUB_CAPABILITIES
        for setting in plugin["settings"]:
            assert setting.keys() <= HUB_SETTING


@EACH
def test_meltano_groups_the_settings_of_each_login(tap: Tap) -> None:
    groups = plugins()[tap.name]["settings_group_validation"]
    assert groups == [list(group) for group in tap.logins]


def test_the_lock_files_hold_the_same_definitions() -> None:
    locks = {path: text for path, text in files().items() if path.endswith(".lock")}
    kinds = {tap.name: "extractors" for tap in TAPS} | {"singer-to-sqlite": "loaders"}
    assert {path: json.loads(text) for path, text in locks.items()} == {
        f"plugins/{kinds[name]}/{name}--singer-helpdesk-taps.lock": {
            "plugin_type": kinds[name],
            **plugin,
        }
        for name, plugin in plugins().items()
    }


@EACH
def test_the_readme_counts_the_streams(tap: Tap) -> None:
    rows = [line.split(" | ") for line in README.splitlines() if line.startswith(f"| `{tap.name}`")]
    assert [int(columns[2]) for columns in rows] == [len(tap.streams)]
