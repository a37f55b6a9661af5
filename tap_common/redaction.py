"""Secrets in text: found in each spelling in which a vendor may echo them, and hidden."""

from __future__ import annotations

import base64
import html
import json
import re
import string
from collections.abc import Iterable, Iterator

HIDDEN = "[hidden]"
SHORTEST_ANYWHERE = 4
"""A secret of fewer characters is hidden only where a value stands: "7" must not hide each 7."""

LONGEST_SPELLING = 20
"""Characters for one, as in ``%25f0%259f%2598%2580``."""

_BASE64_RUN = re.compile(r"[A-Za-z0-9+/_-]{4,}={0,2}")
_IN_BASE64 = frozenset(f"{string.ascii_letters}{string.digits}+/_-=")
_URL_SAFE = str.maketrans("-_", "+/")


class Redactor:
    """Hides secrets in text.

    A secret is found as it is, URL-encoded, with JSON or HTML escapes, and inside base64 that
    covers it and other text, such as the value of a Basic Authorization header.
    """

    def __init__(self) -> None:
        self._long: frozenset[str] = frozenset()
        self._short: frozenset[str] = frozenset()
        self._values: re.Pattern[str] | None = None
        self._encoded: re.Pattern[str] | None = None
        self.longest = 0
        """Characters that a secret can have in its longest spelling."""

    def hide(self, secrets: Iterable[str]) -> None:
        """From now on ``clean`` hides ``secrets``, too."""
        given = frozenset(filter(None, secrets))
        short = frozenset(secret for secret in given if len(secret) < SHORTEST_ANYWHERE)
        self._long |= given - short
        self._short |= short
        self.longest = LONGEST_SPELLING * max(map(len, self._long | self._short), default=0)
        values = [*map(_spelled, _longest_first(self._long)), *map(_as_value, self._short)]
        cores = {core for secret in self._long for core in _base64_cores(secret)}
        self._values = _any_of(values)
        self._encoded = _any_of(map(_spelled, _longest_first(cores)))

    def clean(self, text: str) -> str:
        """``text`` with ``[hidden]`` in place of each secret."""
        if self._encoded:
            text = _without_runs(text, self._encoded)
        if self._short:
            text = _BASE64_RUN.sub(self._without_short_secrets, text)
        if self._values:
            text = self._values.sub(HIDDEN, text)
        return text

    def _without_short_secrets(self, run: re.Match[str]) -> str:
        """A short secret is seen in base64 that holds nothing else, or a user and a password."""
        decoded = _decoded(run.group())
        parts = {decoded, *decoded.split(":", 1), *decoded.rsplit(":", 1)}
        return HIDDEN if parts & self._short else run.group()


def _any_of(patterns: Iterable[str]) -> re.Pattern[str] | None:
    alternatives = "|".join(patterns)
    return re.compile(alternatives) if alternatives else None


def _longest_first(texts: Iterable[str]) -> list[str]:
    return sorted(texts, key=lambda text: (-len(text), text))


def _spelled(secret: str) -> str:
    """A pattern for ``secret`` in which each character may be encoded on its own."""
    return "".join(map(_spelled_character, secret))


def _spelled_character(character: str) -> str:
    if character.isascii() and character.isalnum():
        return character
    spellings = {
        character,
        *_percent(character),
        json.dumps(character)[1:-1],
        f"\\u{ord(character):04x}" if ord(character) < 0x10000 else character,
        f"\\{character}",
        repr(character)[1:-1],
        html.escape(character),
        f"&#{ord(character)};",
        *{"+": "-", "/": "_", " ": "+"}.get(character, ""),
    }
    return f"(?i:{'|'.join(map(re.escape, _longest_first(spellings)))})"


def _percent(character: str) -> Iterator[str]:
    for encoding in ("utf-8", "latin-1"):
        data = character.encode(encoding, "ignore")
        if data:
            yield "".join(f"%{byte:02x}" for byte in data)
            yield "".join(f"%25{byte:02x}" for byte in data)


def _as_value(secret: str) -> str:
    """A pattern for a short ``secret`` where a value stands: in quotes, or after a sign or word."""
    before = r"(?:(?<=[\"'`=:])|(?<=[=:] )|(?<=Basic )|(?<=Bearer )|(?<=%3[AaDd]))"
    return rf"{before}{_spelled(secret)}(?![A-Za-z0-9])"


def _base64_cores(secret: str) -> Iterator[str]:
    """What base64 of any text around ``secret`` has in it, for each of the three alignments."""
    data = secret.encode("utf-8", "surrogatepass")
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + data).decode()
        first = -(-before * 8 // 6)
        whole = (before + len(data)) * 8 // 6
        yield encoded[first:whole]


def _without_runs(text: str, cores: re.Pattern[str]) -> str:
    """``text`` with each run of base64 hidden in which one of ``cores`` stands."""
    parts: list[str] = []
    done = 0
    for found in cores.finditer(text):
        if found.start() < done:
            continue
        start, end = found.span()
        while start > done and text[start - 1] in _IN_BASE64:
            start -= 1
        while end < len(text) and text[end] in _IN_BASE64:
            end += 1
        parts += [text[done:start], HIDDEN]
        done = end
    return "".join([*parts, text[done:]])


def _decoded(run: str) -> str:
    data = run.rstrip("=").translate(_URL_SAFE)
    try:
        return base64.b64decode(data + "=" * (-len(data) % 4)).decode("utf-8", "replace")
    except ValueError:
        return ""
