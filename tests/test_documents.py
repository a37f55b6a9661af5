"""Every link in the documents leads somewhere, in the checkout and on a package index."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import ROOT

LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE_FILE = re.compile(r"`([\w/]+\.py)`")
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in ROOT.rglob("*.md")
    if "/." not in f"/{path.relative_to(ROOT).as_posix()}"
)
CODE = [path.relative_to(ROOT).as_posix() for path in ROOT.glob("[!.]*/**/*.py")]
TO_BE_WRITTEN = "docs/adding-a-tap.md"
"""Its code is of a tap that does not exist."""


def anchor(heading: str) -> str:
    """Returns the anchor that GitHub and the package index give to a heading."""
    letters = re.sub(r"[^\w\- ]", "", heading.lower().replace("`", ""))
    return letters.strip().replace(" ", "-")


def anchors(document: Path) -> set[str]:
    lines = document.read_text("utf-8").splitlines()
    return {anchor(line.lstrip("#")) for line in lines if line.startswith("#")}


def broken(document: Path) -> Iterator[str]:
    """Yields the links of a document that lead to no file, or to no heading in it."""
    for link in LINK.findall(document.read_text("utf-8")):
        if re.match("https?://", link):
            continue
        path, _, fragment = link.partition("#")
        target = (document.parent / path) if path else document
        if not target.exists() or (fragment and fragment not in anchors(target)):
            yield link


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_to_files_and_headings(document: str) -> None:
    assert list(broken(ROOT / document)) == []


def is_code(name: str) -> bool:
    """Returns whether a file of that name, in whatever folder, is there."""
    return any(f"/{path}".endswith(f"/{name}") for path in CODE)


@pytest.mark.parametrize("document", [name for name in DOCUMENTS if name != TO_BE_WRITTEN])
def test_code_files_that_documents_name_exist(document: str) -> None:
    named = CODE_FILE.findall((ROOT / document).read_text("utf-8"))
    assert [name for name in named if not is_code(name)] == []


def test_on_a_package_index_the_readme_links_to_the_repository() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    hook = project["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]
    readme = (ROOT / "README.md").read_text("utf-8")
    relative = [link for link in LINK.findall(readme) if not re.match("https?://|#", link)]
    for change in hook["substitutions"]:
        readme = re.sub(change["pattern"], change["replacement"], readme)
    repository = project["project"]["urls"]["Repository"]
    assert relative
    for link in relative:
        folder = "raw" if link.endswith(".svg") else "blob"
        assert f"]({repository}/{folder}/main/{link})" in readme


def test_the_design_lists_the_layers_that_the_linter_checks() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    checked = next(rule for rule in contracts if rule.get("containers") == ["tap_common"])
    text = (ROOT / "docs/design.md").read_text("utf-8")
    table = text.partition("## Layers of tap_common")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("|")][2:]
    listed = [re.findall("`(\\w+)`", row) for row in rows]
    assert listed == [layer.split(" : ") for layer in checked["layers"]]
