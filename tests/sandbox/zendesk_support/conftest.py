from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from requests import Response

from sandbox.zendesk_support import Account, Options, ZendeskSupportServer, serve

Row = dict[str, Any]


class Client:
    """A plain reader of one server."""

    def __init__(self, server: ZendeskSupportServer) -> None:
        self.server = server
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {server.credentials['access_token']}"

    def ask(self, path: str, **params: Any) -> Response:
        return self.session.get(
            path if path.startswith("http") else f"{self.server.url}/api/v2/{path}",
            params=params,
            timeout=30,
        )

    def get(self, path: str, **params: Any) -> Row:
        reply = self.ask(path, **params)
        assert reply.status_code == 200, reply.text
        return dict(reply.json())

    def listed(self, path: str, key: str, size: int = 100, **params: Any) -> list[Row]:
        page = self.get(path, **{"page[size]": size}, **params)
        rows: list[Row] = page[key]
        while page["meta"]["has_more"]:
            page = self.get(page["links"]["next"])
            rows += page[key]
        return rows

    def exported(self, path: str, key: str, **params: Any) -> list[Row]:
        page = self.get(path, **{"start_time": 0, **params})
        rows: list[Row] = page[key]
        while not page["end_of_stream"]:
            page = self.get(page.get("after_url") or page["next_page"])
            rows += page[key]
        return rows


@pytest.fixture
def client() -> Iterator[Client]:
    with serve(Account(seed=3, tickets=300), Options(limit=0)) as server:
        yield Client(server)


def by_id(rows: list[Row]) -> dict[int, Row]:
    return {row["id"]: row for row in rows}
