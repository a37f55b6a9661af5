"""The command lines of the README and the docs: run as they stand, and safe to copy."""

from __future__ import annotations

import json
import re
import subprocess
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from sandbox import freshdesk, zendesk_chat, zendesk_support
from sandbox.server import Server
from tests.harness import ROOT

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PATIENCE = 120


def blocks(document: Path) -> list[str]:
    """The indented blocks of ``document``, without the indentation."""
    found = re.findall(r"(?:^    .*\n)+", document.read_text("utf-8"), re.MULTILINE)
    return [re.sub(r"^    ", "", block, flags=re.MULTILINE) for block in found]


OURS = re.compile(r"^(?:tap-|singer-to-sqlite|helpdesk-)", re.MULTILINE)
"""A block with such a line is run."""

SYNOPSIS = "[ARGUMENT...]"
ELSEWHERE = {
    "pip install": "needs PyPI; what it installs is loaded in tests/test_targets.py",
    "sqlite3 ": "needs that program",
    "psql": "needs that program",
    "tap-x": "stands for any tap",
}
"""What keeps a block from being run here, and why."""

LOGINS = {
    "freshdesk": ("api_key", "domain"),
    "zendesk": ("subdomain", "access_token"),
    "chat": ("subdomain", "access_token"),
}
HOMES = {"tap-zendesk-support": "zendesk", "tap-zendesk-chat": "chat"}
"""The folder in which a block runs that names no folder, by its tap; freshdesk for the others."""


class Home:
    """A home directory with a folder for each account, which has been synced once."""

    def __init__(self, home: Path, servers: Mapping[str, Server[Any]]) -> None:
        self.home, self.servers = home, servers
        for name, server in servers.items():
            known = server.app.credentials()
            login = {key: known[key] for key in LOGINS[name] if key in known}
            config = {**login, "base_url": server.url, "start_date": "2020-01-01"}
            folder = home / "helpdesk" / name
            folder.mkdir(parents=True)
            (folder / "config.json").write_text(json.dumps(config), "utf-8")

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        tap = next((tap for tap in HOMES if tap in script), "")
        return subprocess.run(
            ["bash", "-c", script],
            cwd=self.home / "helpdesk" / HOMES.get(tap, "freshdesk"),
            env={
                "HOME": str(self.home),
                "PATH": f"{sysconfig.get_path('scripts')}:/usr/local/bin:/usr/bin:/bin",
            },
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    support = zendesk_support.Account(seed=1, tickets=8)
    with (
        freshdesk.serve(freshdesk.Account(seed=1, tickets=8), freshdesk.Options(limit=0)) as first,
        zendesk_support.serve(support, zendesk_support.Options(limit=0)) as second,
        zendesk_chat.serve(
            zendesk_chat.Account(seed=1, chats=8), zendesk_chat.Options(limit=0)
        ) as third,
    ):
        yield Home(tmp_path, {"freshdesk": first, "zendesk": second, "chat": third})


def commands(document: Path) -> list[str]:
    """The blocks of ``document`` that are run."""
    return [block for block in blocks(document) if is_run(block)]


def is_run(block: str) -> bool:
    here = not any(word in block for word in ELSEWHERE)
    return here and SYNOPSIS not in block and OURS.search(block) is not None


@pytest.mark.process
def test_every_command_of_the_documents_runs(home: Home) -> None:
    """In the order in which a person meets them: the README first."""
    ran = 0
    for document in DOCUMENTS:
        for block in commands(document):
            done = home.run(block)
            assert done.returncode == 0, (document.name, block, done.stderr[-2_000:])
            ran += 1
    assert ran >= 11


@pytest.mark.stack
@pytest.mark.process
def test_the_readmes_commands_keep_the_taps_exit_code(home: Home) -> None:
    readme = commands(ROOT / "README.md")
    script = next(block for block in readme if block.startswith("helpdesk-sync"))
    by_hand = next(block for block in readme if "pipefail" in block)
    discovery = next(block for block in readme if "--discover" in block)
    assert home.run(discovery).returncode == 0
    home.servers["freshdesk"].faults.add("status", status=403, path="/api/v2/groups*")
    assert home.run(script).returncode == 3
    assert "exit code 3\n" in home.run(by_hand).stdout


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_no_command_hides_an_exit_code_or_shares_a_folder(document: Path) -> None:
    for block in blocks(document):
        assert "helpdesk-sync . " not in block
        if re.search(r"\| (singer-to-sqlite|\S*target-)", block):
            assert "set -o pipefail" in block, block


def test_the_documents_say_what_is_protected_and_how_to_report_a_problem() -> None:
    security = (ROOT / "docs" / "security.md").read_text("utf-8")
    assert "## What is not protected" in security
    assert "## How to report a problem" in security
    assert "docs/security.md" in (ROOT / "README.md").read_text("utf-8")
