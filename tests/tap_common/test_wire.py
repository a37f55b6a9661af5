"""The wire brings whole responses, and heeds of the environment what it should."""

from __future__ import annotations

import gzip
import logging
import zlib
from pathlib import Path
from typing import Any

import certifi
import pytest

from tap_common.errors import UsageError
from tap_common.wire import WireError, environment
from tests.clock import START
from tests.tap_common.servers import reply, serving
from tests.tap_common.wires import Header, wire

pytestmark = pytest.mark.usefixtures("environment_without_settings")


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
