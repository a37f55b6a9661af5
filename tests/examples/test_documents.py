"""The command lines of the README and the docs: run as they stand, and safe to copy."""

from __future__ import annotations

import json
import re
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.freshdesk import Account, FreshdeskServer, Options, serve
from tests.harness import ROOT

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
OTHERS_TARGET = "target-postgres"


def blocks(document: Path) -> list[str]:
    """The indented blocks of ``document``, without the indentation."""
    found = re.findall(r"(?:^    .*\n)+", document.read_text("utf-8"), re.MULTILINE)
    return [re.sub(r"^    ", "", block, flags=re.MULTILINE) for block in found]


def freshdesk_blocks() -> list[str]:
    """The README's commands for Freshdesk, block by block, without those that need the internet."""
    section = ROOT.joinpath("README.md").read_text("utf-8").split("## Freshdesk\n", 1)[1]
    return [
        block
        for block in blocks(ROOT / "README.md")
        if block.replace("\n", "\n    ").strip() in section
        and "freshdesk" in block
        and not block.startswith("{")
        and OTHERS_TARGET not in block
        and "/var/lib" not in block
    ]


@pytest.fixture
def server() -> Iterator[FreshdeskServer]:
    with serve(Account(seed=1, tickets=8), Options(limit=0)) as server:
        yield server


def shell(home: Path, script: str) -> subprocess.CompletedProcess[str]:
    path = f"{sysconfig.get_path('scripts')}:/usr/local/bin:/usr/bin:/bin"
    return subprocess.run(
        ["bash", "-c", script],
        cwd=ROOT,
        env={"HOME": str(home), "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.process
def test_the_readmes_commands_keep_the_taps_exit_code(
    server: FreshdeskServer, tmp_path: Path
) -> None:
    folder, discovery, script, by_hand = freshdesk_blocks()
    assert shell(tmp_path, folder).returncode == 0
    account = tmp_path / "helpdesk" / "freshdesk"
    assert account.stat().st_mode & 0o777 == 0o700
    config = {"api_key": server.api_key, "domain": "acme", "base_url": server.url}
    (account / "config.json").write_text(json.dumps(config), "utf-8")
    assert shell(tmp_path, discovery).returncode == 0
    assert json.loads((account / "catalog.json").read_text("utf-8"))["streams"]

    assert shell(tmp_path, script).returncode == 0
    server.faults.add("status", status=403, path="/api/v2/groups*")
    assert shell(tmp_path, script).returncode == 3
    assert "exit code 3\n" in shell(tmp_path, by_hand).stdout
    server.faults.set([])
    again = by_hand.replace("--catalog catalog.json", "--catalog catalog.json --state state.json")
    assert "exit code 0\n" in shell(tmp_path, again).stdout
    assert json.loads((account / "state.json").read_text("utf-8"))["account"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_no_command_hides_an_exit_code_or_shares_a_folder(document: Path) -> None:
    for block in blocks(document):
        assert "sync.sh . " not in block
        if re.search(r"\| (singer-to-sqlite|\S*target-)", block):
            assert "set -o pipefail" in block, block


def test_the_documents_say_what_is_protected_and_how_to_report_a_problem() -> None:
    security = (ROOT / "docs" / "security.md").read_text("utf-8")
    assert "## What is not protected" in security
    assert "## How to report a problem" in security
    assert "docs/security.md" in (ROOT / "README.md").read_text("utf-8")
