"""What a vendor's package gives to the server."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, fields
from typing import Any, Generic, TypeVar

from sandbox.account import BaseAccount
from sandbox.changes import BaseChanges
from sandbox.errors import Errors, Refusal
from sandbox.table import Row
from sandbox.times import http_date
from sandbox.window import Quota, Taken, Wanted, WindowStart
from sandbox.wire import Reply, Request


@dataclass
class BaseOptions:
    """Settings that every vendor has. All but ``log_size`` may be changed while the server runs.

    latency_ms: wait so long before each reply
    log_size: how many requests the log keeps
    window_seconds: length of the rate limit's window (default 60)
    """

    latency_ms: float = 0
    log_size: int = 100_000
    window_seconds: float = 60

    def update(self, changes: dict[str, Any]) -> None:
        """Sets several by name; ValueError, and nothing set, if one doesn't exist."""
        if unknown := set(changes) - {entry.name for entry in fields(self)}:
            raise ValueError(f"unknown options: {', '.join(sorted(unknown))}")
        for name, value in changes.items():
            setattr(self, name, value)


@dataclass
class Receipt:
    """What is noted of a request and sent as headers, whatever the reply to it is.

    ``endpoint`` and ``credits`` are for the request log.
    """

    endpoint: str = ""
    credits: int = 0
    headers: dict[str, str] = field(default_factory=dict)


AnAccount = TypeVar("AnAccount", bound=BaseAccount)
AnOptions = TypeVar("AnOptions", bound=BaseOptions)
SomeChanges = TypeVar("SomeChanges", bound=BaseChanges)


class App(ABC, Generic[AnAccount, AnOptions, SomeChanges]):
    """A vendor's API with an account behind it."""

    def __init__(
        self, account: AnAccount, options: AnOptions, changes: SomeChanges, errors: Errors
    ) -> None:
        self.account, self.options, self.changes = account, options, changes
        self.error, self._errors = errors.by_status, errors
        self._quota = Quota(account.seconds)

    @abstractmethod
    def credentials(self) -> dict[str, str]:
        """Returns what a client needs for each way to log in, as it is now."""

    @abstractmethod
    def rows(self, stream: str) -> list[Row]:
        """Returns every row of a stream that a client could read now, as its list shows it.

        KeyError for an unknown stream.
        """

    @abstractmethod
    def respond(self, request: Request, instead: Reply | None, receipt: Receipt) -> Reply:
        """Logs in, counts against the quota, and returns the reply; Refusal for an error.

        ``instead`` is sent in place of the endpoint's answer. What all replies to the request have
        goes into the ``receipt``.
        """

    def answer(self, request: Request, instead: Reply | None = None) -> Reply:
        """Returns the reply to a request, with the account's time as its Date."""
        receipt = Receipt()
        with self.account.lock:
            try:
                reply = self.respond(request, instead, receipt)
            except Refusal as refusal:
                reply = self._errors.reply(refusal)
            receipt.headers["Date"] = http_date(self.account.now())
        reply.endpoint, reply.credits = receipt.endpoint, receipt.credits
        reply.headers |= receipt.headers
        return reply

    def count(self, wanted: Wanted, start: WindowStart = "first-request") -> Taken:
        """Uses what a request costs of each of its limits, or nothing if one refuses it."""
        return self._quota.take(wanted, self.options.window_seconds, start)
