"""Query parameters: their types, and the 400 for what doesn't fit (sheet sections 2 and 5)."""

from __future__ import annotations

from sandbox.wire import Request
from sandbox.zendesk_chat.errors import bad_request


def text(request: Request, name: str, default: str = "") -> str:
    """A parameter's text; the last one wins, and unknown ones are ignored."""
    return dict(request.query).get(name, default)


def whole(request: Request, name: str, default: int) -> int:
    """A number without sign; 400 for anything else."""
    given = text(request, name, str(default))
    if not given.isascii() or not given.isdigit():
        raise bad_request(f"Invalid value for {name}")
    return int(given)


def limit(request: Request, default: int, most: int) -> int:
    """The size of a page; 400 beyond the most that the endpoint gives (SINGER PR 19 for agents)."""
    number = whole(request, "limit", default)
    if not 0 < number <= most:
        raise bad_request(f"limit must be between 1 and {most}")
    return number
