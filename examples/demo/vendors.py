"""What the demo needs to know of each vendor that the sandbox can play."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Vendor:
    """A vendor that the sandbox can play.

    ``credentials`` are the config keys that the first line of the sandbox names, ``config`` are the
    other ones. ``quota`` says how many requests the account allows. ``lists`` maps tables to the
    API's own names of their lists where these differ. ``deletion`` are the changes that delete
    something, ``deleted`` says what in words, and ``proof`` is the query that shows it in the
    database. ``tables`` are counted at the end, ``example`` is a config for a real account.
    """

    tap: str
    sandbox: Sequence[str]
    credentials: Sequence[str]
    config: Mapping[str, Any]
    deletion: Sequence[Mapping[str, Any]]
    deleted: str
    proof: str
    tables: Sequence[str]
    example: Mapping[str, Any]
    quota: str
    lists: Mapping[str, str] = field(default_factory=dict)


LATENCY = ("--latency-ms", "10")
VENDORS = {
    "freshdesk": Vendor(
        tap="tap-freshdesk",
        sandbox=("--tickets", "600", "--limit", "300", "--window-seconds", "5", *LATENCY),
        quota="300 requests in 5 seconds",
        credentials=("api_key", "domain"),
        config={"start_date": "2020-01-01", "rate_window_seconds": 5},
        deletion=({"do": "move_ticket", "ticket": 17, "to": "deleted"},),
        deleted="ticket 17 is deleted",
        proof="SELECT id, subject, deleted, updated_at FROM tickets WHERE id = 17",
        tables=(
            "tickets",
            "conversations",
            "contacts",
            "companies",
            "time_entries",
            "satisfaction_ratings",
        ),
        example={"api_key": "...", "domain": "acme", "start_date": "2026-01-01"},
    ),
    "zendesk-support": Vendor(
        tap="tap-zendesk-support",
        sandbox=("--tickets", "300", "--limit", "60", "--window-seconds", "5", *LATENCY),
        quota="60 requests in 5 seconds",
        credentials=("subdomain", "access_token"),
        config={"start_date": "2020-01-01"},
        deletion=({"do": "delete_ticket", "ticket": 10}, {"do": "wait", "seconds": 120}),
        deleted="ticket 10 is deleted, and two minutes pass, as exports need",
        proof="SELECT id, subject, status, updated_at FROM tickets WHERE id = 10",
        tables=(
            "tickets",
            "audits",
            "ticket_comments",
            "users",
            "organizations",
            "zendesk_ticket_metrics",
        ),
        example={"subdomain": "acme", "access_token": "...", "start_date": "2026-01-01"},
    ),
    "zendesk-chat": Vendor(
        tap="tap-zendesk-chat",
        sandbox=(
            "--chats",
            "1000",
            "--limit",
            "15",
            "--window-seconds",
            "5",
            "--no-rate-headers",
            *LATENCY,
        ),
        quota="15 requests in 5 seconds and does not say what is left",
        lists={
            "zopim_account": "account",
            "zopim_agents": "agents",
            "zopim_chats": "chats",
            "zopim_departments": "departments",
            "zopim_shortcuts": "shortcuts",
            "zopim_triggers": "triggers",
        },
        credentials=("subdomain", "access_token"),
        config={"start_date": "2020-01-01", "page_size": 100},
        deletion=({"do": "delete_chat", "chat": "2506.10414779.S0bWT6BLnsHFQ"},),
        deleted="chat 2506.10414779.S0bWT6BLnsHFQ is deleted",
        proof="SELECT id, type, deleted, update_timestamp FROM zopim_chats "
        "WHERE id = '2506.10414779.S0bWT6BLnsHFQ'",
        tables=(
            "zopim_chats",
            "chat_history",
            "chat_engagements",
            "zopim_agents",
            "agent_timeline",
        ),
        example={"subdomain": "acme", "access_token": "...", "start_date": "2026-01-01"},
    ),
    "desk": Vendor(
        tap="tap-desk",
        sandbox=("--cases", "600", "--limit", "250", "--window-seconds", "5", *LATENCY),
        quota="250 requests in 5 seconds",
        credentials=("site_url", "consumer_key", "consumer_secret", "token", "token_secret"),
        config={"start_date": "2015-01-01"},
        deletion=({"do": "delete_case", "id": 17},),
        deleted="case 17 gets the status deleted",
        proof="SELECT id, subject, status, updated_at FROM cases WHERE id = 17",
        tables=("cases", "messages", "replies", "notes", "customers", "feedbacks", "articles"),
        example={
            "site_url": "acme",
            "consumer_key": "...",
            "consumer_secret": "...",
            "token": "...",
            "token_secret": "...",
            "start_date": "2015-01-01",
        },
    ),
}


def known(name: str) -> str:
    """``name`` if it is that of a vendor. ArgumentTypeError, which lists them, if not."""
    if name not in VENDORS:
        fault = f"{name!r} is no vendor" if name else "name a vendor, as in VENDOR=freshdesk"
        raise ArgumentTypeError(f"{fault}; the vendors are {', '.join(VENDORS)}")
    return name
