"""What a person asks a run to do, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tap_common.catalog import Entry
from tap_common.config import Config
from tap_common.context import ReadContext
from tap_common.errors import UsageError
from tap_common.owed import OwedParents
from tap_common.state import State
from tap_common.stream import Bookmark
from tap_common.tap import Tap
from tap_common.words import did_you_mean

if TYPE_CHECKING:
    from tap_common.http import Api


@dataclass(frozen=True)
class Task:
    """What a run is asked to do: to read ``entries`` of the account that ``config`` names.

    ``before`` is the state that came in, if one did. The streams ``refreshed`` are read from the
    start date on.
    """

    tap: Tap
    config: Config
    entries: Mapping[str, Entry]
    before: State | None = None
    refreshed: frozenset[str] = frozenset()

    def state_to_begin_with(self) -> State:
        """The state from which the run goes on. It names the tap and the account.

        UsageError if it is another's, or if a bookmark of a selected stream makes no sense. What
        this tap does not use in it is reported.
        """
        state = State(self.before.value() if self.before else None)
        state.claim(self.tap.name, self.tap.account(self.config))
        state.adopt(self.tap.streams)
        for name in self.refreshed:
            state.refresh(name)
        state.check(entry.stream for entry in self.entries.values())
        return state

    def context(
        self,
        api: Api,
        bookmarks: Mapping[str, Bookmark],
        start: datetime,
        owed: Mapping[str, OwedParents],
        warned: set[str],
    ) -> ReadContext:
        """What a reader of the streams in ``bookmarks`` is given."""
        entries = {name: self.entries[name] for name in bookmarks}
        return ReadContext(
            api=api,
            config=self.config,
            streams={name: entry.stream for name, entry in entries.items()},
            fields={name: entry.fields for name, entry in entries.items()},
            bookmarks=bookmarks,
            start=start,
            owed=owed,
            warned=warned,
        )


def refreshed_streams(
    tap: Tap, entries: Mapping[str, Entry], names: Sequence[str]
) -> frozenset[str]:
    """The streams ``names`` and their children at every depth.

    UsageError if the run does not read one of ``names``.
    """
    for name in names:
        if name not in entries:
            hint = did_you_mean(name, entries)
            raise UsageError(f"--refresh: this run does not read a stream {name!r}{hint}")
    refreshed = set(names)
    for _ in tap.streams:
        refreshed |= {stream.name for stream in tap.streams if stream.parent in refreshed}
    return frozenset(refreshed)
