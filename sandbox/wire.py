"""HTTP/1.1 as far as a JSON API needs it: one request in, one reply out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, unquote, urlencode

import orjson

_LONGEST_LINE = 65_536
_REASONS = {status.value: status.phrase for status in HTTPStatus}


@dataclass(slots=True)
class Request:
    """What a client asked for; header names are in lower case."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes = b""
    query_text: str = ""

    @property
    def keep_alive(self) -> bool:
        """Whether the client wants to go on using the connection."""
        return self.headers.get("connection", "").lower() != "close"

    def link(self, changes: Mapping[str, object], without: Collection[str] = ()) -> str:
        """Returns the request's own address with parameters set, and others left out."""
        gone = {*changes, *without}
        query = [(name, text) for name, text in self.query if name not in gone]
        return self.address(self.path, [*query, *changes.items()])

    def address(self, path: str, query: Sequence[tuple[str, object]] = ()) -> str:
        """Returns a full address on the host that was asked.

        Its scheme is the one that a proxy in front names, or else http on loopback only.
        """
        host = self.headers.get("host", "")
        is_loopback = host.startswith(("127.", "localhost", "[::1]"))
        scheme = self.headers.get("x-forwarded-proto", "http" if is_loopback else "https")
        return f"{scheme}://{host}{path}" + (f"?{urlencode(query)}" if query else "")


@dataclass(slots=True)
class Reply:
    """What the sandbox says; ``endpoint`` and ``credits`` are for the request log only."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    endpoint: str = ""
    credits: int = 0


def json_reply(document: Any, status: int = 200) -> Reply:
    """A reply with a JSON body; sets are written as lists."""
    return Reply(
        status,
        orjson.dumps(document, default=list),
        {"Content-Type": "application/json; charset=utf-8"},
    )


def read_request(stream: BinaryIO) -> Request | None:
    """The next request on a connection; None when the client has gone or doesn't speak HTTP."""
    parts = stream.readline(_LONGEST_LINE).decode("latin-1").split()
    if len(parts) != 3:
        return None
    method, target, version = parts
    headers: dict[str, str] = {}
    while (line := stream.readline(_LONGEST_LINE).decode("latin-1").strip()) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    if version == "HTTP/1.0":
        headers.setdefault("connection", "close")
    length = headers.get("content-length", "0")
    body = stream.read(int(length)) if length.isdigit() else b""
    path, _, query = target.partition("?")
    return Request(
        method, unquote(path), parse_qsl(query, keep_blank_values=True), headers, body, query
    )


def positive(text: str | None, otherwise: int) -> int:
    """Returns a number from 1 on; anything else is taken as absent."""
    return int(text) if text and text.isascii() and text.isdigit() and int(text) else otherwise


def written(reply: Reply) -> bytes:
    """The reply as it is sent."""
    lines = [f"HTTP/1.1 {reply.status} {_REASONS.get(reply.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    lines.append(f"Content-Length: {len(reply.body)}\r\n\r\n")
    return "\r\n".join(lines).encode("latin-1") + reply.body
