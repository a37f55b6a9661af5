"""Names of streams and fields as names of tables and columns.

SQLite compares names without regard to ASCII case.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from singer_to_sqlite.errors import BadLineError

_OF_ANOTHER_ROW = re.compile(r"(^|_)(id|by|key)$", re.IGNORECASE)


def shown(name: object) -> str:
    """``name`` quoted for a message: on one line, and cut where it gets long."""
    text = repr(name)
    return text if len(text) <= 80 else f"{text[:76]}...{text[-1]}"


def joins(column: str) -> bool:
    """Whether a column's name, such as "requester_id" or "sent_by", says that it joins tables."""
    return _OF_ANOTHER_ROW.search(column) is not None


def storable(name: str, taken: Iterable[str]) -> str:
    """The name under which SQLite keeps ``name`` beside the names ``taken``.

    That is ``name`` itself. Where one of ``taken`` differs from it in case only, it is ``name`` and
    eight digits of its hash, the same ones in every run. Raises BadLineError for a name that SQLite
    can't hold.
    """
    if "\0" in name:
        raise BadLineError(f"SQLite can't hold a name with a NUL in it: {shown(name)}")
    try:
        encoded = name.encode()
    except UnicodeEncodeError:
        raise BadLineError(
            f"SQLite can't hold a name with half a character in it: {shown(name)}"
        ) from None
    if name in taken or _folded(name) not in map(_folded, taken):
        return name
    return f"{name}__{hashlib.sha256(encoded).hexdigest()[:8]}"


def _folded(name: str) -> bytes:
    return name.encode().lower()
