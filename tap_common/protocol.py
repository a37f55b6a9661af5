"""The Singer protocol: messages, standard metadata and metric lines.

They are those of singer-python 6, which a test compares them with. That library takes half of a
command's start, and pins an old jsonschema.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from tap_common.stream import Schema, Stream

Breadcrumb = tuple[str, ...]
Metadata = dict[Breadcrumb, dict[str, Any]]
SYNCING = "currently_syncing"


def schema_message(stream: Stream, schema: Schema, source: str | None) -> dict[str, Any]:
    """A SCHEMA message of ``stream``.

    ``source`` names tap and account in a key of its own, which targets ignore unless they know it.
    """
    message: dict[str, Any] = {
        "type": "SCHEMA",
        "stream": stream.name,
        "schema": schema,
        "key_properties": list(stream.key),
    }
    if stream.replication_key:
        message["bookmark_properties"] = [stream.replication_key]
    return message if source is None else {**message, "source": source}


def state_message(value: Mapping[str, Any]) -> dict[str, Any]:
    """A STATE message that carries ``value``."""
    return {"type": "STATE", "value": value}


def activate_version_message(stream: str, version: int) -> dict[str, Any]:
    """An ACTIVATE_VERSION message: rows of other versions are no longer part of the table."""
    return {"type": "ACTIVATE_VERSION", "stream": stream, "version": version}


def standard_metadata(stream: Stream, schema: Schema) -> Metadata:
    """The metadata that discovery gives to ``stream`` and to its top-level fields."""
    root: dict[str, Any] = {
        "table-key-properties": list(stream.key),
        "forced-replication-method": stream.method,
    }
    if stream.replication_key:
        root["valid-replication-keys"] = [stream.replication_key]
    root["inclusion"] = "available"
    fields: Metadata = {
        ("properties", name): {"inclusion": "automatic" if name in stream.key else "available"}
        for name in schema["properties"]
    }
    return {(): root, **fields}


def metadata_by_breadcrumb(items: Sequence[Mapping[str, Any]]) -> Metadata:
    """A catalog's metadata list as a map."""
    return {tuple(item["breadcrumb"]): dict(item["metadata"]) for item in items}


def currently_syncing(value: Mapping[str, Any]) -> str | None:
    """The stream at which the run that wrote the state ``value`` was interrupted, or None."""
    stream: str | None = value.get(SYNCING)
    return stream


def set_currently_syncing(value: dict[str, Any], stream: str | None) -> None:
    """Notes in the state ``value`` that ``stream`` is being read, or that none is."""
    value[SYNCING] = stream


def log_record_count(logger: logging.Logger, stream: str, count: int) -> None:
    """Logs a METRIC line: ``count`` more records of ``stream`` are written."""
    _log_metric(logger, "counter", "record_count", count, {"endpoint": stream})


def log_job_duration(
    logger: logging.Logger, stream: str, seconds: float, *, succeeded: bool
) -> None:
    """Logs a METRIC line: the sync of ``stream`` took so many ``seconds``."""
    status = "succeeded" if succeeded else "failed"
    tags = {"job_type": "sync", "endpoint": stream, "status": status}
    _log_metric(logger, "timer", "job_duration", round(seconds, 3), tags)


def _log_metric(
    logger: logging.Logger, kind: str, metric: str, value: float, tags: Mapping[str, str]
) -> None:
    point = {"type": kind, "metric": metric, "value": value, "tags": tags}
    logger.info("METRIC: %s", json.dumps(point))
