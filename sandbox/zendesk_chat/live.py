"""A plausible day in the chat team: changes of all kinds, in ordinary proportions."""

from __future__ import annotations

from typing import Any

from sandbox import live
from sandbox.app import Changed
from sandbox.dice import Dice
from sandbox.zendesk_chat.changes import Changes
from sandbox.zendesk_chat.events import STATUSES
from sandbox.zendesk_chat.people import BAN_KINDS

_PROPORTIONS = {
    "new_chat": 30,
    "offline_msg": 6,
    "rate": 14,
    "comment": 8,
    "tag": 14,
    "link_ticket": 8,
    "convert": 3,
    "update_chat": 4,
    "delete_chat": 2,
    "update": 2,
    "ban": 2,
    "unban": 1,
    "set_status": 5,
    "department_event": 1,
}
_KINDS = live.weighted(_PROPORTIONS)
_TALKS_ONLY = ("rate", "comment", "convert")


def any_change(changes: Changes, dice: Dice) -> Changed:
    """Make one change, which ``dice`` picks."""
    account, kind = changes.account, dice.pick(_KINDS)
    agent = dice.pick(account.chats.team.agents)["id"]
    department = dice.pick(account.chats.team.departments)["id"]
    arguments: dict[str, dict[str, Any]] = {
        "update": {"stream": "agents", "key": agent, "enabled": bool(dice.below(2))},
        "ban": {"kind": dice.pick(BAN_KINDS)},
        "set_status": {"agent": agent, "status": dice.pick(STATUSES)},
        "department_event": {"department": department},
        "new_chat": {},
    }
    if kind in arguments:
        return changes.do(kind, **arguments[kind])
    bans, keys = account.bans.all(*BAN_KINDS), account.chats.visible.keys
    if kind == "offline_msg" or not keys or (kind == "unban" and not bans):
        return changes.new_chat(kind="offline_msg")
    if kind == "unban":
        return changes.unban(dice.pick(bans)["id"])
    chat = dice.pick(keys)[1]
    offline = account.chats.rows[chat]["type"] == "offline_msg"
    return changes.do("tag" if offline and kind in _TALKS_ONLY else kind, chat=chat)
