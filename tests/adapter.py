"""An adapter of ``requests`` that answers in the test's own process, without sockets."""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse


class InProcess(BaseAdapter, ABC):
    """Carries each request to ``answer``."""

    @abstractmethod
    def answer(self, request: requests.PreparedRequest, timeout: Any) -> requests.Response:
        """The response to ``request``, or an error as of a connection."""

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        return self.answer(request, timeout)

    def close(self) -> None:
        """Does nothing: there is no connection."""


def response(
    request: requests.PreparedRequest,
    status: int,
    body: bytes,
    headers: Mapping[str, str],
    missing: int = 0,
) -> requests.Response:
    """A response whose body ends ``missing`` bytes before the length that its header names."""
    fields = HTTPHeaderDict({**headers, "Content-Length": str(len(body))})
    made = requests.Response()
    made.status_code = status
    made.headers = requests.structures.CaseInsensitiveDict(fields)
    made.raw = HTTPResponse(
        io.BytesIO(body[: len(body) - missing]),
        fields,
        status,
        preload_content=False,
        request_method=request.method,
        enforce_content_length=True,
    )
    made.request = request
    made.url = request.url or ""
    return made
