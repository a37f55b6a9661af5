"""The files that hold a refresh token, and the next one that the vendor gives for it.

A refresh token may be good for one use. So the file is locked while the token is used, and the tap
knows that it can write the next one before it sends the old one.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from tap_common import files
from tap_common.config import Config
from tap_common.errors import CredentialsRefused, TapError, UsageError
from tap_common.rewriting import remove_left_behind, rewrite

LOGGER = logging.getLogger("tap")
RENEWING = threading.Lock()
"""Locked from before a refresh token is sent until the next one is saved.

The process should not end in between.
"""

SETTING = "token_file"
REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name of a key
GIVEN = "sha256_of_the_configs_refresh_token"
"""In the file: which refresh token of the config its tokens descend from."""

LOCK_SECONDS = 300.0
"""How long a run waits for another one that renews the tokens of the same file."""


class TokenFile:
    """The JSON file at ``path``, in which other keys may change at any time."""

    def __init__(self, path: Path, *, lock_seconds: float = LOCK_SECONDS) -> None:
        self._path = path
        self._lock_seconds = lock_seconds

    @contextmanager
    def locked(self) -> Iterator[dict[str, Any]]:
        """Yields the content of the file; until the end no other run renews the tokens in it.

        UsageError if the file can't be read, TapError if another run keeps it locked.
        """
        if not self._path.is_file():
            raise self._unwritable("it is not a file")
        with ExitStack() as stack:
            target = self._path.resolve()
            _lock(target, self._lock_seconds, stack)
            remove_left_behind(target)
            yield self._read()

    def check_writable(self, content: Mapping[str, Any]) -> None:
        """Writes ``content``, which is in the file already. UsageError if that fails."""
        try:
            self._write(content)
        except OSError as error:
            raise self._unwritable(error.strerror) from None

    def save(self, content: Mapping[str, Any], changes: Mapping[str, str]) -> None:
        """Writes ``changes`` into the file. Mode and owner of the file stay.

        ``content`` is what the file held before; it serves if somebody is just writing the file.
        CredentialsRefused if the changes can't be written.
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
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        rewrite(self._path.resolve(), text.encode())


class SeparateTokenFile(TokenFile):
    """A file that holds tokens and nothing else, for configs that do not last.

    ``given`` is the refresh token of the config, or None. If it is not the one from which the
    tokens in the file descend, somebody has authorised the client anew, and they no longer count.
    """

    def __init__(self, path: Path, given: str | None) -> None:
        super().__init__(path)
        self._given = hashlib.sha256(given.encode()).hexdigest() if given else None

    def current(self) -> dict[str, Any]:
        """The tokens that count now, {} if there are none. UsageError if the file makes no sense.

        An empty file is like none.
        """
        is_there = self._path.exists() and self._path.stat().st_size > 0
        return self._counting(self._read()) if is_there else {}

    @contextmanager
    def locked(self) -> Iterator[dict[str, Any]]:
        """Yields the tokens that count, and makes the file if there is none.

        Until the end no other run renews them. UsageError if the file can't be made.
        """
        self._make()
        with super().locked() as content:
            yield self._counting(content)

    def check_writable(self, content: Mapping[str, Any]) -> None:
        """Writes what is in the file. UsageError if that fails."""
        super().check_writable({**self._read(), **content})

    def save(self, content: Mapping[str, Any], changes: Mapping[str, str]) -> None:
        """Writes ``changes`` into the file, and from which refresh token they descend."""
        origin = {GIVEN: self._given} if self._given else {}
        super().save(content, {**changes, **origin})

    def _counting(self, content: dict[str, Any]) -> dict[str, Any]:
        is_older = self._given is not None and content.get(GIVEN, self._given) != self._given
        return {} if is_older else content

    def _make(self) -> None:
        try:
            descriptor = os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "w") as file:
                if not os.fstat(descriptor).st_size:
                    file.write("{}\n")
        except OSError as error:
            raise UsageError(
                f"config: {SETTING}: {self._path} can't be made ({error.strerror}); the "
                "refresh_token was not used"
            ) from None


def separate(config: Config) -> SeparateTokenFile | None:
    """The file that the setting token_file names, or None."""
    path = config.get(SETTING)
    return SeparateTokenFile(Path(path).expanduser(), config[REFRESH_TOKEN]) if path else None


def of_config(config: Config) -> TokenFile | None:
    """The config file that holds the refresh token, or None if no file does.

    A warning says so if the next token would be lost together with the file.
    """
    origin = config.origin(REFRESH_TOKEN)
    if origin is None:
        LOGGER.warning(
            "config: the next refresh_token can't be saved in the environment: set token_file to a"
            " path that stays"
        )
        return None
    if _is_short_lived(origin):
        LOGGER.warning(
            "config: the next refresh_token would be lost with %s, which is made for one run: set"
            " token_file to a path that stays",
            origin,
        )
    return TokenFile(origin)


def _is_short_lived(path: Path) -> bool:
    """Is the file one of Meltano's, or one that a program made in the folder for such files?"""
    resolved = path.resolve()
    is_temporary = resolved.parent == Path(tempfile.gettempdir()).resolve()
    return is_temporary or ".meltano" in resolved.parts


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
