"""Solutions (the knowledge base) and discussions (the forums): two trees of small tables."""

from __future__ import annotations

from typing import Any

from sandbox.dice import Dice
from sandbox.freshdesk import ids
from sandbox.freshdesk.data import load_templates
from sandbox.freshdesk.scale import Scale
from sandbox.table import Row
from sandbox.times import HOUR, stamp
from sandbox.words import html, paragraph

_ROWS = load_templates("knowledge")


class Knowledge:
    """Makes the rows one after another: later ones have higher ids and later times.

    ``rows`` holds them by stream, parents before their children.
    """

    def __init__(self, scale: Scale) -> None:
        self._scale = scale
        self._made = 0
        self.rows: dict[str, list[Row]] = {stream: [] for stream in _ROWS}
        for name in ("Getting started", "よくある質問"):
            self._solutions(name)
        for name in ("Community", "Ideen"):
            self._discussions(name)

    def _add(self, stream: str, **facts: Any) -> Row:
        self._made += 1
        dice = Dice(stream, self._scale.seed, self._made)
        text = paragraph(dice, 3)
        at = self._scale.start + self._made * HOUR
        row: Row = {
            "id": ids.KNOWLEDGE + self._made,
            **_ROWS[stream](dice, text=text, html=html(text), **facts),
            "created_at": stamp(at),
            "updated_at": stamp(at + HOUR // 2),
        }
        self.rows[stream].append(row)
        return row

    def _solutions(self, name: str) -> None:
        """A category holds folders, each with a folder below it, and all with articles."""
        category = self._add("solution_categories", name=name)
        for title in ("Basics", "Für Fortgeschrittene"):
            folder = self._folder(category, title, None, 1)
            self._folder(category, f"{title} & details", folder["id"], 0)

    def _folder(self, category: Row, name: str, parent: int | None, below: int) -> Row:
        articles = self._scale.pages_of_knowledge
        folder = self._add(
            "solution_folders",
            name=name,
            category_id=category["id"],
            category_name=category["name"],
            parent_folder_id=parent,
            articles_count=articles,
            sub_folders_count=below,
        )
        for _ in range(articles):
            self._add("solution_articles", category_id=category["id"], folder_id=folder["id"])
        return folder

    def _discussions(self, name: str) -> None:
        """A category holds forums, forums topics, topics comments."""
        category = self._add("discussion_categories", name=name)
        for position in (1, 2):
            replies = [(topic + position) % 4 for topic in range(self._scale.pages_of_knowledge)]
            forum = self._add(
                "discussion_forums",
                name=f"{name} {position}",
                position=position,
                forum_category_id=category["id"],
                topics_count=len(replies),
                comments_count=sum(replies),
            )
            for count in replies:
                self._topic(forum["id"], count)

    def _topic(self, forum: int, replies: int) -> None:
        """A topic changes with its last comment."""
        topic = self._add("discussion_topics", forum_id=forum, replies=replies)
        for _ in range(replies):
            comment = self._add("discussion_comments", forum_id=forum, topic_id=topic["id"])
            topic["updated_at"] = comment["created_at"]
