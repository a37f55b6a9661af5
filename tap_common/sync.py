"""The sync loop: pages in, messages out. It knows nothing of HTTP."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tap_common import times
from tap_common.context import Reader
from tap_common.errors import ApiError, TapError
from tap_common.group import StreamGroup
from tap_common.messages import Writer
from tap_common.outcome import Outcome
from tap_common.output import StreamOutput
from tap_common.prefetch import prefetched
from tap_common.progress import Progress
from tap_common.state import State
from tap_common.stream import Bookmark, Page
from tap_common.task import Task

if TYPE_CHECKING:
    from tap_common.http import Api

LOGGER = logging.getLogger("tap")


class Sync:
    """One run over the streams that ``task`` selects. ``state`` holds what is written so far."""

    def __init__(
        self, task: Task, api: Api, state: State, writer: Writer, progress: Progress
    ) -> None:
        self._task, self._entries, self._config = task, task.entries, task.config
        self._api, self._state, self._writer, self._progress = api, state, writer, progress
        now = api.clock.now()
        self._start = task.config.start(now)
        self._version = int(now.timestamp() * 1000)
        self._warned: set[str] = set()

    def run(self) -> dict[str, Outcome]:
        """Syncs every selected stream; returns how each ended.

        A stream that is refused or fails does not stop the others.
        """
        outcomes: dict[str, Outcome] = {}
        for reader in self._in_order():
            outcomes.update(self._read(reader))
        self._state.currently_syncing = None
        self.write_state()
        return outcomes

    def write_state(self) -> None:
        """Writes a STATE, which holds for exactly the rows that are written."""
        with self._writer.uninterrupted():
            self._writer.state(self._state.value())

    def _in_order(self) -> list[Reader]:
        """The readers of selected streams, first the one at which the last run was interrupted."""
        readers = [reader for reader in self._task.tap.readers if self._selected(reader)]
        for number, reader in enumerate(readers):
            if self._state.currently_syncing in self._selected(reader):
                return readers[number:] + readers[:number]
        return readers

    def _selected(self, reader: Reader) -> list[str]:
        return [stream.name for stream in reader.streams if stream.name in self._entries]

    def _read(self, reader: Reader) -> dict[str, Outcome]:
        names = self._selected(reader)
        entries = {name: self._entries[name] for name in names}
        bookmarks = {name: self._state.bookmark(name) for name in names}
        _warn_of_the_future(bookmarks, self._api.clock.now())
        outputs = {
            name: StreamOutput(entry, self._config, self._version)
            for name, entry in entries.items()
        }
        group = StreamGroup(reader, entries, bookmarks)
        self._state.currently_syncing = names[0]
        self._progress.begin(names, self._start)
        with self._writer.uninterrupted():
            for output in outputs.values():
                output.write_schema(self._writer)
        try:
            context = self._task.context(
                self._api, bookmarks, self._start, group.owed, self._warned
            )
            for page in prefetched(group.pages(context), self._progress.tick):
                self._write(page, outputs, group)
                if all(output.has_failed for output in outputs.values()):
                    break
        except TapError:
            raise
        except ApiError as error:
            group.end_all(error)
        except Exception as error:  # noqa: BLE001 - what no reader foresaw costs only its streams
            LOGGER.debug("%s", traceback.format_exc())
            group.end_all(error)
        with self._writer.uninterrupted():
            for name, output in outputs.items():
                if group.is_complete(name):
                    output.activate_version(self._writer)
        for output in outputs.values():
            output.warn_of_drift()
        outcomes = group.outcomes()
        self._progress.end(outcomes)
        return outcomes

    def _write(self, page: Page, outputs: Mapping[str, StreamOutput], group: StreamGroup) -> None:
        extracted = times.second_of(self._api.clock.now())
        group.take(page)
        with self._writer.uninterrupted():
            for name, rows in page.rows.items():
                if name in outputs:
                    written = outputs[name].write(self._writer, rows, extracted)
                    self._progress.wrote(name, written)
                    if written:
                        group.note_rows(name)
                    fault = outputs[name].fault
                    if fault is not None:
                        group.end(name, fault)
            moved = [
                name
                for name, bookmark in page.bookmarks.items()
                if group.may_move(name) and self._state.set_bookmark(name, bookmark)
            ]
            for name in moved:
                self._progress.moved(name, self._state.bookmark(name))
            if moved:
                self._writer.state(self._state.value())
        self._progress.tick()


def _warn_of_the_future(bookmarks: Mapping[str, Bookmark], now: datetime) -> None:
    """Warns of bookmarks that lie in the future, which hide what changes until then.

    A day is allowed for clocks that differ. A number is taken for a date-time if the name of its
    part of the bookmark ends in "timestamp".
    """
    tomorrow = times.text(now + timedelta(days=1))
    for name, key, value in _parts(bookmarks):
        is_moment = isinstance(value, str) or key.endswith("timestamp")
        if is_moment and (times.rfc3339(value) or "") > tomorrow:
            LOGGER.warning(
                "state: bookmarks.%s.%s is %s, which is in the future: what changes before then is "
                "not read; correct the bookmark, or read the stream again with --refresh",
                name,
                key,
                value,
            )


def _parts(bookmarks: Mapping[str, Bookmark]) -> Iterator[tuple[str, str, object]]:
    for name, bookmark in bookmarks.items():
        for key, value in bookmark.items():
            yield name, key, value
