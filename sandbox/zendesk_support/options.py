"""What the account's plan and the server's settings allow. All may change while it runs."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

from sandbox.app import BaseOptions
from sandbox.template import load

PLANS = load(__file__, "plans")
"""Requests a minute by plan and endpoint (HELP, rate limits), the first plan with each feature
(REF, in part inferred), and how a feature is refused that a plan lacks: schedules AIRBYTE 18511,
side conversations AIRBYTE 84353; for the others REF says 403 or 404."""
_ORDER = list(PLANS["calls"])


@dataclass
class Options(BaseOptions):
    """Settings of the Zendesk Support sandbox.

    plan: requests a window, and features.
    without: features that the account lacks although its plan has them.
    role: whose log-in it is; an "agent" meets 403 at endpoints for administrators.
    limit: requests a window instead of the plan's; 0 = no limits of any kind, no rate headers.
    bucket_limits: endpoint bucket -> requests a window instead of its own; 0 = none.
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
    churn: before every so-many-th page of "tickets", "users" or "organizations" one that was
        delivered is changed.
    vanishing: how many rows of numbered lists go, each when a later page is asked for.
    seconds_per_request: how far the account's clock jumps at every request.
    token_status: of a successful token request (REF says 201, STITCH and LIVE 200).
    access_token_seconds: how long new tokens live by default.
    """

    plan: str = "enterprise"
    without: Collection[str] = ()
    role: Literal["admin", "agent"] = "admin"
    limit: int | None = None
    bucket_limits: dict[str, int] = field(default_factory=dict)
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
    churn: dict[str, int] = field(default_factory=dict)
    vanishing: int = 0
    seconds_per_request: int = 0
    token_status: Literal[200, 201] = 201
    access_token_seconds: int = 1_800

    def has(self, feature: str) -> bool:
        """Returns whether the account may use a feature."""
        first = PLANS["begins with"][feature]
        return feature not in self.without and _ORDER.index(self.plan) >= _ORDER.index(first)

    def calls(self) -> int:
        """Returns the requests a window for the whole account; 0 = no limits."""
        return int(PLANS["calls"][self.plan]) if self.limit is None else self.limit

    def bucket(self, name: str) -> int:
        """Returns the requests a window of one endpoint bucket; 0 = no such limit."""
        return int(self.bucket_limits.get(name, PLANS["buckets"][name]))

    def refuses_export(self, stream: str) -> bool:
        """Returns whether this export is closed now; counts the request."""
        if {"*", stream} & set(self.refused_exports) or self.refuse_exports_after == 0:
            return True
        if self.refuse_exports_after is not None:
            self.refuse_exports_after -= 1
        return False
