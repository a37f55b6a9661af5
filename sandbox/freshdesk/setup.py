"""The account's settings: small tables that hardly ever change (sheet 2.2)."""

from __future__ import annotations

from typing import Any

from sandbox.dice import Dice
from sandbox.freshdesk import ids
from sandbox.freshdesk.extras import QUESTIONS, SURVEY
from sandbox.table import Row
from sandbox.times import DAY, stamp, stamp_india, stamp_millis
from sandbox.words import html, paragraph

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


def _rows(block: int, names: tuple[str, ...], start: int, **fields: Any) -> list[Row]:
    return [
        {
            "id": ids.SETTINGS + block + number,
            "name": name,
            **fields,
            "created_at": stamp(start + number * DAY),
            "updated_at": stamp(start + number * DAY * 3),
        }
        for number, name in enumerate(names, 1)
    ]


def settings(start: int) -> dict[str, list[Row]]:
    """Stream name -> its rows."""
    hours = _rows(
        100,
        ("Default", "Café hours"),
        start,
        description=None,
        time_zone="Berlin",
        list_of_holidays=[],
    )
    for row in hours:
        row["is_default"] = row is hours[0]
        row["business_hours"] = {
            day: {"start_time": "8:00 am", "end_time": "5:00 pm"} for day in _WEEKDAYS
        }
    products = _rows(
        200,
        ("Acme Uno", "Acme Größe XL", "Acme 3"),
        start,
        description=None,
        primary_email=None,
        default=False,
    )
    for row in products:
        row["created_at"] = row["updated_at"] = stamp_india(start)
    scenario: Row = {
        "description": "",
        "private": False,
        "actions": [{"name": "priority", "value": 4}],
    }
    return {
        "business_hours": hours,
        "products": products,
        "email_configs": _email_configs(start),
        "email_mailboxes": _mailboxes(start),
        "skills": _skills(start),
        "sla_policies": _sla_policies(start),
        "scenario_automations": _rows(
            600, ("Mark as urgent", "Zurück an den Absender"), start, **scenario
        ),
        "surveys": _surveys(start),
        **_canned(start),
    }


def _email_configs(start: int) -> list[Row]:
    rows = _rows(300, ("Acme Support", "Acme Facturación"), start)
    for row in rows:
        first = row is rows[0]
        row |= {
            "to_email": "acmecomsupport@acme.example" if first else "billing@acme.example",
            "reply_email": "support@acme.example" if first else "billing@acme.example",
            "primary_role": first,
            "active": first,
            "group_id": None if first else ids.GROUPS + 1,
            "product_id": None,
            "created_at": stamp_india(start),
            "updated_at": stamp_india(start + DAY),
        }
    return rows


def _mailboxes(start: int) -> list[Row]:
    common: Row = {
        "support_email": "support@acme.example",
        "default_reply_email": True,
        "active": True,
        "group_id": None,
    }
    common |= {"product_id": None, "mailbox_type": "freshdesk_mailbox", "port": None}
    return _rows(
        350,
        ("Acme Support",),
        start,
        **common,
        freshdesk_mailbox={"forward_email": "acme@forward.example"},
    )


def _skills(start: int) -> list[Row]:
    rows = _rows(
        400, ("Français", "Hardware", "Refunds"), start, agents=[], match_type="all", conditions=[]
    )
    for number, row in enumerate(rows):
        row["rank"] = number + 1
        row["created_at"] = row["updated_at"] = stamp_millis(start + number, 17)
    return rows


def _sla_policies(start: int) -> list[Row]:
    target: Row = {
        "respond_within": 3_600,
        "resolve_within": 86_400,
        "business_hours": False,
        "escalation_enabled": True,
    }
    rows = _rows(500, ("Default SLA policy", "VIP"), start, description=None, active=True)
    for row in rows:
        row |= {
            "is_default": row is rows[0],
            "position": 1,
            "applicable_to": {} if row is rows[0] else {"company_ids": [ids.COMPANIES + 1]},
            "sla_target": {f"priority_{priority}": target for priority in range(1, 5)},
            "escalation": {"response": {"escalation_time": 0, "agent_ids": [-1]}, "resolution": {}},
        }
    return rows


def _surveys(start: int) -> list[Row]:
    scores = [103, 102, 101, 100, -101, -102, -103]
    questions = [("default_question", "How was it?")] + [
        (f"question_{question}", label)
        for question, label in zip(QUESTIONS, ("Speed?", "Höflichkeit?"), strict=True)
    ]
    rows = _rows(SURVEY - ids.SETTINGS - 1, ("Default survey", "Old survey"), start)
    for row in rows:
        row["title"] = row.pop("name")
        row["active"] = row is rows[0]
        row["questions"] = [
            {
                "id": question,
                "label": label,
                "accepted_ratings": scores,
                "default": question == "default_question",
            }
            for question, label in questions
        ]
    return rows


def _canned(start: int) -> dict[str, list[Row]]:
    folders = _rows(700, ("Personal", "General", "Empty"), start, responses_count=0)
    responses: list[Row] = []
    for folder in folders[:2]:
        folder["personal"] = folder is folders[0]
        for _ in range(4):
            number = len(responses) + 1
            text = paragraph(Dice("canned", number), 2)
            responses.append(
                {
                    "id": ids.SETTINGS + 750 + number,
                    "title": f"Reply {number}",
                    "folder_id": folder["id"],
                    "content": text,
                    "content_html": html(text),
                    "attachments": [],
                    "visibility": 0,
                    "group_ids": [],
                    "created_at": stamp(start),
                    "updated_at": stamp(start + number * DAY),
                }
            )
            folder["responses_count"] += 1
    return {"canned_response_folders": folders, "canned_responses": responses}


def helpdesk_settings() -> Row:
    """GET /settings/helpdesk, one object; it stands being asked for a page, as Airbyte's source does."""
    languages = {
        "supported_languages": ["de", "fr"],
        "portal_languages": ["de"],
        "help_widget_languages": [],
    }
    return {"primary_language": "en", **languages}


def account(plan: str, seed: int, agents: int, mail: str, start: int) -> Row:
    """GET /account."""
    return {
        "organisation_id": 6_000_000_000_000_000_000 + seed,
        "organisation_name": "Acme",
        "account_id": 297_457 + seed,
        "account_name": "Acme",
        "account_domain": "acme.freshdesk.com",
        "hipaa_compliant": False,
        "timezone": "Berlin",
        "bundle_id": None,
        "data_center": "EU",
        "total_agents": {
            "full_time": agents,
            "occasional": 0,
            "field_service": 0,
            "collaborators": 0,
        },
        "tier_type": plan,
        "contact_person": {"firstname": "Ada", "lastname": "Müller", "email": mail},
        "address": {
            "country": "Germany",
            "state": "",
            "city": "Köln",
            "postalcode": "50667",
            "street": None,
        },
        "created_at": stamp(start),
    }
