"""Where a run keeps the refresh token that the vendor gives it next."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tap_common.config import Config
from tap_common.errors import UsageError
from tap_common.tokens import TokenFile

LOGGER = logging.getLogger("tap")
SETTING = "token_file"
REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name of a key
GIVEN = "sha256_of_the_configs_refresh_token"
"""In the file: which refresh token of the config its tokens descend from."""


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
