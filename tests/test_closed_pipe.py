"""What commands print for people ends quietly where nobody reads it, as in ``tap-x --help | head``.

A sync says that its rows were not taken: tests/tap_common/test_shell.py.
"""

from __future__ import annotations

import shlex
import sysconfig
from pathlib import Path

import pytest

from tests.harness import execute, unread

COMMANDS = [
    "tap-freshdesk --about",
    "tap-freshdesk --help",
    "tap-freshdesk --version",
    "helpdesk-sync --version",
    "singer-to-sqlite --about",
    "singer-to-sqlite --version",
    "helpdesk-report --version",
    "helpdesk-views sqlite tap-freshdesk",
]


def program(command: str) -> list[str]:
    name, *arguments = shlex.split(command)
    return [str(Path(sysconfig.get_path("scripts")) / name), *arguments]


@pytest.mark.process
@pytest.mark.parametrize("command", COMMANDS)
def test_a_closed_pipe_ends_a_command_quietly(command: str) -> None:
    run = unread(program(command))
    assert (run.code, run.err) == (1, "")


@pytest.mark.process
@pytest.mark.parametrize("command", [text for text in COMMANDS if "--version" in text])
def test_a_full_disk_is_told_in_one_line(command: str) -> None:
    into_full_disk = f"{shlex.join(program(command))} > /dev/full"
    run = execute(["sh", "-c", into_full_disk], env={"PYTHONUNBUFFERED": ""})
    assert run.code == 1
    (line,) = run.err.splitlines()
    assert "stdout: No space left on device" in line
