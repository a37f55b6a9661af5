"""Things that go wrong between a client and an API, to be switched on while it runs."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
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
_BAD_BYTE = b"@@bad-byte@@"
_SPOILED: dict[str, Any] = {
    "invalid_utf8": f"caf{_BAD_BYTE.decode()}",
    "lone_surrogate": "half an emoji \ud83d here",
    "huge_integer": 2**64 + 1,
}
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
    seen: int = field(default=0, init=False)
    struck: int = field(default=0, init=False)
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

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"unknown kind of fault: {self.kind}")
        self._random = Random(self.seed)

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
        """What is sent instead of the answer, such as ``vendor_reply``; None keeps the answer."""
        if self.kind == "redirect":
            return Reply(302, b"", {"Location": self.location})
        if self.kind != "status":
            return None
        reply = vendor_reply if self.body == "vendor" else self._body()
        if self.retry_after is not None:
            reply.headers["Retry-After"] = str(self.retry_after)
        return reply

    def _body(self) -> Reply:
        if self.body == "html":
            return Reply(self.status, HTML, {"Content-Type": "text/html; charset=utf-8"})
        if self.body == "empty":
            return Reply(self.status)
        if isinstance(self.body, str) and self.body.startswith("literal:"):
            return Reply(self.status, self.body[8:].encode(), {"Content-Type": "application/json"})
        document = {"message": "Something went wrong"} if self.body == "json" else self.body
        return json_reply(document, self.status)

    def spoil(self, reply: Reply) -> None:
        """Makes a good answer bad."""
        if self.kind == "header":
            for name in [name for name in reply.headers if name.lower() == self.field.lower()]:
                del reply.headers[name]
            reply.headers[self.field] = str(self.value)
        elif self.kind == "cut":
            reply.body = reply.body[: len(reply.body) // 2]
        elif self.kind in ROW_KINDS and reply.body:
            document = orjson.loads(reply.body)
            if (row := first_row(document)) is not None:
                row[self.field] = _SPOILED.get(self.kind, self.value)
                reply.body = json.dumps(document).encode().replace(_BAD_BYTE, b"\xe9")


def first_row(document: Any) -> dict[str, Any] | None:
    """The first row of a list or of an envelope's first list (at most two deep), or the object."""
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
        """Replaces all faults."""
        ready = [fault if isinstance(fault, Fault) else Fault(**fault) for fault in faults]
        with self._lock:
            self._faults = ready

    def add(self, kind: Kind, **spec: Any) -> Fault:
        """Switches on one more, and returns it (its ``struck`` tells how often it did)."""
        fault = Fault(kind, **spec)
        with self._lock:
            self._faults = [*self._faults, fault]
        return fault

    def clear(self) -> None:
        """Switches all off."""
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
