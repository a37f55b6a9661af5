"""Every endpoint: its path, how it answers, and who may ask (sheet 2.1, 2.4)."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.zendesk_support import exports, ids, lists
from sandbox.zendesk_support.call import Answer, Call, Route
from sandbox.zendesk_support.errors import refuse
from sandbox.zendesk_support.lists import List, read
from sandbox.zendesk_support.setup import definitions

_BY_UPDATE = {"id": ("id",), "updated_at": ("updated_at", "id")}
_BY_CREATION = {"id": ("id",), "created_at": ("created_at", "id")}
_EXPORTS, _CURSOR_EXPORTS = "incremental-exports", "incremental-exports-cursor"


def _plain(*streams: str) -> dict[str, Route]:
    return {stream: Route(read(List(stream))) for stream in streams}


def _one(envelope: str, stream: str) -> Callable[[Call], Answer]:
    def answer(call: Call) -> Answer:
        if row := call.account.table(stream).get(call.ids[0]):
            return {envelope: row}
        raise refuse(404)

    return answer


def _user(call: Call) -> Answer:
    number = call.ids[0] - ids.USERS
    if not 0 < number < len(call.account.users.created):
        raise refuse(404)
    return {"user": call.account.user(number)}


def _me(call: Call) -> Answer:
    return {"user": call.account.user(1)}


def _organization(call: Call) -> Answer:
    number, people = call.ids[0] - ids.ORGANIZATIONS, call.account.organizations
    if not 0 < number < len(people.created) or people.state[number]:
        raise refuse(404)
    return {"organization": call.account.organization(number)}


def _children(stream: str, envelope: str, parent: str) -> Route:
    def answer(call: Call) -> Answer:
        return read(
            List(
                stream,
                envelope,
                narrow=lambda call, row: row.get(parent, row.get("item_id")) == call.ids[-1],
            )
        )(call)

    return Route(answer, feature="guide")


def _guide(stream: str) -> Route:
    return Route(read(List(stream, sorts=_BY_UPDATE)), feature="guide")


ROUTES: dict[str, Route] = {
    **_plain(
        "macros",
        "views",
        "triggers",
        "brands",
        "user_fields",
        "organization_fields",
        "group_memberships",
    ),
    **_plain(
        "organization_memberships",
        "recipient_addresses",
        "targets",
        "sharing_agreements",
        "job_statuses",
        "requests",
    ),
    "automations": Route(read(List("automations")), feature="automations"),
    "suspended_tickets": Route(read(List("suspended_tickets")), admin=True),
    "dynamic_content/items": Route(read(List("items"))),
    "groups": Route(read(List("groups", narrow=lists.not_deleted))),
    "groups/{id}": Route(_one("group", "groups")),
    "tags": Route(read(List("tags", order=("name",)))),
    "ticket_fields": Route(lists.ticket_fields),
    "ticket_forms": Route(read(List("ticket_forms", paging="offset")), feature="ticket_forms"),
    "slas/policies": Route(
        read(List("sla_policies", paging="offset")), feature="sla_policies", admin=True
    ),
    "custom_roles": Route(read(List("custom_roles", paging="none")), feature="custom_roles"),
    "custom_statuses": Route(read(List("custom_statuses", paging="none"))),
    "business_hours/schedules": Route(
        read(List("schedules", paging="none")), feature="schedules", admin=True
    ),
    "routing/attributes": Route(read(List("attributes", paging="none")), feature="skills"),
    "routing/attributes/definitions": Route(
        lambda call: {"definitions": definitions()}, feature="skills"
    ),
    "skips": Route(read(List("skips", narrow=lists.since_start_time))),
    "activities": Route(lists.activities),
    "audit_logs": Route(
        read(List("audit_logs", sorts=_BY_CREATION, narrow=lists.logged_between)),
        feature="audit_logs",
        admin=True,
    ),
    "satisfaction_ratings": Route(
        read(List("satisfaction_ratings", sorts=_BY_CREATION, narrow=lists.rated_between)),
        feature="satisfaction_ratings",
        admin=True,
    ),
    "tickets": Route(lists.tickets, "tickets-index"),
    "tickets/{id}": Route(lists.ticket),
    "tickets/{id}/metrics": Route(lists.metrics),
    "tickets/{id}/audits": Route(lists.audits, "ticket-audits-index"),
    "tickets/{id}/comments": Route(lists.comments),
    "tickets/{id}/side_conversations": Route(
        lists.side_conversations, feature="side_conversations"
    ),
    "ticket_metrics": Route(lists.ticket_metrics),
    "ticket_audits": Route(lists.ticket_audits, admin=True),
    "deleted_tickets": Route(
        read(
            List(
                "deleted_tickets",
                order=("deleted_at", "id"),
                sorts={"id": ("id",), "deleted_at": ("deleted_at", "id")},
            )
        ),
        "deleted-tickets-index",
    ),
    "users": Route(read(List("users", sorts=_BY_UPDATE))),
    "users/{id}": Route(_user),
    "users/me": Route(_me),
    "users/{id}/identities": Route(lists.identities),
    "deleted_users": Route(read(List("deleted_users"))),
    "organizations": Route(read(List("organizations", sorts=_BY_UPDATE))),
    "organizations/{id}": Route(_organization),
    "search": Route(lists.search, "search-index"),
    "search/export": Route(lists.search_export, "search-export"),
    "incremental/tickets/cursor": Route(
        exports.tickets_by_cursor, _EXPORTS, admin=True, export="tickets"
    ),
    "incremental/tickets": Route(exports.tickets_by_time, _EXPORTS, admin=True, export="tickets"),
    "incremental/ticket_events": Route(
        exports.ticket_events, _EXPORTS, admin=True, export="ticket_events"
    ),
    "incremental/ticket_metric_events": Route(
        exports.ticket_metric_events, admin=True, export="ticket_metric_events"
    ),
    "incremental/users/cursor": Route(
        exports.users_by_cursor, _CURSOR_EXPORTS, admin=True, export="users"
    ),
    "incremental/users": Route(exports.users_by_time, _EXPORTS, admin=True, export="users"),
    "incremental/organizations": Route(
        exports.organizations, _EXPORTS, admin=True, export="organizations"
    ),
    "channels/voice/stats/incremental/calls": Route(exports.of_table("calls"), feature="talk"),
    "channels/voice/stats/incremental/legs": Route(exports.of_table("legs"), feature="talk"),
    "channels/voice/phone_numbers": Route(
        read(List("phone_numbers", paging="offset")), feature="talk"
    ),
    "help_center/incremental/articles": Route(
        exports.of_table("articles", last_has_next=False), feature="guide"
    ),
    "help_center/articles": _guide("articles"),
    "help_center/categories": _guide("categories"),
    "help_center/sections": _guide("sections"),
    "community/topics": _guide("topics"),
    "community/posts": _guide("posts"),
    "help_center/articles/{id}/attachments": _children(
        "article_attachments", "article_attachments", "article_id"
    ),
    "help_center/articles/{id}/comments": _children("article_comments", "comments", "source_id"),
    "help_center/articles/{id}/votes": _children("article_votes", "votes", "item_id"),
    "help_center/articles/{id}/comments/{id}/votes": _children("comment_votes", "votes", "item_id"),
    "community/posts/{id}/comments/{id}/votes": _children("comment_votes", "votes", "item_id"),
    "community/posts/{id}/comments": _children("post_comments", "comments", "post_id"),
    "community/posts/{id}/votes": _children("post_votes", "votes", "item_id"),
}
