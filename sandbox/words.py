"""Made-up people, companies and texts, some of them outside ASCII and outside the Basic
Multilingual Plane. Their words are in words.json.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import orjson

from sandbox.dice import Dice

_WORDS: dict[str, list[str]] = orjson.loads(Path(__file__).with_name("words.json").read_bytes())
SUBJECTS, SENTENCES, TAGS = (_WORDS[name] for name in ("subjects", "sentences", "tags"))


def person(dice: Dice) -> str:
    """A person's full name."""
    return f"{dice.pick(_WORDS['first_names'])} {dice.pick(_WORDS['last_names'])}"


def company(dice: Dice) -> str:
    """A company's name."""
    return " ".join([dice.pick(_WORDS[name]) for name in ("trades", "kinds", "endings")])


def paragraph(dice: Dice, sentences: int) -> str:
    """A plain text of so many sentences."""
    return " ".join([dice.pick(SENTENCES) for _ in range(sentences)])


def html(text: str) -> str:
    """The text as a mail client would send it."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return (
        f'<div style="font-family:Helvetica,Arial,sans-serif"><p dir="ltr">{escaped}</p><br></div>'
    )


def slug(text: str) -> str:
    """Lower-case ASCII letters, digits and dots only; ``x`` where nothing is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", ".", plain).strip(".") or "x"
