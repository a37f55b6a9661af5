"""A plausible day in the chat team: changes of all kinds, in ordinary proportions."""

from __future__ import annotations

from collections.abc import Callable

from sandbox import live
from sandbox.app import Changed
from sandbox.dice import Dice
from sandbox.zendesk_chat.account import Account
from sandbox.zendesk_chat.bans import KINDS
from sandbox.zendesk_chat.chats import Kind
from sandbox.zendesk_chat.events import STATUSES

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


def any_change(account: Account, dice: Dice) -> Changed:
    """Makes one change, which ``dice`` picks."""
    changes, settings = account.changes, account.settings
    kind = dice.pick(_KINDS)
    agent, department = (
        dice.pick(settings["agents"])["id"],
        dice.pick(settings["departments"])["id"],
    )
    actions: dict[str, Callable[[], Changed]] = {
        "new_chat": changes.new_chat,
        "offline_msg": lambda: changes.new_chat(kind="offline_msg"),
        "update": lambda: changes.update("agents", agent, login_count=dice.below(1_000)),
        "ban": lambda: changes.ban(dice.pick(KINDS)),
        "set_status": lambda: changes.set_status(agent, dice.pick(STATUSES)),
        "department_event": lambda: changes.department_event(department),
    }
    if kind in actions:
        return actions[kind]()
    if kind == "unban":
        bans = account.bans.all()
        return changes.unban(dice.pick(bans)["id"]) if bans else changes.ban()
    chats = account.chats
    if not chats.visible.keys:
        return changes.new_chat()
    chat = dice.pick(chats.visible.keys)[1]
    offline = chats.kind[chats.number[chat]] == Kind.OFFLINE
    return changes.do("tag" if offline and kind in _TALKS_ONLY else kind, chat=chat)
