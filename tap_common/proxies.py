"""The proxy that the environment names for requests to the vendor."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import MutableMapping
from urllib.parse import urlsplit

from requests.utils import select_proxy

from tap_common.errors import UsageError


def named(proxies: MutableMapping[str, str], url: str) -> str | None:
    """Host, port and variable of the proxy in ``proxies`` for ``url``, for people; None if none.

    UsageError if it is a SOCKS proxy and the package for those is not installed.
    """
    address = select_proxy(url, proxies)
    if not address:
        return None
    parts = urlsplit(address if "//" in address else f"http://{address}")
    shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    variable = _variable(urlsplit(url).scheme, address)
    if parts.scheme.startswith("socks") and importlib.util.find_spec("socks") is None:
        raise UsageError(
            f"{variable} is {shown}, but SOCKS proxies need the package PySocks: install it into "
            "the environment of the tap, or use an HTTP proxy"
        )
    return f"{shown} ({variable})"


def _variable(scheme: str, address: str) -> str:
    """The variable of the environment that holds ``address``."""
    names = [f"{scheme}_proxy", f"{scheme}_proxy".upper(), "all_proxy", "ALL_PROXY"]
    found = [name for name in names if os.environ.get(name) == address]
    return found[0] if found else "the system's settings"
