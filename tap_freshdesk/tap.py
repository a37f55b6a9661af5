"""The tap as data: its config keys and its streams in the order in which they are read."""

from __future__ import annotations

from typing import Any

from tap_common.context import Reader
from tap_common.readers import single, whole
from tap_common.stream import Stream
from tap_common.tap import Tap
from tap_common.vendor import Request
from tap_freshdesk import (
    automations,
    custom_objects,
    forms,
    people,
    ratings_and_time_entries,
    staff,
    tickets,
    trees,
)
from tap_freshdesk.api import LOGINS, account, connect
from tap_freshdesk.estimates import ESTIMATE_RULES
from tap_freshdesk.fields import customised_schemas
from tap_freshdesk.moving_list import row_pages

SETTINGS: dict[str, dict[str, Any]] = {
    "api_key": {
        "type": "string",
        "secret": True,
        "description": "API key of an agent (Profile settings); an administrator's sees all.",
    },
    "domain": {
        "type": "string",
        "description": "The account: acme, acme.freshdesk.com or https://acme.freshdesk.com.",
    },
    "page_size": {
        "type": "integer",
        "minimum": 1,
        "maximum": 100,
        "default": 100,
        "description": "Rows asked for in one request (at most 100).",
    },
    "archived_tickets": {
        "type": "boolean",
        "default": False,
        "description": "Also fetch archived tickets and their conversations, once: one request "
        "for each hole in the sequence of ticket ids.",
    },
    "ticket_attachments": {
        "type": "boolean",
        "default": False,
        "description": "Also fetch the attachments of each ticket's first message: one request "
        "for each changed ticket.",
    },
    "whole_list_requests": {
        "type": "integer",
        "minimum": 1,
        "maximum": 100000,
        "default": 20,
        "description": "satisfaction_ratings and time_entries are read whole in each run while "
        "that takes at most so many requests. Of a longer list each run reads the recent rows, and "
        "the rest in slices of so many requests.",
    },
    "ratings_lookback_days": {
        "type": "integer",
        "minimum": 0,
        "maximum": 365,
        "default": 14,
        "description": "How many days before the bookmark satisfaction_ratings may have been "
        "created to count as recent where the list is too long to be read whole.",
    },
    "time_entries_lookback_days": {
        "type": "integer",
        "minimum": 0,
        "maximum": 3650,
        "default": 60,
        "description": "How many days before the bookmark the work of time_entries may lie to "
        "count as recent where the list is too long to be read whole.",
    },
    "rate_window_seconds": {
        "type": "number",
        "minimum": 0.1,
        "maximum": 3600,
        "default": 60,
        "description": "Length of the vendor's rate window: 60, or 3600 on old accounts, which "
        "are limited by the hour.",
    },
    "lookback_seconds": {
        "default": 300,
        "description": "How far below its bookmark an incremental stream is read again. The "
        "default of five minutes is for tickets that the API shows late, and for stats that it "
        "fills in after the ticket's last change.",
    },
}


def _table(
    name: str, path: str, *fallbacks: str, text_fields: frozenset[str] = frozenset()
) -> Reader:
    stream = Stream(name, path, text_fields=text_fields)
    probes = tuple(Request(other, name) for other in fallbacks)
    return Reader((stream,), whole(stream, row_pages, *fallbacks), Request(path, name), probes)


def _object(name: str, path: str, key: str, text_fields: frozenset[str] = frozenset()) -> Reader:
    stream = Stream(name, path, (key,), text_fields=text_fields)
    return Reader((stream,), single(stream), Request(path, name))


CHOICES = frozenset({"choices"})
SKILL_VALUES = frozenset(
    {f"conditions[].{path}value" for path in ("", "nested_fields.level2.", "nested_fields.level3.")}
)

READERS = (
    tickets.READER,
    *staff.READERS,
    *people.READERS,
    *ratings_and_time_entries.READERS,
    _table("ticket_fields", "ticket_fields", text_fields=CHOICES),
    forms.READER,
    _table("contact_fields", "contact_fields", text_fields=CHOICES),
    _table("company_fields", "company_fields", text_fields=CHOICES),
    _table("surveys", "surveys"),
    _table("products", "products"),
    _table("business_hours", "business_hours"),
    _table("email_configs", "email_configs"),
    _table("email_mailboxes", "email/mailboxes", text_fields=frozenset({"failure_code"})),
    _table("skills", "skills", "admin/skills", text_fields=SKILL_VALUES),
    _table("sla_policies", "sla_policies"),
    _table(
        "scenario_automations", "scenario_automations", text_fields=frozenset({"actions[].value"})
    ),
    automations.READER,
    custom_objects.READER,
    *trees.READERS,
    _object("settings", "settings/helpdesk", "primary_language"),
    _object("account", "account", "account_id", frozenset({"bundle_id"})),
)

TAP = Tap(
    name="tap-freshdesk",
    title="Freshdesk",
    settings=SETTINGS,
    logins=LOGINS,
    readers=READERS,
    account=account,
    connect=connect,
    customise=customised_schemas,
    package="tap_freshdesk",
    estimates=ESTIMATE_RULES,
)
