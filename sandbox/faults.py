"""Things that go wrong between a client and an API, to be switched on while it runs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase
from random import Random
from threading import Lock
from typing import Any, Literal, get_args

import orjson

from sandbox.wire import Reply, Request, json_reply

Kind = Literal[
    "status",  # `status` with `body` instead of the answer
    "redirect",  # 302 to `location`
    "reset",  # the connection is reset before any reply
    "hang",  # no reply for `seconds`, or until the client gives up; then the connection closes
    "drip",  # the right reply, spread over `seconds`
    "truncated",  # fewer bytes than Content-Length says, then the connection closes
    "cut",  # half of the JSON text, with a Content-Length to match
    "invalid_utf8",  # a byte that is no UTF-8 in the first row's `field`
    "lone_surrogate",  # half of a surrogate pair, escaped, in the first row's `field`
    "huge_integer",  # an integer beyond 64 bits in the first row's `field`
    "value",  # `value` (any JSON) in the first row's `field`: other types, unknown fields
    "header",  # `value` in the header `field`
]
BEFORE_ANSWER = frozenset({"reset", "hang"})
ROW_KINDS = frozenset({"invalid_utf8", "lone_surrogate", "huge_integer", "value"})
HTML = (
    b"<!DOCTYPE html>\n<html><head><title>Please wait</title></head>"
    b"<body><h1>We'll be right back</h1></body></html>\n"
)


@dataclass
class Fault:
    """What goes wrong, and for which requests.

    A request matches when method, path (a shell pattern; ``*`` spans slashes) and query (a part of
    its text) fit. Of the matching ones it strikes the ``nth``, ``every`` so-many-th, each with
    ``chance`` (0 to 1, from ``seed``), the ``next`` so many, or else all. ``body`` is "vendor" (the
    vendor's own for that status), "html", "json", "empty", "literal:..." or any other JSON value.
    """

    kind: Kind
    path: str = "*"
    method: str = "*"
    query: str = ""
    nth: int | None = None
    every: int | None = None
    chance: float | None = None
    seed: int = 0
    next: int | None = None
    status: int = 500
    body: Any = "vendor"
    retry_after: int | str | None = None
    seconds: float | None = None
    location: str = "http://redirected.invalid/"
    field: str = "id"
    value: Any = None
    seen: int = 0
    struck: int = 0

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"unknown kind of fault: {self.kind}")
        self._random = Random(self.seed)

    @classmethod
    def from_json(cls, spec: dict[str, Any]) -> Fault:
        """A fault from its JSON form; ValueError for a key or kind that doesn't exist."""
        known = {entry.name for entry in fields(cls)} - {"seen", "struck"}
        if unknown := set(spec) - known:
            raise ValueError(f"unknown keys of a fault: {', '.join(sorted(unknown))}")
        if "kind" not in spec:
            raise ValueError("a fault needs a kind")
        return cls(**spec)

    def strikes(self, request: Request) -> bool:
        """Whether this request is hit; counts it."""
        if not (
            self.method in ("*", request.method)
            and fnmatchcase(request.path, self.path)
            and self.query in request.query_text
        ):
            return False
        self.seen += 1
        hit = (
            (self.nth is None or self.seen == self.nth)
            and (self.every is None or self.seen % self.every == 0)
            and (self.next is None or self.struck < self.next)
            and (self.chance is None or self._random.random() < self.chance)
        )
        self.struck += hit
        return hit

    def reply(self, vendor_reply: Reply) -> Reply | None:
        """What is sent instead of the answer (``vendor_reply`` = the vendor's own for ``status``);
        None: the answer is kept.
        """
        if self.kind == "redirect":
            return Reply(302, b"", {"Location": self.location})
        if self.kind != "status":
            return None
        reply = self._body(vendor_reply)
        if self.retry_after is not None:
            reply.headers["Retry-After"] = str(self.retry_after)
        return reply

    def _body(self, vendor_reply: Reply) -> Reply:
        if self.body == "vendor":
            return vendor_reply
        if self.body == "html":
            return Reply(self.status, HTML, {"Content-Type": "text/html; charset=utf-8"})
        if self.body == "empty":
            return Reply(self.status)
        if self.body == "json":
            return json_reply({"message": "Something went wrong"}, self.status)
        if isinstance(self.body, str) and self.body.startswith("literal:"):
            return Reply(self.status, self.body[8:].encode(), {"Content-Type": "application/json"})
        return json_reply(self.body, self.status)

    def told(self, headers: dict[str, str]) -> dict[str, str]:
        """The headers of a good answer, one of them replaced."""
        if self.kind != "header":
            return headers
        others = {
            name: text for name, text in headers.items() if name.lower() != self.field.lower()
        }
        return {**others, self.field: str(self.value)}

    def spoil(self, body: bytes) -> bytes:
        """The body of a good answer, made bad."""
        if self.kind == "cut":
            return body[: len(body) // 2]
        if self.kind not in ROW_KINDS or not body:
            return body
        document = orjson.loads(body)
        row = first_row(document)
        if row is None:
            return body
        row[self.field] = {
            "invalid_utf8": "caf@@bad-byte@@",
            "lone_surrogate": "half an emoji \ud83d here",
            "huge_integer": 2**64 + 1,
        }.get(self.kind, self.value)
        return json.dumps(document).encode().replace(b"@@bad-byte@@", b"\xe9")


def first_row(document: Any) -> dict[str, Any] | None:
    """The first object of a list, of the first list in an envelope (at most two deep), or the
    object itself.
    """
    if isinstance(document, list):
        return document[0] if document and isinstance(document[0], dict) else None
    if not isinstance(document, dict):
        return None
    places = (document, *(value for value in document.values() if isinstance(value, dict)))
    lists = (value for place in places for value in place.values() if isinstance(value, list))
    return next((value[0] for value in lists if value and isinstance(value[0], dict)), document)


class Faults:
    """The faults now switched on; the first one that strikes a request wins."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._faults: list[Fault] = []

    def set(self, faults: Iterable[Fault | dict[str, Any]]) -> None:
        """Replace all faults."""
        ready = [fault if isinstance(fault, Fault) else Fault.from_json(fault) for fault in faults]
        with self._lock:
            self._faults = ready

    def add(self, kind: Kind, **spec: Any) -> Fault:
        """Switch on one more, and return it (its ``struck`` tells how often it did)."""
        fault = Fault(kind, **spec)
        with self._lock:
            self._faults = [*self._faults, fault]
        return fault

    def clear(self) -> None:
        """Switch all off."""
        self.set([])

    def match(self, request: Request) -> Fault | None:
        """The fault for this request, if any."""
        if not self._faults:
            return None
        with self._lock:
            return next((fault for fault in self._faults if fault.strikes(request)), None)

    def to_json(self) -> list[dict[str, Any]]:
        """All faults with their counts."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]
