"""What a run costs: how Zendesk counts its rows.

Sources: the vendor's reference, "Show Results Count" of Search and "Pagination". Numbered lists say
how many rows they have. The limits are those of the plans without the High Volume add-on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tap_common import times
from tap_common.estimate import (
    Counted,
    Each,
    Estimate,
    EstimateRules,
    Estimator,
    OnePage,
    Spread,
    With,
)
from tap_common.replies import member, rows_in
from tap_common.stream import Stream
from tap_common.vendor import Reply, Request
from tap_zendesk_support.api import EXPORTS, USER_EXPORTS
from tap_zendesk_support.conversations import may_have_messages
from tap_zendesk_support.side_conversations import EVENTS

CHANGED = "changed since {since} (search)"
EXPORT_PAGE = 1000
EVENTS_OF_A_TICKET = 9
"""How many audits, and metric events, a ticket is assumed to have: nobody counts them."""


def _counted(kind: str, bucket: str) -> Counted:
    """The rows of a kind that changed since a moment, which come by an export."""

    def request(stream: Stream, since: datetime) -> Request:
        query = f"type:{kind} updated>={times.second_of(since)}"
        return Request("search/count", stream.name, {"query": query})

    return Counted(request, _count, kind, CHANGED, page=EXPORT_PAGE, bucket=bucket)


@dataclass(frozen=True)
class _Past:
    """What happened to tickets: by an export or, as the config may say, ticket by ticket.

    ``sources`` are the values of the setting audits_source that mean ticket by ticket.
    """

    sources: frozenset[str] = frozenset()

    def estimate(self, stream: Stream, estimator: Estimator, /) -> Estimate:
        """As many requests as the tickets or the export's pages."""
        config = estimator.context.config
        if config["export_mode"] == "list" or config["audits_source"] in self.sources:
            return Each("tickets", EVENTS_OF_A_TICKET).estimate(stream, estimator)
        by_export = Spread("tickets", EVENTS_OF_A_TICKET, EXPORT_PAGE, EXPORTS)
        return by_export.estimate(stream, estimator)


def _messaging(stream: Stream, estimator: Estimator) -> float:
    """The share of tickets from messaging among those that changed last."""
    newest = {"per_page": 100, "sort_by": "updated_at", "sort_order": "desc"}
    tickets = rows_in(estimator.ask(Request("tickets", stream.name, newest)), "tickets")
    return sum(map(may_have_messages, tickets)) / max(1, len(tickets))


def _events(stream: Stream, since: datetime) -> Request:
    return Request(EVENTS.path, stream.name, {"start_time": int(since.timestamp())})


def _tickets_with_events(reply: Reply) -> int:
    return len({event.get("ticket_id") for event in rows_in(reply, "events")})


def _list(stream: Stream, _since: datetime) -> Request:
    return Request(stream.path, stream.name, {"per_page": 1})


def _articles(stream: Stream, _since: datetime) -> Request:
    return Request("help_center/articles", stream.name, {"per_page": 1})


def _count(reply: Reply) -> Any:
    return member(reply, "count")


ESTIMATE_RULES = EstimateRules(
    {
        "tickets": _counted("ticket", EXPORTS),
        "users": _counted("user", USER_EXPORTS),
        "organizations": _counted("organization", EXPORTS),
        "audits": _Past(frozenset({"per_ticket"})),
        "ticket_metric_events": _Past(),
        "conversation_log": Each("tickets", share=_messaging),
        "side_conversations": Counted(
            _events, _tickets_with_events, "ticket", "with events on the first page", page=1
        ),
        "custom_object_fields": Each("custom_objects"),
        "custom_object_records": Each("custom_objects"),
        "articles": Counted(_articles, _count, "article", page=EXPORT_PAGE),
        "article_comments": Each("articles", rows=1),
        "article_translations": With("articles"),
        "category_translations": With("categories"),
        "section_translations": With("sections"),
        "post_comments": Each("posts", rows=1),
        "permission_groups": Counted(_list, _count, page=30),
        "content_tags": Counted(_list, _count, page=30),
        "side_conversation_events": OnePage(),
        "survey_responses": OnePage(),
        "csat_surveys": OnePage(),
        "agent_skills": OnePage(2),
        "attribute_definitions": OnePage(),
        "audit_logs": OnePage(),
        "talk_calls": OnePage(2),
        "talk_legs": OnePage(2),
    },
    lists=Counted(_list, _count),
    limits={EXPORTS: 10, USER_EXPORTS: 20},
)
