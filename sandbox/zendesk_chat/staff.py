"""Agents, departments, roles and skills (sheet section 3)."""

from __future__ import annotations

from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.times import DAY, stamp
from sandbox.words import person
from sandbox.zendesk_chat import ids

_DEPARTMENTS = ("Billing", "Technik", "Entregas", "物流", "Sales & Returns", "Café")
_SKILLS = (
    ("english", "English language"),
    ("français", "Langue française"),
    ("mandarin", "普通话"),
    ("refunds", ""),
)
_ROLES = (
    (
        "Administrator",
        "Can edit widget and account settings, manage agents, roles and permissions.",
    ),
    ("Agent", "Serves chats."),
    ("Agent (limited)", "Can serve social messaging conversations only"),
    ("Rôle personnalisé", ""),
)


def agent_id(number: int) -> int:
    """The id of agent number 1, 2 and so on."""
    return ids.AGENTS + number * ids.STEP


def departments(seed: int, count: int, agents: int) -> list[Row]:
    """All departments; settings has a free form."""
    rows = []
    for number in range(1, count + 1):
        own = ids.DEPARTMENTS + number * ids.STEP
        name = _DEPARTMENTS[(number - 1) % len(_DEPARTMENTS)]
        settings: Row = {
            "chat_enabled": number % 5 != 4,
            "solved_ticket_reassignment_strategy": "",
            "support_group_id": own,
        }
        rows.append(
            {
                "id": own,
                "name": name if number <= len(_DEPARTMENTS) else f"{name} {number}",
                "description": "" if number % 3 == 2 else "Looks after one kind of chat",
                "enabled": number % 7 != 6,
                "members": [
                    agent_id(agent)
                    for agent in range(1, agents + 1)
                    if (agent - 1) % count == number - 1
                ],
                "settings": settings
                | (
                    {"queue": {"limit": 10 + Dice("queue", seed, number).below(5)}}
                    if number % 2
                    else {}
                ),
            }
        )
    return rows


def skills(agents: int) -> list[Row]:
    """All skills."""
    return [
        {
            "id": ids.SKILLS + number * ids.STEP,
            "name": name,
            "description": description,
            "enabled": number != 3,
            "members": [
                agent_id(agent) for agent in range(1, agents + 1) if agent % 4 == number % 4
            ],
        }
        for number, (name, description) in enumerate(_SKILLS, 1)
    ]


def agents(
    seed: int, count: int, departments: list[Row], skills: list[Row], start: int, end: int
) -> list[Row]:
    """All agents by id; ``enabled`` is 0 or 1 in part (DOC agents), last_login null for some, scope missing for some."""
    rows = []
    for number in range(1, count + 1):
        dice = Dice("agent", seed, number)
        own = agent_id(number)
        first, _, last = person(dice).partition(" ")
        member = [row["id"] for row in departments if own in row["members"]]
        logins = 0 if dice.chance(15) else 1 + dice.below(400)
        enabled = not dice.chance(10)
        row: Row = {
            "enabled": int(enabled) if number % 9 == 8 else enabled,
            "create_date": stamp(start + dice.below(30 * DAY)),
            "role_id": ids.ROLES + (1 if number == 1 else 2) * ids.STEP,
            "first_name": first,
            "email": f"agent.{number}@acme.example",
            "last_name": "" if dice.chance(10) else last,
            "id": own,
            "enabled_departments": member if dice.chance(80) else [],
            "departments": member,
            "skills": [row["id"] for row in skills if own in row["members"]],
            "display_name": f"{first} {number}",
            "last_login": stamp(end - dice.below(90 * DAY)) if logins else None,
            "login_count": logins,
            "roles": {"administrator": number <= 2, "owner": number == 1},
        }
        if number % 3 == 0:
            row["scope"] = "all"
        rows.append(row)
    return rows


def roles(agents: int) -> list[Row]:
    """The account's roles."""
    rows = []
    for number, (name, description) in enumerate(_ROLES, 1):
        top = number == 1
        whole, most = ("account", "account") if top else ("account", "none")
        rows.append(
            {
                "enabled": True,
                "permissions": {
                    "visitors_seen": whole,
                    "proactive_chatting": "listen-join",
                    "edit_visitor_information": True,
                    "edit_visitor_notes": True,
                    "view_past_chats": whole,
                    "edit_chat_tags": top,
                    "manage_bans": whole,
                    "access_analytics": most,
                    "view_monitor": whole,
                    "edit_department_agents": most,
                    "set_agent_chat_limit": most,
                    "manage_shortcuts": whole,
                },
                "description": description,
                "name": name,
                "id": ids.ROLES + number * ids.STEP,
                "members_count": 1 if top else agents - 1 if number == 2 else 0,
            }
        )
    return rows
