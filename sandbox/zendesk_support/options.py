"""What the account's plan and the server's settings allow. All may change while it runs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

from sandbox.app import BaseOptions
from sandbox.window import WindowStart

Plan = Literal["essential", "team", "growth", "professional", "enterprise", "enterprise_plus"]
Refusal = Literal["mixed", "string", "object", "empty", "not-found"]

CALLS: dict[Plan, int] = {
    "essential": 10,
    "team": 200,
    "growth": 400,
    "professional": 400,
    "enterprise": 700,
    "enterprise_plus": 2_500,
}
"""Requests a minute by plan (HELP, rate limits)."""
_GROWTH = frozenset({"ticket_forms", "guide", "talk", "automations"})
_PROFESSIONAL = _GROWTH.union(
    {"satisfaction_ratings", "sla_policies", "schedules", "side_conversations"}
)
_ENTERPRISE = _PROFESSIONAL.union(
    {"custom_roles", "audit_logs", "skills", "group_slas", "omnichannel", "workspaces"}
)
FEATURES: dict[Plan, frozenset[str]] = {
    "essential": frozenset(),
    "team": frozenset({"guide", "automations"}),
    "growth": _GROWTH,
    "professional": _PROFESSIONAL,
    "enterprise": _ENTERPRISE,
    "enterprise_plus": _ENTERPRISE,
}
"""What each plan can do (REF, in part inferred)."""
BUCKETS = {
    "incremental-exports": 10,
    "incremental-exports-cursor": 20,
    "deleted-tickets-index": 10,
    "tickets-index": 100_000,
    "ticket-fields-index": 20,
    "ticket-audits-index": 500,
    "search-index": 100,
    "search-export": 100,
    "agent-availabilities-index": 300,
}
_HIGH_VOLUME = {"incremental-exports": 30, "incremental-exports-cursor": 60}


@dataclass
class Options(BaseOptions):
    """Settings of the Zendesk Support sandbox.

    plan, high_volume: requests a window, features, and the add-on that widens export buckets.
    features: replaces the plan's features.
    refusal: how a missing feature is refused: one of the 403 bodies, 404, or each its own way.
    role: whose log-in it is; an "agent" meets 403 at endpoints for administrators.
    limit: requests a window instead of the plan's; 0 = no limits of any kind, no rate headers.
    bucket_limits: endpoint bucket -> requests a window instead of its own; 0 = none.
    window_start: when a window begins.
    refused_exports: incremental exports that answer 403 as to a third party (tickets,
        ticket_events, users, organizations, ticket_metric_events); "*" = all.
    refuse_exports_after: after so many more requests all exports are refused; None = never.
    hold_back, min_age: exports leave out the last so many seconds, and refuse a start_time
        younger than that.
    max_page: the most rows in a page of an export, whatever per_page says.
    slow_per_page: pages of exports with more rows than this end in a 504; 0 = never.
    empty_cursor: what a page without rows gives as after_cursor or end_time (no source): null,
        or where it began.
    time_border: whether a time export's page begins with the second that ended the last one
        ("repeats"), or is filled up to the whole second ("whole", LIVE; older reports differ).
    ratings_filter: the time that start_time and end_time of satisfaction_ratings mean (sources
        contradict each other).
    metric_sets: where the ticket export puts them: inside each ticket, in a list of their own,
        or both (LIVE).
    deleted_metric_set: a deleted ticket's metric_set is there (LIVE), null, or missing.
    messaging_events: whether the event export shows tickets from messaging (a report says no).
    churn: before every so-many-th page of tickets one that was delivered is changed; 0 = never.
    user_churn, organization_churn: likewise before pages of users and organizations.
    vanishing: how many rows of numbered lists go, each when a later page is asked for.
    seconds_per_request: how far the account's clock jumps at every request.
    token_status: of a successful token request (REF says 201, STITCH and LIVE 200).
    access_token_seconds, refresh_token_seconds: how long new tokens live by default.
    static_token_seconds: how long the token in credentials() lives; 0 = for ever.
    api_tokens: whether log-ins with an API token still work (until 2027-04-30).
    scope: of new tokens whose request does not say.
    public_url: what links begin with; empty = the Host header's, https unless it is loopback.
    """

    plan: Plan = "enterprise"
    high_volume: bool = False
    features: Collection[str] | None = None
    refusal: Refusal = "mixed"
    role: Literal["admin", "agent"] = "admin"
    limit: int | None = None
    bucket_limits: dict[str, int] = field(default_factory=dict)
    window_start: WindowStart = "first-request"
    refused_exports: Collection[str] = ()
    refuse_exports_after: int | None = None
    hold_back: int = 60
    min_age: int = 60
    max_page: int = 1_000
    slow_per_page: int = 0
    empty_cursor: Literal["null", "same"] = "null"
    time_border: Literal["repeats", "whole"] = "repeats"
    ratings_filter: Literal["updated_at", "created_at"] = "updated_at"
    metric_sets: Literal["both", "inside", "beside"] = "both"
    deleted_metric_set: Literal["present", "null", "missing"] = "present"
    messaging_events: bool = True
    churn: int = 0
    user_churn: int = 0
    organization_churn: int = 0
    vanishing: int = 0
    seconds_per_request: int = 0
    token_status: Literal[200, 201] = 201
    access_token_seconds: int = 1_800
    refresh_token_seconds: int = 30 * 86_400
    static_token_seconds: int = 0
    api_tokens: bool = True
    scope: str = "read"
    public_url: str = ""

    def has(self, feature: str) -> bool:
        """Returns whether the account may use a feature."""
        return feature in (FEATURES[self.plan] if self.features is None else self.features)

    def calls(self) -> int:
        """Returns the requests a window for the whole account; 0 = no limits."""
        if self.limit is not None:
            return self.limit
        return CALLS["enterprise_plus"] if self.high_volume else CALLS[self.plan]

    def bucket(self, name: str) -> int:
        """Returns the requests a window of one endpoint bucket; 0 = no such limit."""
        own = {**BUCKETS, **_HIGH_VOLUME} if self.high_volume else BUCKETS
        return self.bucket_limits.get(name, own[name])

    def refuses_export(self, stream: str) -> bool:
        """Returns whether this export is closed now; counts the request."""
        if {"*", stream} & set(self.refused_exports) or self.refuse_exports_after == 0:
            return True
        if self.refuse_exports_after is not None:
            self.refuse_exports_after -= 1
        return False
