"""One stream's way to stdout: its schema, its shape, its version, and what did not fit."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tap_common import shape
from tap_common.catalog import Entry
from tap_common.config import Config
from tap_common.errors import ApiError, StrictnessError
from tap_common.messages import Writer
from tap_common.stream import Row, Schema

NO_KEY = (None, "")
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
        self._drift = shape.Drift(
            fail_unknown=config["unknown_fields"] == "fail",
            fail_mismatched=config["type_mismatch"] == "fail",
        )
        self._written = self._without_key = 0
        self._strictness: StrictnessError | None = None
        self._shape = shape.compiled(
            self._schema,
            self._drift,
            dropped=entry.dropped,
            text_fields=entry.stream.text_fields,
        )
        versioned = config["activate_version"] and entry.stream.method == "FULL_TABLE"
        self._version = version if versioned else None

    def write_schema(self, writer: Writer) -> None:
        """Writes the SCHEMA message."""
        writer.schema(self._entry.stream, self._schema)

    def write(self, writer: Writer, rows: Sequence[Row], extracted: str) -> int:
        """Writes the rows that have their key, read at ``extracted``; returns how many.

        Each record has its replication key, which may be null. Nothing is written any more after a
        row that the config's strict settings do not allow.
        """
        if self.has_failed:
            return 0
        if self._keeps_unknown:
            self._grow_schema(writer, rows)
        before = self._written
        try:
            name = self._entry.stream.name
            writer.records(name, self._records(rows), extracted, self._version)
        except StrictnessError as error:
            self._strictness = error
        return self._written - before

    def _records(self, rows: Sequence[Row]) -> Iterator[Row]:
        key, replication_key = self._entry.stream.key, self._entry.stream.replication_key
        for row in rows:
            record = self._shape(row)
            if replication_key:
                record.setdefault(replication_key, None)
            if any(record.get(name) in NO_KEY for name in key):
                self._without_key += 1
            else:
                self._written += 1
                yield record

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
        return ApiError(f"{self._without_key} rows came without their key ({key})")

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

    def _grow_schema(self, writer: Writer, rows: Sequence[Row]) -> None:
        """Declares the unknown fields of ``rows`` in a SCHEMA that has grown by them.

        That happens as soon as a value shows the type of a field.
        """
        known = self._schema["properties"].keys() | self._entry.dropped
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
        self._shape = shape.compiled(
            self._schema,
            self._drift,
            dropped=self._entry.dropped,
            text_fields=self._entry.stream.text_fields,
        )
        writer.schema(self._entry.stream, self._schema)


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
