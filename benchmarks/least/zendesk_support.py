"""The fewest requests that the Zendesk Support API allows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from benchmarks.least.counts import Least, Row, Truth, below, changed, ids, newest, whole

EXPORTED = 1000
"""Rows of the largest page of an export."""
LISTS = {
    "agent_availabilities": "agent_availabilities",
    "automations": "automations",
    "brand_agents": "brand_agents",
    "brands": "brands",
    "business_hours/schedules": "schedules",
    "channels/voice/phone_numbers": "talk_phone_numbers",
    "community/posts": "posts",
    "community/topics": "topics",
    "custom_objects": "custom_objects",
    "custom_roles": "custom_roles",
    "custom_statuses": "custom_statuses",
    "deleted_tickets": "deleted_tickets",
    "deleted_users": "deleted_users",
    "dynamic_content/items": "dynamic_content_items",
    "group_memberships": "group_memberships",
    "group_slas/policies": "group_sla_policies",
    "groups": "groups",
    "guide/{key}/surveys": "csat_surveys",
    "help_center/articles": "articles",
    "help_center/articles/labels": "labels",
    "help_center/categories": "categories",
    "help_center/sections": "sections",
    "help_center/user_segments": "user_segments",
    "locales": "locales",
    "macros": "macros",
    "organization_fields": "organization_fields",
    "organization_memberships": "organization_memberships",
    "organization_subscriptions": "organization_subscriptions",
    "queues": "queues",
    "recipient_addresses": "recipient_addresses",
    "routing/agents/instance_values": "agent_skills",
    "routing/attributes": "account_attributes",
    "satisfaction_ratings": "satisfaction_ratings",
    "satisfaction_reasons": "satisfaction_reasons",
    "sharing_agreements": "sharing_agreements",
    "slas/policies": "sla_policies",
    "suspended_tickets": "suspended_tickets",
    "tags": "tags",
    "ticket_fields": "ticket_fields",
    "ticket_form_statuses": "ticket_form_statuses",
    "ticket_forms": "ticket_forms",
    "trigger_categories": "trigger_categories",
    "triggers": "triggers",
    "user_fields": "user_fields",
    "views": "views",
    "workspaces": "workspaces",
}
"""Lists of 100 rows a page that are read whole in each sync.

Ratings are among them because sources contradict each other about the time by which their filter
goes. If it is the time of the offer, it does not show a rating that was given later.
"""
SHORT_PAGES = {"guide/content_tags": "content_tags", "guide/permission_groups": "permission_groups"}
"""Lists of 30 rows a page."""
CHANGED = {
    "activities": ("ticket_activities", 100),
    "audit_logs": ("audit_logs", 100),
    "channels/voice/stats/incremental/calls": ("talk_calls", EXPORTED),
    "channels/voice/stats/incremental/legs": ("talk_legs", EXPORTED),
    "guide/survey_responses": ("survey_responses", 50),
    "help_center/incremental/articles": ("articles", EXPORTED),
    "incremental/organizations": ("organizations", EXPORTED),
    "incremental/ticket_events": ("ticket_events", EXPORTED),
    "incremental/ticket_metric_events": ("ticket_metric_events", EXPORTED),
    "incremental/tickets/cursor": ("tickets", EXPORTED),
    "incremental/users/cursor": ("users", EXPORTED),
    "skips": ("ticket_skips", 100),
    "tickets/side_conversations/events": ("side_conversation_events", 100),
}
"""The account's list and the size of its pages, where a filter or cursor shows what has changed."""
BELOW = {
    "business_hours/schedules/{id}/holidays": ("schedules", "schedule_holidays", "schedule_id"),
    "community/posts/{id}/comments/{id}/votes": ("post_comments", "post_comment_votes", "item_id"),
    "help_center/articles/{id}/attachments": ("articles", "article_attachments", "article_id"),
    "help_center/articles/{id}/comments": ("articles", "article_comments", "source_id"),
    "help_center/articles/{id}/comments/{id}/votes": (
        "article_comments",
        "article_comment_votes",
        "item_id",
    ),
    "help_center/articles/{id}/votes": ("articles", "article_votes", "item_id"),
    "routing/attributes/{key}/values": ("account_attributes", "attribute_values", "attribute_id"),
    "community/posts/{id}/comments": ("posts", "post_comments", "post_id"),
    "community/posts/{id}/votes": ("posts", "post_votes", "item_id"),
}
"""The parents, the children, and the children's field for the parent."""
COUNTS = {
    "community/posts/{id}/comments": "comment_count",
    **dict.fromkeys((path for path in BELOW if path.endswith("/votes")), "vote_count"),
}
"""Where a field of the parent says how many children it has."""
CONVERSATIONS, SIDE = "tickets/{id}/conversation_log", "tickets/{id}/side_conversations"
ON_REQUEST = frozenset(
    {
        *(CONVERSATIONS, SIDE, "routing/attributes/{key}/values"),
        *("business_hours/schedules/{id}/holidays", "help_center/articles/{id}/attachments"),
        *("custom_objects/{key}/fields", "incremental/custom_objects/{key}/cursor"),
        *(path for path in BELOW if path.endswith("/comments/{id}/votes")),
    }
)
"""Endpoints of streams that a new catalog does not select."""
MESSAGING = ("native_messaging", "chat")
"""The channels of tickets that have a conversation log."""


def least(truth: Truth) -> dict[str, Least]:
    """The fewest requests of each endpoint for all streams."""
    found = {endpoint: whole(truth(name)) for endpoint, name in LISTS.items()}
    found |= {endpoint: whole(truth(name), 30) for endpoint, name in SHORT_PAGES.items()}
    found |= {endpoint: changed(truth(name), size) for endpoint, (name, size) in CHANGED.items()}
    for endpoint, (parents, children, link) in BELOW.items():
        asked = [row for row in truth(parents) if row.get(COUNTS.get(endpoint, ""), True)]
        found[endpoint] = below(ids(asked), truth(children), link)
    return {
        **found,
        **_custom_objects(truth),
        CONVERSATIONS: _conversations(truth),
        SIDE: _side_conversations(truth),
        "routing/attributes/definitions": Least(2, 1, 1),
        "users": whole([row for row in truth("users") if row["role"] != "end-user"]),
    }


def _custom_objects(truth: Truth) -> dict[str, Least]:
    """The fields of each custom object, which fit on a page, and its records. The records' cursor
    shows what has changed.
    """
    objects = ids(truth("custom_objects"), "key")
    fields = len(truth("custom_object_fields"))
    records = below(objects, truth("custom_object_records"), "custom_object_key", size=EXPORTED)
    return {
        "custom_objects/{key}/fields": Least(fields, len(objects), len(objects)),
        "incremental/custom_objects/{key}/cursor": replace(records, second=len(objects)),
    }


def _conversations(truth: Truth) -> Least:
    """The messages of each ticket that came by messaging, which fit on a page. The tickets' cursor
    repeats none of them.
    """
    tickets = sum(map(_has_messages, truth("tickets")))
    return Least(tickets, tickets, 0)


def _has_messages(ticket: Row) -> bool:
    is_from_messaging = ticket["from_messaging_channel"] or ticket["via"]["channel"] in MESSAGING
    return is_from_messaging and ticket["status"] != "deleted"


def _side_conversations(truth: Truth) -> Least:
    """One request for each ticket that an event names, even if the ticket then refuses it."""
    events = truth("side_conversation_events")
    again = _tickets(newest(events, "created_at"))
    return below(_tickets(events), truth("side_conversations"), "ticket_id", again)


def _tickets(events: Iterable[Row]) -> list[int]:
    return sorted({row["ticket_id"] for row in events})
