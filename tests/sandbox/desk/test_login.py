"""Log-in by OAuth 1.0a and Basic, read alike by clients that nobody here wrote."""

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
from tests.sandbox.desk.conftest import Served

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)
LOGIN = Login(7, Options())
STRINGS = LOGIN.strings


class Known(RequestValidator):  # type: ignore[misc]
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


def test_a_signature_is_good_once(served: Served) -> None:
    server = served()
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
def test_a_header_that_was_changed_is_refused(served: Served, part: str) -> None:
    server = served()
    request = signed(server, server.url + "/api/v2/cases?per_page=1")
    header: Any = request.headers["Authorization"]
    text = header.decode() if isinstance(header, bytes) else header
    start = text.index(f'{part}="') + len(part) + 2
    request.headers["Authorization"] = (
        text[:start] + ("1" if text[start] != "1" else "2") + text[start + 1 :]
    )
    with requests.Session() as session:
        assert session.send(request).status_code == 401


def test_an_old_signature_is_refused(served: Served) -> None:
    server = served(clock_skew=-1)
    with requests.Session() as session:
        assert session.send(signed(server, server.url + "/api/v2/cases")).status_code == 401


def test_requests_oauthlib_reads_the_sandbox(served: Served) -> None:
    server = served()
    auth: AuthBase = OAuth1(*server.oauth)
    url, rows = "/api/v2/cases?per_page=100&sort_field=id", []
    with requests.Session() as session:
        while url:
            page = session.get(server.url + url, auth=auth).json()
            rows += page["_embedded"]["entries"]
            url = page["_links"]["next"] and page["_links"]["next"]["href"]
    assert [row["id"] for row in rows] == [row["id"] for row in server.account.rows("cases")]


def test_libsaas_reads_the_sandbox(served: Served) -> None:
    server = served()
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
