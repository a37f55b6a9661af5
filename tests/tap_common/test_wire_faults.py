"""Why no response may come from the wire, each reason in one sentence."""

from __future__ import annotations

import gzip
import socket

import pytest

from tap_common.errors import Unreachable
from tap_common.wire import WireError
from tests.tap_common.servers import reply, serving, serving_untrusted_tls
from tests.tap_common.wires import failure, wire

pytestmark = pytest.mark.usefixtures("environment_without_settings")


def test_a_name_that_does_not_exist() -> None:
    with pytest.raises(
        WireError,
        match=r"no reply from no-such-host\.invalid: .*resolve.*; check the account's name",
    ) as raised:
        wire("https://no-such-host.invalid/").get("https://no-such-host.invalid/")
    assert raised.value.is_lost


def test_a_port_that_nobody_listens_to() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    url = f"http://127.0.0.1:{port}/"
    with pytest.raises(WireError, match=r"no reply from 127\.0\.0\.1: .*refused") as raised:
        wire(url).get(url)
    assert raised.value.is_lost


def test_a_certificate_that_nobody_trusts() -> None:
    with serving_untrusted_tls() as url, pytest.raises(Unreachable) as raised:
        wire(url).get(url)
    assert str(raised.value).startswith("no trusted TLS connection to localhost: ")
    assert "let REQUESTS_CA_BUNDLE name a file with its authority" in str(raised.value)


def test_a_server_that_does_not_speak_tls() -> None:
    with serving(b"what?\r\n") as server:
        url = f"https://127.0.0.1:{server.port}/"
        with pytest.raises(WireError, match=r"no reply from 127\.0\.0\.1") as raised:
            wire(url).get(url)
    assert raised.value.is_lost


def test_a_connection_that_ends_before_anything_came() -> None:
    error = failure(b"")
    assert error.is_lost
    assert str(error).startswith("no reply from 127.0.0.1: ")


@pytest.mark.parametrize(
    "script",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 99999 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\n{}",
    ],
    ids=["another protocol", "status", "200 headers", "long header", "two lengths"],
)
def test_what_is_not_http_is_said_to_be_no_http(script: bytes) -> None:
    error = failure(script)
    assert str(error) == "the reply of 127.0.0.1 is not valid HTTP"
    assert error.may_pass
    assert not error.is_lost


@pytest.mark.parametrize(
    "script",
    [
        reply(b"[1, 2", length=400),
        reply(gzip.compress(b"[1, 2]")[:-12], "Content-Encoding: gzip", length=400),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n[1, \r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n[1",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnumber\r\n[1",
    ],
    ids=["length", "gzip and length", "no last chunk", "half a chunk", "no chunk size"],
)
def test_a_body_that_is_cut_off_is_no_response(script: bytes) -> None:
    error = failure(script)
    assert str(error) == "the reply of 127.0.0.1 is cut off"
    assert error.may_pass
    assert not error.is_lost


@pytest.mark.parametrize(
    "body",
    [b"not gzip at all", gzip.compress(b"[1, 2]")[:10] + b"\xff" * 9],
    ids=["no gzip", "broken gzip"],
)
def test_a_body_that_cannot_be_unpacked_is_no_response(body: bytes) -> None:
    error = failure(reply(body, "Content-Encoding: gzip"))
    assert str(error) == "the reply of 127.0.0.1 has a body that can't be unpacked"
    assert error.may_pass
