"""The log of the runs of one account."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from helpdesk_sync.place import STDERR, Folder

MOST_BYTES = 500
"""Of the log's end are read to show its last line."""


@dataclass(frozen=True)
class Log:
    """An open log: ``file`` is at ``path``, which is "-" for stderr."""

    path: str
    file: BinaryIO

    def say(self, text: str) -> None:
        """Writes a line with the time before it."""
        self.file.write(f"{now()} {text}\n".encode())
        self.file.flush()

    def last_line(self, after: str) -> str:
        """The last line behind the one that ends with ``after``.

        It comes without what would control a terminal. "" if there is none or it can't be read.
        """
        try:
            with Path(self.path).open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - MOST_BYTES))
                text = file.read().decode(errors="replace").rpartition(f"{after}\n")[2]
        except OSError:
            return ""
        lines = text.strip().splitlines()
        return "".join(filter(str.isprintable, lines[-1])) if lines else ""


@contextmanager
def opened(path: str) -> Iterator[Log]:
    """Opens the log at ``path`` to write at its end. JobError if it can't be opened."""
    if path == STDERR:
        yield Log(path, sys.stderr.buffer)
    else:
        found = Path(path).absolute()
        with Folder(found.parent).open(found.name, os.O_WRONLY | os.O_APPEND) as file:
            yield Log(str(found), file)


def now() -> str:
    """Returns the time as logs and files show it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
