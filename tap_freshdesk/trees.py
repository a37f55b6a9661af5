"""Lists below lists: canned responses by folder, solutions, discussions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tap_common.context import ReadContext, Reader
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_freshdesk.lists import LARGEST_PAGE, below, numbered, rows


@dataclass(frozen=True)
class Level:
    """One level of a tree: rows listed at the stream's endpoint, where {id} stands for the parent, whose id goes to ``link``.

    ``nested`` is the endpoint of rows of the same kind below a row, ``nested_link`` where the upper one's id goes.
    """

    stream: Stream
    link: str = ""
    nested: str = ""
    nested_link: str = ""


def _level(
    name: str,
    endpoint: str,
    link: str = "",
    parent: str | None = None,
    text_fields: frozenset[str] = frozenset(),
) -> Level:
    return Level(Stream(name, endpoint, parent=parent, text_fields=text_fields), link)


def _reader(*levels: Level) -> Reader:
    def pages(context: ReadContext) -> Iterator[Page]:
        depth = max(
            number for number, level in enumerate(levels) if context.selects(level.stream.name)
        )
        top = levels[0].stream
        for reply in numbered(
            context.api, Request(top.path, top.name), context.page_size(LARGEST_PAGE)
        ):
            yield Page({top.name: rows(reply)})
            yield from _below(context, levels[1 : depth + 1], rows(reply))

    streams = tuple(level.stream for level in levels)
    return Reader(streams, pages, Request(streams[0].path, streams[0].name))


def _below(context: ReadContext, levels: Sequence[Level], parents: list[Row]) -> Iterator[Page]:
    """The rows of ``levels`` below ``parents``, one page a list."""
    if not levels or not parents:
        return
    level = levels[0]
    for found in _listed(context, level, level.stream.path, level.link, parents):
        yield Page({level.stream.name: found})
        yield from _below(context, levels[1:], found)
        yield from _nested(context, levels, found)


def _nested(context: ReadContext, levels: Sequence[Level], parents: list[Row]) -> Iterator[Page]:
    """The rows of the first level's own kind below ``parents``, however deep, and what is below those."""
    level = levels[0]
    upper = [row for row in parents if row.get("sub_folders_count") != 0]
    if not level.nested or not upper:
        return
    for found in _listed(context, level, level.nested, level.nested_link, upper):
        yield Page({level.stream.name: found})
        yield from _below(context, levels[1:], found)
        yield from _nested(context, levels, found)


def _listed(
    context: ReadContext, level: Level, path: str, link: str, parents: list[Row]
) -> Iterator[list[Row]]:
    """The rows below each parent, with the parent's id, and for nested ones what the parent itself is linked to."""
    by_id = {str(row["id"]): row for row in parents}
    lists = below(context, level.stream, lambda parent: path.format(id=parent))
    for number, found in lists.below(list(by_id)):
        parent = by_id[number]
        links = {link: parent["id"]}
        if link != level.link:
            links[level.link] = parent.get(level.link)
        yield [{**links, **row} for row in found]


READERS = (
    _reader(
        _level("canned_response_folders", "canned_response_folders"),
        _level(
            "canned_responses",
            "canned_response_folders/{id}/responses",
            "folder_id",
            "canned_response_folders",
        ),
    ),
    _reader(
        _level("solution_categories", "solutions/categories"),
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
        _level(
            "solution_articles", "solutions/folders/{id}/articles", "folder_id", "solution_folders"
        ),
    ),
    _reader(
        _level("discussion_categories", "discussions/categories"),
        _level(
            "discussion_forums",
            "discussions/categories/{id}/forums",
            "forum_category_id",
            "discussion_categories",
        ),
        _level(
            "discussion_topics", "discussions/forums/{id}/topics", "forum_id", "discussion_forums"
        ),
        _level(
            "discussion_comments",
            "discussions/topics/{id}/comments",
            "topic_id",
            "discussion_topics",
        ),
    ),
)
