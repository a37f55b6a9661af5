"""The sandbox answers as the recorded API did."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import requests
from requests_oauthlib import OAuth1

from sandbox.desk import Account, DeskServer
from tests.sandbox.desk.conftest import Served, strings


def get(server: DeskServer, path: str, **params: Any) -> requests.Response:
    with requests.Session() as session:
        return session.get(
            f"{server.url}/api/v2/{path}", params=params, auth=OAuth1(*strings(server))
        )


@pytest.mark.parametrize(("era", "keys"), [("2013", set()), ("2014", {"page"}), ("2016", {"page"})])
def test_an_envelope_has_the_keys_of_its_year(served: Served, era: str, keys: set[str]) -> None:
    server = served(era=era)
    page = get(server, "cases").json()
    assert page.keys() == {"total_entries", "_links", "_embedded"} | keys
    assert page["_links"].keys() == {"self", "first", "last", "next", "previous"}
    assert page["_links"]["previous"] is None
    assert len(page["_embedded"]["entries"]) == 50
    assert ("id" in page["_embedded"]["entries"][0]) == (era != "2013")


def test_an_over_large_page_is_cut_down_and_links_say_so(served: Served) -> None:
    server = served()
    page = get(server, "cases", per_page=1000).json()
    assert len(page["_embedded"]["entries"]) == 100
    assert page["_links"]["next"]["href"] == "/api/v2/cases?page=2&per_page=100"


@pytest.mark.parametrize(
    ("beyond", "outcome"), [("error", 422), ("empty", []), ("silent", "the last page")]
)
def test_a_page_beyond_the_limit_is_what_the_setting_says(
    served: Served, beyond: str, outcome: Any
) -> None:
    server = served(beyond=beyond, page_limit=2)
    reply, last = (
        get(server, "cases", page=3, per_page=10),
        get(server, "cases", page=2, per_page=10).json(),
    )
    if beyond == "error":
        assert reply.status_code == outcome
    else:
        rows = reply.json()["_embedded"]["entries"]
        assert rows == (last["_embedded"]["entries"] if beyond == "silent" else outcome)


@pytest.mark.parametrize(("since", "first"), [("inclusive", 10), ("exclusive", 11)])
def test_a_search_since_an_id_begins_at_it_or_after_it(
    served: Served, since: str, first: int
) -> None:
    server = served(since=since)
    page = get(server, "cases/search", since_id=10, sort_field="id", sort_direction="asc").json()
    assert page["_embedded"]["entries"][0]["id"] == first


def test_the_rate_headers_count_down_to_the_full_window_and_a_429_is_plain_text(
    served: Served,
) -> None:
    server = served(limit=2, window_seconds=3600)
    headers = [get(server, "users").headers for _ in range(2)]
    assert [reply["X-Rate-Limit-Remaining"] for reply in headers] == ["1", "0"]
    refused = get(server, "users")
    assert (refused.status_code, refused.text) == (429, "Too Many Requests")
    assert 0 < int(refused.headers["X-Rate-Limit-Reset"]) <= 3600


def test_errors_are_those_that_were_recorded(served: Served) -> None:
    server = served()
    assert get(server, "cases/999999").json() == {"message": "Resource Not Found"}
    assert requests.get(f"{server.url}/api/v2/cases", timeout=5).json() == {
        "message": "Unauthorized"
    }
    assert get(server, "users/search", test="something").status_code == 404


def test_the_same_seed_gives_the_same_account() -> None:
    one, other = Account(seed=4, cases=120), Account(seed=4, cases=120)
    for stream in ("cases", "customers", "replies", "messages", "articles", "feedbacks"):
        assert one.rows(stream) == other.rows(stream)
    assert one.rows("cases") != Account(seed=5, cases=120).rows("cases")


def test_a_burst_shares_one_second() -> None:
    rows = Account(seed=4, cases=120, burst=80).rows("cases")
    moments = [row["updated_at"] for row in rows]
    assert max(map(moments.count, moments)) == 80


def test_many_clients_at_once_get_whole_pages(served: Served) -> None:
    server = served()
    totals: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: totals.append(len(get(server, "cases", per_page=100).content))
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(totals)) == 1
    assert len(totals) == 8
