"""Agents, groups and roles in their full form; lists leave some keys out (sheet 2.1, section 3)."""

from __future__ import annotations

from sandbox.dice import Dice
from sandbox.freshdesk import ids
from sandbox.freshdesk.scale import Scale
from sandbox.table import Row
from sandbox.times import DAY, stamp, stamp_india
from sandbox.words import person, phone

SINGLE_ONLY_OF_AGENTS = ("group_ids", "role_ids", "skill_ids")
SINGLE_ONLY_OF_GROUPS = ("agent_ids",)
ROLES = (
    ("Account Administrator", "Has complete control over the account", 1),
    ("Administrator", "Can configure all features", 1),
    ("Supervisor", "Can see reports and manage groups", 1),
    ("Agent", "Can work on tickets", 1),
    ("Coach", "", 1),
    ("Field technician", "Works on site", 2),
    ("Collaborator", "Can write notes", 3),
    ("Rôle personnalisé", None, 1),
)


def agents(scale: Scale, skills: list[int]) -> list[Row]:
    """All agents, by name. The contact's times differ from the agent's own, last_login_at has an offset (AB-REC, DOCS)."""
    rows = []
    for number in range(1, scale.agents + 1):
        dice = Dice("agent", scale.seed, number)
        created = scale.start + dice.below(30 * DAY)
        updated = created + dice.below(scale.epoch - created)
        away = dice.chance(30)
        contact: Row = {
            "active": not dice.chance(10),
            "email": f"agent.{number}@acme.example",
            "job_title": dice.pick(("Support", "Team lead", None, "")),
            "language": dice.pick(("en", "de", "fr")),
            "last_login_at": None
            if dice.chance(20)
            else stamp_india(scale.epoch - dice.below(90 * DAY)),
            "mobile": None,
            "name": person(dice),
            "phone": phone(dice) if dice.chance(40) else None,
            "time_zone": dice.pick(("Berlin", "Eastern Time (US & Canada)", "Chennai")),
            "created_at": stamp(created),
            "updated_at": stamp(created + dice.below(60 * DAY)),
        }
        rows.append(
            {
                "id": ids.AGENTS + number,
                "available": not away,
                "occasional": dice.chance(10),
                "available_since": stamp(updated) if not away and dice.chance(50) else None,
                "last_active_at": None
                if dice.chance(10)
                else stamp(scale.epoch - dice.below(40 * DAY)),
                "signature": None
                if dice.chance(30)
                else f'<div dir="ltr"><p>{contact["name"]}<br></p>\n</div>',
                "ticket_scope": 1 if number <= 2 else dice.below(3) + 1,
                "type": dice.pick(
                    (
                        "support_agent",
                        "support_agent",
                        "support_agent",
                        "field_agent",
                        "collaborator",
                    )
                ),
                "focus_mode": dice.chance(50),
                "deactivated": False,
                "agent_operational_status": dice.pick(("idle", "active", None)),
                "group_ids": [ids.GROUPS + (number - 1) % scale.groups + 1],
                "role_ids": [ids.ROLES + (1 if number == 1 else 4)],
                "skill_ids": skills[: dice.below(3)],
                "contact": contact,
                "created_at": stamp(created),
                "updated_at": stamp(updated),
            }
        )
    return sorted(rows, key=lambda row: str(row["contact"]["name"]))


def groups(scale: Scale, agents: list[Row], business_hours: list[Row]) -> list[Row]:
    """All groups. auto_ticket_assign is an integer (SIO #42), times have an offset in part (DOCS samples)."""
    rows = []
    for number in range(1, scale.groups + 1):
        dice = Dice("group", scale.seed, number)
        created = scale.start + dice.below(60 * DAY)
        write = stamp_india if number % 2 else stamp
        group_id = ids.GROUPS + number
        rows.append(
            {
                "id": group_id,
                "name": f"{dice.pick(('Billing', 'Technik', 'Entregas', '物流', 'Escalations'))} {number}",
                "description": None if dice.chance(30) else "Looks after one kind of ticket",
                "escalate_to": ids.AGENTS + 1 if dice.chance(50) else None,
                "unassigned_for": dice.pick(("30m", "1h", "1d", None)),
                "business_hour_id": dice.pick(business_hours)["id"] if dice.chance(60) else None,
                "group_type": "support_agent_group",
                "auto_ticket_assign": dice.pick((0, 1, 2, 3, 12)),
                "agent_ids": sorted(
                    agent["id"] for agent in agents if group_id in agent["group_ids"]
                ),
                "created_at": write(created),
                "updated_at": write(created + dice.below(300 * DAY)),
            }
        )
    return rows


def admin_group(group: Row) -> Row:
    """The same group in the shape of /admin/groups (DOCS): escalate_to is an array, unassigned_for minutes as a string."""
    minutes = {"30m": "30", "1h": "60", "1d": "1440"}
    return {
        "id": group["id"],
        "name": group["name"],
        "description": group["description"],
        "escalate_to": [group["escalate_to"]] if group["escalate_to"] else [],
        "unassigned_for": minutes.get(group["unassigned_for"]),
        "agent_ids": group["agent_ids"],
        "type": group["group_type"],
        "business_calendar_id": group["business_hour_id"],
        "automatic_agent_assignment": {"enabled": group["auto_ticket_assign"] > 0},
        "allow_agents_to_change_availability": True,
        "created_at": group["created_at"],
        "updated_at": group["updated_at"],
    }


def roles(start: int) -> list[Row]:
    """The same eight roles in every account."""
    return [
        {
            "id": ids.ROLES + number,
            "name": name,
            "description": description,
            "default": number <= 4,
            "agent_type": agent_type,
            "created_at": stamp(start),
            "updated_at": stamp(start + number),
        }
        for number, (name, description, agent_type) in enumerate(ROLES, 1)
    ]
