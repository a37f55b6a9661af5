"""Ways to spoil a reply, by what a tap can know of it.

A *broken* reply shows that something is wrong, so that a tap must ask again or fail. A *refusal*
says no. A *lie* is a good reply with other content, of which a tap can't know.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any, Literal

from sandbox.wire import Reply

Kind = Literal["broken", "refusal", "lie"]
Path = tuple[str | int, ...]
BROKEN_STATUSES = (408, 429, 500, 502, 503, 504, 520, 522, 524, 599, 999)
REFUSALS = (400, 401, 402, 403, 405, 406, 409, 413, 415, 422, 423, 451)
GONE = (404, 410)
ODD_STATUSES = (201, 202, 204, 205, 206, 226, 300, 301, 302, 303, 304, 307, 308)
HTML = b"<!DOCTYPE html><html><body>Please wait</body></html>"
DEEP = b"[" * 100_000
DOCUMENTS = (
    b"null",
    b"[]",
    b"{}",
    b"7",
    b'"text"',
    b"true",
    b"[null]",
    b"[[]]",
    b"NaN",
    b"\xef\xbb\xbf{}",
)
ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    2**63,
    "",
    "0",
    "null",
    "0000-00-00",
    "9999-12-31T23:59:59Z",
    "1970-01-01T00:00:00Z",
    "2026-06-01T00:00:00+14:00",
    "\x1b[2J\x07\u202e\x00",
    "x" * 5_000,
    [],
    {},
    [[]],
    [None],
    {"id": None},
    {"error": "broken", "description": "broken", "message": "broken"},
)
ODD_NUMBERS = ("-1", "0", "1e400", "nan", "9" * 400, "1780272000", "soon", "", "7.5", "²")
ODD_HEADERS: tuple[tuple[str, Sequence[str]], ...] = (
    ("Retry-After", (*ODD_NUMBERS, "Fri, 31 Dec 9999 23:59:59 GMT", "Sun, 99 Foo")),
    ("Date", ("Fri, 31 Dec 9999 23:59:59 GMT", "soon", "", "Mon, 01 Jan 0001 00:00:00 +1200")),
    ("Content-Type", ("text/html", "application/json; charset=klingon", "; charset=utf-16", "")),
    ("Link", ("<", "<>; rel=next", '<http://other.invalid/>; rel="next"', "a" * 9_000, ",;,;")),
    ("X-RateLimit-Total", ODD_NUMBERS),
    ("X-RateLimit-Remaining", ODD_NUMBERS),
    ("X-Rate-Limit", ODD_NUMBERS),
    ("X-Rate-Limit-Limit", ODD_NUMBERS),
    ("X-Rate-Limit-Remaining", ODD_NUMBERS),
    ("X-Rate-Limit-Reset", ODD_NUMBERS),
    ("ratelimit-limit", ODD_NUMBERS),
    ("ratelimit-remaining", ODD_NUMBERS),
    ("ratelimit-reset", ODD_NUMBERS),
    ("zendesk-ratelimit-incremental-exports", ("total=9; remaining=-1; resets=x", "total=" * 99)),
    ("X-Odd", ("\x1b[2J", "é", "x" * 60_000)),
)


@dataclass(frozen=True)
class Mutation:
    """A way to spoil a reply; ``apply`` returns the spoilt one.

    A loop also looks at the good replies that the same path has had so far, in ``again``.
    """

    name: str
    kind: Kind
    apply: Callable[[Reply, Random], Reply]
    again: Callable[[Sequence[Reply]], Reply] | None = None


def _with_body(reply: Reply, body: bytes, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(reply.status, body, {**reply.headers, **named}, reply.endpoint)


def _bytes(make: Callable[[bytes, Random], bytes]) -> Callable[[Reply, Random], Reply]:
    return lambda reply, dice: _with_body(reply, make(reply.body, dice))


def _status(statuses: Sequence[int]) -> Callable[[Reply, Random], Reply]:
    def apply(reply: Reply, dice: Random) -> Reply:
        bodies = (b"", HTML, b'{"error": "no", "message": "no"}', b"null", reply.body)
        headers = dict(reply.headers)
        if dice.random() < 0.5:
            headers["Retry-After"] = dice.choice(ODD_NUMBERS)
        if dice.random() < 0.5:
            headers["Location"] = dice.choice(["http://other.invalid/", "", "/", "//["])
        return Reply(dice.choice(statuses), dice.choice(bodies), headers, reply.endpoint)

    return apply


def _cut(body: bytes, dice: Random) -> bytes:
    return body[: dice.randrange(max(1, len(body) - 1))]


def _flip(body: bytes, dice: Random) -> bytes:
    spoilt = bytearray(body or b" ")
    for _ in range(dice.randint(1, 5)):
        spoilt[dice.randrange(len(spoilt))] = dice.randrange(256)
    return bytes(spoilt)


def _header(reply: Reply, dice: Random) -> Reply:
    name, values = dice.choice(ODD_HEADERS)
    kept = {key: value for key, value in reply.headers.items() if key.lower() != name.lower()}
    return Reply(reply.status, reply.body, {**kept, name: dice.choice(values)}, reply.endpoint)


def _no_headers(reply: Reply, _dice: Random) -> Reply:
    return Reply(reply.status, reply.body, {}, reply.endpoint)


def _bomb(reply: Reply, _dice: Random) -> Reply:
    return _with_body(reply, _packed_blanks(), Content_Encoding="gzip")


@cache
def _packed_blanks() -> bytes:
    return gzip.compress(b" " * 100_000_000)


def _not_packed(reply: Reply, dice: Random) -> Reply:
    return _with_body(reply, reply.body, Content_Encoding=dice.choice(["gzip", "deflate"]))


def _document(make: Callable[[Any, Random], Any]) -> Callable[[Reply, Random], Reply]:
    """Spoils the JSON of a reply. A reply without JSON stays as it is."""

    def apply(reply: Reply, dice: Random) -> Reply:
        try:
            document = json.loads(reply.body)
        except ValueError:
            return reply
        return _with_body(reply, json.dumps(make(document, dice)).encode())

    return apply


def _places(value: Any, path: Path = ()) -> Iterator[Path]:
    """The paths of all members of ``value``."""
    members: Sequence[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        members = list(value.items())
    elif isinstance(value, list):
        members = list(enumerate(value))
    for name, member in members:
        yield (*path, name)
        yield from _places(member, (*path, name))


def _changed(value: Any, path: Path, change: Callable[[Any], Any]) -> Any:
    if not path:
        return change(value)
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _changed(value[path[0]], path[1:], change)
    return copy


def _replaced(value: Any, path: Path, new: Any) -> Any:
    return _changed(value, path, lambda _: new)


def _without(value: Any, path: Path) -> Any:
    def drop(parent: Any) -> Any:
        if isinstance(parent, dict):
            return {name: member for name, member in parent.items() if name != path[-1]}
        return [member for number, member in enumerate(parent) if number != path[-1]]

    return _changed(value, path[:-1], drop)


def _somewhere(
    change: Callable[[Any, Path, Random], Any],
) -> Callable[[Reply, Random], Reply]:
    def make(document: Any, dice: Random) -> Any:
        places = list(_places(document))
        return change(document, dice.choice(places), dice) if places else document

    return _document(make)


def _odd_value(document: Any, path: Path, dice: Random) -> Any:
    return _changed(document, path, lambda _: dice.choice(ODD_VALUES))


def _twice(document: Any, path: Path, _dice: Random) -> Any:
    def double(value: Any) -> Any:
        return [*value, *value] if isinstance(value, list) else value

    return _changed(document, path, double)


def _lists(document: Any) -> list[Path]:
    """The paths of the lists of rows: at the top, or a member of the envelope."""
    if isinstance(document, list):
        return [()]
    return [path for path in _places(document) if _is_rows(_at(document, path))]


def _at(value: Any, path: Path) -> Any:
    for name in path:
        value = value[name]
    return value


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(member, dict) for member in value)


def _row_without_id(document: Any, dice: Random) -> Any:
    """A row of the outermost list loses its id."""
    lists = _lists(document)
    if not lists:
        return document
    path = min(lists, key=len)
    rows = _at(document, path)
    chosen = dice.randrange(len(rows)) if rows else 0
    if not rows or not isinstance(rows[chosen], dict) or "id" not in rows[chosen]:
        return document
    return _changed(document, (*path, chosen, "id"), lambda _: dice.choice([None, "", []]))


def _without_envelope(document: Any, _dice: Random) -> Any:
    if isinstance(document, dict):
        return {f"x_{name}": value for name, value in document.items()}
    return {"error": "internal", "description": "something went wrong"}


def _links(change: Callable[[str, Random], Any]) -> Callable[[Reply, Random], Reply]:
    """Spoils what looks like the way to the next page."""

    def make(document: Any, dice: Random) -> Any:
        names = ("next", "next_page", "next_url", "after_url", "after_cursor", "href", "url")
        places = [path for path in _places(document) if path[-1] in names]
        for path in places:
            value = _at(document, path)
            if isinstance(value, str):
                document = _replaced(document, path, change(value, dice))
        return document

    return _document(make)


def _more(document: Any, _dice: Random) -> Any:
    """Each page promises another one."""
    places = [path for path in _places(document) if path[-1] in {"has_more", "end_of_stream"}]
    for path in places:
        document = _replaced(document, path, path[-1] == "has_more")
    return document


def _odd_link(old: str, dice: Random) -> Any:
    links = (
        "http://other.invalid/",
        "//other.invalid/x",
        "/",
        "",
        "\x00",
        old.partition("?")[0],
        old[:-1],
        f"{old}&{old}",
        "http://[",
        "x" * 100_000,
        "/" * 3_000,
        7,
        None,
    )
    return dice.choice(links)


def _without_rows(document: Any, _dice: Random) -> Any:
    for path in sorted(_lists(document), key=len, reverse=True):
        document = _replaced(document, path, [])
    return document


def _creeping(earlier: Sequence[Reply]) -> Reply:
    """The first page again, which leads to a time a second later than the last one."""
    first = earlier[0]
    later = len(earlier)

    def moved(match: re.Match[bytes]) -> bytes:
        return match[1] + str(int(match[2]) + later).encode()

    body = re.sub(rb'((?:start_time=|"end_time":\s?))(\d+)', moved, first.body)
    return _with_body(first, body)


def _loop(name: str, again: Callable[[Sequence[Reply]], Reply]) -> Mutation:
    return Mutation(name, "lie", lambda reply, _dice: reply, again)


MUTATIONS: Mapping[str, Mutation] = {
    mutation.name: mutation
    for mutation in (
        Mutation("status that may pass", "broken", _status(BROKEN_STATUSES)),
        Mutation("status that refuses", "refusal", _status(REFUSALS)),
        Mutation("status of what is gone", "lie", _status(GONE)),
        Mutation("odd status", "lie", _status(ODD_STATUSES)),
        Mutation("cut JSON", "broken", _bytes(_cut)),
        Mutation("HTML", "broken", _bytes(lambda _body, _dice: HTML)),
        Mutation("empty body", "broken", _bytes(lambda _body, _dice: b"")),
        Mutation("deep body", "broken", _bytes(lambda _body, _dice: DEEP)),
        Mutation("flipped bytes", "lie", _bytes(_flip)),
        Mutation("other document", "lie", _bytes(lambda _body, dice: dice.choice(DOCUMENTS))),
        Mutation("unpacks to much", "broken", _bomb),
        Mutation("not packed", "broken", _not_packed),
        Mutation("odd header", "lie", _header),
        Mutation("no headers", "lie", _no_headers),
        Mutation("odd value", "lie", _somewhere(_odd_value)),
        Mutation("no member", "lie", _somewhere(lambda value, path, _dice: _without(value, path))),
        Mutation("list twice", "lie", _somewhere(_twice)),
        Mutation("row without id", "broken", _document(_row_without_id)),
        Mutation("other envelope", "broken", _document(_without_envelope)),
        Mutation("odd link", "lie", _links(_odd_link)),
        Mutation("always more", "lie", _document(_more)),
        _loop("first page again", lambda earlier: earlier[0]),
        _loop("two pages in turn", lambda earlier: earlier[len(earlier) % min(2, len(earlier))]),
        _loop("empty pages", lambda earlier: _document(_without_rows)(earlier[0], Random(0))),
        _loop("creeping end", _creeping),
        Mutation("transport", "broken", lambda reply, _dice: reply),
    )
}
