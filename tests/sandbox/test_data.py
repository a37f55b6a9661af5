"""sandbox/DATA.md explains every word of the sandbox's data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.harness import ROOT

SANDBOX = ROOT / "sandbox"
EXPLAINED = set(re.findall(r"[$\w]+", (SANDBOX / "DATA.md").read_text("utf-8")))
VENDORS = ("desk", "freshdesk", "zendesk_chat", "zendesk_support")
ROUTES = ("freshdesk", "zendesk_chat", "zendesk_support")


def contents(vendor: str, pattern: str) -> dict[str, Any]:
    """What the files of a vendor hold together."""
    found: dict[str, Any] = {}
    paths: list[Path] = sorted((SANDBOX / vendor / "data").glob(pattern))
    assert paths
    for path in paths:
        found |= orjson.loads(path.read_bytes())
    return found


def forms(template: Any) -> Iterator[str]:
    """The forms such as $pick that a template uses, at any depth."""
    if isinstance(template, list):
        for member in template:
            yield from forms(member)
    if isinstance(template, dict):
        first = next(iter(template), "")
        if first.startswith("$"):
            yield first
        for member in template.values():
            yield from forms(member)


@pytest.mark.parametrize("vendor", ROUTES)
def test_each_word_of_a_route_is_explained(vendor: str) -> None:
    entries = contents(vendor, "routes.json" if vendor != "zendesk_support" else "routes/*.json")
    entries = entries.get("routes", entries)
    words = {word for entry in entries.values() for word in entry}
    assert words - EXPLAINED == set()


def test_each_word_of_a_table_is_explained() -> None:
    words = {
        word for table in contents("zendesk_support", "tables/*.json").values() for word in table
    }
    assert words - EXPLAINED == set()


@pytest.mark.parametrize("vendor", VENDORS)
def test_each_form_of_a_template_is_explained(vendor: str) -> None:
    tables = contents(vendor, "**/*.json")
    rows = [table.pop("rows", []) for table in tables.values() if isinstance(table, dict)]
    assert rows
    assert set(forms(tables)) - EXPLAINED == set()
