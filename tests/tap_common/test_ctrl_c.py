"""A real tap in a real terminal, and the person who presses Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import termios
from collections.abc import Iterator
from pathlib import Path

import pyte
import pytest

from sandbox.freshdesk import Account, FreshdeskServer, Options, serve
from tests.freshdesk.conftest import settings
from tests.harness import Workplace

pytestmark = pytest.mark.process

LINES = 60
CTRL_C = b"\x03"


@pytest.fixture
def server() -> Iterator[FreshdeskServer]:
    with serve(Account(seed=5, tickets=120), Options(limit=0)) as running:
        running.faults.add("hang", path="/api/v2/companies*")
        yield running


class Session:
    """A terminal of so many columns in which ``command`` runs, its stdout apart."""

    def __init__(self, command: list[str], columns: int, out: Path) -> None:
        self.screen = pyte.Screen(columns, LINES)
        self._stream = pyte.ByteStream(self.screen)
        size = struct.pack("HHHH", LINES, columns, 0, 0)
        self._process, self._terminal = pty.fork()
        if self._process == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, size)
            os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT, 0o600), 1)
            ours = ("COLUMNS", "LINES")  # pytest-xdist sets them
            around = {name: text for name, text in os.environ.items() if name not in ours}
            os.execve(command[0], command, {**around, "TERM": "xterm-256color"})

    def read(self) -> bool:
        """Takes in what the command wrote; False at its end."""
        try:
            self._stream.feed(os.read(self._terminal, 65_536))
        except OSError:  # as Linux tells the end
            return False
        return True

    def press(self, keys: bytes) -> None:
        """Types ``keys``."""
        os.write(self._terminal, keys)

    def end(self) -> int:
        """The exit code of the command, after all that it wrote."""
        while self.read():
            pass
        os.close(self._terminal)
        return os.waitstatus_to_exitcode(os.waitpid(self._process, 0)[1])

    def shown(self) -> list[str]:
        """The lines on the screen that are not empty."""
        return [line.rstrip() for line in self.screen.display if line.strip()]


@pytest.mark.parametrize("columns", [80, 40])
def test_ctrl_c_leaves_a_clean_terminal(
    server: FreshdeskServer, tmp_path: Path, columns: int
) -> None:
    tap = Workplace(tmp_path, "tap_freshdesk", settings(server))
    session = Session(tap.command(), columns, tmp_path / "out")
    while not any(line.startswith("companies ") for line in session.shown()):
        assert session.read(), session.shown()
    live = [line for line in session.shown() if line.startswith("companies ")]
    assert len(live) == 1
    assert len(live[0]) <= columns
    session.press(CTRL_C)
    assert session.end() == 130
    shown = session.shown()
    assert not [line for line in shown if line.startswith(("companies ", "0."))], shown
    text = "".join(line.ljust(columns) for line in shown).rstrip()
    last = text[text.index("WARNING stopped by SIGINT") :]
    assert re.search(r"; \d+ streams done, 1 unfinished \(companies\), \d+ not begun, ", last)
    assert last.endswith("; exit 130")
    assert (session.screen.cursor.x, session.screen.cursor.hidden) == (0, False)
    assert b'"currently_syncing":"companies"' in (tmp_path / "out").read_bytes().splitlines()[-1]
