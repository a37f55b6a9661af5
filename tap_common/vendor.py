"""What a vendor's API is to the rest of the house: how to ask, what comes back, and what its errors mean. All of it data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from requests.auth import AuthBase

from tap_common import times
from tap_common.quota import Reading


class Action(Enum):
    """What an error reply means for the run."""

    RETRY = "send it again"
    STOP = "end the run"
    SKIP_STREAM = "do without this stream"
    SKIP_PARENT = "do without this parent's children"
    TELL_READER = "let the reader decide"


@dataclass(frozen=True)
class Rule:
    """Error replies of ``status`` (and the vendor's ``code``, if given) call for ``action``, or ``child`` for a child's request.

    ``tries`` repetitions come first, for replies that are known to pass. ``advice`` ends the line that a person reads.
    """

    status: int
    action: Action
    child: Action | None = None
    code: str | None = None
    tries: int = 0
    advice: str = ""


@dataclass(frozen=True)
class Request:
    """A GET of ``path`` (below the API's root, or from the host's root if it begins with "/") for ``stream``.

    ``bucket`` is a rate bucket beside the account's, which counts requests, ``cost`` what the request draws from the account's,
    ``child`` says that the path belongs to one parent row, whose absence must not hurt the others, ``tries`` how often a
    refusal of the stream is doubted, ``told`` are error statuses that the reader is told at once, because it knows better than
    to send the same again.
    """

    path: str
    stream: str
    params: Mapping[str, Any] = field(default_factory=dict)
    bucket: str | None = None
    cost: int = 1
    child: bool = False
    tries: int = 0
    told: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Reply:
    """A good reply: the parsed JSON, the headers (names in any case) and the request that it answers."""

    request: Request
    data: Any
    headers: Mapping[str, str]

    @property
    def date(self) -> datetime:
        """The server's clock when it answered."""
        return times.http_date(self.headers.get("Date")) or datetime.now(times.UTC)


@dataclass(frozen=True)
class Gone:
    """The answer to a child's request whose parent is no longer to be had."""

    request: Request
    status: int


@dataclass(frozen=True)
class Vendor:
    """An API as data.

    ``root`` ends with "/"; ``auth`` signs each attempt anew; ``explain`` takes an error's parsed body and returns the vendor's
    code and message; ``readings`` takes a reply's headers; ``renew`` is asked once after a 401 and says whether to try again.
    """

    root: str
    auth: AuthBase
    rules: Sequence[Rule]
    explain: Callable[[Any], tuple[str | None, str]]
    readings: Callable[[Mapping[str, str]], Sequence[Reading]]
    window: float = 60.0
    headers: Mapping[str, str] = field(default_factory=dict)
    renew: Callable[[], bool] | None = None
