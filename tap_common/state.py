"""The state: bookmarks by stream. Read with suspicion, changed only when rows are out, never narrowed."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from singer import state as singer_state

from tap_common import files
from tap_common.errors import UsageError
from tap_common.model import Bookmark


class State:
    """The bookmarks and what else came in with them."""

    def __init__(self, value: Mapping[str, Any] | None = None) -> None:
        self._value: dict[str, Any] = copy.deepcopy(dict(value or {}))
        self._value.setdefault("bookmarks", {})

    def bookmark(self, stream: str) -> Bookmark:
        """The bookmark of ``stream``, {} if there is none."""
        mark: Bookmark = self._value["bookmarks"].get(stream) or {}
        return mark

    def set_bookmark(self, stream: str, bookmark: Bookmark) -> bool:
        """Replace the bookmark of ``stream``; says whether that changed anything."""
        if self._value["bookmarks"].get(stream) == bookmark:
            return False
        self._value["bookmarks"][stream] = dict(bookmark)
        return True

    @property
    def currently_syncing(self) -> str | None:
        """The stream at which the run that wrote this state was interrupted, or None."""
        stream: str | None = singer_state.get_currently_syncing(self._value)
        return stream

    @currently_syncing.setter
    def currently_syncing(self, stream: str | None) -> None:
        singer_state.set_currently_syncing(self._value, stream)

    def value(self) -> dict[str, Any]:
        """The state as a STATE message carries it."""
        return self._value


def load(name: str) -> State:
    """The state in the file ``name``: an object with bookmarks, or a STATE message around one. UsageError if it is neither."""
    advice = "restore the last good one, or delete the file and leave out --state to start over"
    value = files.read_json("state", name, advice)
    if isinstance(value, dict) and value.get("type") == "STATE":
        value = value.get("value")
    if not isinstance(value, dict):
        raise UsageError(f"state: {name} must hold a JSON object; {advice}")
    if value.keys() - {"currently_syncing"} and "bookmarks" not in value:
        raise UsageError(f"state: {name} holds no bookmarks; {advice}")
    bookmarks = value.get("bookmarks", {})
    if not isinstance(bookmarks, dict) or not all(
        isinstance(mark, dict) for mark in bookmarks.values()
    ):
        raise UsageError(f"state: {name}: bookmarks must map each stream to an object; {advice}")
    if not isinstance(value.get("currently_syncing"), (str, type(None))):
        raise UsageError(
            f"state: {name}: currently_syncing must be a stream's name or null; {advice}"
        )
    return State(value)
