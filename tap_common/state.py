"""The state: bookmarks by stream, which change only when rows are written."""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tap_common import files, protocol
from tap_common.errors import UsageError
from tap_common.owed import OWED, SHOWN, OwedParents
from tap_common.stream import Bookmark, Stream
from tap_common.words import did_you_mean

LOGGER = logging.getLogger("tap")
TAP, ACCOUNT = "tap", "account"
SDK_KEY, SDK_VALUE = "replication_key", "replication_key_value"
"""How the Meltano SDK writes a bookmark."""
ADVICE = "restore the last good one, or delete the file and leave out --state to start over"


class State:
    """The bookmarks, and whatever else came in with them, which stays."""

    def __init__(self, value: Mapping[str, Any] | None = None) -> None:
        self._value: dict[str, Any] = copy.deepcopy(dict(value or {}))
        self._value.setdefault("bookmarks", {})

    def bookmark(self, stream: str) -> Bookmark:
        """The bookmark of ``stream``, {} if there is none."""
        bookmark: Bookmark = self._value["bookmarks"].get(stream) or {}
        return bookmark

    def set_bookmark(self, stream: str, bookmark: Bookmark) -> bool:
        """Replaces the bookmark of ``stream``. True if that changed anything."""
        if self._value["bookmarks"].get(stream) == bookmark:
            return False
        self._value["bookmarks"][stream] = dict(bookmark)
        return True

    def claim(self, tap: str, account: str | None) -> None:
        """Notes whose state this is. UsageError if it belongs to another tap or account."""
        for key, ours in ((TAP, tap), (ACCOUNT, account)):
            theirs = self._value.get(key)
            if ours is None:
                continue
            if theirs is not None and theirs != ours:
                raise UsageError(
                    f"state: it belongs to the {key} {theirs}, not to {ours}; give every account "
                    f"a state file of its own, or remove {key!r} from this one if it is the same"
                )
            self._value[key] = ours

    def refresh(self, stream: str) -> None:
        """Forgets how far ``stream`` is read, so that it is read again from the start date.

        Parents whose children are owed stay: they may have changed before that date.
        """
        bookmark = self.bookmark(stream)
        kept = {key: bookmark[key] for key in (OWED, SHOWN) if key in bookmark}
        if bookmark:
            self._value["bookmarks"][stream] = kept

    @property
    def currently_syncing(self) -> str | None:
        """The stream at which the run that wrote this state was interrupted, or None."""
        return protocol.currently_syncing(self._value)

    @currently_syncing.setter
    def currently_syncing(self, stream: str | None) -> None:
        protocol.set_currently_syncing(self._value, stream)

    def value(self) -> dict[str, Any]:
        """The state as a STATE message carries it."""
        return self._value

    def adopt(self, streams: Sequence[Stream]) -> None:
        """Takes over bookmarks that another program wrote, where their meaning is clear, and warns
        of each one that has no effect."""
        by_name = {stream.name: stream for stream in streams}
        for name, bookmark in list(self._value["bookmarks"].items()):
            if name not in by_name:
                _warn_of_stream(name, by_name)
                continue
            stream = by_name[name]
            adopted = _adopted(stream, bookmark)
            for key in _unknown(stream, adopted):
                LOGGER.warning("state: bookmarks.%s.%s has no effect in this tap", name, key)
            self._value["bookmarks"][name] = adopted

    def check(self, streams: Iterable[Stream]) -> None:
        """UsageError if a bookmark of one of ``streams`` makes no sense.

        If several don't, the others are logged before.
        """
        faults = [fault for stream in streams for fault in self._faults(stream)]
        for fault in faults[:-1]:
            LOGGER.error("%s", fault)
        if faults:
            raise faults[-1]

    def _faults(self, stream: Stream) -> Iterator[UsageError]:
        bookmark = self.bookmark(stream.name)
        yield from stream.bookmark_faults(bookmark)
        try:
            OwedParents(stream.name, bookmark)
        except UsageError as error:
            yield error


def _warn_of_stream(name: str, known: Mapping[str, Stream]) -> None:
    hint = did_you_mean(name, known)
    LOGGER.warning("state: this tap has no stream %s, so its bookmark has no effect%s", name, hint)


def _adopted(stream: Stream, bookmark: Bookmark) -> dict[str, Any]:
    """The bookmark in this tap's form, if the Meltano SDK wrote it: its value under its name."""
    key, value = bookmark.get(SDK_KEY), bookmark.get(SDK_VALUE)
    if key not in stream.bookmark_keys or value is None or key in bookmark:
        return dict(bookmark)
    LOGGER.warning("state: bookmarks.%s.%s is taken over as %s", stream.name, SDK_VALUE, key)
    rest = {name: bookmark[name] for name in bookmark if name not in (SDK_KEY, SDK_VALUE)}
    return {key: value, **rest}


def _unknown(stream: Stream, bookmark: Bookmark) -> Iterator[str]:
    for key in bookmark:
        if key not in (*stream.bookmark_keys, OWED, SHOWN):
            yield key


def load(name: str) -> State:
    """The state in the file ``name``: an object with bookmarks, or a STATE message around one.

    UsageError if it is neither.
    """
    value = files.read_json("state", name, ADVICE)
    if isinstance(value, dict) and value.get("type") == "STATE":
        value = value.get("value")
    if not isinstance(value, dict):
        raise UsageError(f"state: {name} must hold a JSON object; {ADVICE}")
    if value.keys() - {"currently_syncing"} and "bookmarks" not in value:
        raise UsageError(f"state: {name} holds no bookmarks; {ADVICE}")
    bookmarks = value.get("bookmarks", {})
    if not isinstance(bookmarks, dict) or not all(map(_is_object, bookmarks.values())):
        raise UsageError(f"state: {name}: bookmarks must map each stream to an object; {ADVICE}")
    if not isinstance(value.get("currently_syncing"), (str, type(None))):
        raise UsageError(
            f"state: {name}: currently_syncing must be a stream's name or null; {ADVICE}"
        )
    return State(value)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)
