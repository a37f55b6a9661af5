"""Writes the tables that are made from the code into the Markdown files: ``python -m docs.make
[--check]``.

A table stands between ``<!-- made: streams tap_freshdesk -->`` and ``<!-- end -->``: after "made:"
come the kind of table (streams, settings or names) and the tap's package.
"""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

from docs import tables
from docs.names import names_table
from tap_common import about
from tap_common.tap import Tap

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"(<!-- made: (\w+) (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
TABLES = {
    "streams": about.streams_table,
    "settings": about.settings_table,
    "names": names_table,
    "deletions": tables.deletions_table,
}


def made(text: str) -> str:
    """``text`` with every table in it made anew."""

    def table(match: re.Match[str]) -> str:
        tap: Tap = importlib.import_module(f"{match[3]}.tap").TAP
        return f"{match[1]}{TABLES[match[2]](tap)}\n{match[4]}"

    return BLOCK.sub(table, text)


def main() -> int:
    """Rewrites the files, or with --check names those that are not current (exit code 1)."""
    stale = []
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        text = path.read_text("utf-8")
        if made(text) != text:
            stale.append(path)
            if "--check" not in sys.argv:
                path.write_text(made(text), "utf-8")
    for path in stale:
        print(path.relative_to(ROOT))
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
