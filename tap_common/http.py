"""One way to ask the API: signed, paced by the quota, and repeated while that makes sense."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from tap_common import __version__, times, trace
from tap_common.clock import SYSTEM, Clock
from tap_common.config import Config
from tap_common.errors import ApiError, ConnectionLost, PageTooLarge, Unreachable
from tap_common.failures import Expired, Failed, Throttled, Transient, Verdict, classify
from tap_common.guard import MOST_REPEATS, RepeatGuard
from tap_common.oauth2 import BearerToken
from tap_common.patience import Patience, growing_pauses
from tap_common.quota import ACCOUNT, LONGEST_WAIT, Quota, Slot
from tap_common.stats import Stats
from tap_common.vendor import Reply, Request, Vendor
from tap_common.wire import ReplyTooLarge, Wire, WireError

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

Kind = TypeVar("Kind")
LOGGER = logging.getLogger("tap")
CONNECT_TIMEOUT = 15.0
MOST_THROTTLED = 50
LARGEST_CLOCK_DIFFERENCE = timedelta(days=2)
"""A vendor's clock that is further from ours is not believed."""


class Api:
    """The vendor's API as readers see it. Safe to use from several threads.

    ``adapter`` takes the place of the network, for tests.
    """

    def __init__(
        self,
        vendor: Vendor,
        config: Config,
        stats: Stats | None = None,
        *,
        adapter: BaseAdapter | None = None,
        clock: Clock = SYSTEM,
    ) -> None:
        self._vendor = vendor
        self._patience = Patience(config["retry_seconds"])
        self._wire = Wire(
            vendor.root,
            vendor.auth,
            {"Accept": "application/json", "User-Agent": agent(config), **vendor.headers},
            connect_timeout=min(CONNECT_TIMEOUT, config["request_timeout"]),
            read_timeout=config["request_timeout"],
            total_timeout=config["request_total_timeout"],
            largest_reply=config["largest_reply_mb"] * 1_000_000,
            clock=clock,
            adapter=adapter,
        )
        if isinstance(vendor.auth, BearerToken):
            vendor.auth.connect(self._wire, clock)
        self._pool = ThreadPoolExecutor(config["concurrency"], thread_name_prefix="get")
        self._under_way = 2 * config["concurrency"]
        self._clock_ahead = timedelta()
        self._repeats = RepeatGuard()
        self._learned: dict[type, Any] = {}
        self.clock = clock
        self.stats = stats or Stats()
        self.quota = Quota(
            window=vendor.window,
            reserve=config["quota_reserve"],
            cap=config["requests_per_minute"],
            clock=clock,
        )

    @property
    def has_replied(self) -> bool:
        """Has the vendor answered any request well?"""
        return self._patience.has_replied

    def vendor_now(self) -> datetime:
        """The time on the vendor's clock, which its answers show, good and bad ones.

        Until the first of them it is the time of this machine.
        """
        return self.clock.now() + self._clock_ahead

    def learned(self, kind: type[Kind]) -> Kind:
        """What the readers of this run have learned of the server and share, as one ``kind``."""
        return self._learned.setdefault(kind, kind())  # type: ignore[no-any-return]

    def get(self, request: Request) -> Reply:
        """The reply to ``request``, which is repeated for ``retry_seconds`` while it fails.

        The time for which it waits for the rate limit does not count. CredentialsRefused and
        Unreachable end the run. StreamRefused, PageTooLarge and other ApiErrors concern the
        reader's streams, or the reader itself.
        """
        began, paced = self.clock.monotonic(), 0.0
        pauses = growing_pauses()
        failures = 0
        renewed = False
        while True:
            verdict, waited = self._attempt(request)
            paced += waited
            if isinstance(verdict, Reply):
                self._patience.note_reply(self.clock.monotonic())
                return verdict
            if isinstance(verdict, Failed):
                raise verdict.error
            if isinstance(verdict, Expired):
                if renewed or self._vendor.renew is None or not self._vendor.renew():
                    raise verdict.error
                renewed = True
                continue
            failures += 1
            pause = max(next(pauses), verdict.pause)
            seconds = self.clock.monotonic() - began - paced + pause
            if self._patience.is_over(request, verdict, failures, began, seconds):
                raise self._patience.final_error(request, verdict, failures, began)
            self.stats.add(request.stream, retries=1)
            LOGGER.debug("%s; trying again in %.1f s", verdict.error, pause)
            self.quota.pause(verdict.pause)
            self.clock.sleep(pause)

    def get_all(self, wanted: Iterable[Request]) -> Iterator[Reply | ApiError]:
        """The replies to many requests or their errors, in order, with a limited number under way.

        Unreachable if two requests in a row got no connection, although they were repeated, and
        nothing else was answered meanwhile.
        """
        under_way: deque[Future[Reply | ApiError]] = deque()
        lost: ConnectionLost | None = None
        try:
            for answer in self._in_order(wanted, under_way):
                if isinstance(answer, ConnectionLost):
                    if lost is not None:
                        raise Unreachable(str(answer))
                    lost = answer
                else:
                    lost = None
                yield answer
        finally:
            for future in under_way:
                future.cancel()

    def _in_order(
        self, wanted: Iterable[Request], under_way: deque[Future[Reply | ApiError]]
    ) -> Iterator[Reply | ApiError]:
        for request in wanted:
            under_way.append(self._pool.submit(self._reply_or_error, request))
            if len(under_way) >= self._under_way:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()

    def _reply_or_error(self, request: Request) -> Reply | ApiError:
        try:
            return self.get(request)
        except ApiError as error:
            return error

    def _attempt(self, request: Request) -> tuple[Reply | Transient | Expired | Failed, float]:
        """One request, sent again after each pause for which a 429 asks.

        Returns what it met, and the seconds for which it waited for the rate limit.
        """
        paced = paused = 0.0
        names = [ACCOUNT, request.bucket] if request.bucket else [ACCOUNT]
        for _ in range(MOST_THROTTLED):
            with self.quota.slot(names, request.cost) as slot:
                paced += slot.waited
                self.stats.add(request.stream, requests=1, waited=slot.share)
                verdict = self._send(request, slot)
                if not isinstance(verdict, Throttled):
                    return verdict, paced
                if verdict.seconds is not None and verdict.seconds > self._longest_pause():
                    text = f"the vendor asks to wait {verdict.seconds:.0f} s"
                    return _throttled(request, f"{text}, longer than its rate window"), paced
                pause = slot.refuse(verdict.seconds)
                paused += pause
                LOGGER.debug("%s: HTTP 429; trying again in %.1f s", request.path, pause)
                if paused > 2 * self._longest_pause():
                    text = f"the rate limit is used up after {paused:.0f} s of pauses"
                    return _throttled(request, text), paced
            self.stats.add(request.stream, retries=1)
        text = f"the rate limit is used up after {MOST_THROTTLED} pauses"
        return _throttled(request, text), paced

    def _longest_pause(self) -> float:
        return max(LONGEST_WAIT, self._patience.seconds)

    def _send(self, request: Request, slot: Slot) -> Verdict:
        url = self._url(request)
        began = self.clock.monotonic()
        try:
            answer = self._wire.get(url)
        except WireError as error:
            trace.unanswered("GET", url, error, self.clock.monotonic() - began)
            if error.is_lost:
                return Transient(ConnectionLost(str(error)))
            kind = PageTooLarge if isinstance(error, ReplyTooLarge) else ApiError
            failed = kind(f"{request.path}: {error}")
            return Transient(failed, size_related=True) if error.may_pass else Failed(failed)
        now = self.clock.now()
        date = times.http_date(answer.headers.get("Date"))
        if date is not None and abs(date - now) <= LARGEST_CLOCK_DIFFERENCE:
            self._clock_ahead = date - now
        slot.learn(self._vendor.rate_limits(answer.headers), self.vendor_now())
        trace.answered("GET", url, answer, self.clock.monotonic() - began, self.quota.left())
        verdict = classify(self._vendor, request, answer, self.vendor_now())
        if isinstance(verdict, Reply) and self._repeats.is_too_often(url, answer.body):
            text = f"{request.path}: the same page came more than {MOST_REPEATS} times"
            return Failed(ApiError(text, status=answer.status))
        self._patience.note_answer(verdict)
        return verdict

    def _url(self, request: Request) -> str:
        # Blanks become %20, not "+", because signers and servers must read the same.
        query = urlencode(request.params, doseq=True, quote_via=quote)
        url = self.url(request.path)
        if not query:
            return url
        return f"{url}&{query}" if "?" in url else f"{url}?{query}"

    def url(self, path: str) -> str:
        """The full URL of ``path``.

        A link's scheme and host are ignored, because credentials go to the configured host only.
        """
        if "://" in path:
            parts = urlsplit(path)
            path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        if path.startswith("/"):
            origin = urlsplit(self._vendor.root)
            return f"{origin.scheme}://{origin.netloc}{path}"
        return self._vendor.root + path


def _throttled(request: Request, text: str) -> Failed:
    return Failed(ApiError(f"{request.path}: HTTP 429: {text}", status=429))


def agent(config: Config) -> str:
    """The User-Agent that requests carry."""
    name: str = config["user_agent"] or f"singer-helpdesk-taps/{__version__}"
    return name
