"""Solutions (the knowledge base) and discussions (the forums): two trees of small tables (sheet 2.2)."""

from __future__ import annotations

from typing import Any

from sandbox.dice import Dice
from sandbox.freshdesk import ids
from sandbox.freshdesk.scale import Scale
from sandbox.table import Row
from sandbox.times import DAY, stamp
from sandbox.words import SUBJECTS, html, paragraph


class _Numbers:
    """Hands out ids, and the times that go with them."""

    def __init__(self, base: int, start: int) -> None:
        self._last = base
        self._start = start

    def row(self, **fields: Any) -> Row:
        self._last += 1
        day = self._last % 1_000
        times = {
            "created_at": stamp(self._start + day * DAY),
            "updated_at": stamp(self._start + day * DAY + 3_600),
        }
        return {"id": self._last, **fields, **times}


def solutions(scale: Scale) -> dict[str, list[Row]]:
    """Categories hold folders, folders hold subfolders (listed apart) and articles."""
    numbers = _Numbers(ids.KNOWLEDGE, scale.start)
    names = ("Getting started", "よくある質問")
    categories = [
        numbers.row(name=name, description=None, visible_in_portals=[1]) for name in names
    ]
    folders, articles = [], []
    for category in categories:
        for name in ("Basics", "Für Fortgeschrittene"):
            folder = _folder(numbers, name, category, None)
            below = _folder(numbers, f"{name} & details", category, folder)
            folder["sub_folders_count"] = 1
            folders += [folder, below]
            for place in (folder, below):
                keys = (
                    ("article", scale.seed, place["id"], number)
                    for number in range(scale.pages_of_knowledge)
                )
                articles += [_article(numbers, Dice(*key), category, place) for key in keys]
                place["articles_count"] = scale.pages_of_knowledge
    return {
        "solution_categories": categories,
        "solution_folders": folders,
        "solution_articles": articles,
    }


def _folder(numbers: _Numbers, name: str, category: Row, parent: Row | None) -> Row:
    return numbers.row(
        name=name,
        description="",
        parent_folder_id=parent and parent["id"],
        category_id=category["id"],
        visibility=1,
        articles_count=0,
        sub_folders_count=0,
        hierarchy=[
            {
                "level": 0,
                "type": "category",
                "data": {"id": category["id"], "name": category["name"]},
            }
        ],
    )


def _article(numbers: _Numbers, dice: Dice, category: Row, folder: Row) -> Row:
    text = paragraph(dice, 4)
    return numbers.row(
        title=dice.pick(SUBJECTS),
        description=html(text),
        description_text=text,
        type=1,
        status=dice.below(2) + 1,
        agent_id=ids.AGENTS + 1,
        category_id=category["id"],
        folder_id=folder["id"],
        hits=dice.below(5_000),
        thumbs_up=dice.below(50),
        thumbs_down=dice.below(5),
        feedback_count=0,
        tags=[],
        seo_data={"meta_title": None, "meta_keywords": ""},
    )


def discussions(scale: Scale) -> dict[str, list[Row]]:
    """Categories hold forums, forums topics, topics comments."""
    numbers = _Numbers(ids.KNOWLEDGE + 500_000, scale.start)
    categories = [numbers.row(name=name, description="") for name in ("Community", "Ideen")]
    forums = [
        numbers.row(
            name=f"{category['name']} {number}",
            description=None,
            position=number,
            forum_category_id=category["id"],
            forum_type=1,
            forum_visibility=1,
            topics_count=scale.pages_of_knowledge,
            comments_count=0,
        )
        for category in categories
        for number in (1, 2)
    ]
    topics, comments = [], []
    for forum in forums:
        for number in range(scale.pages_of_knowledge):
            dice = Dice("topic", scale.seed, forum["id"], number)
            topic = numbers.row(
                title=dice.pick(SUBJECTS), forum_id=forum["id"], user_id=ids.CONTACTS, locked=False
            )
            topic |= {
                "published": True,
                "stamp_type": None,
                "replies": dice.below(4),
                "user_votes": 0,
                "merged_topic_id": None,
            }
            topics.append(topic)
            for _ in range(topic["replies"]):
                text = paragraph(dice, 2)
                row = numbers.row(
                    body=html(text), body_text=text, topic_id=topic["id"], forum_id=forum["id"]
                )
                row |= {
                    "user_id": ids.CONTACTS,
                    "published": True,
                    "spam": None,
                    "trash": False,
                    "answer": False,
                }
                comments.append(row)
    return {
        "discussion_categories": categories,
        "discussion_forums": forums,
        "discussion_topics": topics,
        "discussion_comments": comments,
    }
