"""Rules of style that no linter checks: one thought a line."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import ROOT

PACKAGES = (
    "tap_common",
    "tap_desk",
    "tap_freshdesk",
    "tap_zendesk_chat",
    "tap_zendesk_support",
    "singer_to_sqlite",
    "helpdesk_report",
    "helpdesk_sync",
    "sandbox",
    "benchmarks",
    "examples",
    "docs",
    "tests",
)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
WIDTH = 100
DOCUMENTS = [
    path
    for pattern in ("*.md", "docs/*.md", "sandbox/*.md", "examples/*/*.md", "dbt/*.md")
    for path in sorted(ROOT.glob(pattern))
]
FENCED = re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE)
GIVEN = ROOT / "tests" / "contract" / "contract.py"
"""The checker of a tap's output, which is kept as it was given."""


def files(package: str) -> list[Path]:
    return [path for path in sorted((ROOT / package).rglob("*.py")) if path != GIVEN]


def inside(node: ast.AST) -> Iterator[ast.AST]:
    """The expressions inside ``node``, at any depth."""
    for child in ast.iter_child_nodes(node):
        yield child
        yield from inside(child)


def nested(path: Path) -> Iterator[str]:
    """Yields where a comprehension or a conditional expression holds another one."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        for kinds in (COMPREHENSIONS, (ast.IfExp,)):
            if isinstance(node, kinds) and holds(node, kinds):
                yield f"{path.relative_to(ROOT)}:{node.lineno}"


def holds(node: ast.AST, kinds: tuple[type[ast.AST], ...]) -> bool:
    return any(isinstance(other, kinds) for other in inside(node))


@pytest.mark.parametrize("package", PACKAGES)
def test_no_comprehension_and_no_conditional_expression_holds_another_one(package: str) -> None:
    assert [place for path in files(package) for place in nested(path)] == []


def beginnings(package: str) -> Iterator[tuple[str, str]]:
    """The first word of each function's docstring that asks no question, and where it stands."""
    for path in files(package):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.FunctionDef):
                continue
            text = ast.get_docstring(node)
            if text and "?" not in text.splitlines()[0]:
                word = text.split()[0].rstrip(",.;:")
                yield word, f"{path.relative_to(ROOT)}:{node.lineno}: {word}"


def test_docstrings_say_what_a_function_does_in_the_third_person() -> None:
    """Where one begins with "Returns", no other one begins with "Return"."""
    said = [beginning for package in PACKAGES for beginning in beginnings(package)]
    words = {word for word, _ in said}
    commands = {word for word in words if {f"{word}s", f"{word}es"} & words} - {"A", "It"}
    assert [place for word, place in said if word in commands] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_prose_has_at_most_100_columns(document: Path) -> None:
    """Tables, code and long addresses aside."""
    text = FENCED.sub("", document.read_text("utf-8"))
    prose = [line for line in text.splitlines() if not line.startswith(("|", "    ", "<!--"))]
    assert [line for line in prose if len(line) > WIDTH and " " in line.strip()] == []
