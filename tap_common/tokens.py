"""The config file that a refresh token came from.

A refresh token may be good for one use. So the file is locked while the token is used, and the tap
knows that it can write the next one before it sends the old one.
"""

from __future__ import annotations

import glob
import hashlib
import json
import logging
import os
import stat
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from tap_common import files
from tap_common.errors import CredentialsRefused, TapError, UsageError

LOGGER = logging.getLogger("tap")
RENEWING = threading.Lock()
"""Locked from before a refresh token is sent until the next one is saved.

The process should not end in between.
"""

LOCK_SECONDS = 300.0
"""How long a run waits for another one that renews the tokens of the same file."""

_NEW = "new"
"""How the names of new files end."""


class TokenFile:
    """The JSON file at ``path``, in which other keys may change at any time."""

    def __init__(self, path: Path, *, lock_seconds: float = LOCK_SECONDS) -> None:
        self._path = path
        self._lock_seconds = lock_seconds

    @contextmanager
    def locked(self) -> Iterator[dict[str, Any]]:
        """Yields the content of the file; until the end no other run renews the tokens in it.

        Raises UsageError if the file can't be read, TapError if another run keeps it locked.
        """
        if not self._path.is_file():
            raise self._unwritable("it is not a file")
        with ExitStack() as stack:
            target = self._path.resolve()
            _lock(target, self._lock_seconds, stack)
            _remove_left_behind(target)
            yield self._read()

    def check_writable(self, content: Mapping[str, Any]) -> None:
        """Writes ``content``, which is in the file already. Raises UsageError if that fails."""
        try:
            self._write(content)
        except OSError as error:
            raise self._unwritable(error.strerror) from None

    def save(self, content: Mapping[str, Any], changes: Mapping[str, str]) -> None:
        """Writes ``changes`` into the file. Mode and owner of the file stay.

        ``content`` is what the file held before; it serves if somebody is just writing the file.
        Raises CredentialsRefused if the changes can't be written.
        """
        with suppress(UsageError):
            content = self._read()
        try:
            self._write({**content, **changes})
        except OSError as error:
            raise CredentialsRefused(
                f"config: {self._path}: the new refresh_token can't be saved ({error.strerror}), "
                "and the old one is used up; make room and authorise the client anew"
            ) from None

    def _read(self) -> dict[str, Any]:
        content = files.read_object("config", str(self._path))
        return {key: _without_blanks(value) for key, value in content.items()}

    def _unwritable(self, reason: str | None) -> UsageError:
        return UsageError(
            f"config: {self._path} can't be written ({reason}), but its refresh_token is good for "
            "one use and the next one must be saved there; the token was not used"
        )

    def _write(self, content: Mapping[str, Any]) -> None:
        target = self._path.resolve()
        text = (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
        try:
            _replace(target, text)
        except OSError:
            _overwrite(target, text)


def _without_blanks(value: Any) -> Any:
    """A text without the blanks and line ends around it, as the config has it, too."""
    return value.strip() if isinstance(value, str) else value


def _lock(target: Path, seconds: float, stack: ExitStack) -> None:
    """Locks ``target`` until ``stack`` ends, by a file beside it that runs on any host can see.

    Where no such file can be made (a read-only folder, or one in which others made it first) the
    lock is in the cache folder of this user. Where locks don't work at all there is none.
    """
    from filelock import FileLock, Timeout  # its import costs 50 ms, and few runs need it

    fault: Exception | None = None
    for name in (target.with_name(f".{target.name}.lock"), *_lock_in_cache(target)):
        lock = FileLock(name, timeout=seconds, mode=0o600, fallback_to_soft=False)
        try:
            stack.enter_context(lock)
        except Timeout:
            raise TapError(
                f"config: another run has renewed the tokens of {target} for {seconds:.0f} "
                "seconds; end it, or run this one again later"
            ) from None
        except (OSError, NotImplementedError) as error:
            fault = error
        else:
            return
    LOGGER.warning(
        "config: %s can't be locked (%s): don't let two runs use it at the same time", target, fault
    )


def _lock_in_cache(target: Path) -> Iterator[Path]:
    with suppress(OSError, RuntimeError):
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        folder = cache / "singer-helpdesk-taps"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield folder / f"{hashlib.sha256(os.fsencode(target)).hexdigest()[:32]}.lock"


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


def _remove_left_behind(target: Path) -> None:
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

    Raises OSError if it is no longer a plain file with one name.
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
