"""Vendors as their rate limits see them: the limits of each plan, what a request's headers say, and
how many requests each stream takes.

The limits come from the vendors' references, as the sandbox's do (sandbox/SOURCES.md). The rows for
each ticket are those of the sandbox's accounts; a test compares the requests with real runs there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import tap_desk.api
import tap_freshdesk.api
import tap_zendesk_chat.api
import tap_zendesk_support.api
from sandbox.window import WindowStart
from tap_common.quota import ACCOUNT, RateLimit
from tap_freshdesk.api import LISTED_CONTACTS, LISTED_TICKETS
from tap_zendesk_support.api import CONVERSATION_LOGS, DELETED_TICKETS, EXPORTS, USER_EXPORTS

RateLimits = Callable[[Mapping[str, str]], Sequence[RateLimit]]


class Left(NamedTuple):
    """Of a bucket: its limit, what is left of it, and the seconds until its window ends."""

    limit: int
    remaining: int
    reset: int


@dataclass(frozen=True)
class Size:
    """An account: its tickets (or chats, or cases), and its articles and topics.

    ``changed`` tickets changed since the last run.
    """

    tickets: int
    articles: int = 100
    changed: int = 0


@dataclass(frozen=True)
class Part:
    """The requests for one stream, or for several small ones.

    A first read takes ``fixed`` requests, ``each_article`` for each article or topic, and one for
    each ``page`` of rows, of which there are ``rows`` for each ticket. Each of them draws ``cost``
    from the account's bucket and one from ``bucket``. If the part is ``below`` the one before it,
    its requests are sent as the other's pages come.

    A later read takes ``idle`` requests (None: as many as ``fixed``) and the pages of what changed.
    Of a list that takes no filter it reads ``whole`` pages at most.
    """

    stream: str
    rows: float = 0.0
    page: int = 100
    fixed: int = 0
    each_article: float = 0.0
    cost: int = 1
    bucket: str | None = None
    below: bool = False
    idle: int | None = None
    whole: float = 0.0

    def first(self, size: Size) -> int:
        """The requests of a first read."""
        articles = math.ceil(self.each_article * size.articles)
        return self.fixed + articles + math.ceil(self.rows * size.tickets / self.page)

    def again(self, size: Size) -> int:
        """The requests of a later read."""
        idle = self.fixed if self.idle is None else self.idle
        articles = math.ceil(self.each_article * size.articles)
        pages = math.ceil(self.rows * size.tickets / self.page)
        changed = math.floor(self.rows * size.changed / self.page)
        return idle + articles + changed + min(pages, int(min(self.whole, pages)))


@dataclass(frozen=True)
class Plan:
    """A plan's limits in requests a minute: the account's, and those of ``buckets``."""

    name: str
    limit: int
    buckets: Mapping[str, int] = field(default_factory=dict)

    @property
    def limits(self) -> Mapping[str, int]:
        """The limit of every bucket."""
        return {ACCOUNT: self.limit, **self.buckets}


@dataclass(frozen=True)
class Helpdesk:
    """A vendor: its plans, and the ``parts`` of a read in their order.

    ``headers`` writes what a reply says of each bucket that it counted in, and ``rate_limits`` is
    the tap's way to read that. ``on_request`` are parts that a new catalog does not select.
    """

    package: str
    rows: str
    plans: Sequence[Plan]
    parts: Sequence[Part]
    headers: Callable[[Mapping[str, Left]], Mapping[str, str]]
    rate_limits: RateLimits
    window_start: WindowStart = "first-request"
    on_request: Sequence[Part] = ()


def _freshdesk_headers(left: Mapping[str, Left]) -> dict[str, str]:
    limit, remaining, _ = left[ACCOUNT]
    return {"X-RateLimit-Total": str(limit), "X-RateLimit-Remaining": str(remaining)}


def _chat_headers(left: Mapping[str, Left]) -> dict[str, str]:
    limit, remaining, _ = left[ACCOUNT]
    return {"X-Rate-Limit": str(limit), "X-Rate-Limit-Remaining": str(remaining)}


def _desk_headers(left: Mapping[str, Left]) -> dict[str, str]:
    values = zip(("Limit", "Remaining", "Reset"), left[ACCOUNT], strict=True)
    return {f"X-Rate-Limit-{name}": str(value) for name, value in values}


def _support_headers(left: Mapping[str, Left]) -> dict[str, str]:
    values = zip(("Limit", "Remaining", "Reset"), left[ACCOUNT], strict=True)
    said = {f"ratelimit-{name.lower()}": str(value) for name, value in values}
    for bucket, (limit, remaining, reset) in left.items():
        if bucket != ACCOUNT:
            value = f"total={limit}; remaining={remaining}; resets={reset}"
            said[f"zendesk-ratelimit-{bucket}"] = value
    return said


def _freshdesk_plan(name: str, limit: int, lists: int) -> Plan:
    return Plan(name, limit, {LISTED_TICKETS: lists, LISTED_CONTACTS: lists})


FRESHDESK = Helpdesk(
    package="tap_freshdesk",
    rows="tickets",
    plans=(
        _freshdesk_plan("Growth", 200, 20),
        _freshdesk_plan("Pro", 400, 100),
        _freshdesk_plan("Enterprise", 700, 200),
        _freshdesk_plan("2,000 calls", 2000, 400),
    ),
    parts=(
        Part("tickets", 1.03, fixed=3, cost=7, bucket=LISTED_TICKETS, idle=4),
        Part("conversations", 1.03, page=1, below=True),
        Part("contacts", 0.4, fixed=2, bucket=LISTED_CONTACTS, idle=3),
        Part("companies", 0.06, idle=1),
        Part("satisfaction_ratings", 0.08, whole=20),
        Part("time_entries", 0.12, whole=20),
        Part("discussion_comments", each_article=1),
        Part("all others", fixed=64, idle=54),
    ),
    headers=_freshdesk_headers,
    rate_limits=tap_freshdesk.api.rate_limits,
)


def _support_plan(name: str, limit: int, more: int = 1) -> Plan:
    buckets = {EXPORTS: 10 * more, USER_EXPORTS: 20 * more, CONVERSATION_LOGS: 100 * more}
    return Plan(name, limit, {**buckets, DELETED_TICKETS: 10})


ZENDESK_SUPPORT = Helpdesk(
    package="tap_zendesk_support",
    rows="tickets",
    plans=(
        _support_plan("Team", 200),
        _support_plan("Growth, Professional", 400),
        _support_plan("Enterprise", 700),
        _support_plan("High Volume", 2500, more=3),
    ),
    parts=(
        Part("tickets", 1.0, page=1000, bucket=EXPORTS, idle=1),
        Part("audits", 5.66, page=1000, bucket=EXPORTS, idle=1),
        Part("users", 0.41, page=1000, bucket=USER_EXPORTS, idle=1),
        Part("organizations", 0.06, page=1000, bucket=EXPORTS, idle=1),
        Part("ticket_metric_events", 8.85, page=1000, idle=2),
        Part("satisfaction_ratings", 0.22, idle=1, whole=10),
        Part("organization_memberships", 0.235, whole=math.inf),
        Part("audit_logs", 0.1, idle=1),
        Part("deleted_tickets", 0.02, bucket=DELETED_TICKETS, idle=1),
        Part("survey_responses", 0.17, page=50, idle=1),
        Part("side_conversation_events", 0.2, idle=1),
        Part("talk_calls and talk_legs", 0.15, page=1000, fixed=3, idle=4),
        Part("below articles and posts", each_article=3.5),
        Part("all others", fixed=52),
    ),
    on_request=(
        Part("conversation_log", 0.27, page=1, bucket=CONVERSATION_LOGS, below=True, idle=0),
    ),
    headers=_support_headers,
    rate_limits=tap_zendesk_support.api.rate_limits,
)
ZENDESK_CHAT = Helpdesk(
    package="tap_zendesk_chat",
    rows="chats",
    plans=(Plan("every plan", 200),),
    parts=(
        Part("zopim_chats", 1.0, page=1000, idle=1),
        Part("agent_timeline", 0.24, page=1000, idle=1),
        Part("agent_events", 0.24, page=1000, idle=1),
        Part("department_events", 0.09, page=1000, idle=1),
        Part("conversions", 0.05, page=1000, idle=1),
        Part("all others", fixed=11),
    ),
    headers=_chat_headers,
    rate_limits=partial(tap_zendesk_chat.api.rate_limits, 200),
)
DESK = Helpdesk(
    package="tap_desk",
    rows="cases",
    plans=(
        Plan("1 agent", 60),
        Plan("2 agents", 120),
        Plan("5 agents and more", 300),
    ),
    parts=(
        Part("cases", 1.0, fixed=1, idle=1),
        Part("replies", 0.62, page=1, below=True, idle=0),
        Part("notes", 0.335, page=1, below=True, idle=0),
        Part("attachments", 0.14, page=1, below=True, idle=0),
        Part("case_links", 0.034, page=1, below=True, idle=0),
        Part("feedbacks", 0.1, whole=math.inf),
        Part("customers", 0.4, idle=1),
        Part("article_translations", each_article=1),
        Part("all others", fixed=30),
    ),
    headers=_desk_headers,
    rate_limits=tap_desk.api.rate_limits,
    window_start="clock",
)
HELPDESKS = {one.package: one for one in (FRESHDESK, ZENDESK_SUPPORT, ZENDESK_CHAT, DESK)}
