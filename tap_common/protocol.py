"""The Singer protocol as singer-python has it. No other module imports that library.

Its import takes half of a command's start, so each function does it when it is called.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tap_common.schema_tree import Breadcrumb
from tap_common.stream import Schema, Stream

if TYPE_CHECKING:
    import singer

Metadata = dict[Breadcrumb, dict[str, Any]]


def schema_message(stream: Stream, schema: Schema, source: str | None) -> dict[str, Any]:
    """A SCHEMA message of ``stream``.

    ``source`` names tap and account in a key of its own, which targets ignore unless they know it.
    """
    import singer

    bookmarks = [stream.replication_key] if stream.replication_key else None
    fields = _fields(singer.SchemaMessage(stream.name, schema, list(stream.key), bookmarks))
    return fields if source is None else {**fields, "source": source}


def state_message(value: Mapping[str, Any]) -> dict[str, Any]:
    """A STATE message that carries ``value``."""
    import singer

    return _fields(singer.StateMessage(value))


def activate_version_message(stream: str, version: int) -> dict[str, Any]:
    """An ACTIVATE_VERSION message: rows of other versions are no longer part of the table."""
    import singer

    return _fields(singer.ActivateVersionMessage(stream, version))


def _fields(message: singer.Message) -> dict[str, Any]:
    fields: dict[str, Any] = message.asdict()
    return fields


def standard_metadata(stream: Stream, schema: Schema) -> Metadata:
    """The metadata that discovery gives to ``stream`` and to its top-level fields."""
    from singer import metadata

    replication_keys = [stream.replication_key] if stream.replication_key else None
    compiled: Metadata = metadata.to_map(
        metadata.get_standard_metadata(
            schema,
            key_properties=list(stream.key),
            valid_replication_keys=replication_keys,
            replication_method=stream.method,
        )
    )
    return compiled


def metadata_by_breadcrumb(items: Sequence[Mapping[str, Any]]) -> Metadata:
    """A catalog's metadata list as a map."""
    from singer import metadata

    compiled: Metadata = metadata.to_map(items)
    return compiled


def currently_syncing(value: Mapping[str, Any]) -> str | None:
    """The stream at which the run that wrote the state ``value`` was interrupted, or None."""
    from singer import state

    stream: str | None = state.get_currently_syncing(value)
    return stream


def set_currently_syncing(value: dict[str, Any], stream: str | None) -> None:
    """Notes in the state ``value`` that ``stream`` is being read."""
    from singer import state

    state.set_currently_syncing(value, stream)


def log_record_count(logger: logging.Logger, stream: str, count: int) -> None:
    """Logs a METRIC line: ``count`` more records of ``stream`` are written."""
    from singer import metrics

    tags = {metrics.Tag.endpoint: stream}
    metrics.log(logger, metrics.Point("counter", metrics.Metric.record_count, count, tags))


def log_job_duration(
    logger: logging.Logger, stream: str, seconds: float, *, succeeded: bool
) -> None:
    """Logs a METRIC line: the sync of ``stream`` took so many ``seconds``."""
    from singer import metrics

    status = metrics.Status.succeeded if succeeded else metrics.Status.failed
    tags = {
        metrics.Tag.job_type: "sync",
        metrics.Tag.endpoint: stream,
        metrics.Tag.status: status,
    }
    point = metrics.Point("timer", metrics.Metric.job_duration, round(seconds, 3), tags)
    metrics.log(logger, point)
