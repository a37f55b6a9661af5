"""The tap as data: its config keys and its streams in the order in which they are read."""

from __future__ import annotations

from typing import Any

from tap_common.context import Reader
from tap_common.stream import Stream
from tap_common.tap import Tap
from tap_common.vendor import Request
from tap_freshdesk import activity, people, tickets, trees
from tap_freshdesk.api import account, connect
from tap_freshdesk.fields import typed
from tap_freshdesk.lists import single, whole

SETTINGS: dict[str, dict[str, Any]] = {
    "api_key": {
        "type": "string",
        "secret": True,
        "description": "API key of an agent (Profile settings); an administrator's sees everything.",
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
        "description": "Also fetch archived tickets and their conversations, once: one request for each hole in the "
        "sequence of ticket ids.",
    },
    "ratings_lookback_days": {
        "type": "integer",
        "minimum": 0,
        "maximum": 365,
        "default": 14,
        "description": "How far below its bookmark satisfaction_ratings are read again: the API finds new ratings, not "
        "changed ones.",
    },
    "time_entries_lookback_days": {
        "type": "integer",
        "minimum": 0,
        "maximum": 3650,
        "default": 0,
        "description": "How long before the bookmark the work of a time entry may lie for its edits to be seen. 0: for "
        "ever, by reading the whole list (about one request per 90 entries) on each run.",
    },
    "rate_window_seconds": {
        "type": "number",
        "minimum": 0.1,
        "maximum": 3600,
        "default": 60,
        "description": "Length of the vendor's rate window: 60, or 3600 on old accounts that are limited by the hour.",
    },
    "lookback_seconds": {
        "default": 300,
        "description": "How far below its bookmark an incremental stream is read again. The default of five minutes is "
        "for tickets that the API shows late, and for stats that it fills in after the ticket's last change.",
    },
}


def _table(
    name: str, endpoint: str, *fallbacks: str, text_fields: frozenset[str] = frozenset()
) -> Reader:
    stream = Stream(name, endpoint, text_fields=text_fields)
    return Reader(
        (stream,),
        whole(stream, *fallbacks),
        Request(endpoint, name),
        tuple(Request(path, name) for path in fallbacks),
    )


def _object(
    name: str, endpoint: str, key: str, text_fields: frozenset[str] = frozenset()
) -> Reader:
    stream = Stream(name, endpoint, (key,), text_fields=text_fields)
    return Reader((stream,), single(stream), Request(endpoint, name))


CHOICES = frozenset({"choices"})
SKILL_VALUES = frozenset(
    {f"conditions[].{path}value" for path in ("", "nested_fields.level2.", "nested_fields.level3.")}
)

READERS = (
    Reader(
        (tickets.TICKETS, tickets.CONVERSATIONS),
        tickets.pages,
        tickets.PROBE,
    ),
    *people.READERS,
    *activity.READERS,
    _table("ticket_fields", "ticket_fields", text_fields=CHOICES),
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
    *trees.READERS,
    _object("settings", "settings/helpdesk", "primary_language"),
    _object("account", "account", "account_id", frozenset({"bundle_id"})),
)

TAP = Tap(
    name="tap-freshdesk",
    title="Freshdesk",
    settings=SETTINGS,
    logins=(("api_key", "domain"),),
    readers=READERS,
    account=account,
    connect=connect,
    customise=typed,
    package="tap_freshdesk",
)
