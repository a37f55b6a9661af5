"""One way to ask the API: signed, paced by the quota, repeated while that makes sense, and with errors sorted by kind."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from ssl import SSLCertVerificationError
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import backoff
import requests

from tap_common import __version__, messages, times
from tap_common.config import Config
from tap_common.errors import ApiError, Refused, StreamRefused, Unreachable
from tap_common.quota import ACCOUNT, Quota
from tap_common.vendor import Action, Gone, Reply, Request, Rule, Vendor

LOGGER = logging.getLogger("tap")
CONNECT_TIMEOUT = 15.0
FIRST_CONTACT_SECONDS = 15.0
LONGEST_PAUSE = 30.0
LONGEST_RETRY_AFTER = 86_400.0
"""No vendor's window is longer than a day."""
MOST_THROTTLED = 50


ENOUGH = 20
"""Parents that refuse their children, and none that shows any, after which a stream is given up as refused."""


@dataclass
class Meter:
    """What the requests of one stream came to. ``closed`` parents refused to show their children, ``open`` ones did."""

    requests: int = 0
    retries: int = 0
    waited: float = 0.0
    gone: Counter[int] = field(default_factory=Counter)
    open: int = 0
    closed: int = 0

    def refusal(self) -> StreamRefused | None:
        """What speaks against these credentials being allowed to see the stream; None if one parent showed its children."""
        if self.open or not self.closed:
            return None
        return StreamRefused(
            f"HTTP {', '.join(map(str, sorted(self.gone)))} for each of {self.closed} parents",
            status=403,
        )


class _Again(Exception):
    """This attempt failed in a way that may pass."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        tries: int | None = None,
        final: Exception | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.tries, self.final = status, tries, final


class _Expired(Exception):
    """The credentials were refused, for which renewed ones may help; else the run goes on with ``final``."""

    def __init__(self, final: Exception) -> None:
        super().__init__(str(final))
        self.final = final


class Api:
    """The vendor's API as seen by readers. Safe to use from several threads."""

    def __init__(
        self, vendor: Vendor, config: Config, on_wait: Callable[[str, float], None] | None = None
    ) -> None:
        self._vendor = vendor
        self._timeout = timeouts(config)
        self._patience: float = config["retry_seconds"]
        self._agent = agent(config)
        self._local = threading.local()
        self._pool = ThreadPoolExecutor(config["concurrency"], thread_name_prefix="get")
        self._window = 2 * config["concurrency"]
        self._lock = threading.Lock()
        self._answered = False
        self._begun: float | None = None
        self.meters: dict[str, Meter] = {}
        self.on_wait: Callable[[str, float], None] = on_wait or _say_nothing
        self.quota = Quota(
            window=vendor.window,
            reserve=config["quota_reserve"],
            cap=config["requests_per_minute"],
            on_wait=lambda bucket, seconds: self.on_wait(bucket, seconds),
        )

    def get(self, request: Request) -> Reply:
        """The reply to ``request``.

        Refused or Unreachable end the run; StreamRefused and ApiError concern the reader's streams, or the reader itself.
        """
        answer = self._answer(request)
        if isinstance(answer, Gone):
            raise ApiError(f"{request.path}: HTTP {answer.status}", status=answer.status)
        return answer

    def get_all(self, wanted: Iterable[Request]) -> Iterator[Reply | Gone]:
        """The answers to many requests, in their order, with a bounded number under way at once."""
        under_way: deque[Future[Reply | Gone]] = deque()
        try:
            for request in wanted:
                under_way.append(self._pool.submit(self._answer, request))
                if len(under_way) >= self._window:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for future in under_way:
                future.cancel()

    def get_children(
        self, wanted: Iterable[Request], *, refusals: Container[int] = (403,), enough: float = inf
    ) -> Iterator[Reply | Gone]:
        """The same for lists below parents, with count of the parents that answer with a status in ``refusals``.

        StreamRefused once there are ``enough`` of them: one may be closed to these credentials, but not all of many.
        """
        for answer in self.get_all(wanted):
            meter = self.meter(answer.request.stream)
            if not isinstance(answer, Gone):
                meter.open += 1
            elif answer.status in refusals:
                meter.closed += 1
            refusal = meter.refusal()
            if refusal and meter.closed >= enough:
                raise refusal
            yield answer

    def meter(self, stream: str) -> Meter:
        """The counters of ``stream``."""
        with self._lock:
            return self.meters.setdefault(stream, Meter())

    def _answer(self, request: Request) -> Reply | Gone:
        meter = self.meter(request.stream)
        renewed = False
        failures = 0

        def told(details: Mapping[str, Any]) -> None:
            with self._lock:
                meter.retries += 1
            LOGGER.debug(
                "%s: %s; again in %.1f s", request.path, details["exception"], details["wait"]
            )

        def enough(error: Exception) -> bool:
            nonlocal failures
            failures += 1
            return isinstance(error, _Again) and error.tries is not None and failures > error.tries

        @backoff.on_exception(
            backoff.expo,
            _Again,
            max_time=self._seconds,
            max_value=LONGEST_PAUSE,
            factor=0.5,
            giveup=enough,
            on_backoff=told,
            logger=None,
        )
        def repeated() -> Reply | Gone:
            return self._attempt(request, meter)

        try:
            while True:
                try:
                    return repeated()
                except _Expired as expired:
                    if renewed or self._vendor.renew is None or not self._vendor.renew():
                        raise expired.final from None
                    renewed = True
        except _Again as error:
            if error.final is not None:
                raise error.final from None
            raise ApiError(
                f"{request.path}: {error} (given up after {failures} attempts)", status=error.status
            ) from None

    def _seconds(self) -> float:
        """How long a request may be repeated. Until the first good answer there are few seconds for all requests together."""
        if self._answered:
            return self._patience
        now = time.monotonic()
        self._begun = self._begun or now
        return max(0.0, min(self._patience, FIRST_CONTACT_SECONDS) - (now - self._begun))

    def _attempt(self, request: Request, meter: Meter) -> Reply | Gone:
        """One request, throttling waited out."""
        names = [ACCOUNT, request.bucket] if request.bucket else [ACCOUNT]
        for _ in range(MOST_THROTTLED):
            with self.quota.slot(names, request.cost) as waited:
                with self._lock:
                    meter.requests += 1
                    meter.waited += waited
                response = self._send(request)
                self.quota.learn(self._vendor.readings(response.headers), own=request.bucket)
            if response.status_code != 429:
                return self._read(request, response, meter)
            with self._lock:
                meter.retries += 1
            self.quota.refuse(names, _retry_after(response))
        raise ApiError(
            f"{request.path}: still throttled (HTTP 429) after {MOST_THROTTLED} pauses", status=429
        )

    def _send(self, request: Request) -> requests.Response:
        session = self._session()
        url = self.url(request.path)
        query = urlencode(
            request.params, doseq=True, quote_via=quote
        )  # %20, not +: signers and servers must not differ
        prepared = session.prepare_request(requests.Request("GET", url, params=query))
        try:
            return session.send(
                prepared, timeout=self._timeout, allow_redirects=False, **self._local.environment
            )
        except UnicodeEncodeError:
            raise Refused(
                "the config has characters in a token or name that no HTTP header can carry"
            ) from None
        except ValueError as error:
            raise Refused(f"the config makes no valid request: {error}") from None
        except requests.exceptions.RequestException as error:
            host = urlsplit(url).hostname
            if isinstance(root(error), SSLCertVerificationError):
                raise Unreachable(f"no trusted TLS connection to {host}: {cause(error)}") from None
            text = f"no reply from {host}: {cause(error)}"
            lost = isinstance(error, requests.exceptions.ConnectionError) and not isinstance(
                error, requests.exceptions.ReadTimeout
            )
            raise _Again(text, final=Unreachable(text) if lost else None) from None

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            session = requests.Session()
            self._local.environment = session.merge_environment_settings(
                self._vendor.root, {}, False, None, None
            )
            session.trust_env = False
            session.auth = self._vendor.auth
            session.headers.update(
                {"Accept": "application/json", "User-Agent": self._agent, **self._vendor.headers}
            )
            self._local.session = session
        session = self._local.session
        assert isinstance(session, requests.Session)
        return session

    def url(self, path: str) -> str:
        """The full URL of ``path``. A link's scheme and host are ignored: credentials go to the configured host only."""
        if "://" in path:
            parts = urlsplit(path)
            path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        if path.startswith("/"):
            origin = urlsplit(self._vendor.root)
            return f"{origin.scheme}://{origin.netloc}{path}"
        return self._vendor.root + path

    def _read(self, request: Request, response: requests.Response, meter: Meter) -> Reply | Gone:
        status = response.status_code
        if status < 300:
            try:
                reply = Reply(request, messages.decoded(response.content), response.headers)
            except ValueError:
                kind = response.headers.get("Content-Type", "no content type")
                raise _Again(
                    f"HTTP {status} with a body that is cut off or no JSON ({kind})", status=status
                ) from None
            self._answered = True
            return reply
        self._answered = True
        if status < 400:
            where = urlsplit(response.headers.get("Location", "")).hostname or "another address"
            raise ApiError(
                f"{request.path}: redirected to {where}; the address in the config is probably wrong",
                status=status,
            )
        return self._refused(request, response, meter)

    def _refused(self, request: Request, response: requests.Response, meter: Meter) -> Gone:
        status = response.status_code
        try:
            body = messages.decoded(response.content)
        except ValueError:
            body = None
        code, said = self._vendor.explain(body)
        rule = next(
            (
                rule
                for rule in self._vendor.rules
                if rule.status == status and rule.code in (None, code)
            ),
            Rule(status, Action.TELL_READER),
        )
        action = rule.child if request.child and rule.child else rule.action
        text = ": ".join(part for part in (f"HTTP {status}", code, said[:200], rule.advice) if part)
        if status in request.told:
            raise ApiError(f"{request.path}: {text}", status=status, code=code, body=body)
        if status >= 500 or action is Action.RETRY:
            self.quota.pause(_retry_after(response) or 0.0)
            raise _Again(text, status=status)
        if action is Action.SKIP_PARENT:
            with self._lock:
                meter.gone[status] += 1
            return Gone(request, status)
        final: Exception
        if action is Action.STOP:
            final = Refused(text)
        elif action is Action.SKIP_STREAM:
            final = StreamRefused(text, status=status, code=code, body=body)
        else:
            final = ApiError(f"{request.path}: {text}", status=status, code=code, body=body)
        if status == 401 and self._vendor.renew is not None:
            raise _Expired(final)
        tries = max(rule.tries, request.tries if action is Action.SKIP_STREAM else 0)
        if tries:
            raise _Again(text, status=status, tries=tries, final=final)
        raise final


def timeouts(config: Config) -> tuple[float, float]:
    """How long to wait for a connection, and then for the next byte, in seconds."""
    return min(CONNECT_TIMEOUT, config["request_timeout"]), config["request_timeout"]


def agent(config: Config) -> bytes:
    """The User-Agent, in UTF-8."""
    name: str = config["user_agent"] or f"singer-helpdesk-taps/{__version__}"
    return name.encode()


def _say_nothing(bucket: str, seconds: float) -> None:
    """Waits are told once somebody listens."""


def _retry_after(response: requests.Response) -> float | None:
    """The seconds in a Retry-After header (a number, or an HTTP date by the vendor's clock), or None."""
    value = response.headers.get("Retry-After")
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        moment = times.http_date(value)
        if moment is None:
            return None
        now = times.http_date(response.headers.get("Date")) or datetime.now(times.UTC)
        seconds = (moment - now).total_seconds()
    return min(max(0.0, seconds), LONGEST_RETRY_AFTER)


def root(error: BaseException) -> BaseException:
    """The innermost reason of a failed connection."""
    while True:
        inner = getattr(error, "reason", None) or (error.args[-1] if error.args else None)
        if not isinstance(inner, BaseException):
            return error
        error = inner


def cause(error: BaseException) -> str:
    """Its innermost reason in words, without the reprs of the objects around it."""
    reason = root(error)
    return str(reason).rpartition("): ")[2] or type(reason).__name__
