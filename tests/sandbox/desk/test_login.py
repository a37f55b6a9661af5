"""Log-in by OAuth 1.0a and Basic, read alike by clients that nobody here wrote."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from libsaas.services.desk import Desk as LibsaasDesk
from requests.auth import AuthBase
from requests_oauthlib import OAuth1

from tests.sandbox.desk.conftest import Served, strings


def signed(server: Any, url: str) -> requests.PreparedRequest:
    return requests.Session().prepare_request(
        requests.Request("GET", url, auth=OAuth1(*strings(server)))
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
    auth: AuthBase = OAuth1(*strings(server))
    url, rows = "/api/v2/cases?per_page=100&sort_field=id", []
    with requests.Session() as session:
        while url:
            page = session.get(server.url + url, auth=auth).json()
            rows += page["_embedded"]["entries"]
            url = page["_links"]["next"] and page["_links"]["next"]["href"]
    assert [row["id"] for row in rows] == [row["id"] for row in server.account.rows("cases")]


def test_libsaas_reads_the_sandbox(served: Served) -> None:
    server = served()
    client = LibsaasDesk("acme", *strings(server))
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
