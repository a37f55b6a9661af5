"""Log-in by OAuth 1.0a and Basic: signed afresh at each attempt, and read alike by clients that nobody here wrote."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from libsaas.services.desk import Desk as LibsaasDesk
from oauthlib.oauth1 import Client, RequestValidator, SignatureOnlyEndpoint
from requests.auth import AuthBase
from requests_oauthlib import OAuth1

from sandbox.desk.login import Login
from sandbox.desk.options import Options
from sandbox.wire import Request
from tap_common.config import load
from tap_common.errors import UsageError
from tap_common.vendor import Request as Get
from tap_desk.api import connect, host
from tap_desk.tap import TAP
from tests.desk.conftest import Place
from tests.harness import selecting

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)
LOGIN = Login(7, Options())
STRINGS = LOGIN.strings


class Known(RequestValidator):
    """oauthlib's server side, knowing one client and one token."""

    enforce_ssl = False
    client_key_length = access_token_length = (10, 80)
    nonce_length = (5, 60)
    dummy_client = dummy_access_token = "x" * 20

    def check_client_key(self, client_key: str) -> bool:
        return client_key.isalnum()

    check_access_token = check_client_key

    def check_nonce(self, nonce: str) -> bool:
        return nonce.isalnum()

    def get_client_secret(self, client_key: str, request: Any) -> str:
        return STRINGS["consumer_secret"]

    def get_access_token_secret(self, client_key: str, token: str, request: Any) -> str:
        return STRINGS["token_secret"]

    def validate_client_key(self, client_key: str, request: Any) -> bool:
        return client_key == STRINGS["consumer_key"]

    def validate_access_token(self, client_key: str, token: str, request: Any) -> bool:
        return token == STRINGS["token"]

    def validate_timestamp_and_nonce(self, *_: Any, **__: Any) -> bool:
        return True

    def validate_realms(self, *_: Any, **__: Any) -> bool:
        return True


def both(url: str, header: str) -> tuple[bool, bool]:
    """What the sandbox and oauthlib's server side say of a signed GET."""
    path, _, query = url.partition("?")
    request = Request(
        "GET",
        path.partition("//")[2].partition("/")[2],
        parse_qsl(query),
        {"authorization": header, "host": "127.0.0.1:8080"},
    )
    request.path, request.query_text = "/" + request.path, query
    ours = Login(7, Options()).accepts(request, int(time.time()))
    theirs, _ = SignatureOnlyEndpoint(Known()).validate_request(
        url, "GET", None, {"Authorization": header}
    )
    return ours, theirs


@settings(max_examples=60, deadline=None)
@given(
    params=st.lists(st.tuples(TEXT.filter(bool), TEXT), max_size=5),
    plus=st.booleans(),
    tampered=st.booleans(),
)
def test_the_sandbox_and_oauthlibs_server_side_agree_on_signatures(
    params: list[tuple[str, str]], plus: bool, tampered: bool
) -> None:
    query = urlencode(params) if plus else urlencode(params, quote_via=quote)
    url = f"http://127.0.0.1:8080/api/v2/cases/search{f'?{query}' if query else ''}"
    client = Client(
        STRINGS["consumer_key"],
        STRINGS["consumer_secret"],
        STRINGS["token"],
        STRINGS["token_secret"] + ("x" if tampered else ""),
    )
    _, headers, _ = client.sign(url)
    assert both(url, headers["Authorization"]) == (not tampered, not tampered)


def signed(server: Any, url: str) -> requests.PreparedRequest:
    return requests.Session().prepare_request(
        requests.Request("GET", url, auth=OAuth1(*server.oauth))
    )


def test_a_signature_is_good_once(place: Place) -> None:
    server, _ = place()
    request = signed(server, server.url + "/api/v2/cases?per_page=1")
    with requests.Session() as session:
        assert session.send(request).status_code == 200
        replayed = session.send(request)
    assert replayed.status_code == 401
    assert replayed.json() == {"message": "Unauthorized"}


@pytest.mark.parametrize(
    "part",
    ["oauth_timestamp", "oauth_nonce", "oauth_signature", "oauth_token", "oauth_consumer_key"],
)
def test_a_header_that_was_changed_is_refused(place: Place, part: str) -> None:
    server, _ = place()
    request = signed(server, server.url + "/api/v2/cases?per_page=1")
    header = request.headers["Authorization"]
    text = header.decode() if isinstance(header, bytes) else header
    start = text.index(f'{part}="') + len(part) + 2
    request.headers["Authorization"] = (
        text[:start] + ("1" if text[start] != "1" else "2") + text[start + 1 :]
    )
    with requests.Session() as session:
        assert session.send(request).status_code == 401


def test_an_old_signature_is_refused(place: Place) -> None:
    server, _ = place(clock_skew=-1)
    with requests.Session() as session:
        assert session.send(signed(server, server.url + "/api/v2/cases")).status_code == 401


def test_each_attempt_is_signed_afresh(place: Place) -> None:
    server, taps = place()
    server.faults.add("status", path="*/cases/search", status=503, next=3)
    server.faults.add("cut", path="*/replies", next=2)
    run = taps.run(catalog=selecting(taps.discovered(), "cases", "replies"))
    assert run.code == 0, run.err
    assert server.log.statuses[401] == 0
    assert len(run.records("cases")) == 250


def test_what_is_signed_is_what_is_sent_even_where_a_plus_is_no_space(place: Place) -> None:
    server, taps = place(plus_is_space=False)
    api = connect(load(TAP, [str(taps.write("config.json", taps.config))], {}))
    reply = api.get(
        Get(
            "cases/search",
            "cases",
            {"subject": "Parcel has not arrived", "labels": "eu-west,a+b & c"},
        )
    )
    assert reply.data["total_entries"] == 0
    assert (
        server.log.entries[-1].query
        == "subject=Parcel%20has%20not%20arrived&labels=eu-west%2Ca%2Bb%20%26%20c"
    )


@pytest.mark.parametrize("wrong", ["consumer_key", "consumer_secret", "token", "token_secret"])
def test_wrong_strings_end_the_run_with_a_line_and_no_secret(place: Place, wrong: str) -> None:
    _, taps = place()
    run = taps.run(**{wrong: "0123456789abcdef"})
    assert run.code == 1
    assert "check the credentials" in run.err
    assert "Traceback" not in run.err
    assert not any(
        taps.config[key] in run.err for key in ("consumer_secret", "token_secret", "token")
    )


def test_basic_log_in(place: Place) -> None:
    server, taps = place()
    credentials = server.app.credentials()
    for key in ("consumer_key", "consumer_secret", "token", "token_secret"):
        del taps.config[key]
    run = taps.run(email=credentials["email"], password=credentials["password"])
    assert run.code == 0, run.err
    assert taps.run(email=credentials["email"], password="wrong").code == 1
    missing = taps.run(email=credentials["email"])
    assert missing.code == 2
    assert "missing password" in missing.err


@pytest.mark.parametrize(
    ("site", "expected"),
    [
        ("stitch", "stitch.desk.com"),
        ("stitch.desk.com", "stitch.desk.com"),
        ("https://stitch.desk.com/", "stitch.desk.com"),
        ("https://Stitch.desk.com/api/v2/", "stitch.desk.com"),
        (" support.example.co.uk ", "support.example.co.uk"),
        ("https://support.example.com:8443", "support.example.com:8443"),
    ],
)
def test_a_site_is_a_subdomain_a_host_or_a_url(site: str, expected: str) -> None:
    assert host(site) == expected


@pytest.mark.parametrize("site", ["", "a b", "https://", "acme_x", ".desk.com", "http://[::1"])
def test_what_makes_no_host_is_refused(site: str) -> None:
    with pytest.raises(UsageError):
        host(site)


def test_requests_oauthlib_reads_the_sandbox(place: Place) -> None:
    server, _ = place()
    auth: AuthBase = OAuth1(*server.oauth)
    url, rows = "/api/v2/cases?per_page=100&sort_field=id", []
    with requests.Session() as session:
        while url:
            page = session.get(server.url + url, auth=auth).json()
            rows += page["_embedded"]["entries"]
            url = page["_links"]["next"] and page["_links"]["next"]["href"]
    assert [row["id"] for row in rows] == [row["id"] for row in server.account.rows("cases")]


def test_libsaas_reads_the_sandbox(place: Place) -> None:
    server, _ = place()
    client = LibsaasDesk("acme", *server.oauth)
    client.apiroot = server.url + "/api/v2"
    first = server.account.rows("cases")[0]
    assert client.case(str(first["id"])).get()["subject"] == first["subject"]
    page = client.cases().search(since_id=0, per_page=100, embed="message")
    assert page["total_entries"] == 250
    assert page["_embedded"]["entries"][0]["_embedded"]["message"]["body"]
    assert client.case(str(first["id"])).replies().get()["_embedded"][
        "entries"
    ] == server.account.threads.replies(first["id"])
    assert client.users().get(per_page=1000)["total_entries"] == len(server.account.staff.users)
    assert (
        client.customers()
        .get(per_page=5)["_links"]["next"]["href"]
        .startswith("/api/v2/customers?")
    )
