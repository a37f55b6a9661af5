"""Chance without state, and the made-up people, companies and texts that it picks.

The same key throws the same numbers on every machine and Python. The words (words.json) are in part
outside ASCII and outside the Basic Multilingual Plane.
"""

import re
import unicodedata
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

import orjson

T = TypeVar("T")


class Dice:
    """A short run of random numbers (512 bits in all) of a key such as ``("ticket", seed, 17)``."""

    __slots__ = ("_left",)

    def __init__(self, *key: str | int) -> None:
        digest = blake2b("/".join(map(str, key)).encode(), digest_size=64).digest()
        self._left = int.from_bytes(digest, "little")

    def below(self, limit: int) -> int:
        """A number from 0 to ``limit - 1``."""
        self._left, number = divmod(self._left, limit)
        return number

    def pick(self, choices: Sequence[T]) -> T:
        """One of ``choices``."""
        self._left, number = divmod(self._left, len(choices))
        return choices[number]

    def chance(self, percent: int) -> bool:
        """True in ``percent`` of a hundred keys."""
        self._left, number = divmod(self._left, 100)
        return number < percent


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
