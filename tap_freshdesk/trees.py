"""Lists below lists: canned responses by folder, solutions, discussions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tap_common.children import Children, lost_parents
from tap_common.context import ReadContext, Reader
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_freshdesk.lists import below
from tap_freshdesk.moving_list import row_pages
from tap_freshdesk.translations import Translations, lacking


@dataclass(frozen=True)
class Level:
    """One level of a tree: the rows listed at the stream's path, whose ``link`` names the parent.

    ``nested`` is the path of rows of the same kind below a row, whose ``nested_link`` names it.
    ``translated`` holds the rows of the level in other languages.
    """

    stream: Stream
    link: str = ""
    nested: str = ""
    nested_link: str = ""
    translated: Stream | None = None

    @property
    def streams(self) -> tuple[Stream, ...]:
        """The streams that the rows of this level belong to."""
        return (self.stream,) if self.translated is None else (self.stream, self.translated)


def _reader(*levels: Level) -> Reader:
    streams = tuple(stream for level in levels for stream in level.streams)
    translated = _translated(levels)
    return Reader(
        streams,
        lambda context: _Tree(context, levels).pages(),
        Request(streams[0].path, streams[0].name),
        lacking=lambda api: lacking(api, translated) if translated else {},
    )


def _translated(levels: Sequence[Level]) -> tuple[Stream, ...]:
    """The streams of translations, from the top down."""
    return tuple(level.translated for level in levels if level.translated is not None)


class _Tree:
    """One walk through the ``levels`` of a tree, from the top down, one page for each list."""

    def __init__(self, context: ReadContext, levels: Sequence[Level]) -> None:
        self._context, self._levels = context, levels
        self._translations = Translations(context, _translated(levels))
        self._children: dict[str, Children] = {}
        self._nested: dict[str, Children] = {}
        for depth, level in enumerate(levels[1:], 1):
            stream = self._wanted_from(depth)
            if stream is None:
                continue
            self._children[level.stream.name] = below(context, stream, level.stream.path)
            if level.nested:
                self._nested[level.stream.name] = below(context, stream, level.nested)

    def _wanted_from(self, depth: int) -> Stream | None:
        """The first selected stream for whose sake the untranslated rows of a level are read.

        Translations need them only to find what is nested or listed below them.
        """
        level = self._levels[depth]
        here = level.streams if level.nested else (level.stream,)
        lower = [stream for level in self._levels[depth + 1 :] for stream in level.streams]
        wanted = (item for item in (*here, *lower) if self._context.selects(item.name))
        return next(wanted, None)

    def pages(self) -> Iterator[Page]:
        """All rows of the tree."""
        yield from self._translations.begin()
        top = self._levels[0].stream
        yield from self._translations.top(self._levels[0].translated, top.path)
        stream = self._wanted_from(0)
        if stream is None:
            return
        for rows in row_pages(self._context, Request(top.path, stream.name)):
            yield Page({top.name: rows})
            yield from self._below(1, rows)

    def _below(self, depth: int, parents: Sequence[Row]) -> Iterator[Page]:
        """The rows of the level ``depth`` and of all lower ones below ``parents``."""
        if depth == len(self._levels) or not parents:
            return
        level = self._levels[depth]
        yield from self._lost(depth, parents)
        by_id = _by_id(parents)
        links = {parent: {level.link: row["id"]} for parent, row in by_id.items()}
        yield from self._listed(depth, level.stream.path, self._children, links)

    def _listed(
        self, depth: int, path: str, children: Mapping[str, Children], links: Mapping[str, Row]
    ) -> Iterator[Page]:
        """The rows of a level below some parents, and all below them.

        ``links`` maps the parents' ids to what is added to their children.
        """
        level = self._levels[depth]
        lists = {path.format(id=parent): added for parent, added in links.items()}
        yield from self._translations.of(level.translated, lists)
        if level.stream.name not in children:
            return
        for parent, found in children[level.stream.name].below(list(links)):
            rows = [{**row, **links[parent]} for row in found]
            yield Page({level.stream.name: rows})
            yield from self._below(depth + 1, rows)
            yield from self._nested_in(depth, rows)

    def _nested_in(self, depth: int, rows: list[Row]) -> Iterator[Page]:
        """The rows of the level ``depth`` that lie inside others of it."""
        level = self._levels[depth]
        if not level.nested:
            return
        parents = [row for row in rows if row.get("sub_folders_count") != 0]
        yield from self._lost(depth, parents)
        upper = _by_id(parents)
        links = {
            parent: {level.nested_link: row["id"], level.link: row[level.link]}
            for parent, row in upper.items()
        }
        yield from self._listed(depth, level.nested, self._nested, links)

    def _lost(self, depth: int, parents: Sequence[Row]) -> Iterator[Page]:
        """What is missing in the level ``depth`` and below it if some ``parents`` have no id."""
        error = lost_parents(parents)
        lower = [stream.name for level in self._levels[depth:] for stream in level.streams]
        selected = filter(self._context.selects, lower)
        if error is not None:
            yield Page(gaps=dict.fromkeys(selected, error))


def _by_id(rows: Sequence[Row]) -> dict[str, Row]:
    """The rows that have an id, by its text."""
    return {str(row["id"]): row for row in rows if row.get("id") is not None}


def _translations(kind: str, path: str, parent: str | None = None) -> Stream:
    return Stream(
        f"solution_{kind}_translations",
        path,
        ("id", "language"),
        parent=parent,
        by_default=parent is None,
        note="in each language but the main one",
    )


READERS = (
    _reader(
        Level(Stream("canned_response_folders", "canned_response_folders")),
        Level(
            Stream(
                "canned_responses",
                "canned_response_folders/{id}/responses",
                parent="canned_response_folders",
            ),
            "folder_id",
        ),
    ),
    _reader(
        Level(
            Stream("solution_categories", "solutions/categories"),
            translated=_translations("category", "solutions/categories/{language}"),
        ),
        Level(
            Stream(
                "solution_folders",
                "solutions/categories/{id}/folders",
                parent="solution_categories",
                note="and subfolders",
            ),
            "category_id",
            "solutions/folders/{id}/subfolders",
            "parent_folder_id",
            _translations(
                "folder", "solutions/categories/{id}/folders/{language}", "solution_folders"
            ),
        ),
        Level(
            Stream(
                "solution_articles", "solutions/folders/{id}/articles", parent="solution_folders"
            ),
            "folder_id",
            translated=_translations(
                "article", "solutions/folders/{id}/articles/{language}", "solution_folders"
            ),
        ),
    ),
    _reader(
        Level(Stream("discussion_categories", "discussions/categories")),
        Level(
            Stream(
                "discussion_forums",
                "discussions/categories/{id}/forums",
                parent="discussion_categories",
            ),
            "forum_category_id",
        ),
        Level(
            Stream(
                "discussion_topics", "discussions/forums/{id}/topics", parent="discussion_forums"
            ),
            "forum_id",
        ),
        Level(
            Stream(
                "discussion_comments",
                "discussions/topics/{id}/comments",
                parent="discussion_topics",
            ),
            "topic_id",
        ),
    ),
)
