"""More lists that are read whole: settings, what belongs to agents, and the help centre's words."""

from __future__ import annotations

from tap_zendesk_support.tables import full

CONTENT_TAGS_AT_ONCE = 30
"""Content tags come in smaller pages than other lists; more rows are refused with a 400."""

TABLES = (
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
