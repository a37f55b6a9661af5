"""The exact rows of each stream, by the rules of docs/freshdesk.md and docs/records.md.

They come from the sandbox's account and not from the tap's code.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sandbox.freshdesk import FreshdeskServer
from sandbox.freshdesk.knowledge import LANGUAGES, translated
from sandbox.freshdesk.people import State as ContactState
from tests.shaper import Shaper
from tests.truth import Row, schema_of, selected

TRANSLATED = {
    "solution_category_translations": "solution_categories",
    "solution_folder_translations": "solution_folders",
    "solution_article_translations": "solution_articles",
}
"""The streams of translations, and those whose rows they translate."""
KEYS = {
    "settings": ("primary_language",),
    "account": ("account_id",),
    "automation_rules": ("automation_type_id", "id"),
    "custom_object_records": ("schema_id", "display_id"),
    **dict.fromkeys(TRANSLATED, ("id", "language")),
}
"""The keys of streams whose key isn't ``id``."""
INCREMENTAL = (
    "tickets",
    "agents",
    "groups",
    "roles",
    "contacts",
    "companies",
    "satisfaction_ratings",
    "time_entries",
)
"""The streams with a replication key, which is ``updated_at``."""
FULL_TABLE = (
    "agent_availability",
    "ticket_fields",
    "ticket_forms",
    "contact_fields",
    "company_fields",
    "surveys",
    "products",
    "business_hours",
    "email_configs",
    "email_mailboxes",
    "skills",
    "sla_policies",
    "scenario_automations",
    "automation_rules",
    "custom_objects",
    "canned_response_folders",
    "canned_responses",
    "solution_categories",
    "solution_folders",
    "solution_articles",
    *TRANSLATED,
    "discussion_categories",
    "discussion_forums",
    "discussion_topics",
    "discussion_comments",
    "settings",
    "account",
)
STREAMS = (*INCREMENTAL, "conversations", "custom_object_records", *FULL_TABLE)
TEXT_FIELDS = {
    "tickets": {"source_additional_info"},
    "conversations": {"source_additional_info", "outgoing_failures"},
    "agents": {"org_agent_id", "agent_operational_status"},
    "companies": {"org_company_id"},
    "ticket_fields": {"choices"},
    "contact_fields": {"choices"},
    "company_fields": {"choices"},
    "email_mailboxes": {"failure_code"},
    "account": {"bundle_id"},
    "automation_rules": {
        "performer.type",
        "performer.members[]",
        "events[].from",
        "events[].to",
        "events[].value",
        "conditions[].properties[].value",
        "actions[].value",
        "actions[].email_to",
        "actions[].push_to",
    },
    "ticket_forms": {"fields[].choices", "fields[].portal_cc"},
}
"""String fields in which the vendor also sends other types."""


SECRETS = ("api_key", "auth_header", "custom_headers")
"""What a webhook's action holds and nobody may see."""


def key_of(stream: str) -> tuple[str, ...]:
    """The fields that identify a row of ``stream``."""
    return KEYS.get(stream, ("id",))


def own_schema(stream: str) -> Row:
    """The schema of ``stream`` for a run without a catalog."""
    return schema_of("tap_freshdesk", stream)


def expected(
    server: FreshdeskServer,
    stream: str,
    *,
    archived: bool = False,
    catalog: Mapping[str, Any] | None = None,
) -> list[Row]:
    """The records of ``stream`` that a target must hold, with every field that ``catalog`` selects.

    ``archived`` adds archived tickets and their conversations.
    """
    rows = _rows(server, stream)
    if archived and stream == "tickets":
        rows += [_archived(server, row["id"]) for row in server.account.rows("archived_tickets")]
    if archived and stream == "conversations":
        rows += server.account.rows("archived_conversations")
    if catalog is None:
        return [as_record(stream, row) for row in rows]
    [entry] = [entry for entry in catalog["streams"] if entry["tap_stream_id"] == stream]
    shaper = _shaper(stream, entry["schema"])
    return selected(map(shaper, rows), catalog, stream)


def as_record(stream: str, row: Row) -> Row:
    """The record that the tap must send for a row, by the rules that hold for all taps."""
    return _own_shaper(stream)(row)


def _shaper(stream: str, schema: Row) -> Shaper:
    key = "updated_at" if stream in INCREMENTAL else None
    return Shaper(schema, text_fields=TEXT_FIELDS.get(stream, ()), replication_key=key)


@cache
def _own_shaper(stream: str) -> Shaper:
    return _shaper(stream, own_schema(stream))


def _rows(server: FreshdeskServer, stream: str) -> list[Row]:
    account = server.account
    if stream == "account":
        [row] = account.settings["account"]
        return [{**row, "tier_type": server.app.options.plan}]
    if stream == "tickets":
        return [_ticket(server, row) for row in account.rows("tickets")]
    if stream == "contacts":
        return [_contact(server, row) for row in account.rows("contacts")]
    if stream == "satisfaction_ratings":
        return [_rating(row) for row in account.rows(stream)]
    if stream in TRANSLATED:
        return _translations(account.rows(TRANSLATED[stream]))
    if stream == "agent_availability":
        return [_availability(row) for row in account.rows("agents_availability")]
    if stream == "automation_rules":
        return [_rule(row) for row in account.rows(stream)]
    return server.app.rows(stream)


def _translations(rows: list[Row]) -> list[Row]:
    """The rows in each other language of the account, with that language."""
    return [
        {**row, "language": language}
        for language in LANGUAGES
        for row in translated(rows, language)
    ]


def _availability(row: Row) -> Row:
    """An agent's availability without the person, who is in agents."""
    return {name: row[name] for name in row if name not in ("user_data", "contact")}


def _rule(row: Row) -> Row:
    """A rule with its summary in lower case; its webhooks have no secrets, and bare addresses."""
    actions = [_action(action) for action in row["actions"]]
    others = {name: row[name] for name in row if name != "Summary"}
    summary = {"summary": row["Summary"]} if "Summary" in row else {}
    return {**others, **summary, "actions": actions}


def _action(action: Row) -> Row:
    public = {name: action[name] for name in action if name not in SECRETS}
    return {**public, "url": "https://shop.example/hooks/7"} if "url" in public else public


def _ticket(server: FreshdeskServer, row: Row) -> Row:
    """A ticket of the lists with all includes; flags say in which list it is."""
    ticket = row["id"]
    for include in ("stats", "requester", "company", "description"):
        row = {**row, **server.account.included(ticket, include)}
    requester = row["requester"]
    of_requester = {name: requester[name] for name in ("email", "name", "phone")}
    return {**row, **of_requester, "deleted": row.get("deleted", False), "archived": False}


def _archived(server: FreshdeskServer, ticket: int) -> Row:
    """An archived ticket as its own view shows it, without the signatures of attachments."""
    account = server.account
    return {
        **account.views.row(ticket),
        **account.views.description(ticket),
        **unsigned(account.views.single_only(ticket, 0)),
        "deleted": False,
        "archived": True,
    }


def unsigned(ticket: Row) -> Row:
    """The ticket without what changes at each read in the addresses of its attachments."""
    attachments: list[dict[str, Any]] = ticket.get("attachments") or []
    return {
        **ticket,
        "attachments": [
            {**file, "attachment_url": file["attachment_url"].partition("?")[0], "thumb_url": None}
            for file in attachments
        ],
    }


def _contact(server: FreshdeskServer, row: Row) -> Row:
    """A contact of the lists: its other companies are objects, flags say in which list it is."""
    state = server.account.contacts[row["id"]].state
    others = [
        other if isinstance(other, dict) else {"company_id": other}
        for other in row["other_companies"]
    ]
    return {
        **row,
        "other_companies": others,
        "deleted": state == ContactState.DELETED,
        "blocked": state == ContactState.BLOCKED,
    }


def _rating(row: Row) -> Row:
    """A rating: the API sends {question: value}, the tap a list of questions and values."""
    answers = row["ratings"]
    pairs = [{"question": question, "value": answers[question]} for question in answers]
    return {**row, "ratings": pairs}
