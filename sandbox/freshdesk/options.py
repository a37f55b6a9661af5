"""What the plan and the server's settings allow; everything may change while the server runs."""

from dataclasses import dataclass
from typing import Literal

from sandbox.app import BaseOptions
from sandbox.table import Row
from sandbox.template import load
from sandbox.window import WindowStart

Plan = Literal[
    "trial", "free", "growth", "pro", "enterprise", "calls_1000", "calls_2000", "garden", "forest"
]
TieOrder = Literal["id", "oldest-first", "random-per-request"]

PLANS: dict[str, Row] = load(__file__, "plans")
"""Calls a window, how many of them may list tickets, or contacts (0 = any), and features.

DOCS; the sub-limits of trial and free AB-DOC; hourly plans APIS-IO. That timesheets need Pro is
documented, all else about features is inferred.
"""


@dataclass
class Options(BaseOptions):
    """Settings of the Freshdesk sandbox.

    plan: calls and features (for garden and forest, hourly plans, set window_seconds to 3600)
    features: instead of the plan's: timesheets, surveys, forums, archive, skills
    role: whose key it is; "agent" meets 403 on endpoints for administrators
    ticket_scope: 1 all tickets, 2 those of the agent's groups, 3 the agent's own; no error says so
    limit: credits a window instead of the plan's; 0 = no limits, and no rate headers
    contact_list_limit: contact list calls a window instead of the plan's; 0 = no such limit
    sublimit_counts: whether a list call with includes counts once or by its credits (undocumented)
    window_start: when a window begins
    page_cap: the last page of /tickets that may be read
    tie_order: the order of tickets that are equal in order_by: by id in the list's direction, by id
        upwards, or a new one at each request
    contacts_filter: the name under which /contacts takes a time
    companies_filter: whether /companies takes updated_since
    since: whether the filters updated_since and created_since let their own second through
    link: the Link header of a page with a next one; "" = there is none
    largest_page: pages of more rows than this are answered by 504
    cut_to: pages of more rows are cut down to so many without a word
    trash_children: status of the children of spam and deleted tickets; 200 = they are served
    churn: before every so-many-th ticket list call a delivered ticket is updated; 0 = never
    contact_churn: before every so-many-th contact list call a delivered contact is renamed
    leaving: before every so-many-th call of a list one of its delivered rows leaves it: a deleted
        or blocked contact is restored, a company or time entry deleted without a trace
    """

    plan: Plan = "enterprise"
    features: frozenset[str] | None = None
    role: Literal["admin", "agent"] = "admin"
    ticket_scope: Literal[1, 2, 3] = 1
    limit: int | None = None
    contact_list_limit: int | None = None
    sublimit_counts: Literal["requests", "credits"] = "requests"
    window_start: WindowStart = "first-request"
    page_cap: int = 300
    tie_order: TieOrder = "id"
    contacts_filter: Literal["_updated_since", "updated_since", "both", "none"] = "_updated_since"
    companies_filter: bool = True
    since: Literal["inclusive", "exclusive"] = "inclusive"
    link: str = '<{url}>; rel="next"'
    largest_page: int = 100
    cut_to: int = 100
    trash_children: Literal[404, 403, 200] = 404
    churn: int = 0
    contact_churn: int = 0
    leaving: int = 0

    def has(self, feature: str) -> bool:
        """Whether the account may use a feature."""
        return feature in (PLANS[self.plan]["features"] if self.features is None else self.features)

    def time_filters(self, endpoint: str) -> tuple[str, ...]:
        """The names under which a list takes a time; accounts differ (DOCS, DOTNET)."""
        companies = "updated_since" if self.companies_filter else "none"
        accepted = {"companies": companies, "contacts": self.contacts_filter}.get(endpoint)
        return tuple(
            name for name in ("_updated_since", "updated_since") if accepted in (name, "both")
        )
