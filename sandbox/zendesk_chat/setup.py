"""The account's settings: small lists that hardly ever change, and two single objects (sheet sections 2.3 and 3)."""

from __future__ import annotations

from typing import Any

from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.times import stamp
from sandbox.zendesk_chat import ids

_FLAGS = (
    *(
        "sla",
        "monitoring",
        "rest_api",
        "email_reports",
        "daily_reports",
        "chat_reports",
        "agent_reports",
        "agent_leaderboard",
    ),
    *(
        "unbranding",
        "high_load",
        "ip_restriction",
        "support",
        "operating_hours",
        "file_upload",
        "analytics",
        "integrations",
    ),
    "white_labeling",
)
_UNLIMITED = (
    "max_basic_triggers",
    "max_advanced_triggers",
    "max_departments",
    "max_concurrent_chats",
    "max_history_search_days",
)
_AWAY = ["neq", "@account_status", "offline"]
_UNSERVED = ["eq", "@visitor_served", False]


def account(seed: int, start: int, plan: str, agents: int) -> Row:
    """GET account; only accounts outside Zendesk Support may read it."""
    return {
        "account_key": f"{Dice('account', seed).below(36**12):032x}",
        "status": "active",
        "create_date": stamp(start),
        "billing": {
            "company": "Acme & Söhne",
            "first_name": "Ada",
            "last_name": "Müller",
            "email": "owner@acme.example",
            "phone": "+1 555 0100 000",
            "address1": "Domplatz 1",
            "address2": "",
            "city": "Köln",
            "state": "",
            "postal_code": "50667",
            "country_code": "DE",
            "additional_info": "",
            "cycle": 12,
        },
        "plan": {
            "name": plan,
            "price": 70.0,
            "max_agents": agents,
            "goals": 5,
            "widget_customization": "full",
            "short_desc": "Ideal for large support teams",
            "long_desc": "Best for organizations that manage large support teams",
            **dict.fromkeys(_UNLIMITED, "unlimited"),
            **dict.fromkeys(_FLAGS, True),
        },
    }


def shortcuts(departments: list[Row]) -> list[Row]:
    """All shortcuts; the id is the name (AB records). Some have departments and agents besides the scope."""
    texts: tuple[tuple[str, str, str, list[str]], ...] = (
        (
            "goodbye",
            "Thanks for chatting with us. Have we resolved your question(s)?",
            "Yes/No",
            ["goodbye_survey"],
        ),
        ("help", "Do you need any help?", "Yes/No", ["help_survey"]),
        ("hi", "Hi, how can we help you today? =)", "", []),
        (
            "grüße",
            "Grüß Gott! Wie können wir helfen? 👋",
            "Ja/Nein/Später",
            ["deutsch", "begrüßung"],
        ),
        ("物流", "您的包裹正在路上。", "", []),
    )
    rows: list[Row] = []
    for name, message, options, tags in texts:
        row: Row = {
            "options": options,
            "id": name,
            "scope": "all",
            "name": name,
            "tags": tags,
            "message": message,
        }
        if name == "help":
            row |= {"scope": "department", "departments": [departments[0]["id"]], "agents": []}
        rows.append(row)
    return rows


def triggers() -> list[Row]:
    """All triggers: names repeat, conditions and actions are nested arrays of mixed types (AB records)."""
    greet = ["sendMessageToVisitor", "Customer Service", "Please wait a moment, we are on our way."]
    nested: list[Any] = [
        "and",
        ["not", ["firedBefore"]],
        ["and", _AWAY, ["stillOnSite", 60], _UNSERVED],
    ]
    definitions: tuple[tuple[str, Any, bool, Row], ...] = (
        (
            "Chat Rescuer",
            "chat_requested",
            True,
            {"condition": nested, "actions": [["setTriggered", True], greet]},
        ),
        (
            "Checkout Page",
            "page_enter",
            True,
            {"condition": ["and", ["stillOnPage", 60.5], _UNSERVED], "actions": [greet]},
        ),
        (
            "First Reply",
            "chat_requested",
            True,
            {"condition": ["and", _UNSERVED], "actions": [["wait", 5], greet]},
        ),
        ("First Reply", ["chat_requested", "page_enter"], False, {"condition": [], "actions": []}),
    )
    return [
        {
            "enabled": enabled,
            "definition": {
                "event": event,
                **definition,
                **({"version": 1, "editor": "advanced"} if number % 2 else {}),
            },
            "description": "" if number == 4 else f"What {name} does.",
            "name": name,
            "id": ids.TRIGGERS + number * ids.STEP,
        }
        for number, (name, event, enabled, definition) in enumerate(definitions, 1)
    ]


def goals() -> list[Row]:
    """All goals."""
    condition = {"operator": "equals", "type": "url", "value": "https://shop.acme.example/danke"}
    return [
        {
            "enabled": number < 3,
            "attribution_model": model,
            "description": f"Goal number {number}",
            "name": name,
            "id": ids.GOALS + number * ids.STEP,
            "attribution_period": 5 * number,
            "settings": {"conditions": [condition] * (number % 3)},
        }
        for number, (name, model) in enumerate(
            (
                ("Purchase", "first_touch"),
                ("Größere Bestellung", "last_touch"),
                ("Old", "first_touch"),
            ),
            1,
        )
    ]


def routing() -> Row:
    """GET routing_settings/account, without its envelope."""
    return {
        "routing_mode": "assigned",
        "chat_limit": {
            "enabled": False,
            "limit": 3,
            "limit_type": "account",
            "allow_agent_override": False,
        },
        "skill_routing": {"enabled": True, "max_wait_time": 30},
        "reassignment": {"enabled": True, "timeout": 30},
        "auto_idle": {"enabled": False, "reassignments_before_idle": 3, "new_status": "away"},
        "auto_accept": {"enabled": False},
    }
