"""sandbox/SOURCES.md explains every short name of a source, and only names that are used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.harness import ROOT

SANDBOX = ROOT / "sandbox"
SOURCES = (SANDBOX / "SOURCES.md").read_text("utf-8")
EXPLAINED = set(re.findall(r"^\| ([A-Z][A-Z0-9 -]*?) \|", SOURCES, re.MULTILINE))
CITED = re.compile(r"[(\[]((?:RFC \d+|[A-Z][A-Z0-9-]*))\b")
"""A source is named in brackets, before anything else in them."""


def texts() -> Iterator[str]:
    """The page about the data, and every docstring."""
    yield (SANDBOX / "DATA.md").read_text("utf-8")
    for path in SANDBOX.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                yield str(node.value.value)


def test_each_source_that_is_named_is_explained() -> None:
    cited = {name for text in texts() for name in CITED.findall(text)}
    assert len(cited) > 20
    assert cited - EXPLAINED == set()


def test_each_source_that_is_explained_is_named_somewhere() -> None:
    files = [*SANDBOX.rglob("*.py"), SANDBOX / "DATA.md", SANDBOX / "README.md"]
    everything = "\n".join(path.read_text("utf-8") for path in files)
    assert [name for name in EXPLAINED if not re.search(rf"\b{name}\b", everything)] == []
