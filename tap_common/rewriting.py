"""Rewriting a file in one step, so that nobody ever reads half of it."""

from __future__ import annotations

import glob
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

_NEW = "new"
"""How the names of new files end."""


def rewrite(target: Path, text: bytes) -> None:
    """Writes ``text`` into the file ``target``, whose mode and owner stay. OSError if it can't.

    That is done in one step, unless nothing can be put in the place of the file.
    """
    try:
        _replace(target, text)
    except OSError:
        _overwrite(target, text)


def _replace(target: Path, text: bytes) -> None:
    """Puts a new file in the place of ``target`` in one step.

    The new file has a name that nobody can guess and is made by this call or not at all, so nothing
    that others have put into the folder is opened. Until it has the old owner only we can read it.
    """
    before = target.stat()
    descriptor, name = tempfile.mkstemp(f".{_NEW}", f".{target.name}.", target.parent)
    new = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
            file.flush()
            if hasattr(os, "fchown"):
                os.fchown(descriptor, before.st_uid, before.st_gid)
                os.fchmod(descriptor, stat.S_IMODE(before.st_mode))
            os.fsync(descriptor)
        new.replace(target)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def remove_left_behind(target: Path) -> None:
    """Removes the new files of runs that were killed before they put them in place."""
    for new in target.parent.glob(f".{glob.escape(target.name)}.*.{_NEW}"):
        with suppress(OSError):
            new.unlink()


def _sync_folder(path: Path) -> None:
    """Makes a new name in the folder ``path`` survive a power cut, where the system can do that."""
    with suppress(OSError):
        folder = os.open(path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _overwrite(target: Path, text: bytes) -> None:
    """Writes into ``target`` itself: it is mounted alone, as containers do, or not ours to replace.

    OSError if it is no longer a plain file with one name.
    """
    flags = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with os.fdopen(os.open(target, flags), "r+b", buffering=0) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
            raise OSError(0, "it is not a plain file with one name")
        rest = memoryview(text)
        while rest:
            rest = rest[file.write(rest) :]
        file.truncate()
        os.fsync(file.fileno())
