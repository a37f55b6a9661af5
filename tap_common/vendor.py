"""What a vendor's API is to the rest of the tap, as data: how to ask, and what its errors mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from tap_common import times
from tap_common.quota import RateLimit

if TYPE_CHECKING:
    from requests.auth import AuthBase


class Action(Enum):
    """What an error reply means for the run."""

    RETRY = "send the request again"
    STOP = "end the run: these credentials are not accepted at all"
    REFUSE = "go on without this stream: it is refused"
    FAIL = "the request failed, and the reader may know what to do"


@dataclass(frozen=True)
class ErrorRule:
    """Replies of ``status`` (and of the vendor's ``code``, if given) call for ``action``.

    ``tries`` repetitions come first, for replies that are known to pass. ``advice`` ends the line
    that a person reads.
    """

    status: int
    action: Action
    code: str | None = None
    tries: int = 0
    advice: str = ""


COMMON_RULES = (
    ErrorRule(402, Action.REFUSE),
    ErrorRule(403, Action.REFUSE),
    ErrorRule(404, Action.REFUSE, advice="no such endpoint on this account"),
    ErrorRule(410, Action.REFUSE, advice="no such endpoint on this account"),
    ErrorRule(408, Action.RETRY),
    ErrorRule(409, Action.RETRY),
)
"""What these statuses mean to every vendor that has no rule of its own for them."""


@dataclass(frozen=True)
class LazyRows:
    """Rows of a reply that need not be decoded before they are written (``lazy``).

    They lie in the list under the name ``envelope``, or are the reply. ``looked_at`` are the fields
    that the reader looks at in every row. It may look at others as well, at a price.
    """

    envelope: str | None
    looked_at: frozenset[str]


@dataclass(frozen=True)
class Request:
    """A GET of ``path`` (below the API's root, or from the host's root if it begins with "/").

    ``stream`` is the stream whose figures it counts for. ``cost`` is what it draws from the
    account's rate bucket; ``bucket`` is a further rate bucket, which counts requests.

    A ``child`` request asks for what belongs to one parent row: its failure concerns that parent
    only. ``attempts`` limits how often it is sent (None: as long as ``retry_seconds`` allow).
    ``tries`` is how often it is repeated after a refusal. ``shrinkable`` says that the reader can
    ask for a smaller page: after some failures the request raises PageTooLarge. ``rows`` says which
    rows of the reply stay undecoded.
    """

    path: str
    stream: str
    params: Mapping[str, Any] = field(default_factory=dict)
    bucket: str | None = None
    cost: int = 1
    child: bool = False
    attempts: int | None = None
    tries: int = 0
    shrinkable: bool = False
    rows: LazyRows | None = None


@dataclass(frozen=True)
class Reply:
    """A good reply: the parsed JSON, the headers (names in any case) and the request it answers."""

    request: Request
    data: Any
    headers: Mapping[str, str]
    received: datetime
    """When it came, by the vendor's clock as far as earlier answers have shown it."""

    @property
    def date(self) -> datetime:
        """The vendor's clock when it answered, or when the reply came if it does not say."""
        return times.http_date(self.headers.get("Date")) or self.received


Explanation = tuple[str | None, str]
"""The vendor's code for an error (None if it has none) and its message."""


@dataclass(frozen=True)
class Vendor:
    """An API as data.

    ``root`` ends with "/". ``auth`` signs each attempt anew. ``explain`` takes an error's parsed
    body and returns what it says, or None if the body is not in the vendor's own format.
    ``rate_limits`` takes a reply's headers and returns what they say of the rate limits. ``renew``
    is asked once after a 401 and says whether to try again. ``window`` is the vendor's rate window
    in seconds.
    """

    root: str
    auth: AuthBase
    error_rules: Sequence[ErrorRule]
    explain: Callable[[Any], Explanation | None]
    rate_limits: Callable[[Mapping[str, str]], Sequence[RateLimit]]
    window: float = 60.0
    headers: Mapping[str, str] = field(default_factory=dict)
    renew: Callable[[], bool] | None = None
