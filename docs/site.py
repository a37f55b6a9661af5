"""Hooks of mkdocs: make the pages of the tables, and let links out of docs/ lead to the repository.

mkdocs.yml names this file.
"""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

tables = importlib.import_module("docs.tables")

PACKAGES = ("tap_freshdesk", "tap_zendesk_support", "tap_zendesk_chat", "tap_desk")
OUTWARD = re.compile(r"\]\(((?:\.\./)+[^)#]*)(#[^)]*)?\)")


def on_files(files: Files, config: Any) -> Files:
    """Adds a page for each tap's tables and one for each table."""
    for package in PACKAGES:
        tap = importlib.import_module(f"{package}.tap").TAP
        pages = {"index": tables.tap_page(tap)}
        pages |= {stream.name: tables.table_page(tap, stream) for stream in tap.streams}
        for name, text in pages.items():
            path = f"tables/{package}/{name}.md"
            files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, **_rest: Any) -> str:
    """Turns links that leave docs/ into links to the repository.

    PluginError if such a link leads nowhere.
    """
    folder = (ROOT / "docs" / page.file.src_path).parent

    def outward(match: re.Match[str]) -> str:
        path = (folder / match[1]).resolve()
        if path.is_relative_to(ROOT / "docs"):
            return match[0]
        if not path.exists():
            raise PluginError(f"{page.file.src_path}: {match[1]} leads nowhere")
        return f"]({config.repo_url}/blob/main/{path.relative_to(ROOT)}{match[2] or ''})"

    return OUTWARD.sub(outward, markdown)
