"""The account's settings: small tables that hardly ever change (sheet 2.1, 2.4, section 3)."""

from __future__ import annotations

from typing import Any

from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.times import DAY, stamp
from sandbox.words import TAGS
from sandbox.zendesk_support import fields, ids

# Every kind of value that a macro's action may have.
_ACTIONS: tuple[Row, ...] = (
    {"field": "status", "value": "solved"},
    {"field": "comment_value", "value": ["channel:all", "Thank you, {{ticket.requester.name}} 🎉"]},
    {"field": "comment_mode_is_public", "value": True},
    {"field": "assignee_id", "value": None},
    {
        "field": "side_conversation",
        "value": ["Return", "<p>Please send it back.</p>", "warehouse@acme.example", "text/html"],
    },
    {"field": "current_tags", "value": "vip urgent"},
    {"field": "comment_mode_is_public", "value": "false"},
)


def named(
    block: int, names: tuple[str, ...], path: str, start: int, title: str = "name", **more: Any
) -> list[Row]:
    """Rows with the columns that nearly every kind has."""
    return [
        {
            "url": ids.url(f"{path}/{ids.SETTINGS + block + place}"),
            "id": ids.SETTINGS + block + place,
            title: name,
            **more,
            "created_at": stamp(start + place * DAY),
            "updated_at": stamp(start + place * 40 * DAY),
        }
        for place, name in enumerate(names, 1)
    ]


def _numbered(rows: list[Row]) -> list[Row]:
    for place, row in enumerate(rows):
        row |= {
            "position": place,
            "active": place % 4 < 3,
            "default": place == 0,
            "raw_title": row["title"],
            "description": None,
        }
    return rows


def macros(seed: int, count: int, start: int) -> list[Row]:
    """Macros with actions of every kind of value, some for a group or a person only, some inactive."""
    rows = _numbered(named(100, (), "macros", start))
    for number in range(1, count + 1):
        dice = Dice("macro", seed, number)
        own_id = ids.SETTINGS + 10_000 + number
        restriction = (
            None
            if number % 3
            else {"type": "Group", "id": ids.GROUPS + 1, "ids": [ids.GROUPS + 1, ids.GROUPS + 2]}
        )
        rows.append(
            {
                "url": ids.url(f"macros/{own_id}"),
                "id": own_id,
                "title": f"Shipping::Reply {number}",
                "raw_title": f"Shipping::Reply {number}",
                "active": number % 5 > 0,
                "default": False,
                "position": number,
                "description": None if number % 2 else "Grüße",
                "actions": [
                    _ACTIONS[(number + place) % len(_ACTIONS)] for place in range(1 + dice.below(4))
                ],
                "restriction": {"type": "User", "id": ids.USERS + 1}
                if number % 7 == 0
                else restriction,
                "created_at": stamp(start + number * 60),
                "updated_at": stamp(start + dice.below(700 * DAY)),
            }
        )
    return rows


def groups(seed: int, count: int, start: int) -> list[Row]:
    """Groups, the last one deleted."""
    return [
        {
            "url": ids.url(f"groups/{ids.GROUPS + number}"),
            "id": ids.GROUPS + number,
            "name": f"Team {number} Köln",
            "description": "",
            "default": number == 1,
            "is_public": True,
            "deleted": number == count,
            "created_at": stamp(start + number),
            "updated_at": stamp(start + Dice("group", seed, number).below(600 * DAY)),
        }
        for number in range(1, count + 1)
    ]


def group_memberships(agents: int, groups: int, start: int) -> list[Row]:
    """Each agent in one or two groups; some memberships have no updated_at."""
    rows = []
    for number in range(2 * agents):
        agent, second = divmod(number, 2)
        if second and agent % 2:
            continue
        own_id = ids.GROUP_MEMBERSHIPS + number
        rows.append(
            {
                "url": ids.url(f"group_memberships/{own_id}"),
                "id": own_id,
                "user_id": ids.USERS + agent + 1,
                "group_id": ids.GROUPS + 1 + (agent + second) % (groups - 1),
                "default": not second,
                "created_at": stamp(start + agent),
                "updated_at": None if number % 3 == 0 else stamp(start + agent * DAY),
            }
        )
    return rows


def tags(count: int) -> list[Row]:
    """Tags of the last 60 days with their counts, names of any script."""
    return [
        {
            "name": TAGS[place] if place < len(TAGS) else f"tag_{place}",
            "count": 5_000 // (place + 1),
        }
        for place in range(count)
    ]


def settings(start: int) -> dict[str, list[Row]]:
    """Stream name -> its rows, for everything whose size doesn't depend on the account's."""
    conditions = {
        "all": [{"field": "status", "operator": "less_than", "value": "solved"}],
        "any": [],
    }
    rules: Row = {
        "conditions": conditions,
        "actions": [{"field": "status", "value": "closed"}],
        "raw_title": "",
    }
    forms = named(150, ("Default Ticket Form", "Rückgabe"), "ticket_forms", start)
    for row in forms:
        row |= {
            "raw_name": row["name"],
            "display_name": row["name"],
            "raw_display_name": row["name"],
            "end_user_visible": True,
        }
        row |= {
            "position": 1,
            "ticket_field_ids": [ids.FIELDS + 1],
            "active": True,
            "default": row is forms[0],
            "in_all_brands": True,
        }
        row |= {
            "restricted_brand_ids": [],
            "agent_conditions": [],
            "end_user_conditions": [],
            "form_type": "ticket",
            "deleted_at": None,
        }
    brands = named(
        250,
        ("Acme", "Old Brand"),
        "brands",
        start,
        active=True,
        subdomain="acme",
        host_mapping=None,
        has_help_center=True,
    )
    for row in brands:
        row |= {
            "default": row is brands[0],
            "is_deleted": row is brands[1],
            "brand_url": "https://acme.zendesk.com",
            "logo": None,
        }
        row |= {
            "help_center_state": "enabled",
            "signature_template": "{{agent.signature}}",
            "ticket_form_ids": [forms[0]["id"]],
        }
    return {
        "ticket_forms": forms,
        "brands": brands,
        "ticket_fields": fields.ticket_fields(start),
        "user_fields": fields.person_fields("user", start),
        "organization_fields": fields.person_fields("organization", start),
        "sla_policies": _sla_policies(start),
        "triggers": _numbered(
            named(
                300,
                ("Notify requester", "Notify agent", "Escalate"),
                "triggers",
                start,
                "title",
                **rules,
            )
        ),
        "automations": _numbered(
            named(350, ("Close after 4 days",), "automations", start, "title", **rules)
        ),
        "views": _views(start),
        "custom_roles": named(
            700,
            ("Agent", "Light agent"),
            "custom_roles",
            start,
            description=None,
            role_type=0,
            configuration={},
        ),
        "schedules": _schedules(start),
        "custom_statuses": _custom_statuses(start),
        "suspended_tickets": _suspended(start),
        "recipient_addresses": _addresses(start),
        "attributes": [
            {**row, "id": f"15821cba-7326-11e8-b07e-95{row['id'] % 100:010d}"}
            for row in _plain(900, "routing/attributes", start)
        ],
        "job_statuses": [
            {
                "id": f"8b726e606741012ffc2d782bcb7848{start % 100:02d}",
                "status": "completed",
                "total": 2,
                "progress": 2,
            }
        ],
        "requests": [],
        "targets": named(
            950, ("Audit log target",), "targets", start, "title", type="http_target", active=True
        ),
        "sharing_agreements": named(
            960, ("Ticket sharing",), "sharing_agreements", start, type="inbound", status="accepted"
        ),
        "items": named(
            970,
            ("Signature",),
            "dynamic_content/items",
            start,
            placeholder="{{dc.signature}}",
            default_locale_id=1,
            variants=[],
        ),
    }


def _plain(block: int, path: str, start: int) -> list[Row]:
    return named(block, ("Language", "Skill"), path, start)


def _sla_policies(start: int) -> list[Row]:
    values = ("urgent", 4, ["vip", "beta"])
    rows = named(
        200,
        ("Urgent", "VIP", "Tagged"),
        "slas/policies",
        start,
        "title",
        description=None,
        metric_settings=None,
    )
    for place, (row, value) in enumerate(zip(rows, values, strict=True)):
        row["position"] = place + 1
        row["filter"] = {
            "all": [{"field": "priority", "operator": "is", "value": value}],
            "any": [],
        }
        row["policy_metrics"] = [
            {
                "priority": "urgent",
                "metric": "first_reply_time",
                "target": 60,
                "target_in_seconds": 3_600,
                "business_hours": False,
            }
        ]
    return rows


def _views(start: int) -> list[Row]:
    execution = {
        "group_by": "status",
        "group_order": "desc",
        "sort_by": "updated",
        "sort_order": "desc",
        "columns": [{"id": "subject"}],
    }
    conditions = {"all": [{"field": "status", "operator": "is", "value": "open"}], "any": []}
    more: Row = {"execution": execution, "conditions": conditions, "restriction": None}
    return _numbered(
        named(
            400,
            ("Your unsolved tickets", "Unassigned", "Alle offenen"),
            "views",
            start,
            "title",
            **more,
        )
    )


def _schedules(start: int) -> list[Row]:
    rows = named(
        500, ("Café hours", "Holidays"), "business_hours/schedules", start, time_zone="Berlin"
    )
    for row in rows:
        row["intervals"] = [
            {"start_time": 1_980 + day * 1_440, "end_time": 2_460 + day * 1_440} for day in range(5)
        ]
        del row["url"]
    return rows


def _custom_statuses(start: int) -> list[Row]:
    rows = named(
        800,
        ("new", "open", "pending", "hold", "solved"),
        "custom_statuses",
        start,
        "status_category",
    )
    for row in rows:
        label = row["status_category"].title()
        row |= {
            "agent_label": label,
            "raw_agent_label": label,
            "end_user_label": label,
            "raw_end_user_label": label,
            "default": True,
        }
        row |= {
            "active": True,
            "description": "",
            "raw_description": "",
            "end_user_description": "",
            "raw_end_user_description": "",
        }
    return rows


def _suspended(start: int) -> list[Row]:
    rows = named(
        600,
        ("You have won", "Out of office"),
        "suspended_tickets",
        start,
        "subject",
        cause="Detected as spam",
        cause_id=0,
    )
    for row in rows:
        row |= {
            "author": {"id": None, "name": "Spam", "email": "spam@example.com"},
            "content": "…",
            "recipient": None,
            "ticket_id": None,
        }
        row |= {
            "brand_id": ids.SETTINGS + 251,
            "message_id": None,
            "error_messages": None,
            "attachments": [],
        }
        row["via"] = {"channel": "email", "source": {"from": {}, "to": {}, "rel": None}}
    return rows


def _addresses(start: int) -> list[Row]:
    verified: Row = {
        "cname_status": "verified",
        "dns_results": "verified",
        "domain_verification_status": "verified",
        "spf_status": "verified",
    }
    rows = named(
        650,
        ("Acme Support", "Acme Facturación"),
        "recipient_addresses",
        start,
        forwarding_status="verified",
        **verified,
    )
    for row in rows:
        row |= {
            "email": f"support{row['id'] % 10}@acme.example",
            "default": row is rows[0],
            "brand_id": ids.SETTINGS + 251,
        }
    return rows


def definitions() -> Row:
    """GET /routing/attributes/definitions."""
    condition = {
        "title": "Status",
        "subject": "status",
        "type": "list",
        "group": "ticket",
        "nullable": False,
        "repeatable": False,
    }
    condition |= {
        "operators": [{"value": "is", "title": "Is", "terminal": False}],
        "values": [{"value": "new", "title": "New", "enabled": True}],
    }
    return {"conditions_all": [condition], "conditions_any": [condition]}
