"""Lists that are read whole, as data."""

from __future__ import annotations

from typing import Any

from tap_common.stream import Stream
from tap_zendesk_support.tables import Table

CONTENT_TAGS_AT_ONCE = 30
"""Content tags come in smaller pages than other lists; more rows are refused with a 400."""


def full(
    name: str,
    path: str,
    envelope: str = "",
    key: tuple[str, ...] = ("id",),
    *,
    is_paged: bool = True,
    note: str = "",
    **more: Any,
) -> Table:
    """A list that is read whole, so that a target can learn what is gone."""
    return Table(Stream(name, path, key, note=note), envelope or name, is_paged, **more)


TABLES = (
    full("zendesk_group_memberships", "group_memberships", "group_memberships"),
    full("zendesk_tags", "tags", "tags", ("name",), note="those of the last 60 days"),
    full("ticket_forms", "ticket_forms", is_paged=False),
    full("sla_policies", "slas/policies", is_paged=False),
    full("brands", "brands"),
    full("automations", "automations"),
    full("triggers", "triggers"),
    full("views", "views"),
    full("custom_roles", "custom_roles", is_paged=False),
    full("organization_fields", "organization_fields"),
    full("user_fields", "user_fields"),
    full("organization_memberships", "organization_memberships"),
    full("custom_statuses", "custom_statuses", is_paged=False),
    full("suspended_tickets", "suspended_tickets"),
    full("recipient_addresses", "recipient_addresses"),
    full(
        "talk_phone_numbers",
        "channels/voice/phone_numbers",
        "phone_numbers",
        is_paged=False,
        secrets=frozenset({"token"}),
    ),
    full("topics", "community/topics"),
    full("trigger_categories", "trigger_categories"),
    full("satisfaction_reasons", "satisfaction_reasons", "reasons", is_paged=False),
    full("group_sla_policies", "group_slas/policies", is_paged=False),
    full("queues", "queues", is_paged=False),
    full("dynamic_content_items", "dynamic_content/items", "items"),
    full("locales", "locales", is_paged=False),
    full("brand_agents", "brand_agents"),
    full("workspaces", "workspaces", is_paged=False),
    full("ticket_form_statuses", "ticket_form_statuses", is_paged=False),
    full("sharing_agreements", "sharing_agreements", is_paged=False),
    full("organization_subscriptions", "organization_subscriptions"),
    full("user_segments", "help_center/user_segments"),
    full("permission_groups", "guide/permission_groups", is_paged=False),
    full("labels", "help_center/articles/labels"),
    full(
        "content_tags",
        "guide/content_tags",
        "records",
        params={"sort": "id"},
        largest=CONTENT_TAGS_AT_ONCE,
    ),
)
READERS = tuple(table.reader() for table in TABLES)
