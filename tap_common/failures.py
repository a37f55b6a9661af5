"""What a response means: a reply, or one of the ways in which a request can go wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tap_common import codec, log
from tap_common.errors import ApiError, CredentialsRefused, StreamRefused
from tap_common.vendor import (
    COMMON_RULES,
    Action,
    ErrorRule,
    Explanation,
    Reply,
    Request,
    Vendor,
)

if TYPE_CHECKING:
    from tap_common.wire import Answer

TOO_LARGE_STATUSES = frozenset({500, 502, 503, 504, 520, 522, 524})
"""What gateways and vendors answer when a page takes too long to make, among other reasons."""
NOTHING_SAID: Explanation = (None, "")
"""What an empty body says, which vendors send as well."""


@dataclass(frozen=True)
class Transient:
    """A failure that may pass: try again after ``pause`` seconds at least.

    ``error`` is what it becomes when trying again does not help, after ``tries`` repetitions if
    that is given. ``size_related`` says that a smaller page may help.
    """

    error: Exception
    pause: float = 0.0
    tries: int | None = None
    size_related: bool = False


@dataclass(frozen=True)
class Throttled:
    """A 429: the rate limit is used up, for ``seconds`` if the vendor says how long."""

    seconds: float | None


@dataclass(frozen=True)
class Expired:
    """The credentials are refused, for which new ones may help; otherwise ``error`` stands."""

    error: Exception


@dataclass(frozen=True)
class Failed:
    """A failure for which trying again does not help."""

    error: Exception


Verdict = Reply | Transient | Throttled | Expired | Failed


def classify(vendor: Vendor, request: Request, answer: Answer, now: datetime) -> Verdict:
    """What ``answer``, received at ``now`` by the vendor's clock, means for ``request``."""
    if answer.status < 300:
        return _good(request, answer, now)
    if answer.status < 400:
        text = f"redirected to {_target(answer)}; the address in the config is probably wrong"
        return Failed(ApiError(f"{request.path}: {text}", status=answer.status))
    if answer.status == 429:
        return Throttled(answer.retry_after(now))
    return _error(vendor, request, answer, now)


def _good(request: Request, answer: Answer, now: datetime) -> Verdict:
    try:
        data = _decoded(request, answer)
    except ValueError:
        kind = _kind(answer) or "no content type"
        text = f"HTTP {answer.status} with a body that is cut off or not JSON ({kind})"
        error = ApiError(f"{request.path}: {text}", status=answer.status)
        return Transient(error, size_related=_may_be_cut_off(answer))
    return Reply(request, data, answer.headers, now)


def _may_be_cut_off(answer: Answer) -> bool:
    """May there be more of the body? Not if it is a page for people, or if the vendor sends none
    on purpose."""
    return answer.status != 204 and not answer.body.lstrip().startswith(b"<")


def _decoded(request: Request, answer: Answer) -> Any:
    rows = request.rows
    if rows is None:
        return codec.decode(answer.body, answer.charset)
    from tap_common import lazy  # takes 30 ms, and not all commands need it

    return lazy.decode(answer.body, answer.charset, rows.envelope, rows.looked_at)


def _error(vendor: Vendor, request: Request, answer: Answer, now: datetime) -> Verdict:
    status = answer.status
    try:
        body = codec.decode(answer.body, answer.charset)
    except ValueError:
        body = None
    explanation = vendor.explain(body) if answer.body else NOTHING_SAID
    code = explanation[0] if explanation else None
    rule = _rule(vendor, request, status, explanation)
    said = _said(answer, explanation)
    if rule.advice:
        said = said.removesuffix(".")
    text = ": ".join(part for part in (f"HTTP {status}", said, rule.advice) if part)
    error = ApiError(f"{request.path}: {text}", status=status, code=code, body=body)
    if status >= 500 or rule.action is Action.RETRY:
        pause = answer.retry_after(now) or 0.0
        return Transient(error, pause, size_related=status in TOO_LARGE_STATUSES)
    final: Exception = error
    if rule.action is Action.STOP:
        final = CredentialsRefused(text)
    elif rule.action is Action.REFUSE:
        final = StreamRefused(text, status=status, code=code, body=body)
    if status == 401 and vendor.renew is not None:
        return Expired(final)
    tries = max(rule.tries, request.tries if rule.action is Action.REFUSE else 0)
    return Transient(final, tries=tries) if tries else Failed(final)


def _rule(
    vendor: Vendor, request: Request, status: int, explanation: Explanation | None
) -> ErrorRule:
    """The vendor's rule for an error reply.

    A 403 that is not in the vendor's own format comes from something in between, such as a
    firewall, and says nothing of the permissions. A 401 for one parent's children says nothing of
    the account, to which the other requests go; it is repeated as any other.
    """
    code = explanation[0] if explanation else None
    if status == 403 and explanation is None:
        return ErrorRule(status, Action.FAIL, advice="the reply does not come from the vendor")
    rules = (*vendor.error_rules, *COMMON_RULES)
    fitting = (rule for rule in rules if rule.status == status and rule.code in (None, code))
    rule = next(fitting, ErrorRule(status, Action.FAIL))
    if status == 401 and request.child:
        return ErrorRule(status, Action.REFUSE, tries=rule.tries)
    return rule


def _said(answer: Answer, explanation: Explanation | None) -> str:
    """The vendor's code and message, or what kind of body came instead."""
    if explanation is None:
        kind = _kind(answer)
        return f"a body of another kind ({kind})" if answer.body and kind else ""
    parts = [log.quote(part) for part in explanation if part]
    return ": ".join(parts)


def _kind(answer: Answer) -> str:
    """The content type that the answer names, or ""."""
    return log.quote(answer.headers.get("Content-Type", ""))


def _target(answer: Answer) -> str:
    """The host to which a redirect leads, in words if it names none."""
    try:
        host = urlsplit(answer.headers.get("Location", "")).hostname
    except ValueError:
        host = None
    return log.quote(host) if host else "another address"
