"""How a list is read together with its children.

A child list belongs to one row of the parent list, so it costs a request for each of these rows.
Translations are children that come inside the rows of the help centre's lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from tap_common.children import lost_parents, own_id
from tap_common.context import ReadContext, Reader
from tap_common.errors import ApiError
from tap_common.replies import rows_in
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_zendesk_support.lists import LARGEST_PAGE, below, pages, sized
from tap_zendesk_support.tables import without

TRANSLATIONS = "translations"


@dataclass(frozen=True)
class ChildList:
    """A stream that has a list of its own for each row of its parent.

    ``envelope`` is where a reply holds the rows. ``links`` are the columns for the ids of the rows
    above, the outermost first. A parent whose column ``count`` is 0 has no children. ``children``
    are the child lists of its own rows.
    """

    stream: Stream
    envelope: str
    links: tuple[str, ...]
    count: str = ""
    is_paged: bool = True
    children: tuple[ChildList, ...] = ()

    @property
    def streams(self) -> tuple[Stream, ...]:
        """Its stream and those of its children."""
        deeper = [stream for child in self.children for stream in child.streams]
        return (self.stream, *deeper)

    def selected(self, context: ReadContext) -> list[Stream]:
        """Those of its streams that are selected."""
        return [stream for stream in self.streams if context.selects(stream.name)]

    def request(self, parent: str) -> Request:
        """The request for the first page below a parent, whose ids are joined by "/"."""
        path = self.stream.path.replace("{id}", "{}").format(*parent.split("/"))
        request = Request(path, self.stream.name)
        return sized(request, LARGEST_PAGE) if self.is_paged else request

    def linked(self, row: Row, parent: str) -> Row:
        """``row`` with the ids of the rows above it."""
        return {**row, **dict(zip(self.links, map(_id, parent.split("/")), strict=True))}

    def may_have_rows(self, parent: Row) -> bool:
        """May there be rows below ``parent``?"""
        return not self.count or parent.get(self.count) != 0


def _id(text: str) -> int | str:
    return int(text) if text.isdecimal() else text


@dataclass(frozen=True)
class ParentList:
    """A list with children, as data. ``envelope`` is where a reply holds the rows."""

    stream: Stream
    envelope: str
    is_paged: bool = True
    children: tuple[ChildList, ...] = ()
    translations: Stream | None = None

    @property
    def below(self) -> tuple[Stream, ...]:
        """The streams of its children, at any depth."""
        translations = () if self.translations is None else (self.translations,)
        deeper = [stream for child in self.children for stream in child.streams]
        return (*translations, *deeper)

    def reader(self) -> Reader:
        """The reader of the list's stream and of its children."""
        return self._reader((self.stream, *self.below))

    def reader_below(self) -> Reader:
        """The reader of the children of a list whose own rows another reader sends."""
        return self._reader(self.below)

    def _reader(self, streams: tuple[Stream, ...]) -> Reader:
        probe = Request(self.stream.path, streams[0].name)
        return Reader(streams, self.pages, sized(probe, 1) if self.is_paged else probe)

    def pages(self, context: ReadContext) -> Iterator[Page]:
        """The selected streams, a page of the list at a time."""
        request = Request(self.stream.path, next(iter(context.streams)))
        if self.is_paged:
            request = sized(request, context.page_size(LARGEST_PAGE))
        translations = self._translations(context)
        if translations is not None:
            request = replace(request, params={**request.params, "include": TRANSLATIONS})
        children = selected(context, self.children)
        for reply in pages(context.api, request):
            rows = rows_in(reply, self.envelope)
            if context.selects(self.stream.name):
                yield Page({self.stream.name: [without({TRANSLATIONS}, row) for row in rows]})
            if translations is not None:
                yield from translations.of(rows)
            for child in children:
                yield from child.below_rows(rows)

    def _translations(self, context: ReadContext) -> Translations | None:
        if self.translations is None or not context.selects(self.translations.name):
            return None
        return Translations(context, self.translations)


class SelectedChildList:
    """A child list of which something is selected, in one run."""

    def __init__(self, context: ReadContext, child: ChildList) -> None:
        self._child = child
        self._children = selected(context, child.children)
        self._streams = [stream.name for stream in child.selected(context)]
        counted = child.selected(context)[0]
        self._lists = below(context, counted, child.envelope, child.request)

    def below_rows(self, rows: Sequence[Row]) -> Iterator[Page]:
        """The children of some rows, then the children of these."""
        keys, gap = self.asking(rows)
        yield gap
        yield from self._below(keys)

    def asking(self, rows: Iterable[Row]) -> tuple[list[str], Page]:
        """The ids of those of ``rows`` that are to be asked, and what is lost with the others."""
        parents = [row for row in rows if self._child.may_have_rows(row)]
        lost = lost_parents(parents)
        gaps = {} if lost is None else dict.fromkeys(self._streams, lost)
        return [str(row["id"]) for row in parents if own_id(row) is not None], Page(gaps=gaps)

    def _below(self, parents: Sequence[str]) -> Iterator[Page]:
        deeper: dict[SelectedChildList, list[str]] = {child: [] for child in self._children}
        for parent, rows in self._lists.below(parents):
            linked = [self._child.linked(row, parent) for row in rows]
            yield Page({self._child.stream.name: linked})
            for child, keys in deeper.items():
                ids, gap = child.asking(rows)
                yield gap
                keys += [f"{parent}/{own}" for own in ids]
        for child, keys in deeper.items():
            yield from child._below(keys)


def selected(context: ReadContext, children: Iterable[ChildList]) -> list[SelectedChildList]:
    """Those of ``children`` of which something is selected."""
    return [SelectedChildList(context, child) for child in children if child.selected(context)]


class Translations:
    """The translations that a list of the help centre has inside its rows.

    A row without them is asked for its own list of translations, at one more request.
    """

    def __init__(self, context: ReadContext, stream: Stream) -> None:
        self._stream = stream
        self._lists = below(context, stream, TRANSLATIONS, self._request)

    def of(self, parents: Sequence[Row]) -> Iterator[Page]:
        """The translations of a page of parents."""
        bare = []
        for parent in parents:
            if TRANSLATIONS in parent:
                yield Page({self._stream.name: _translations_in(parent)})
            else:
                bare.append(parent)
        lost = lost_parents(bare)
        yield Page(gaps={} if lost is None else {self._stream.name: lost})
        ids = [str(parent["id"]) for parent in bare if own_id(parent) is not None]
        for _, rows in self._lists.below(ids):
            yield Page({self._stream.name: rows})

    def _request(self, parent: str) -> Request:
        path = self._stream.path.format(id=parent)
        return sized(Request(path, self._stream.name), LARGEST_PAGE)


def _translations_in(parent: Row) -> list[Row]:
    found = parent[TRANSLATIONS]
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise ApiError(f"expected a list of objects in {TRANSLATIONS!r} of row {own_id(parent)}")
    return found
