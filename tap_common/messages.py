"""stdout: whole lines of Singer messages and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

import orjson

from tap_common import protocol, stdout
from tap_common.errors import Stopped
from tap_common.stream import Schema, Stream

LARGEST_PIECE = 1_000_000
"""Bytes after which a piece of records goes out."""


class Writer:
    """Writes messages to ``out``.

    What is written inside ``uninterrupted()`` consists of whole lines, and a signal waits for its
    end. ``source`` names tap and account in SCHEMA messages. OutputLost if ``out`` takes no more.
    """

    def __init__(self, out: BinaryIO, source: str | None = None) -> None:
        self._out = out
        self._source = source
        self._parts: list[bytes] = []
        self._size = 0
        self._busy = False
        self._stopped_by: int | None = None

    def stop(self, signum: int) -> None:
        """Called from a signal handler: raises Stopped, or leaves that to ``uninterrupted()``."""
        if not self._busy:
            raise Stopped(signum)
        self._stopped_by = signum

    @contextmanager
    def uninterrupted(self) -> Iterator[None]:
        """Inside it no signal stops the run; at its end all is sent on, and a signal may."""
        self._busy = True
        try:
            yield
            self._flush()
        finally:
            self._parts.clear()
            self._size = 0
            self._busy = False
        signum, self._stopped_by = self._stopped_by, None
        if signum is not None:
            raise Stopped(signum)

    def schema(self, stream: Stream, schema: Schema) -> None:
        """Writes a SCHEMA message."""
        self._add(protocol.schema_message(stream, schema, self._source))

    def records(
        self, stream: str, records: Iterable[bytes], extracted: str, version: int | None = None
    ) -> None:
        """Writes a RECORD message for each of ``records`` (JSON), read at ``extracted`` (RFC 3339).

        A piece of them goes out as soon as it is large, so that a page of any size takes no more
        memory than that.
        """
        head = b'{"type":"RECORD","stream":%b,"record":' % orjson.dumps(stream)
        versioned = b"" if version is None else b',"version":%d' % version
        tail = b',"time_extracted":"%b"%b}\n' % (extracted.encode(), versioned)
        for body in records:
            self._parts += (head, body, tail)
            self._size += len(body)
            if self._size > LARGEST_PIECE:
                self._flush()

    def state(self, value: Mapping[str, Any]) -> None:
        """Writes a STATE message."""
        self._add(protocol.state_message(value))

    def activate_version(self, stream: str, version: int) -> None:
        """Writes an ACTIVATE_VERSION message."""
        self._add(protocol.activate_version_message(stream, version))

    def _add(self, message: Mapping[str, Any]) -> None:
        self._parts.append(orjson.dumps(message) + b"\n")

    def _flush(self) -> None:
        data = b"".join(self._parts)
        self._parts.clear()
        self._size = 0
        stdout.write(self._out, data)
