"""A real terminal in which a command runs, and its screen."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import termios
from pathlib import Path

import pyte

LINES = 60


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
