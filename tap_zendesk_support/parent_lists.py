"""Lists with children, as data.

Children are comments and their votes, attachments, translations, holidays, and the values of
attributes.
"""

from __future__ import annotations

from typing import Any

from tap_common.stream import Stream
from tap_zendesk_support.child_lists import ChildList, ParentList


def _help_center(name: str, below: str, *children: ChildList) -> ParentList:
    """A list of the help centre whose rows have translations."""
    path = f"help_center/{name}"
    translations = Stream(
        f"{below}_translations",
        f"{path}/{{id}}/translations",
        parent=name,
        note=f"inside `{path}`, with `include=translations`",
    )
    return ParentList(Stream(name, path), name, children=children, translations=translations)


def _votes(name: str, path: str, parent: str, links: tuple[str, ...], **more: Any) -> ChildList:
    """The votes below the rows of ``parent`` that have any."""
    return ChildList(Stream(name, path, parent=parent, **more), "votes", links, "vote_count")


ARTICLES = _help_center(
    "articles",
    "article",
    ChildList(
        Stream("article_comments", "help_center/articles/{id}/comments", parent="articles"),
        "comments",
        ("source_id",),
        children=(
            _votes(
                "article_comment_votes",
                "help_center/articles/{id}/comments/{id}/votes",
                "article_comments",
                ("article_id", "item_id"),
                by_default=False,
            ),
        ),
    ),
    _votes("article_votes", "help_center/articles/{id}/votes", "articles", ("item_id",)),
    ChildList(
        Stream(
            "article_attachments",
            "help_center/articles/{id}/attachments",
            parent="articles",
            by_default=False,
            note="not the files themselves",
        ),
        "article_attachments",
        ("article_id",),
    ),
)
POSTS = ParentList(
    Stream("posts", "community/posts"),
    "posts",
    children=(
        ChildList(
            Stream("post_comments", "community/posts/{id}/comments", parent="posts"),
            "comments",
            ("post_id",),
            "comment_count",
            children=(
                _votes(
                    "post_comment_votes",
                    "community/posts/{id}/comments/{id}/votes",
                    "post_comments",
                    ("post_id", "item_id"),
                    by_default=False,
                ),
            ),
        ),
        _votes("post_votes", "community/posts/{id}/votes", "posts", ("item_id",)),
    ),
)
SCHEDULES = ParentList(
    Stream("schedules", "business_hours/schedules"),
    "schedules",
    is_paged=False,
    children=(
        ChildList(
            Stream(
                "schedule_holidays",
                "business_hours/schedules/{id}/holidays",
                ("schedule_id", "id"),
                parent="schedules",
                by_default=False,
            ),
            "holidays",
            ("schedule_id",),
            is_paged=False,
        ),
    ),
)
ATTRIBUTES = ParentList(
    Stream("account_attributes", "routing/attributes"),
    "attributes",
    is_paged=False,
    children=(
        ChildList(
            Stream(
                "attribute_values",
                "routing/attributes/{id}/values",
                parent="account_attributes",
                by_default=False,
            ),
            "attribute_values",
            ("attribute_id",),
            is_paged=False,
        ),
    ),
)
READERS = (
    SCHEDULES.reader(),
    ATTRIBUTES.reader(),
    _help_center("categories", "category").reader(),
    _help_center("sections", "section").reader(),
    ARTICLES.reader_below(),
    POSTS.reader(),
)
