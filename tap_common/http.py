"""One way to ask the API: signed, paced by the quota, and repeated while that makes sense."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import NoReturn
from urllib.parse import quote, urlencode, urlsplit

import backoff
import requests

from tap_common import __version__, times
from tap_common.clock import SYSTEM, Clock
from tap_common.config import Config
from tap_common.errors import ApiError, ConnectionLost, PageTooLarge, TapError, Unreachable
from tap_common.failures import Expired, Failed, Throttled, Transient, Verdict, classify
from tap_common.quota import ACCOUNT, Quota
from tap_common.stats import Stats
from tap_common.vendor import Reply, Request, Vendor
from tap_common.wire import ReplyTooLarge, Wire, WireError

LOGGER = logging.getLogger("tap")
CONNECT_TIMEOUT = 15.0
FIRST_CONTACT_SECONDS = 15.0
"""How long all requests together may be repeated before the first good reply has come."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
MOST_THROTTLED = 50
FAILURES_BEFORE_SMALLER_PAGE = 3
CHILD_ATTEMPTS = 5
"""Attempts after which the fault is taken to be one parent's, if other requests succeed meanwhile."""


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
        adapter: requests.adapters.BaseAdapter | None = None,
        clock: Clock = SYSTEM,
    ) -> None:
        self._vendor = vendor
        self._patience: float = config["retry_seconds"]
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
        self._pool = ThreadPoolExecutor(config["concurrency"], thread_name_prefix="get")
        self._under_way = 2 * config["concurrency"]
        self._lock = threading.Lock()
        self._answered = False
        self._first_request: float | None = None
        self._last_reply = float("-inf")
        self._clock_ahead = timedelta()
        self.clock = clock
        self.stats = stats or Stats()
        self.quota = Quota(
            window=vendor.window,
            longest_wait=vendor.longest_wait,
            reserve=config["quota_reserve"],
            cap=config["requests_per_minute"],
            clock=clock,
        )

    @property
    def has_replied(self) -> bool:
        """Has the vendor answered any request well?"""
        return self._last_reply > float("-inf")

    def vendor_now(self) -> datetime:
        """The time on the vendor's clock, which its answers show, good and bad ones.

        Until the first of them it is the time of this machine.
        """
        return self.clock.now() + self._clock_ahead

    def get(self, request: Request) -> Reply:
        """The reply to ``request``.

        CredentialsRefused and Unreachable end the run. StreamRefused, PageTooLarge and other
        ApiErrors concern the reader's streams, or the reader itself.
        """
        began = self.clock.monotonic()
        pauses = backoff.expo(base=2, factor=FIRST_PAUSE, max_value=LONGEST_PAUSE)
        next(pauses)
        failures = 0
        renewed = False
        while True:
            verdict = self._attempt(request)
            if isinstance(verdict, Reply):
                self._last_reply = self.clock.monotonic()
                return verdict
            if isinstance(verdict, Failed):
                raise verdict.error
            if isinstance(verdict, Expired):
                if renewed or self._vendor.renew is None or not self._vendor.renew():
                    raise verdict.error
                renewed = True
                continue
            failures += 1
            pause = max(backoff.full_jitter(next(pauses)), verdict.pause)
            waited = self.clock.monotonic() - began
            if self._is_final(request, verdict, failures, began, waited + pause):
                _raise_final(request, verdict, failures)
            self.stats.add(request.stream, retries=1)
            LOGGER.debug("%s; trying again in %.1f s", verdict.error, pause)
            self.quota.pause(verdict.pause)
            self.clock.sleep(pause)

    def get_all(self, wanted: Iterable[Request]) -> Iterator[Reply | ApiError]:
        """The replies to many requests or their errors, in order, with a limited number under way.

        Unreachable if two requests in a row get no reply and none got one in between.
        """
        under_way: deque[Future[Reply | ApiError]] = deque()
        lost: ConnectionLost | None = None
        try:
            for answer in self._in_order(wanted, under_way):
                if isinstance(answer, ConnectionLost):
                    if lost is not None:
                        raise Unreachable(str(answer))
                    lost = answer
                elif isinstance(answer, Reply):
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

    def _is_final(
        self, request: Request, failure: Transient, failures: int, began: float, seconds: float
    ) -> bool:
        """Is it time to give up? ``seconds`` is how long this would take with another attempt."""
        if failure.tries is not None:
            return failures > failure.tries
        if request.attempts is not None and failures >= request.attempts:
            return True
        if _may_be_too_large(request, failure, failures):
            return True
        if request.child and failures >= CHILD_ATTEMPTS and self._last_reply > began:
            return True
        return seconds > self._retry_seconds(began)

    def _retry_seconds(self, began: float) -> float:
        """How long a request that ``began`` then may be repeated."""
        if self._answered:
            return self._patience
        with self._lock:
            if self._first_request is None:
                self._first_request = began
        return min(self._patience, FIRST_CONTACT_SECONDS) - (began - self._first_request)

    def _attempt(self, request: Request) -> Reply | Transient | Expired | Failed:
        """One request, sent again after each pause for which a 429 asks."""
        names = [ACCOUNT, request.bucket] if request.bucket else [ACCOUNT]
        for _ in range(MOST_THROTTLED):
            with self.quota.slot(names, request.cost) as waited:
                self.stats.add(request.stream, requests=1, waited=waited)
                verdict = self._send(request)
            if not isinstance(verdict, Throttled):
                return verdict
            self.stats.add(request.stream, retries=1)
            longest = max(self._vendor.longest_wait, self._patience)
            if verdict.seconds is not None and verdict.seconds > longest:
                text = (
                    f"the vendor asks to wait {verdict.seconds:.0f} s, longer than its rate window"
                )
                return Failed(ApiError(f"{request.path}: HTTP 429: {text}", status=429))
            self.quota.refuse(names, verdict.seconds)
        text = f"still throttled (HTTP 429) after {MOST_THROTTLED} pauses"
        return Failed(ApiError(f"{request.path}: {text}", status=429))

    def _send(self, request: Request) -> Verdict:
        try:
            answer = self._wire.get(self._url(request))
        except WireError as error:
            if error.is_lost:
                return Transient(ConnectionLost(str(error)))
            kind = PageTooLarge if isinstance(error, ReplyTooLarge) else ApiError
            failed = kind(f"{request.path}: {error}")
            return Transient(failed, size_related=True) if error.may_pass else Failed(failed)
        self.quota.learn(self._vendor.readings(answer.headers), own=request.bucket)
        now = self.clock.now()
        date = times.http_date(answer.headers.get("Date"))
        if date is not None:
            self._clock_ahead = date - now
        verdict = classify(self._vendor, request, answer, now)
        self._answered = self._answered or not _is_garbled(verdict)
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


def _is_garbled(verdict: Verdict) -> bool:
    """Is it a body that nobody understands, as a wrong host sends?"""
    if not isinstance(verdict, Transient) or not isinstance(verdict.error, ApiError):
        return False
    return verdict.error.status < 300


def _may_be_too_large(request: Request, failure: Transient, failures: int) -> bool:
    enough = failures >= FAILURES_BEFORE_SMALLER_PAGE
    return request.shrinkable and failure.size_related and enough


def _raise_final(request: Request, failure: Transient, failures: int) -> NoReturn:
    error = failure.error
    if isinstance(error, TapError) or failure.tries is not None:
        raise error
    text = f"{error} (given up after {failures} attempts)"
    if isinstance(error, ConnectionLost):
        if request.child:
            raise ConnectionLost(text)
        raise Unreachable(str(error))
    if not isinstance(error, ApiError):
        raise error
    kind = PageTooLarge if _may_be_too_large(request, failure, failures) else ApiError
    raise kind(text, status=error.status, code=error.code, body=error.body)


def agent(config: Config) -> str:
    """The User-Agent that requests carry."""
    name: str = config["user_agent"] or f"singer-helpdesk-taps/{__version__}"
    return name
