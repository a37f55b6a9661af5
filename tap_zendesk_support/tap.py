"""The tap as data: its config keys and its streams in the order in which they are read."""

from __future__ import annotations

from typing import Any

from tap_common.common_settings import OAUTH
from tap_common.tap import Tap
from tap_zendesk_support import (
    agents,
    calls_and_articles,
    custom_objects,
    metric_events,
    organizations,
    parent_lists,
    side_conversations,
    surveys,
    tables,
    ticket_reader,
    users,
    whole_tables,
)
from tap_zendesk_support.api import LOGINS, account, connect
from tap_zendesk_support.estimates import ESTIMATE_RULES
from tap_zendesk_support.fields import customised_schemas

SETTINGS: dict[str, dict[str, Any]] = {
    "subdomain": {
        "type": "string",
        "description": "The account: acme, acme.zendesk.com or https://acme.zendesk.com.",
    },
    "email": {
        "type": "string",
        "format": "email",
        "description": "Email of an administrator, for the log-in by api_token.",
    },
    "api_token": {
        "type": "string",
        "secret": True,
        "description": (
            "API token. None can be made since 2026-10-27, and all end on 2027-04-30: use OAuth."
        ),
    },
    "access_token": {
        "type": "string",
        "secret": True,
        "description": "OAuth access token, used until it expires.",
    },
    "client_id": {"type": "string", "description": "Unique identifier of the OAuth client."},
    "client_secret": {
        "type": "string",
        "secret": True,
        "description": "Secret of the OAuth client.",
    },
    "refresh_token": {
        "type": "string",
        "secret": True,
        "description": (
            "OAuth refresh token, good for one use: the tap writes the next one to the config "
            "file or to token_file. Without it the client logs in as itself (client credentials)."
        ),
    },
    **OAUTH,
    "marketplace_name": {
        "type": "string",
        "description": "X-Zendesk-Marketplace-Name, which Zendesk demands of third parties.",
    },
    "marketplace_organization_id": {
        "type": "string",
        "description": "X-Zendesk-Marketplace-Organization-Id.",
    },
    "marketplace_app_id": {"type": "string", "description": "X-Zendesk-Marketplace-App-Id."},
    "export_mode": {
        "type": "string",
        "enum": ["auto", "incremental", "list"],
        "default": "auto",
        "description": (
            "How changes are found: by the incremental exports, by lists, or (auto) by lists "
            "only where Zendesk refuses an export, as it does to third parties from December 2026."
        ),
    },
    "audits_source": {
        "type": "string",
        "enum": ["export", "per_ticket"],
        "default": "export",
        "description": (
            "Where audits and comments come from: the ticket event export (1,000 in a request), "
            "or exactly, ticket by ticket (at least one request for each changed ticket)."
        ),
    },
    "custom_fields_map": {
        "type": "boolean",
        "default": False,
        "description": (
            "Send a ticket's custom fields as an object by field id, too (column "
            "custom_fields_map)."
        ),
    },
    "ratings_lookback_days": {
        "type": "integer",
        "minimum": 0,
        "maximum": 365,
        "default": 14,
        "description": (
            "How far below its bookmark satisfaction_ratings are read again in each run: the "
            "API's filter may go by the day on which a rating was offered."
        ),
    },
    "page_size": {
        "type": "integer",
        "minimum": 1,
        "maximum": 1000,
        "default": 1000,
        "description": "Rows asked for in one request: at most 1,000 of exports and 100 of lists.",
    },
    "lookback_seconds": {
        "default": 300,
        "description": (
            "How far below its bookmark a stream is read again where the API does not hold back "
            "the last minute: lists, time exports, and exports whose cursor is lost."
        ),
    },
}

TAP = Tap(
    name="tap-zendesk-support",
    title="Zendesk Support",
    settings=SETTINGS,
    logins=LOGINS,
    readers=(
        ticket_reader.READER,
        users.READER,
        organizations.READER,
        metric_events.READER,
        *tables.READERS,
        *whole_tables.READERS,
        *agents.READERS,
        *calls_and_articles.READERS,
        *parent_lists.READERS,
        side_conversations.READER,
        custom_objects.READER,
        *surveys.READERS,
    ),
    account=account,
    connect=connect,
    customise=customised_schemas,
    package="tap_zendesk_support",
    estimates=ESTIMATE_RULES,
)
