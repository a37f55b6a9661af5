"""stdout: whole lines of Singer messages, whenever a signal comes or the target goes away."""

from __future__ import annotations

import errno
import io
import json
from typing import Any

import pytest

from tap_common.errors import OutputLost, Stopped
from tap_common.messages import LARGEST_PIECE, Writer
from tap_common.stream import Stream

TICKETS = Stream("tickets", "tickets", method="INCREMENTAL", replication_key="updated_at")
SCHEMA = {"properties": {"id": {"type": "integer"}}}
ONE, TWO = b'{"id":1}', b'{"id":2}'
AT = "2026-03-01T12:00:00Z"


class Out(io.BytesIO):
    """stdout, which takes at most ``most`` bytes at a time, and fails with ``error`` if given."""

    def __init__(self, most: int | None = None, error: OSError | None = None) -> None:
        super().__init__()
        self._most, self._error = most, error
        self.sizes: list[int] = []

    def write(self, data: Any) -> int:
        if self._error:
            raise self._error
        self.sizes.append(len(data))
        return super().write(data[: self._most])


def messages(out: Out) -> list[dict[str, Any]]:
    assert out.getvalue().endswith(b"\n")
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize("most", [None, 1, 7])
def test_messages_are_lines_in_the_order_in_which_they_are_written(most: int | None) -> None:
    out = Out(most)
    writer = Writer(out)
    with writer.uninterrupted():
        writer.schema(TICKETS, SCHEMA)
        writer.records("tickets", [ONE, TWO], AT)
        writer.state({"bookmarks": {}})
    with writer.uninterrupted():
        writer.records("tickets", [b'{"id":3}'], AT, version=7)
        writer.activate_version("tickets", 7)
    record = {"type": "RECORD", "stream": "tickets", "time_extracted": AT}
    assert messages(out) == [
        {
            "type": "SCHEMA",
            "stream": "tickets",
            "schema": SCHEMA,
            "key_properties": ["id"],
            "bookmark_properties": ["updated_at"],
        },
        {**record, "record": {"id": 1}},
        {**record, "record": {"id": 2}},
        {"type": "STATE", "value": {"bookmarks": {}}},
        {**record, "record": {"id": 3}, "version": 7},
        {"type": "ACTIVATE_VERSION", "stream": "tickets", "version": 7},
    ]


def test_nothing_goes_out_before_the_end_of_a_piece() -> None:
    out = Out()
    writer = Writer(out)
    with writer.uninterrupted():
        writer.records("tickets", [ONE], AT)
        assert out.getvalue() == b""
    assert len(messages(out)) == 1


def test_a_piece_that_fails_leaves_nothing_behind() -> None:
    out = Out()
    writer = Writer(out)

    def broken() -> None:
        with writer.uninterrupted():
            writer.records("tickets", [ONE], AT)
            raise KeyError("id")

    with pytest.raises(KeyError):
        broken()
    with writer.uninterrupted():
        writer.records("tickets", [TWO], AT)
    assert [message["record"] for message in messages(out)] == [{"id": 2}]


def test_a_large_page_goes_out_in_pieces_of_whole_lines() -> None:
    out = Out()
    writer = Writer(out)
    rows = [b'{"id":%d,"text":"%b"}' % (number, b"x" * 10_000) for number in range(1_000)]
    with writer.uninterrupted():
        writer.records("tickets", rows, AT)
    assert max(out.sizes) < 2 * LARGEST_PIECE
    assert [message["record"]["id"] for message in messages(out)] == list(range(1_000))


def test_a_signal_between_pieces_stops_the_run_at_once() -> None:
    writer = Writer(Out())
    with pytest.raises(Stopped) as caught:
        writer.stop(15)
    assert caught.value.signum == 15


def test_a_signal_inside_a_piece_waits_for_its_end() -> None:
    out = Out()
    writer = Writer(out)

    def interrupted() -> None:
        with writer.uninterrupted():
            writer.records("tickets", [ONE], AT)
            writer.stop(2)
            writer.records("tickets", [TWO], AT)

    with pytest.raises(Stopped) as caught:
        interrupted()
    assert caught.value.signum == 2
    assert [message["record"]["id"] for message in messages(out)] == [1, 2]
    with writer.uninterrupted():
        writer.state({})
    assert len(messages(out)) == 3


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (BrokenPipeError(), "the reader closed the pipe; nothing more can be written"),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            "stdout: No space left on device; nothing more can be written",
        ),
    ],
)
def test_a_stdout_that_takes_no_more_ends_the_run(error: OSError, message: str) -> None:
    writer = Writer(Out(error=error))

    def lost() -> None:
        with writer.uninterrupted():
            writer.state({})

    with pytest.raises(OutputLost) as caught:
        lost()
    assert str(caught.value) == message
