"""A plausible day in the chat team: changes of all kinds, in ordinary proportions."""

from __future__ import annotations

from typing import Any

from sandbox import live
from sandbox.app import Changed
from sandbox.dice import Dice
from sandbox.template import load
from sandbox.zendesk_chat.changes import Changes
from sandbox.zendesk_chat.events import STATUSES
from sandbox.zendesk_chat.people import BAN_KINDS

_KINDS = live.weighted(load(__file__, "chats")["live"])
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
