"""Where the files of one account are kept: a folder, or a URL that fsspec understands."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from helpdesk_sync.errors import Busy, JobError

PREFIX = ".sync."
"""Begins the names of files that a run makes for itself."""

LOG, STDERR = "log", "-"


class Place(Protocol):
    """The files of one account, by name. OSError if one can't be read or written."""

    log: str
    """The path of the log, if the command line names no other; "-" for stderr."""

    def read(self, name: str) -> bytes | None:
        """The content of a file, or None if there is no such file."""

    def write(self, name: str, content: bytes) -> None:
        """Replaces a file in one step: a reader finds the old content or the new one."""

    def occupied(self) -> AbstractContextManager[Sequence[BinaryIO]]:
        """Makes this the place of one run only. Busy if it is the place of another one.

        Yields files. The place is occupied as long as any process has one of them open.
        """

    def work(self) -> tempfile.TemporaryDirectory[str]:
        """A folder of this machine for the files of one run."""

    def file(self, name: str, work: Path, /) -> str | None:
        """The path of a file, or of a copy in ``work``; None if there is no such file."""


def at(place: str) -> Place:
    """The place that the command line names: a folder or a URL. JobError if it can't be used."""
    return Remote(place) if "://" in place else Folder(Path(place).absolute())


class Folder:
    """A folder of this machine. JobError if there is none at ``path``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = str(path / LOG)
        if not path.is_dir():
            raise JobError(f"{path}: no such folder; make it, and write config.json into it")

    def read(self, name: str) -> bytes | None:
        """The content of a file, or None if there is no such file."""
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, name: str, content: bytes) -> None:
        """Replaces a file in one step, and waits until it is on the disk."""
        descriptor, temporary = tempfile.mkstemp(prefix=PREFIX, dir=self.path)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(descriptor)
            Path(temporary).replace(self.path / name)
        except BaseException:
            with suppress(OSError):
                Path(temporary).unlink()
            raise

    def open(self, name: str, flags: int) -> BinaryIO:
        """Opens a file that stays there between runs, and makes it if need be.

        JobError if it is a symbolic link, which could lead to a file of somebody else.
        """
        path = self.path / name
        try:
            descriptor = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise JobError(f"{path} is a symbolic link; remove it") from None
            raise JobError(f"{path}: {error.strerror}") from None
        return os.fdopen(descriptor, "ab" if flags & os.O_APPEND else "r+b", buffering=0)

    @contextmanager
    def occupied(self) -> Iterator[Sequence[BinaryIO]]:
        """Locks the folder, removes what killed runs left behind, and makes it the current one.

        Yields the lock. A process that gets it passed on keeps it, even if this one is killed.
        """
        with self.open("lock", os.O_RDWR) as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise Busy("the last run is still at work; nothing done") from None
            self._clear()
            os.chdir(self.path)
            yield [lock]

    def _clear(self) -> None:
        for path in self.path.glob(f"{PREFIX}*"):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def work(self) -> tempfile.TemporaryDirectory[str]:
        """A folder for the files of one run."""
        return tempfile.TemporaryDirectory(prefix=PREFIX, dir=self.path)

    def file(self, name: str, _work: Path, /) -> str | None:
        """The path of the file itself: the tap names it in messages, and may renew a token in it.

        None if there is no such file.
        """
        path = self.path / name
        return str(path) if path.exists() else None


class Remote:
    """A folder at a URL, such as s3://bucket/acme. JobError if fsspec can't reach that kind of URL.

    Whoever starts the job must take care that no two runs of an account overlap.
    """

    log = STDERR

    def __init__(self, url: str) -> None:
        try:
            import fsspec

            found = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise JobError(f"{url}: {error}") from None
        self._files: Any = found[0]
        self._root: str = found[1].rstrip("/")

    def read(self, name: str) -> bytes | None:
        """The content of a file, or None if there is no such file."""
        try:
            content: bytes = self._files.cat_file(f"{self._root}/{name}")
        except FileNotFoundError:
            return None
        except Exception as error:  # each storage's package raises errors of its own
            raise _failed(error) from error
        return content

    def write(self, name: str, content: bytes) -> None:
        """Replaces a file, which object storage does in one step."""
        try:
            self._files.pipe_file(f"{self._root}/{name}", content)
        except Exception as error:  # each storage's package raises errors of its own
            raise _failed(error) from error

    def occupied(self) -> AbstractContextManager[Sequence[BinaryIO]]:
        """Yields nothing: there is no lock at a URL."""
        return nullcontext([])

    def work(self) -> tempfile.TemporaryDirectory[str]:
        """A folder of this machine for the files of one run."""
        return tempfile.TemporaryDirectory(prefix="helpdesk-sync.")

    def file(self, name: str, work: Path, /) -> str | None:
        """The path of a copy in ``work``, or None if there is no such file."""
        content = self.read(name)
        if content is None:
            return None
        (work / name).write_bytes(content)
        return str(work / name)


def _failed(error: Exception) -> OSError:
    return OSError(" ".join(f"{type(error).__name__}: {error}".split()))
