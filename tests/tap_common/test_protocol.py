"""The Singer protocol: what singer-python makes, byte for byte."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import singer
from singer import metadata, metrics, state

from tap_common import protocol
from tap_common.stream import Stream

TICKETS = Stream("tickets", "tickets", method="INCREMENTAL", replication_key="updated_at")
TAGS = Stream("tags", "tags", key=("name", "kind"))
FIELDS = {name: {"type": "string"} for name in ("id", "updated_at", "name", "kind")}
SCHEMA = {"type": "object", "properties": FIELDS}


@pytest.mark.parametrize("stream", [TICKETS, TAGS])
def test_schema_messages(stream: Stream) -> None:
    bookmarks = [stream.replication_key] if stream.replication_key else None
    theirs = singer.SchemaMessage(stream.name, SCHEMA, list(stream.key), bookmarks).asdict()
    assert list(protocol.schema_message(stream, SCHEMA, None).items()) == list(theirs.items())


def test_state_messages() -> None:
    assert protocol.state_message({"a": 1}) == singer.StateMessage({"a": 1}).asdict()


def test_messages_that_activate_a_version() -> None:
    theirs = singer.ActivateVersionMessage("tags", 7).asdict()
    assert protocol.activate_version_message("tags", 7) == theirs


@pytest.mark.parametrize("stream", [TICKETS, TAGS])
def test_standard_metadata(stream: Stream) -> None:
    theirs = metadata.get_standard_metadata(
        SCHEMA,
        key_properties=list(stream.key),
        valid_replication_keys=[stream.replication_key] if stream.replication_key else None,
        replication_method=stream.method,
    )
    assert protocol.standard_metadata(stream, SCHEMA) == metadata.to_map(theirs)
    assert protocol.metadata_by_breadcrumb(theirs) == metadata.to_map(theirs)


@pytest.mark.parametrize("stream", ["tickets", None])
def test_the_stream_that_is_being_read(stream: str | None) -> None:
    ours: dict[str, Any] = {}
    protocol.set_currently_syncing(ours, stream)
    assert ours == state.set_currently_syncing({}, stream)
    assert protocol.currently_syncing(ours) == state.get_currently_syncing(ours)
    assert protocol.currently_syncing({}) is None


@pytest.mark.parametrize("succeeded", [True, False])
def test_metric_lines(caplog: pytest.LogCaptureFixture, succeeded: bool) -> None:
    logger = logging.getLogger("metrics")
    caplog.set_level(logging.INFO)
    status = metrics.Status.succeeded if succeeded else metrics.Status.failed
    tags = {"job_type": "sync", "endpoint": "tags", "status": status}
    metrics.log(logger, metrics.Point("counter", "record_count", 3, {"endpoint": "tags"}))
    metrics.log(logger, metrics.Point("timer", "job_duration", 1.235, tags))
    theirs = [record.getMessage() for record in caplog.records]
    caplog.clear()
    protocol.log_record_count(logger, "tags", 3)
    protocol.log_job_duration(logger, "tags", 1.23456, succeeded=succeeded)
    assert [record.getMessage() for record in caplog.records] == theirs
