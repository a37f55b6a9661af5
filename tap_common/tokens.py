"""The config file that a refresh token came from: held while the token is spent, and known to take the next one before."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tap_common import files
from tap_common.errors import CredentialsRefused, UsageError

SPENDING = threading.Lock()
"""Held from before a refresh token is sent until the next one is kept: the process should not end in between."""


class TokenFile:
    """The JSON file at ``path``, in which other keys may change at any time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def held(self) -> Iterator[dict[str, Any]]:
        """The file's content; until the end no other run renews the tokens in it. UsageError if it can't be read.

        The folder is locked, since the file gets replaced. A file system that knows no locks does without.
        """
        if not self._path.is_file():
            raise self._unwritable("no file")
        try:
            folder = os.open(self._path.resolve().parent, os.O_RDONLY)
        except OSError as error:
            raise self._unwritable(error.strerror) from None
        try:
            with suppress(OSError):
                fcntl.flock(folder, fcntl.LOCK_EX)
            yield self._read()
        finally:
            os.close(folder)

    def rehearse(self, content: Mapping[str, Any]) -> None:
        """Writes ``content``, which is there already. UsageError if the file can't be written."""
        try:
            self._write(content)
        except OSError as error:
            raise self._unwritable(error.strerror) from None

    def keep(self, content: Mapping[str, Any], changes: Mapping[str, str]) -> None:
        """Writes ``changes`` into the file, whose ``content`` serves if somebody is just writing it. Mode and owner stay.

        CredentialsRefused if that fails all the same.
        """
        with suppress(UsageError):
            content = self._read()
        try:
            self._write({**content, **changes})
        except OSError as error:
            raise CredentialsRefused(
                f"config: {self._path}: the new refresh_token can't be kept ({error.strerror}) and the old one is spent; "
                "make room and authorise the client anew"
            ) from None

    def _read(self) -> dict[str, Any]:
        return files.read_object("config", str(self._path))

    def _unwritable(self, reason: str | None) -> UsageError:
        return UsageError(
            f"config: {self._path} can't be written ({reason}), but its refresh_token is good for one use and the next "
            "one must be kept there; it was not used"
        )

    def _write(self, content: Mapping[str, Any]) -> None:
        target = self._path.resolve()
        text = (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
        try:
            _replace(target, text)
        except OSError:
            _overwrite(target, text)


def _replace(target: Path, text: bytes) -> None:
    before = target.stat()
    new = target.with_name(f".{target.name}.new")
    try:
        with os.fdopen(
            os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb"
        ) as file:
            file.write(text)
            file.flush()
            with suppress(PermissionError):
                os.fchown(file.fileno(), before.st_uid, before.st_gid)
            os.fchmod(file.fileno(), before.st_mode & 0o777)
            os.fsync(file.fileno())
        new.replace(target)
    except OSError:
        new.unlink(missing_ok=True)
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _overwrite(target: Path, text: bytes) -> None:
    """For a file that is mounted by itself, as containers do, or lies in a folder of somebody else."""
    with target.open("r+b", buffering=0) as file:
        file.write(text)
        file.truncate()
        os.fsync(file.fileno())
