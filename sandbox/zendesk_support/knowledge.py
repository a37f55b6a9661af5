"""The help centre and the community (sheet 2.4)."""

from __future__ import annotations

from typing import Any

from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.times import DAY, stamp
from sandbox.words import SUBJECTS, html, paragraph
from sandbox.zendesk_support import ids

_ARTICLES, _POSTS, _COMMENTS, _VOTES, _ATTACHMENTS = (place * 1_000_000 for place in range(1, 6))


def _row(number: int, path: str, seed: int, start: int, **more: Any) -> Row:
    dice = Dice(path, seed, number)
    created = start + number % 100_000 * DAY // 300
    own_id = ids.KNOWLEDGE + number
    times = {"created_at": stamp(created), "updated_at": stamp(created + dice.below(90 * DAY))}
    url = f"https://acme.zendesk.com/api/v2/{path}/{own_id}.json"
    return {
        "id": own_id,
        "url": url,
        "html_url": url.replace("/api/v2", "/hc/en-us").removesuffix(".json"),
        **more,
        **times,
    }


def help_center(seed: int, start: int, articles: int) -> dict[str, list[Row]]:
    """Stream name -> rows; votes and comments of articles and posts name their source."""
    texts: Row = {"locale": "en-us", "source_locale": "en-us", "outdated": False, "position": 0}
    categories = [
        _row(
            n, "help_center/categories", seed, start, name=f"Category {n}", description="", **texts
        )
        for n in (1, 2)
    ]
    sections = [
        _row(
            10 + n,
            "help_center/sections",
            seed,
            start,
            name=f"Section {n}",
            category_id=categories[n % 2]["id"],
            **texts,
        )
        for n in range(1, 5)
    ]
    topics = [
        _row(
            20 + n,
            "community/topics",
            seed,
            start,
            name=f"Topic {n}",
            description=None,
            follower_count=0,
        )
        for n in (1, 2)
    ]
    written, posts = [], []
    for number in range(1, articles + 1):
        dice = Dice("article", seed, number)
        body: Row = {
            "title": dice.pick(SUBJECTS),
            "author_id": ids.USERS + 1,
            "vote_sum": 1,
            "vote_count": 1,
        }
        article: Row = {
            "body": html(paragraph(dice, 3)),
            "section_id": sections[number % 4]["id"],
            "draft": number % 9 == 0,
        }
        article |= {
            "label_names": ["vip"],
            "comments_disabled": False,
            "promoted": False,
            "user_segment_id": None,
        }
        row = _row(
            _ARTICLES + number, "help_center/articles", seed, start, **body, **article, **texts
        )
        written.append(
            row | {"edited_at": row["updated_at"], "permission_group_id": ids.SETTINGS + 991}
        )
        post: Row = {
            "details": html(paragraph(dice, 2)),
            "topic_id": topics[number % 2]["id"],
            "comment_count": 1,
            "status": "none",
        }
        posts.append(
            _row(
                _POSTS + number,
                "community/posts",
                seed,
                start,
                **body,
                **post,
                pinned=False,
                closed=False,
            )
        )
    article_comments = [_comment(row, seed, start) for row in written if row["id"] % 2]
    post_comments = [_comment(row, seed, start) for row in posts if row["id"] % 2]
    return {
        "categories": categories,
        "sections": sections,
        "topics": topics,
        "articles": written,
        "posts": posts,
        "article_comments": article_comments,
        "post_comments": post_comments,
        "article_attachments": [
            _attachment(row, seed, start) for row in written if row["id"] % 4 == 0
        ],
        "article_votes": [_vote(row, "Article", seed, start) for row in written],
        "comment_votes": [
            _vote(row, "Comment", seed, start) for row in article_comments + post_comments
        ],
        "post_votes": [_vote(row, "Post", seed, start) for row in posts],
    }


def _comment(row: Row, seed: int, start: int) -> Row:
    number = row["id"] - ids.KNOWLEDGE
    source: Row = (
        {"post_id": row["id"]}
        if "topic_id" in row
        else {"source_id": row["id"], "source_type": "Article", "locale": "en-us"}
    )
    text = html(paragraph(Dice("comment", seed, number), 1))
    return _row(
        _COMMENTS + number,
        "comments",
        seed,
        start,
        body=text,
        author_id=ids.USERS + 2,
        vote_sum=0,
        vote_count=0,
        **source,
    )


def _attachment(row: Row, seed: int, start: int) -> Row:
    number = row["id"] - ids.KNOWLEDGE
    file: Row = {
        "file_name": "Größe.pdf",
        "content_type": "application/pdf",
        "size": 4_000,
        "inline": False,
    }
    file["content_url"] = f"https://acme.zendesk.com/hc/article_attachments/{number}"
    return _row(
        _ATTACHMENTS + number,
        "help_center/article_attachments",
        seed,
        start,
        article_id=row["id"],
        **file,
    )


def _vote(row: Row, kind: str, seed: int, start: int) -> Row:
    number = row["id"] - ids.KNOWLEDGE
    return _row(
        _VOTES + number,
        "votes",
        seed,
        start,
        user_id=ids.USERS + 2,
        value=1,
        item_id=row["id"],
        item_type=kind,
    )
