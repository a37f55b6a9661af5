"""Parts of a Markdown page that a benchmark writes.

A part stands between ``<!-- measured: NAME -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import re
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"


def block(page: Path, name: str) -> str:
    """The part ``name`` as the page has it."""
    return _found(page.read_text("utf-8"), name)[2]


def write(page: Path, name: str, text: str) -> None:
    """Puts ``text`` in the place of the part ``name``."""
    whole = page.read_text("utf-8")
    found = _found(whole, name)
    page.write_text(whole[: found.start(2)] + text.strip() + "\n" + whole[found.end(2) :], "utf-8")


def _found(text: str, name: str) -> re.Match[str]:
    pattern = rf"(<!-- measured: {re.escape(name)} -->\n)(.*?)(<!-- end -->)"
    found = re.search(pattern, text, re.DOTALL)
    if found is None:
        raise ValueError(f"the page has no part {name}: add <!-- measured: {name} --> to it")
    return found
