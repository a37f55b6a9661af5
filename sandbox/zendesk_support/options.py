"""What the account's plan and the server's settings allow; everything may be changed while the server runs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

from sandbox.app import BaseOptions
from sandbox.window import WindowStart

Plan = Literal["essential", "team", "growth", "professional", "enterprise", "enterprise_plus"]
Refusal = Literal["mixed", "string", "object", "empty", "not-found"]

# Requests a minute by plan (sheet section 4); what each plan can do (sheet 2.4, the rest inferred).
CALLS: dict[Plan, int] = {
    "essential": 10,
    "team": 200,
    "growth": 400,
    "professional": 400,
    "enterprise": 700,
    "enterprise_plus": 2_500,
}
_GROWTH = frozenset({"ticket_forms", "guide", "talk", "automations"})
_PROFESSIONAL = _GROWTH | {
    "satisfaction_ratings",
    "sla_policies",
    "schedules",
    "side_conversations",
}
_ENTERPRISE = _PROFESSIONAL | {"custom_roles", "audit_logs", "skills"}
FEATURES: dict[Plan, frozenset[str]] = {
    "essential": frozenset(),
    "team": frozenset({"guide", "automations"}),
    "growth": _GROWTH,
    "professional": _PROFESSIONAL,
    "enterprise": _ENTERPRISE,
    "enterprise_plus": _ENTERPRISE,
}
BUCKETS = {
    "incremental-exports": 10,
    "incremental-exports-cursor": 20,
    "deleted-tickets-index": 10,
    "tickets-index": 100_000,
    "ticket-audits-index": 500,
    "search-index": 100,
    "search-export": 100,
}
_HIGH_VOLUME = {"incremental-exports": 30, "incremental-exports-cursor": 60}


@dataclass
class Options(BaseOptions):
    """Settings of the Zendesk Support sandbox.

    plan, high_volume: requests a window, features, and the add-on that widens the export buckets.
    features: replaces the plan's features.
    refusal: how a feature that the plan lacks is refused: one of the three 403 bodies, 404, or each feature its own way.
    role: whose login it is; "agent" meets 403 on admin-only endpoints.
    limit: requests a window instead of the plan's; 0 = no limits of any kind, and no rate headers.
    bucket_limits: endpoint bucket -> requests a window instead of its own; 0 = none.
    window_start: when a window begins.
    refused_exports: incremental exports that answer 403 as to a third party (tickets, ticket_events, users, organizations,
        ticket_metric_events); "*" = all.
    refuse_exports_after: so many more export requests are answered, then all are refused; None = never.
    hold_back, min_age: exports leave out the last so many seconds, and refuse a start_time younger than that.
    max_page: exports give no more rows a page than this, whatever per_page says.
    slow_per_page: exports of more rows a page than this end in a 504; 0 = never.
    empty_cursor: what an export page without rows says as after_cursor or end_time (no source): null, or where it began.
    ratings_filter: the time that start_time and end_time of satisfaction_ratings mean (in conflict, sheet 2.4).
    ticket_metrics_in_deleted: whether a deleted ticket's metric_set is null or missing.
    churn: before every so-many-th page of an export or ticket list a ticket that was already delivered is changed; 0 = never.
    user_churn, organization_churn: likewise before the pages of users and organizations.
    vanishing: how many rows of numbered lists go, the first of a list each time that a later page of it is asked for.
    seconds_per_request: how far the account's clock jumps at every request.
    token_status: of a successful token request (201 by the OpenAPI text, 200 by a peer).
    access_token_seconds, refresh_token_seconds: how long new tokens live if the request doesn't say.
    static_token_seconds: how long the token in credentials() lives from the start; 0 = for ever.
    api_tokens: whether Basic logins with an API token still work (until 2027-04-30).
    scope: of new tokens whose request doesn't say.
    public_url: what links begin with; empty = the Host header's, with https unless it is loopback.
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
    ratings_filter: Literal["updated_at", "created_at"] = "updated_at"
    ticket_metrics_in_deleted: Literal["null", "missing"] = "null"
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
        """Whether the account may use a feature."""
        return feature in (FEATURES[self.plan] if self.features is None else self.features)

    def calls(self) -> int:
        """Requests a window for the whole account; 0 = no limits."""
        if self.limit is not None:
            return self.limit
        return CALLS["enterprise_plus"] if self.high_volume else CALLS[self.plan]

    def bucket(self, name: str) -> int:
        """Requests a window of one endpoint bucket; 0 = no such limit."""
        own = {**BUCKETS, **_HIGH_VOLUME} if self.high_volume else BUCKETS
        return self.bucket_limits.get(name, own[name])

    def refuses_export(self, stream: str) -> bool:
        """Whether this export is closed now; counts the request."""
        if (
            "*" in self.refused_exports
            or stream in self.refused_exports
            or self.refuse_exports_after == 0
        ):
            return True
        if self.refuse_exports_after is not None:
            self.refuse_exports_after -= 1
        return False
