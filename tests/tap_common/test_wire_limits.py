"""The wire waits no longer, and reads no more, than it may."""

from __future__ import annotations

import gzip
import socket
import sys
import threading
import tracemalloc
import zlib
from collections.abc import Callable

import pytest

from tap_common.wire import ReplyTooLarge
from tests.clock import HastyClock
from tests.tap_common.servers import reply, serving
from tests.tap_common.wires import MEGABYTE, failure, wire

pytestmark = pytest.mark.usefixtures("environment_without_settings")


def silent(connection: socket.socket) -> None:
    """Sends the beginning of a body, and then nothing until the other side gives up."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[")
    connection.recv(1)


def endless_headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X: " + b"y" * 40_000 + b"\r\n")


def endless_continues(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


def endless_body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"1\r\n \r\n" * 1_000)


def endless_nothing(connection: socket.socket) -> None:
    """Packed bytes that unpack to nothing."""
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2\r\n\x78\x9c\r\n"
    )
    while True:
        connection.sendall(b"5\r\n\x00\x00\x00\xff\xff\r\n" * 1_000)


# Limits of time


def test_a_server_that_falls_silent_is_given_up_after_the_read_timeout() -> None:
    error = failure(silent, read_timeout=0.1)
    assert str(error) == "no reply from 127.0.0.1: nothing came for 0.1 s"
    assert error.may_pass
    assert not error.is_lost


def test_the_last_read_gets_no_more_than_what_is_left_of_the_whole_time() -> None:
    error = failure(silent, read_timeout=600, total_timeout=0.1)
    assert "took longer than 0.1 s (setting request_total_timeout)" in str(error)


@pytest.mark.parametrize("script", [endless_headers, endless_body, endless_nothing])
def test_a_response_that_never_ends_is_given_up_after_the_whole_time(
    script: Callable[[socket.socket], None],
) -> None:
    error = failure(script, clock=HastyClock(1.0), total_timeout=20)
    assert "the reply of 127.0.0.1 took longer than 20 s" in str(error)
    assert not error.is_lost


def test_a_server_that_never_stops_to_say_continue_is_given_up() -> None:
    error = failure(endless_continues, clock=HastyClock(1.0), total_timeout=20)
    by_time = "the reply of 127.0.0.1 took longer than 20 s"
    by_count = "the reply of 127.0.0.1 is not valid HTTP"  # from Python 3.14 on
    assert str(error).startswith((by_time, by_count))
    assert not error.is_lost


def drop_by_drop(connection: socket.socket) -> None:
    """Sends a byte at a time, each well within the read timeout."""
    silence = threading.Event()
    for byte in reply(b" " * 10_000):
        connection.sendall(bytes([byte]))
        silence.wait(0.02)


def test_single_bytes_do_not_prolong_the_whole_time() -> None:
    error = failure(drop_by_drop, read_timeout=600, total_timeout=0.5)
    assert "the reply of 127.0.0.1 took longer than 0.5 s" in str(error)


# Limits of size


@pytest.mark.parametrize("size", [999, 1_000])
def test_a_body_may_be_as_large_as_the_limit(size: int) -> None:
    with serving(reply(b"x" * size)) as server:
        assert wire(server.url, largest_reply=1_000).get(server.url).body == b"x" * size


def test_a_larger_body_is_not_read() -> None:
    error = failure(reply(b"x" * 2 * MEGABYTE), largest_reply=1 * MEGABYTE)
    assert isinstance(error, ReplyTooLarge)
    assert not error.may_pass
    assert str(error) == "the reply is larger than 1 MB (setting largest_reply_mb)"


def test_after_a_body_that_is_too_large_the_next_request_is_served() -> None:
    with serving(reply(b"x" * 2 * MEGABYTE), reply(b"[1]")) as server:
        sender = wire(server.url, largest_reply=1 * MEGABYTE)
        with pytest.raises(ReplyTooLarge):
            sender.get(server.url)
        assert sender.get(server.url).body == b"[1]"


def bomb(layers: int) -> bytes:
    """A gigabyte of blanks, packed to a megabyte at most."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(b" " * MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)
    header = gzip.compress(b"")[:10]
    packed = header + block * 1_000
    for _ in range(layers - 1):
        packed = gzip.compress(packed)
    return packed


@pytest.mark.parametrize("layers", [1, 2])
def test_a_body_that_unpacks_to_a_gigabyte_costs_no_more_memory_than_the_limit(
    layers: int,
) -> None:
    script = reply(bomb(layers), "Content-Encoding: " + ", ".join(["gzip"] * layers))
    with serving(script) as server:
        sender = wire(server.url, largest_reply=20 * MEGABYTE)
        tracemalloc.start()
        try:
            with pytest.raises(ReplyTooLarge):
                sender.get(server.url)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 30 * MEGABYTE


def test_a_large_body_is_not_copied() -> None:
    with serving(reply(gzip.compress(b"x" * 40 * MEGABYTE), "Content-Encoding: gzip")) as server:
        sender = wire(server.url, largest_reply=50 * MEGABYTE)
        tracemalloc.start()
        try:
            size = sys.getsizeof(sender.get(server.url).body)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert size >= 40 * MEGABYTE
    assert peak < 50 * MEGABYTE
