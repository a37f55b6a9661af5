"""One request on its way through an endpoint."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

from sandbox.errors import Refusal
from sandbox.wire import Request
from sandbox.zendesk_chat.account import Account
from sandbox.zendesk_chat.changes import Changes
from sandbox.zendesk_chat.options import Options

_CURSOR = re.compile(r"\d+( .*)?")


@dataclass
class Call:
    """A request, and how many requests for exports of chats there were so far."""

    request: Request
    account: Account
    changes: Changes
    options: Options
    exports: int

    def text(self, name: str, default: str = "") -> str:
        """Returns a parameter's text. The last one counts, and unknown ones are ignored."""
        return dict(self.request.query).get(name, default)

    def whole(self, name: str, default: int) -> int:
        """Returns a parameter's number. Refuses what is no number without a sign."""
        given = self.text(name, str(default))
        if not given.isascii() or not given.isdigit():
            raise Refusal("reason", reason=f"Invalid value for {name}")
        return int(given)

    def limit(self, default: int, most: int) -> int:
        """Returns the size of a page. Refuses one beyond ``most`` [SINGER PR 19, for agents]."""
        number = self.whole("limit", default)
        if not 0 < number <= most:
            raise Refusal("reason", reason=f"limit must be between 1 and {most}")
        return min(number, self.options.page_cap or number)

    def cursor(self, default: str = "") -> str:
        """Returns what a cursor says. Refuses what is none."""
        given = self.text("cursor")
        try:
            said = urlsafe_b64decode(given).decode() if given else default
        except ValueError:
            said = ""
        if not _CURSOR.fullmatch(said):
            raise Refusal("reason", reason="Invalid cursor")
        return said

    def link(self, path: str, **query: object) -> str:
        """Returns a full URL on the host that was asked."""
        return self.request.address(path, list(query.items()))

    def listed(self, rows: list[Any]) -> list[Any] | None:
        """Returns a reply's list, which may be null if it is empty."""
        return None if not rows and self.options.empty == "null" else rows


def cursor(text: str) -> str:
    """Returns an opaque cursor that says ``text``."""
    return urlsafe_b64encode(text.encode()).decode()
