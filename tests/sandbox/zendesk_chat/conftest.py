from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from sandbox.zendesk_chat import Account, Options, ZendeskChatServer, serve

NEW, OLD = "/api/v2/chat/", "/api/v2/"
MONDAY = datetime(2026, 6, 8, 12, tzinfo=UTC)


class Client:
    """Reads one server with its static token."""

    def __init__(self, server: ZendeskChatServer) -> None:
        self._url = server.url
        self._session = requests.Session()
        token = server.credentials["access_token"]
        self._session.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **query: Any) -> requests.Response:
        return self._session.get(
            path if path.startswith("http") else self._url + NEW + path, params=query, timeout=10
        )

    def json(self, path: str, **query: Any) -> Any:
        reply = self.get(path, **query)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def export(self, resource: str, limit: int = 1000, **query: Any) -> Iterator[dict[str, Any]]:
        """Follows next_page as it is, until a page isn't full."""
        page = self.json(f"incremental/{resource}", limit=limit, fields=f"{resource}(*)", **query)
        while page["count"] == limit:
            yield page
            page = self.json(page["next_page"])
        yield page

    def rows(self, resource: str, limit: int = 1000) -> list[dict[str, Any]]:
        return [row for page in self.export(resource, limit) for row in page[resource]]


@pytest.fixture
def server() -> Iterator[ZendeskChatServer]:
    with serve(
        Account(seed=3, chats=300, agents=7, bans=40, clock=lambda: MONDAY), Options(limit=0)
    ) as server:
        yield server


@pytest.fixture
def client(server: ZendeskChatServer) -> Client:
    return Client(server)
