"""Writes what is made from the code: ``python -m docs.make [--check]``.

That is the tables in the Markdown files, the definitions of plugins for Meltano, and parts of the
dbt package.

A table stands between ``<!-- made: streams tap_freshdesk -->`` and ``<!-- end -->``: after "made:"
come the kind of table (streams, settings or names) and the tap's package.
"""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

from docs import dbt_models, meltano, tables
from docs.names import names_table
from tap_common import about
from tap_common.tap import Tap

ROOT = Path(__file__).resolve().parent.parent
MELTANO = ROOT / "examples" / "meltano"
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


def files() -> dict[Path, str]:
    """What each file should hold that is made from the code, wholly or in part."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    found = {path: made(path.read_text("utf-8")) for path in pages}
    found.update({MELTANO / name: text for name, text in meltano.files().items()})
    found.update(dbt_models.files())
    return found


def main() -> int:
    """Rewrites the files, or with --check names those that are not current (exit code 1)."""
    checks = "--check" in sys.argv
    stale = {path: text for path, text in files().items() if _content(path) != text}
    for path, text in stale.items():
        print(path.relative_to(ROOT))
        if not checks:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    return 1 if stale and checks else 0


def _content(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
