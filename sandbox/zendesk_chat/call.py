"""One request on its way through an endpoint."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from sandbox.wire import Request
from sandbox.zendesk_chat.account import Account
from sandbox.zendesk_chat.options import Options

Answer = dict[str, Any] | list[Any]
Reader = Callable[["Call"], Answer]

_REMEMBERED = 16


@dataclass(frozen=True)
class Route:
    """An endpoint: how it answers, whom, and which feature of the plan it needs."""

    read: Reader
    admin: bool = False
    feature: str = ""


@dataclass
class Memory:
    """What the API remembers between requests."""

    chat_exports: int = 0
    churned: int = 0
    known: OrderedDict[object, Any] = field(default_factory=OrderedDict)


@dataclass
class Call:
    """A request that passed all checks; ``id`` is what the path holds after a list's name."""

    request: Request
    account: Account
    options: Options
    memory: Memory
    id: str = ""

    def link(self, path: str, **query: object) -> str:
        """A full URL to ``path`` on the host that was asked, with the scheme that a proxy in front of the sandbox names."""
        headers = self.request.headers
        scheme = headers.get("x-forwarded-proto", "http")
        address = f"{scheme}://{headers.get('host', '')}{path}"
        return f"{address}?{urlencode(query)}" if query else address

    def remembered(self, key: tuple[object, ...], compute: Callable[[], Any]) -> Any:
        """``compute()``, or what it gave for the same key before, in an unchanged account."""
        known, whole_key = self.memory.known, (self.account.version, *key)
        if whole_key not in known:
            known[whole_key] = compute()
            if len(known) > _REMEMBERED:
                known.popitem(last=False)
        known.move_to_end(whole_key)
        return known[whole_key]
