"""The sync loop: pages in, messages out. It knows nothing of HTTP, as readers know nothing of Singer."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from tap_common import shape, times
from tap_common.catalog import Entry
from tap_common.config import Config
from tap_common.errors import ApiError, StreamRefused, StrictnessError, TapError
from tap_common.http import Api
from tap_common.messages import Writer
from tap_common.model import Bookmark, Page, Reader, Row, Schema, Tap, Walk
from tap_common.prefetch import prefetched
from tap_common.progress import DONE, Progress
from tap_common.state import State

LOGGER = logging.getLogger("tap")
_JSON_TYPES = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    dict: "object",
    list: "array",
}


class Sync:
    """One run over the selected streams."""

    def __init__(
        self,
        tap: Tap,
        api: Api,
        config: Config,
        entries: Mapping[str, Entry],
        state: State,
        writer: Writer,
    ) -> None:
        self._tap, self._api, self._config, self._entries = tap, api, config, entries
        self._state, self._writer = state, writer
        self._start = config.start()
        self._told: set[str] = set()
        self._version = int(datetime.now(times.UTC).timestamp() * 1000)
        self.progress = Progress(api)

    def run(self) -> None:
        """Syncs every selected stream; one that is refused or fails does not stop the others (see ``progress.results``)."""
        for reader in self._ordered():
            self._read(reader)
        self._state.currently_syncing = None
        with self._writer.whole():
            self._writer.state(self._state.value())

    def stop(self) -> None:
        """Ends an interrupted run with a STATE, which holds for exactly the rows that are out."""
        with self._writer.whole():
            self._writer.state(self._state.value())

    def _ordered(self) -> list[Reader]:
        """The readers of selected streams, beginning with the one at which the last run was interrupted."""
        readers = [
            reader
            for reader in self._tap.readers
            if any(stream.name in self._entries for stream in reader.streams)
        ]
        for number, reader in enumerate(readers):
            if any(stream.name == self._state.currently_syncing for stream in reader.streams):
                return readers[number:] + readers[:number]
        return readers

    def _read(self, reader: Reader) -> None:
        entries = [
            self._entries[stream.name] for stream in reader.streams if stream.name in self._entries
        ]
        names = [entry.stream.name for entry in entries]
        bookmarks = {name: self._state.bookmark(name) for name in names}
        _warn_of_the_future(bookmarks)
        left: dict[str, Exception] = {}
        walk = Walk(
            self._api,
            self._config,
            {entry.stream.name: entry.fields for entry in entries},
            bookmarks,
            self._start,
            LOGGER.warning,
            left.__setitem__,
            self._told,
        )
        outputs = {
            entry.stream.name: _Output(entry, self._config, self._version) for entry in entries
        }
        self._state.currently_syncing = names[0]
        self.progress.begin(bookmarks)
        with self._writer.whole():
            for output in outputs.values():
                output.open(self._writer)
        try:
            for page in prefetched(
                self._beyond_doubt(reader.pages(walk), walk), self.progress.tick
            ):
                self._write(page, outputs)
            with self._writer.whole():
                for name, output in outputs.items():
                    if name not in left and not self._api.meter(name).gone[HTTPStatus.FORBIDDEN]:
                        output.close(self._writer)
        except (TapError, OSError):
            raise
        except Exception as error:  # noqa: BLE001 - a reply that no reader foresaw must not cost the other streams
            left = dict.fromkeys(names, error) | left
            LOGGER.debug("%s", traceback.format_exc())
        for output in outputs.values():
            output.tell()
        endings = {
            entry.stream.name: _ending(left.get(entry.stream.name), entry) for entry in entries
        }
        self.progress.end(endings, {name: self._state.bookmark(name) for name in names})

    def _beyond_doubt(self, pages: Iterator[Page], walk: Walk) -> Iterator[Page]:
        """``pages`` without the bookmarks of streams that all parents have refused; if it stays so, these are left as refused."""

        def refused() -> dict[str, StreamRefused]:
            found = {name: self._api.meter(name).refusal() for name in walk.fields}
            return {name: refusal for name, refusal in found.items() if refusal}

        for page in pages:
            doubtful = refused()
            yield page._replace(
                bookmarks={
                    name: mark for name, mark in page.bookmarks.items() if name not in doubtful
                }
            )
        for name, refusal in refused().items():
            walk.leave(name, refusal)

    def _write(self, page: Page, outputs: Mapping[str, _Output]) -> None:
        extracted = times.text(datetime.now(times.UTC).replace(microsecond=0))
        with self._writer.whole():
            for name, rows in page.rows.items():
                if name in outputs:
                    self.progress.rows(name, outputs[name].write(self._writer, rows, extracted))
            moved = [
                self._state.set_bookmark(name, mark)
                for name, mark in page.bookmarks.items()
                if name in outputs
            ]
            if any(moved):
                self._writer.state(self._state.value())
        self.progress.tick()


def _ending(error: Exception | None, entry: Entry) -> tuple[str, bool]:
    """How a stream ended in a person's words, and whether that is a failure of the run."""
    if error is None:
        return DONE, False
    if isinstance(error, StreamRefused):
        outcome = f"refused: {error}"
    elif isinstance(error, (ApiError, StrictnessError)):
        outcome = f"failed: {error}"
    else:
        outcome = f"failed: a reply of unforeseen shape ({type(error).__name__}; LOGLEVEL=debug shows where)"
    return outcome, entry.fails(error)


class _Output:
    """One stream's way out: its shape, its schema, its version and what did not fit."""

    def __init__(self, entry: Entry, config: Config, version: int) -> None:
        self._entry, self._schema = entry, entry.schema
        self._keeps_unknown = config["unknown_fields"] == "keep"
        self._drift = shape.Drift(
            fail_unknown=config["unknown_fields"] == "fail",
            fail_mismatched=config["type_mismatch"] == "fail",
        )
        self._keyless = 0
        self._shape = self._compiled()
        versioned = config["activate_version"] and entry.stream.method == "FULL_TABLE"
        self._version = version if versioned else None

    def _compiled(self) -> Callable[[Row], Row]:
        return shape.compiled(
            self._schema,
            self._drift,
            dropped=self._entry.dropped,
            text_fields=self._entry.stream.text_fields,
        )

    def open(self, writer: Writer) -> None:
        writer.schema(self._entry.stream, self._schema)

    def write(self, writer: Writer, rows: Sequence[Row], extracted: str) -> int:
        """Writes the rows that have their key, each with its replication key, be it null; returns how many."""
        if self._keeps_unknown:
            self._grow(writer, rows)
        key, mark = self._entry.stream.key, self._entry.stream.replication_key
        records = [self._shape(row) for row in rows]
        if mark:
            for record in records:
                record.setdefault(mark, None)
        whole = [record for record in records if None not in map(record.get, key)]
        self._keyless += len(records) - len(whole)
        writer.records(self._entry.stream.name, whole, extracted, self._version)
        return len(whole)

    def _grow(self, writer: Writer, rows: Sequence[Row]) -> None:
        """Declares the unknown fields of ``rows``, as soon as a value tells their type, by a SCHEMA that grew by them."""
        known = self._schema["properties"].keys() | self._entry.dropped
        found: dict[str, Schema] = {}
        for row in rows:
            for name in row.keys() - known - found.keys():
                if row[name] is not None:
                    found[name] = _inferred(row[name])
        if found:
            grown = {name: found[name] for name in sorted(found)}
            self._drift.unknown.update(dict.fromkeys(grown, 0))
            self._schema = {**self._schema, "properties": {**self._schema["properties"], **grown}}
            self._shape = self._compiled()
            self.open(writer)

    def close(self, writer: Writer) -> None:
        """After the last row of a complete read: a parent that refuses its children, unlike one that is gone, makes it none."""
        if self._version is not None:
            writer.activate_version(self._entry.stream.name, self._version)

    def tell(self) -> None:
        """Says once what the schema did not foresee."""
        name = self._entry.stream.name
        if self._drift.unknown:
            sent = (
                "now declared and sent"
                if self._keeps_unknown
                else "left out at the top level, kept inside objects"
            )
            LOGGER.warning(
                "%s: fields that the schema does not know, %s: %s",
                name,
                sent,
                _listed(self._drift.unknown),
            )
        if self._drift.mismatched:
            LOGGER.warning(
                "%s: values that did not fit their type, converted by rule: %s",
                name,
                _listed(self._drift.mismatched),
            )
        if self._keyless:
            LOGGER.warning(
                "%s: %d rows without %s can't be sent",
                name,
                self._keyless,
                ", ".join(self._entry.stream.key),
            )


def _inferred(value: Any) -> Schema:
    kind = _JSON_TYPES[type(value)]
    schema: Schema = {"type": ["null", kind]}
    if kind == "object":
        schema["additionalProperties"] = True
    if kind == "array":
        schema["items"] = {}
    return schema


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(
        f"{path} ({count})" if count else path for path, count in sorted(counts.items())
    )


def _warn_of_the_future(bookmarks: Mapping[str, Bookmark]) -> None:
    """A bookmark that is to come hides what changes until then; a day is allowed for clocks that differ.

    A number is taken for a moment if its leaf is called a timestamp.
    """
    tomorrow = times.text(datetime.now(times.UTC) + timedelta(days=1))
    for name, bookmark in bookmarks.items():
        for leaf, value in bookmark.items():
            says_when = isinstance(value, str) or leaf.endswith("timestamp")
            if says_when and (times.rfc3339(value) or "") > tomorrow:
                LOGGER.warning(
                    "state: bookmarks.%s.%s is %s: what changes before then is not read",
                    name,
                    leaf,
                    value,
                )


def lookback(moment: datetime, config: Config) -> datetime:
    """``moment`` less the config's look-back, for rows that became visible late."""
    return moment - timedelta(seconds=config["lookback_seconds"])
