"""Lists below lists: canned responses by folder, solutions, discussions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tap_common.children import Children
from tap_common.context import ReadContext, Reader
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_freshdesk.lists import below
from tap_freshdesk.moving import row_pages


@dataclass(frozen=True)
class Level:
    """One level of a tree: the rows listed at the stream's path, whose ``link`` names the parent.

    ``nested`` is the path of rows of the same kind below a row, whose ``nested_link`` names it.
    """

    stream: Stream
    link: str = ""
    nested: str = ""
    nested_link: str = ""


def _reader(*levels: Level) -> Reader:
    def pages(context: ReadContext) -> Iterator[Page]:
        wanted = [depth for depth, level in enumerate(levels) if context.selects(level.stream.name)]
        tree = _Tree(context, levels[: max(wanted) + 1])
        return tree.pages()

    streams = tuple(level.stream for level in levels)
    return Reader(streams, pages, Request(streams[0].path, streams[0].name))


class _Tree:
    """One walk through the ``levels`` of a tree, from the top down, one page for each list."""

    def __init__(self, context: ReadContext, levels: Sequence[Level]) -> None:
        self._context, self._levels = context, levels
        self._children: dict[str, Children] = {}
        self._nested: dict[str, Children] = {}
        for depth, level in enumerate(levels[1:], 1):
            stream = self._selected_from(depth)
            self._children[level.stream.name] = below(context, stream, level.stream.path)
            if level.nested:
                self._nested[level.stream.name] = below(context, stream, level.nested)

    def _selected_from(self, depth: int) -> Stream:
        """The first selected stream at or below a level, for whose sake that level is read."""
        streams = [level.stream for level in self._levels[depth:]]
        return next(stream for stream in streams if self._context.selects(stream.name))

    def pages(self) -> Iterator[Page]:
        """All rows of the tree."""
        top = self._levels[0].stream
        for rows in row_pages(self._context, Request(top.path, top.name)):
            yield Page({top.name: rows})
            yield from self._below(1, rows)

    def _below(self, depth: int, parents: Sequence[Row]) -> Iterator[Page]:
        """The rows of the level ``depth`` and of all lower ones below ``parents``."""
        if depth == len(self._levels) or not parents:
            return
        level = self._levels[depth]
        by_id = _by_id(parents)
        for parent, rows in self._children[level.stream.name].below(list(by_id)):
            linked = [{**row, level.link: by_id[parent]["id"]} for row in rows]
            yield from self._with_lower(depth, linked)

    def _with_lower(self, depth: int, rows: list[Row]) -> Iterator[Page]:
        """``rows`` of the level ``depth``, and what lies below them."""
        level = self._levels[depth]
        yield Page({level.stream.name: rows})
        yield from self._below(depth + 1, rows)
        nested = self._nested.get(level.stream.name)
        if nested is None:
            return
        upper = _by_id([row for row in rows if row.get("sub_folders_count") != 0])
        for parent, found in nested.below(list(upper)):
            links = {level.nested_link: upper[parent]["id"], level.link: upper[parent][level.link]}
            yield from self._with_lower(depth, [{**row, **links} for row in found])


def _by_id(rows: Sequence[Row]) -> dict[str, Row]:
    """The rows that have an id, by its text."""
    return {str(row["id"]): row for row in rows if row.get("id") is not None}


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
        Level(Stream("solution_categories", "solutions/categories")),
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
        ),
        Level(
            Stream(
                "solution_articles", "solutions/folders/{id}/articles", parent="solution_folders"
            ),
            "folder_id",
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
