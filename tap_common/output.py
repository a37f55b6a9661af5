"""One stream's way to stdout: its schema, its records, its version, and what did not fit."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tap_common.catalog import Entry
from tap_common.config import Config
from tap_common.drift import Drift
from tap_common.encoder import RowEncoder
from tap_common.errors import ApiError, StrictnessError
from tap_common.flat import flat, nested, with_properties
from tap_common.messages import Writer
from tap_common.personal import digest
from tap_common.shape import Treatment
from tap_common.stream import Row, Schema
from tap_common.words import counted

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
        self._drift = Drift(
            fail_unknown=config["unknown_fields"] == "fail",
            fail_mismatched=config["type_mismatch"] == "fail",
        )
        self._written = self._without_key = 0
        self._strictness: StrictnessError | None = None
        self._encoder: RowEncoder | None = None
        versioned = config["activate_version"] and entry.stream.method == "FULL_TABLE"
        self._version = version if versioned else None

    def _new_encoder(self) -> RowEncoder:
        """What makes records of rows, for the schema as it is now."""
        stream = self._entry.stream
        treatment = Treatment(
            dropped=self._entry.dropped | stream.elsewhere,
            text_fields=stream.text_fields,
            hashed=self._entry.hashed,
            digest=self._digest,
            flattened=nested(self._schema) if self._is_flat else frozenset(),
            replication_key=stream.replication_key,
        )
        return RowEncoder(self._schema, treatment, stream.key, self._drift)

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
        if self._keeps_unknown:
            rows = list(rows)
            self._grow_schema(writer, rows)
        if self._encoder is None:
            self._encoder = self._new_encoder()
        before = self._written
        try:
            name, bodies = self._entry.stream.name, self._bodies(self._encoder, rows)
            writer.records(name, bodies, extracted, self._version)
        except StrictnessError as error:
            self._strictness = error
        return self._written - before

    def _bodies(self, encoder: RowEncoder, rows: Iterable[Row]) -> Iterator[bytes]:
        for row in rows:
            body = encoder.encoded(row)
            if body is None:
                self._without_key += 1
            else:
                self._written += 1
                yield body

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
            fields = _with_counts(self._drift.unknown)
            sent = "sent as they are" if self._keeps_unknown else "left out"
            LOGGER.warning("%s: the schema does not know these fields, %s: %s", name, sent, fields)
        if self._drift.mismatched:
            fields = _with_counts(self._drift.mismatched)
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
        self._encoder = None
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


def _with_counts(counts: Mapping[str, int]) -> str:
    counted = [f"{path} ({count})" if count else path for path, count in sorted(counts.items())]
    return ", ".join(counted)
