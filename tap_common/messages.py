"""stdout: whole lines of Singer messages and nothing else."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

import orjson
import singer

from tap_common.errors import Stopped
from tap_common.model import Row, Schema, Stream

LOGGER = logging.getLogger("tap")
_NUL = b"\\u0000"


class Writer:
    """Writes messages to ``out``. What is written inside ``whole()`` goes out in one piece: a signal waits for its end."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._parts: list[bytes] = []
        self._busy = False
        self._stopped_by: int | None = None

    def stop(self, signum: int) -> None:
        """Called from a signal handler: raises Stopped now, or at the end of the piece that is being written."""
        if not self._busy:
            raise Stopped(signum)
        self._stopped_by = signum

    @contextmanager
    def whole(self) -> Iterator[None]:
        """A piece of output that is either not begun or complete, unless the process is killed or the pipe breaks."""
        self._busy = True
        try:
            yield
            rest = memoryview(b"".join(self._parts))
            while rest:  # under PYTHONUNBUFFERED a write that a signal interrupts is a partial one
                rest = rest[self._out.write(rest) :]
            self._out.flush()
        finally:
            self._parts.clear()
            self._busy = False
        signum, self._stopped_by = self._stopped_by, None
        if signum is not None:
            raise Stopped(signum)

    def schema(self, stream: Stream, schema: Schema) -> None:
        """A SCHEMA message."""
        bookmarks = [stream.replication_key] if stream.replication_key else None
        self._add(singer.SchemaMessage(stream.name, schema, list(stream.key), bookmarks).asdict())

    def records(
        self, stream: str, records: Iterable[Row], extracted: str, version: int | None = None
    ) -> None:
        """A RECORD message for each of ``records``; ``extracted`` is the RFC 3339 moment at which they were read."""
        head = b'{"type":"RECORD","stream":%b,"record":' % orjson.dumps(stream)
        tail = b',"time_extracted":"%b"%b}\n' % (
            extracted.encode(),
            b"" if version is None else b',"version":%d' % version,
        )
        for record in records:
            self._parts += (head, encoded(record), tail)

    def state(self, value: Mapping[str, Any]) -> None:
        """A STATE message."""
        self._add(singer.StateMessage(value).asdict())

    def activate_version(self, stream: str, version: int) -> None:
        """An ACTIVATE_VERSION message."""
        self._add(singer.ActivateVersionMessage(stream, version).asdict())

    def _add(self, message: Mapping[str, Any]) -> None:
        self._parts.append(orjson.dumps(message) + b"\n")


def encoded(value: Any) -> bytes:
    """``value`` as JSON that every target can read: no NUL, no half surrogates, no integers that orjson refuses."""
    try:
        data = orjson.dumps(value)
    except TypeError:
        return orjson.dumps(_portable(value))
    return orjson.dumps(_portable(value)) if _NUL in data else data


def _portable(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_portable(key): _portable(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_portable(member) for member in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**63:
        return str(value)
    return value


def decoded(body: bytes) -> Any:
    """The JSON value in ``body``; ValueError if it is cut off or no JSON.

    What orjson refuses and json accepts (half surrogates, NaN, integers beyond 64 bits, broken UTF-8) is read by json, with
    NaN and infinities as null and broken text marked by U+FFFD when it is written.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        value = json.loads(body.decode("utf-8", "replace"), parse_constant=lambda name: None)
        LOGGER.warning(
            "a reply held JSON that strict readers refuse (half characters or broken UTF-8); it was mended"
        )
        return value
