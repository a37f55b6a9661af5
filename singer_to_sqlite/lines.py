"""Standard input by lines, which a signal ends between two lines, and standard output."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from types import FrameType

from singer_to_sqlite.errors import LoadError, Stopped
from singer_to_sqlite.signals import on_signals

_STDIN, _STDOUT = 0, 1
_READ_AHEAD = 256 * 1024


class Lines:
    """The lines of standard input.

    From now on SIGTERM, SIGINT and SIGHUP raise Stopped, but only while the next line is asked for.
    """

    def __init__(self) -> None:
        """Raises LoadError if standard input can't be read."""
        try:
            self._stream = io.BufferedReader(io.FileIO(_STDIN, closefd=False), _READ_AHEAD)
        except OSError as error:
            raise _unreadable(error) from None
        self._asking = False
        self._signum = 0
        on_signals(self._stop)

    def __iter__(self) -> Iterator[bytes]:
        """Yields line after line. Raises Stopped, LoadError."""
        while True:
            self._asking = True
            if self._signum:
                raise Stopped(self._signum)
            try:
                line = self._stream.readline()
            except OSError as error:
                raise _unreadable(error) from None
            self._asking = False
            if not line:
                return
            yield line

    def _stop(self, signum: int, _: FrameType | None) -> None:
        self._signum = signum
        if self._asking:
            raise Stopped(signum)


def _unreadable(error: OSError) -> LoadError:
    return LoadError(f"can't read standard input: {error.strerror}")


def put(line: bytes) -> None:
    """Writes ``line`` to standard output, unbuffered. Raises LoadError if it is closed or full."""
    rest = memoryview(line)
    try:
        while rest:
            rest = rest[os.write(_STDOUT, rest) :]
    except OSError as error:
        raise LoadError(
            f"can't hand on the STATE (its rows are stored): standard output: {error.strerror}"
        ) from None
