"""The wire brings whole responses, or says in one sentence why none came."""

from __future__ import annotations

import gzip
import logging
import socket
import ssl
import sys
import threading
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import certifi
import pytest
import requests
from requests.auth import HTTPBasicAuth

from tap_common.clock import SYSTEM, Clock
from tap_common.errors import Unreachable, UsageError
from tap_common.wire import ReplyTooLarge, Wire, WireError, environment
from tests.clock import START, HastyClock
from tests.tap_common.servers import reply, serving

MEGABYTE = 1_000_000


class Header(requests.auth.AuthBase):
    """Signs requests with a header that may hold anything."""

    def __init__(self, value: str) -> None:
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._value
        return request


@pytest.fixture(autouse=True)
def environment_without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
    ):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.lower(), raising=False)


def wire(
    root: str, *, auth: requests.auth.AuthBase | None = None, clock: Clock = SYSTEM, **limits: Any
) -> Wire:
    sensible = {
        "connect_timeout": 5,
        "read_timeout": 5,
        "total_timeout": 30,
        "largest_reply": 10 * MEGABYTE,
    }
    headers = {"Accept": "application/json", "User-Agent": "tésts/1"}
    auth = auth or HTTPBasicAuth("key", "secret")
    return Wire(root, auth, headers, clock=clock, **{**sensible, **limits})


def failure(script: bytes | Callable[[socket.socket], None], **options: Any) -> WireError:
    with serving(script) as server, pytest.raises(WireError) as raised:
        wire(server.url, **options).get(server.url)
    return raised.value


def test_a_response_comes_with_status_headers_in_any_case_and_its_unpacked_body() -> None:
    packed = gzip.compress(b'{"rows": []}')
    script = reply(packed, "Content-Encoding: gzip", "X-Left: 12", status="404 Not Found")
    with serving(script) as server:
        answer = wire(server.url).get(f"{server.url}rows?page=2")
    assert (answer.status, answer.body) == (404, b'{"rows": []}')
    assert answer.headers["x-left"] == "12"
    request = server.requests[0]
    assert request.startswith(b"GET /rows?page=2 HTTP/1.1\r\n")
    assert b"Authorization: Basic a2V5OnNlY3JldA==\r\n" in request
    assert "User-Agent: tésts/1\r\n".encode() in request


@pytest.mark.parametrize("encoding", ["deflate", "x-gzip", "gzip, gzip"])
def test_other_packings_are_understood(encoding: str) -> None:
    packed = {
        "deflate": zlib.compress(b"[1]"),
        "x-gzip": gzip.compress(b"[1]"),
        "gzip, gzip": gzip.compress(gzip.compress(b"[1]")),
    }[encoding]
    with serving(reply(packed, f"Content-Encoding: {encoding}")) as server:
        assert wire(server.url).get(server.url).body == b"[1]"


def test_a_chunked_body_is_put_together() -> None:
    script = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n1\r\n]\r\n0\r\n\r\n"
    with serving(script) as server:
        assert wire(server.url).get(server.url).body == b"[1]"


def test_redirects_are_shown_and_not_followed() -> None:
    script = reply(b"", "Location: http://elsewhere.invalid/", status="302 Found")
    with serving(script) as server:
        assert wire(server.url).get(server.url).status == 302
    assert len(server.requests) == 1


def test_cookies_are_not_sent_back() -> None:
    with serving(reply(b"{}", "Set-Cookie: session=1; Path=/")) as server:
        sender = wire(server.url)
        sender.get(server.url)
        sender.get(server.url)
    assert b"Cookie" not in server.requests[1]


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("json", b'{"a": "1", "b": "\\u00e9"}'), ("data", b"a=1&b=%C3%A9")],
)
def test_a_post_sends_its_fields_without_a_signature(encoding: Any, body: bytes) -> None:
    with serving(reply(b'{"token": 1}')) as server:
        answer = wire("https://api.invalid/").post(
            f"{server.url}token", {"a": "1", "b": "é"}, encoding
        )
    assert answer.body == b'{"token": 1}'
    assert server.requests[0].startswith(b"POST /token HTTP/1.1\r\n")
    assert server.requests[0].endswith(b"\r\n\r\n" + body)
    assert b"Authorization" not in server.requests[0]


# What the environment may say


def test_credentials_in_netrc_are_not_used(tmp_path: Path, monkeypatch: Any) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with serving(reply()) as server:
        sender = wire(server.url, auth=Header("Bearer mine"))
        sender.get(server.url)
        sender.post(server.url, {}, "data")
    assert b"Authorization: Bearer mine\r\n" in server.requests[0]
    assert b"Authorization" not in server.requests[1]


def test_plain_http_does_not_go_to_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(reply(b"proxy")) as proxy, serving(reply(b"server")) as server:
        for variable in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(variable, proxy.url)
        sender = wire(server.url)
        assert sender.get(server.url).body == b"server"
        assert sender.post(server.url, {}, "json").body == b"server"
    assert not proxy.requests


def test_https_goes_to_the_proxy_that_the_environment_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refusal = reply(b"", status="403 Forbidden")
    with serving(refusal) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(WireError, match="Tunnel connection failed: 403 Forbidden") as raised:
            wire("https://api.invalid/").get("https://api.invalid/")
    assert raised.value.is_lost
    assert proxy.requests[0].startswith(b"CONNECT api.invalid:443 ")
    assert b"Authorization" not in proxy.requests[0]


def test_a_proxy_in_use_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(logging.getLogger("tap"), "propagate", True)
    caplog.set_level(logging.INFO)
    monkeypatch.setenv("HTTPS_PROXY", "http://ann:secret@127.0.0.1:9")
    sender = wire("https://api.invalid/")
    with pytest.raises(WireError) as raised:
        sender.get("https://api.invalid/")
    assert caplog.messages == [
        "requests to api.invalid go through the proxy http://127.0.0.1:9 (HTTPS_PROXY)"
    ]
    assert str(raised.value).startswith(
        "no reply from api.invalid through the proxy http://127.0.0.1:9 (HTTPS_PROXY): "
    )


def test_a_socks_proxy_needs_a_package_and_one_line_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://ann:secret@proxy.invalid:1080")
    with pytest.raises(UsageError) as raised:
        wire("https://api.invalid/")
    assert str(raised.value) == (
        "ALL_PROXY is socks5://proxy.invalid:1080, but SOCKS proxies need the package PySocks: "
        "install it into the environment of the tap, or use an HTTP proxy"
    )


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_ca_bundle_that_cannot_be_read_is_a_usage_error(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_text(content)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    with serving(b"") as server:
        url = f"https://127.0.0.1:{server.port}/"
        with pytest.raises(UsageError, match=f"REQUESTS_CA_BUNDLE is {bundle}"):
            wire(url).get(url)


def test_a_ca_bundle_is_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = certifi.where()
    monkeypatch.setenv("CURL_CA_BUNDLE", bundle)
    assert environment("https://api.invalid/")["verify"] == bundle


@pytest.mark.parametrize("token", ["€", "line\nbreak", "re\rturn", "nul\0"])
def test_a_token_that_no_header_can_carry_is_a_usage_error(token: str) -> None:
    with serving(reply()) as server, pytest.raises(UsageError, match="no header can") as raised:
        wire(server.url, auth=Header(token)).get(server.url)
    assert token not in str(raised.value)
    assert not server.requests


# Why no response may come


def test_a_name_that_does_not_exist() -> None:
    with pytest.raises(
        WireError, match=r"no reply from no-such-host\.invalid: .*resolve"
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


@contextmanager
def serving_untrusted_tls() -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).with_name("untrusted.pem"))
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def shake_hands() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                context.wrap_socket(connection, server_side=True)

        thread = threading.Thread(target=shake_hands)
        thread.start()
        yield f"https://localhost:{listener.getsockname()[1]}/"
        thread.join()


def test_a_certificate_that_nobody_trusts() -> None:
    with serving_untrusted_tls() as url, pytest.raises(Unreachable) as raised:
        wire(url).get(url)
    assert str(raised.value).startswith("no trusted TLS connection to localhost: ")


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


# Limits of time


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


# What a response says of waiting


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("Retry-After: 7", 7.0), ("Retry-After: Sun, 01 Mar 2026 12:00:30 GMT", 20.0), ("X: 7", None)],
)
def test_retry_after_goes_by_the_clock_of_the_vendor(header: str, seconds: float | None) -> None:
    script = reply(b"", header, "Date: Sun, 01 Mar 2026 12:00:10 GMT", status="503 Busy")
    with serving(script) as server:
        answer = wire(server.url).get(server.url)
    assert answer.retry_after(START) == seconds
