"""The knowledge base, the forums, and the records of custom objects: made row by row."""

from typing import Any

from sandbox.account import Scale
from sandbox.chance import Dice, html, paragraph
from sandbox.freshdesk import ids
from sandbox.table import Row
from sandbox.template import templates
from sandbox.times import DAY, HOUR, parse, stamp

LANGUAGES = ("de", "fr")
"""The languages of the account beside its main one."""
_ROWS, _RECORDS = templates(__file__, "knowledge"), templates(__file__, "records")


class Knowledge:
    """Makes ``rows`` by stream, one after another: later ones have higher ids and later times."""

    def __init__(self, scale: Scale) -> None:
        self._scale = scale
        self._made = 0
        self.rows: dict[str, list[Row]] = {stream: [] for stream in _ROWS}
        pages = max(1, scale.count // 100)
        for name in ("Getting started", "よくある質問"):
            self._solutions(name, pages)
        for name in ("Community", "Ideen"):
            self._discussions(name, pages)

    def _add(self, stream: str, **facts: Any) -> Row:
        self._made += 1
        dice, at = Dice(stream, self._scale.seed, self._made), self._scale.start + self._made * HOUR
        text = paragraph(dice, 3)
        row: Row = {"id": ids.KNOWLEDGE + self._made}
        row |= _ROWS[stream](dice, text=text, html=html(text), **facts)
        row |= {"created_at": stamp(at), "updated_at": stamp(at + HOUR // 2)}
        self.rows[stream].append(row)
        return row

    def _solutions(self, name: str, articles: int) -> None:
        """A category holds folders, each with a folder below it, and all with articles."""
        category = self._add("solution_categories", name=name)["id"]
        for title in ("Basics", "Für Fortgeschrittene"):
            above = None
            for folder, below in ((title, 1), (f"{title} & details", 0)):
                facts = {"name": folder, "parent": above, "folders": below, "articles": articles}
                above = self._add("solution_folders", category=category, at=name, **facts)["id"]
                for _ in range(articles):
                    self._add("solution_articles", category=category, folder=above)

    def _discussions(self, name: str, topics: int) -> None:
        """A category holds forums, forums topics, topics comments, with which they change."""
        category = self._add("discussion_categories", name=name)["id"]
        for n in (1, 2):
            replies = [(number + n) % 4 for number in range(topics)]
            facts = {"n": n, "topics": topics, "comments": sum(replies)}
            forum = self._add("discussion_forums", name=name, category=category, **facts)["id"]
            for count in replies:
                topic = self._add("discussion_topics", forum=forum, replies=count)
                for _ in range(count):
                    comment = self._add("discussion_comments", forum=forum, topic=topic["id"])
                    topic["updated_at"] = comment["created_at"]


def translated(rows: list[Row], language: str) -> list[Row]:
    """The rows that are translated into a language: half of them, each changed a day later."""
    half = LANGUAGES.index(language)
    return [_translation(row, language) for row in rows if row["id"] % len(LANGUAGES) == half]


def _translation(row: Row, language: str) -> Row:
    made = {**row, "updated_at": stamp(parse(row["updated_at"]) + DAY)}
    for name in ("name", "title", "description", "description_text"):
        if row.get(name):
            made[name] = f"{row[name]} ({language})"
    if "hierarchy" in row:
        made["hierarchy"] = [
            {**step, "data": {**step["data"], "language": language}} for step in row["hierarchy"]
        ]
    return made


def records(scale: Scale) -> list[Row]:
    """The records of the custom objects, oldest first; one in eight belongs to the second one."""
    rows = []
    for number in range(1, scale.count // 4 + 9):
        dice = Dice("record", scale.seed, number)
        created = scale.start + scale.span * number // (scale.count + 9)
        times = {"created": 1_000 * created + 4, "updated": 1_000 * (created + dice.below(DAY)) + 9}
        rows.append(_RECORDS["30" if number % 8 else "31"](dice, number=number, **times))
    return rows
