"""One stream's way to stdout: its schema, its shape, its version, and what did not fit."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tap_common import codec, shape
from tap_common.catalog import Entry
from tap_common.config import Config
from tap_common.drift import Drift
from tap_common.errors import ApiError, StrictnessError
from tap_common.flat import flat, nested, with_properties
from tap_common.lazy import LazyRow
from tap_common.messages import Writer
from tap_common.personal import digest
from tap_common.shape import Treatment
from tap_common.stream import Row, Schema
from tap_common.typed import UNFIT, TypedRows, typed_rows
from tap_common.words import counted

NO_KEY = (None, "")
MOST_PASSED_OVER = 255
"""Rows that are not tried as typed ones after others did not fit."""
ODD_ROWS_TO_LEARN_FROM = 100
"""To compile the types anew pays after about so many rows that took the other way."""
LOGGER = logging.getLogger("tap")
_JSON_TYPES = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    dict: "object",
    list: "array",
}


class StreamOutput:
    """Shapes the rows of one stream and writes them.

    ``version`` goes into each record of a full-table stream, if the config asks for that.
    """

    def __init__(self, entry: Entry, config: Config, version: int) -> None:
        self._entry, self._schema = entry, entry.schema
        self._keeps_unknown = config["unknown_fields"] == "keep"
        self._is_flat = config["nested"] == "json"
        self._digest = digest(config)
        strict = {
            "fail_unknown": config["unknown_fields"] == "fail",
            "fail_mismatched": config["type_mismatch"] == "fail",
        }
        self._drift, self._drift_of_row = Drift(**strict), Drift(**strict)
        self._written = self._without_key = 0
        self._strictness: StrictnessError | None = None
        self._is_compiled = False
        versioned = config["activate_version"] and entry.stream.method == "FULL_TABLE"
        self._version = version if versioned else None

    def _compile(self) -> None:
        """Prepares both ways of a row, for the schema as it is now."""
        treatment = self._treatment()
        self._shape = shape.compiled(self._schema, treatment, self._drift)
        self._typed = typed_rows(self._schema, treatment, self._entry.stream.key)
        self._learned = self._odd_rows = self._unfit = self._pass_over = 0
        self._is_compiled = True

    def _treatment(self) -> Treatment:
        stream = self._entry.stream
        return Treatment(
            dropped=self._entry.dropped | stream.elsewhere,
            text_fields=stream.text_fields,
            hashed=self._entry.hashed,
            digest=self._digest,
            as_text=nested(self._schema) if self._is_flat else frozenset(),
            replication_key=stream.replication_key,
        )

    def _learn(self) -> None:
        """Lets the types leave to the rules what was off type or unknown in earlier rows."""
        off_type, undeclared = self._drift.off_type, self._drift.undeclared
        self._odd_rows = 0
        if len(off_type) + len(undeclared) > self._learned:
            self._learned = len(off_type) + len(undeclared)
            self._typed = TypedRows(
                self._schema,
                self._treatment(),
                self._entry.stream.key,
                off_type=off_type,
                undeclared=undeclared,
                drift=self._drift_of_row,
            )

    def write_schema(self, writer: Writer) -> None:
        """Writes the SCHEMA message."""
        sent = flat(self._schema) if self._is_flat else with_properties(self._schema)
        writer.schema(self._entry.stream, sent)

    def write(self, writer: Writer, rows: Iterable[Row], extracted: str) -> int:
        """Writes the rows that have their key, read at ``extracted``; returns how many.

        Nothing is written any more after a row that the config's strict settings do not allow.
        """
        if self.has_failed or not rows:
            return 0
        if not self._is_compiled:
            self._compile()
        if self._keeps_unknown:
            rows = list(rows)
            self._grow_schema(writer, rows)
        before = self._written
        try:
            name = self._entry.stream.name
            writer.records(name, self._bodies(rows), extracted, self._version)
        except StrictnessError as error:
            self._strictness = error
        return self._written - before

    def _bodies(self, rows: Iterable[Row]) -> Iterator[bytes]:
        for row in rows:
            body = self._fast_body(row) or self._lenient_body(row)
            if body is None:
                self._without_key += 1
            else:
                self._written += 1
                yield body

    def _fast_body(self, row: Row) -> bytes | None:
        """The record as JSON, or None if the row does not fit the types or is not tried.

        After rows that did not fit, as many others are not tried, so that a stream that never fits
        does not pay twice.
        """
        if self._pass_over:
            self._pass_over -= 1
            return None
        if self._odd_rows >= ODD_ROWS_TO_LEARN_FROM:
            self._learn()
        try:
            body = self._typed.encoded(row)
        except UNFIT:
            self._drift_of_row.clear()
            self._unfit = min(2 * self._unfit + 1, MOST_PASSED_OVER)
            self._pass_over = self._unfit - 1
            return None
        self._unfit = 0
        if not self._drift_of_row.is_empty:
            self._drift.take(self._drift_of_row)
        return body

    def _lenient_body(self, row: Row) -> bytes | None:
        """The record as JSON, by the rules for values that do not fit; None if it has no key."""
        self._odd_rows += 1
        whole = row.decoded() if isinstance(row, LazyRow) else row
        record = self._shape(whole)
        for name in self._entry.stream.key:
            if record.get(name) in NO_KEY or isinstance(whole.get(name), list | dict | bool):
                return None
        return codec.encode(record)

    @property
    def has_failed(self) -> bool:
        """Did a row come that the config's strict settings do not allow?"""
        return self._strictness is not None

    @property
    def fault(self) -> Exception | None:
        """Why what was written is not all that came, or None."""
        if self._strictness is not None or not self._without_key:
            return self._strictness
        key = ", ".join(self._entry.stream.key)
        return ApiError(f"{counted(self._without_key, 'row')} came without the key ({key})")

    def activate_version(self, writer: Writer) -> None:
        """Writes ACTIVATE_VERSION after a complete read, if records carry a version."""
        if self._version is not None:
            writer.activate_version(self._entry.stream.name, self._version)

    def warn_of_drift(self) -> None:
        """Warns of the fields and values that did not fit the schema."""
        name = self._entry.stream.name
        if self._drift.unknown:
            fields = _listed(self._drift.unknown)
            sent = "sent as they are" if self._keeps_unknown else "left out"
            LOGGER.warning("%s: the schema does not know these fields, %s: %s", name, sent, fields)
        if self._drift.mismatched:
            fields = _listed(self._drift.mismatched)
            LOGGER.warning(
                "%s: values that did not fit their type were converted: %s", name, fields
            )

    def _grow_schema(self, writer: Writer, rows: Iterable[Row]) -> None:
        """Declares the unknown fields of ``rows`` in a SCHEMA that has grown by them.

        That happens as soon as a value shows the type of a field.
        """
        stream = self._entry.stream
        known = self._schema["properties"].keys() | self._entry.dropped | stream.elsewhere
        found: dict[str, Schema] = {}
        for row in rows:
            for name in row.keys() - known - found.keys():
                if row[name] is not None:
                    found[name] = _inferred(row[name])
        if not found:
            return
        grown = {name: found[name] for name in sorted(found)}
        self._drift.unknown.update(dict.fromkeys(grown, 0))
        self._schema = {**self._schema, "properties": {**self._schema["properties"], **grown}}
        self._compile()
        self.write_schema(writer)


def _inferred(value: Any) -> Schema:
    """The schema of an unknown field that holds ``value``."""
    kind = _JSON_TYPES[type(value)]
    schema: Schema = {"type": ["null", kind]}
    if kind == "object":
        schema["additionalProperties"] = True
    if kind == "array":
        schema["items"] = {}
    return schema


def _listed(counts: Mapping[str, int]) -> str:
    counted = [f"{path} ({count})" if count else path for path, count in sorted(counts.items())]
    return ", ".join(counted)
