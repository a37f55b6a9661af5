"""What the account's plan and the server's settings allow; everything may be changed while the server runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from sandbox.app import BaseOptions
from sandbox.window import WindowStart

Plan = Literal[
    "trial", "free", "growth", "pro", "enterprise", "calls_1000", "calls_2000", "garden", "forest"
]

TieOrder = Literal["id", "oldest-first", "random-per-request"]

_PRO = frozenset({"timesheets", "surveys", "forums", "archive"})
_ALL = _PRO | {"skills"}


class PlanLimits(NamedTuple):
    """Calls a window, and how many of them may list tickets or contacts (None = no sub-limit)."""

    calls: int
    ticket_lists: int | None
    contact_lists: int | None
    features: frozenset[str]


# DOCS; sub-limits of trial and free AB-DOC; hourly plans apis.io. Which plan has which feature: timesheets DOCS, else inferred.
PLANS: dict[Plan, PlanLimits] = {
    "trial": PlanLimits(50, 50, 50, _ALL),
    "free": PlanLimits(50, 50, 50, frozenset()),
    "growth": PlanLimits(200, 20, 20, frozenset()),
    "pro": PlanLimits(400, 100, 100, _PRO),
    "enterprise": PlanLimits(700, 200, 200, _ALL),
    "calls_1000": PlanLimits(1_000, 300, 300, _ALL),
    "calls_2000": PlanLimits(2_000, 400, 400, _ALL),
    "garden": PlanLimits(3_000, None, None, _PRO),
    "forest": PlanLimits(5_000, None, None, _ALL),
}


@dataclass
class Options(BaseOptions):
    """Settings of the Freshdesk sandbox.

    plan: calls and features; garden and forest are hourly plans (set ``window_seconds`` to 3600).
    features: replaces the plan's features (timesheets, surveys, forums, archive, skills).
    role: whose key it is; "agent" meets 403 on admin-only endpoints.
    ticket_scope: 1 all tickets, 2 those of the agent's group, 3 those assigned to the agent: lists are silently shorter.
    limit: calls a window instead of the plan's; 0 = no limits, and no rate headers.
    ticket_list_limit, contact_list_limit: sub-limits instead of the plan's; 0 = none.
    sublimit_counts: whether a list request with includes counts once or by its credits against the sub-limit (undocumented).
    window_start: when a window begins.
    page_cap: the last page of /tickets that may be read.
    tie_order: the order of tickets that are equal in ``order_by``: that of their ids, in the list's direction or always upwards,
    or any.
    contacts_filter: the name under which /contacts takes a time ("_updated_since", "updated_since", "both", "none").
    companies_filter: whether /companies takes updated_since.
    created_since: whether ratings of that very second are among those that the filter lets through (undocumented).
    trash_children: status of the conversations of spam and deleted tickets (404 or 403 seen; 200 = they are served).
    churn: before every so-many-th ticket list request, a ticket that was already delivered is updated; 0 = never.
    contact_churn: likewise for contacts, which are renamed.
    leaving: before every so-many-th request for a list, its first row that was delivered leaves it: a deleted or blocked contact
    is restored, a company or time entry deleted without a trace; 0 = never.
    """

    plan: Plan = "enterprise"
    features: frozenset[str] | None = None
    role: Literal["admin", "agent"] = "admin"
    ticket_scope: Literal[1, 2, 3] = 1
    limit: int | None = None
    ticket_list_limit: int | None = None
    contact_list_limit: int | None = None
    sublimit_counts: Literal["requests", "credits"] = "requests"
    window_start: WindowStart = "first-request"
    page_cap: int = 300
    tie_order: TieOrder = "id"
    contacts_filter: Literal["_updated_since", "updated_since", "both", "none"] = "_updated_since"
    companies_filter: bool = True
    created_since: Literal["inclusive", "exclusive"] = "inclusive"
    trash_children: Literal[404, 403, 200] = 404
    churn: int = 0
    contact_churn: int = 0
    leaving: int = 0

    def has(self, feature: str) -> bool:
        """Whether the account may use a feature."""
        return feature in (PLANS[self.plan].features if self.features is None else self.features)
