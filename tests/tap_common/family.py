"""A vendor of parents and children for tests: one list of parents, and a list below each of them.

It has no HTTP. A reader gets its answers through ``FamilyApi``, which sends requests ahead as the
real one does, and ``sync`` does with the reader's pages what the sync loop does.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, cast

from tap_common.catalog import Entry
from tap_common.children import Children
from tap_common.context import ReadContext, Reader
from tap_common.errors import ApiError, ConnectionLost, StreamRefused
from tap_common.group import StreamGroup
from tap_common.http import Api
from tap_common.outcome import Outcome
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Reply, Request
from tap_common.watermark import Watermark
from tests.clock import START, SimulatedClock

REFUSALS = frozenset({401, 403})
CHILDREN_IN_PAGE = 2
PARENTS = Stream(
    "parents",
    "parents",
    method="INCREMENTAL",
    replication_key="changed",
    bookmark_keys=("changed",),
)
CHILDREN = Stream(
    "children",
    "parents/{id}/children",
    method="INCREMENTAL",
    parent="parents",
    bookmark_keys=("changed",),
)
WHOLE = Stream("children", "parents/{id}/children", parent="parents")


@dataclass
class Parent:
    """A parent with its children, which change together, and what a request for them meets."""

    changed: int
    version: int = 1
    children: int = 3
    status: int = 200

    def rows(self, name: str) -> list[Row]:
        """The children of the parent called ``name``, as the vendor sends them."""
        numbers = range(self.children)
        return [{"id": f"{name}.{number}", "version": self.version} for number in numbers]


@dataclass
class Family:
    """The account."""

    clock: SimulatedClock = field(default_factory=SimulatedClock)
    parents: dict[str, Parent] = field(default_factory=dict)

    @property
    def time(self) -> int:
        return int(self.clock.now().timestamp())

    def add(self, *names: str, status: int = 200, children: int = 3) -> None:
        for name in names:
            self.parents[name] = Parent(self.time, children=children, status=status)

    def touch(self, name: str) -> None:
        parent = self.parents[name]
        parent.changed, parent.version = self.time, parent.version + 1

    def changed_since(self, moment: int) -> Iterator[Row]:
        found = [
            {"id": name, "changed": parent.changed, "version": parent.version}
            for name, parent in self.parents.items()
            if parent.changed >= moment
        ]
        found.sort(key=lambda row: (row["changed"], row["id"]))
        return iter(found)

    def expected(self) -> dict[str, int]:
        """What a target must hold of the children of parents that are there: their versions."""
        rows = [row for name, parent in self.parents.items() for row in parent.rows(name)]
        return {row["id"]: row["version"] for row in rows}


class FamilyApi:
    """Answers requests from a family and keeps them, with so many under way ``ahead``."""

    def __init__(self, family: Family, ahead: int = 1) -> None:
        self._family, self._ahead = family, ahead
        self.clock = family.clock
        self.requests: list[Request] = []

    @property
    def asked(self) -> list[str]:
        """The parents for whose children a first request was made."""
        return [_named(request) for request in self.requests if "after" not in request.params]

    def get(self, request: Request) -> Reply:
        self.requests.append(request)
        parent = self._family.parents.get(_named(request))
        status = 404 if parent is None else parent.status
        if status in REFUSALS:
            raise StreamRefused(f"HTTP {status}", status=status)
        if status == 0:
            raise ConnectionLost("the connection was reset")
        if status >= 400:
            raise ApiError(f"HTTP {status}", status=status)
        assert parent is not None
        after = request.params.get("after", 0)
        page = parent.rows(_named(request))[after : after + CHILDREN_IN_PAGE]
        if status == 206 and after:
            raise ApiError("HTTP 500 for the second page", status=500)
        return Reply(request, page, {}, self.clock.now())

    def get_all(self, wanted: Iterable[Request]) -> Iterator[Reply | ApiError]:
        under_way: deque[Reply | ApiError] = deque()
        for request in wanted:
            try:
                under_way.append(self.get(request))
            except ApiError as error:
                under_way.append(error)
            if len(under_way) >= self._ahead:
                yield under_way.popleft()
        yield from under_way


def _named(request: Request) -> str:
    return request.path.split("/")[1]


def _request(parent: str) -> Request:
    return Request(CHILDREN.path.format(id=parent), CHILDREN.name)


def children_of(context: ReadContext, stream: Stream = CHILDREN) -> Children:
    """The children of parents, page by page."""

    def pages(reply: Reply) -> Iterator[list[Row]]:
        while True:
            yield reply.data
            if len(reply.data) < CHILDREN_IN_PAGE:
                return
            after = reply.request.params.get("after", 0) + CHILDREN_IN_PAGE
            params = {"after": after}
            reply = context.api.get(Request(reply.request.path, stream.name, params, child=True))

    return Children(context, stream, _request, pages)


def reader(family: Family, page_size: int = 3, stream: Stream = CHILDREN) -> Reader:
    """Reads the parents that changed, and with each page of them the children below."""
    names = [PARENTS.name]
    if stream.method == "INCREMENTAL":
        names.append(stream.name)

    def pages(context: ReadContext) -> Iterator[Page]:
        lists = children_of(context, stream)
        before = {name: context.bookmarks[name].get("changed", 0) for name in names}
        yield Page({stream.name: [row for _, rows in lists.owed() for row in rows]})
        marks = {name: Watermark(moment or None, family.time) for name, moment in before.items()}
        parents = family.changed_since(0 if stream is WHOLE else min(before.values()))
        while some := list(islice(parents, page_size)):
            found = lists.below([row["id"] for row in some])
            children = [row for _, rows in found for row in rows]
            moments = [row["changed"] for row in some]
            marks = {name: mark.seen(moments) for name, mark in marks.items()}
            bookmarks = {name: {"changed": mark.value} for name, mark in marks.items()}
            yield Page({PARENTS.name: some, stream.name: children}, bookmarks)

    return Reader((PARENTS, stream), pages, Request("parents", PARENTS.name))


@dataclass
class Synced:
    """What a run did: how its streams ended (nothing if it was killed) and what it asked."""

    outcomes: dict[str, Outcome]
    asked: list[str]
    is_complete: bool


@dataclass
class Target:
    """What a target holds, and the state that it acknowledged."""

    state: dict[str, Any] = field(default_factory=dict)
    children: dict[str, int] = field(default_factory=dict)

    def sync(
        self,
        family: Family,
        *,
        stream: Stream = CHILDREN,
        page_size: int = 3,
        ahead: int = 1,
        pages: int | None = None,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> Synced:
        """Runs the reader to its end, or until so many ``pages`` are written.

        ``meanwhile`` is called after each page.
        """
        source = reader(family, page_size, stream)
        entries = {each.name: _entry(each) for each in source.streams}
        bookmarks = {name: self.state.get(name, {}) for name in entries}
        group = StreamGroup(source, entries, bookmarks)
        api = FamilyApi(family, ahead)
        context = ReadContext(
            api=cast(Api, api),
            config=cast(Any, {"lookback_seconds": 0}),
            streams={name: entry.stream for name, entry in entries.items()},
            fields={},
            bookmarks=bookmarks,
            start=START,
            owed=group.owed,
        )
        for page in islice(group.pages(context), pages):
            group.take(page)
            self._write(page, group)
            meanwhile()
        if pages is not None:
            return Synced({}, api.asked, is_complete=False)
        return Synced(group.outcomes(), api.asked, group.is_complete(stream.name))

    def _write(self, page: Page, group: StreamGroup) -> None:
        for row in page.rows.get(CHILDREN.name, []):
            self.children[row["id"]] = row["version"]
        for name, bookmark in page.bookmarks.items():
            if group.may_move(name):
                self.state[name] = json.loads(json.dumps(bookmark))

    @property
    def owed(self) -> Mapping[str, Any]:
        """The owed parents in the acknowledged state."""
        owed: Mapping[str, Any] = self.state.get(CHILDREN.name, {}).get("owed", {})
        return owed


def _entry(stream: Stream) -> Entry:
    return Entry(stream, {"properties": {}}, frozenset(), expected=True)
