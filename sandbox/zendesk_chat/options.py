"""What the account's plan and the server allow. All of it may change while the server runs."""

from dataclasses import dataclass
from typing import Literal

from sandbox.app import BaseOptions
from sandbox.window import WindowStart

ENTERPRISE = ("skills", "roles", "routing_settings", "agent_events")
"""The features of this plan; others have none. Which has agent_events is not documented."""


@dataclass
class Options(BaseOptions):
    """Settings of the Zendesk Chat sandbox. What is undocumented can be had either way.

    plan: its features; "lite" has no REST API: 403 everywhere [STITCH].
    features: replaces the plan's (skills, roles, routing_settings, agent_events).
    missing_feature: status of an endpoint whose feature the plan lacks.
    integrated: the account lives in Zendesk Support, so /account is 403.
    role: whose token it is; an "agent" meets 403 on what is for administrators.
    bases: which of /api/v2/chat/ (new) and /api/v2/ (old) exist; the other is 404.
    limit: requests a window; 0 = no limit.
    rate_headers: whether replies carry X-Rate-Limit and X-Rate-Limit-Remaining.
    window_start: when a window begins.
    token_requests: requests for which a granted access token is good; 0 = any number.
    confidential: whether the API client may use client credentials.
    minimum_age: an export's start_time must be older than so many seconds.
    recent_rows: whether exports hold rows that are younger than that.
    start_id_included: whether an export goes on at start_id instead of strictly after it.
    end_time: how exports of seconds write it.
    links: how an export leads on: next_page by time and id, by time alone, next_page with a cursor
        of its own, or without next_page and end_time.
    page_cap: pages of exports, agents and bans have no more rows than this, whatever ``limit`` is;
        0 = no cap.
    empty: how an empty list of an export or of bans is written.
    bare_exports: exports that give ids only without ``fields``.
    bare_objects: what a nested object is that ``fields`` names without a selection of its own.
    bulk_docs: the shape of ``docs`` in GET chats?ids=.
    ban_limit: whether ``limit`` counts both lists of bans together or each.
    search_hits: how many hits of a search can be read; the page after them is 400.
    churn: before every so-many-th request for chats' export one chat is updated, in turn one that
        this walk has delivered and one that it has not; 0 = never.
    """

    plan: Literal["enterprise", "professional", "lite"] = "enterprise"
    features: tuple[str, ...] | None = None
    missing_feature: Literal[404, 403] = 404
    integrated: bool = False
    role: Literal["administrator", "agent"] = "administrator"
    bases: Literal["both", "new", "old"] = "both"
    limit: int = 200
    rate_headers: bool = False
    window_start: WindowStart = "first-request"
    token_requests: int = 0
    confidential: bool = True
    minimum_age: int = 300
    recent_rows: bool = True
    start_id_included: bool = False
    end_time: Literal["int", "float"] = "int"
    links: Literal["next_page", "time", "cursor", "none"] = "next_page"
    page_cap: int = 0
    empty: Literal["list", "null"] = "list"
    bare_exports: tuple[str, ...] = ("chats", "conversions", "department_events")
    bare_objects: Literal["ids", "whole"] = "ids"
    bulk_docs: Literal["object", "array"] = "object"
    ban_limit: Literal["together", "each"] = "together"
    search_hits: int = 10_000
    churn: int = 0

    def has(self, feature: str) -> bool:
        """Returns whether the account may use a feature; "" is what every plan has."""
        own = ENTERPRISE if self.plan == "enterprise" else ()
        return feature in ("", *(own if self.features is None else self.features))
