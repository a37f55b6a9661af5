"""A plausible day at the help desk: changes of all kinds, in ordinary proportions."""

from __future__ import annotations

from collections.abc import Callable

from sandbox import live
from sandbox.app import Changed
from sandbox.dice import Dice
from sandbox.zendesk_support import ids
from sandbox.zendesk_support.account import Account

_KINDS = live.weighted(
    {
        "reply": 30,
        "new_ticket": 15,
        "update_ticket": 14,
        "note": 8,
        "solve": 8,
        "system_update": 5,
        "rate": 4,
        "breach": 3,
        "update_user": 4,
        "new_user": 2,
        "delete_user": 1,
        "update_organization": 2,
        "delete_organization": 1,
        "update_macro": 1,
        "delete_ticket": 1,
        "archive_ticket": 1,
    }
)
_OF_CLOSED_TICKETS = ("system_update", "breach", "delete_ticket", "archive_ticket")


def any_change(account: Account, dice: Dice) -> Changed:
    """Makes one change, which ``dice`` picks."""
    changes, users, organizations = account.changes, account.users, account.organizations
    kind = dice.pick(_KINDS)
    user = ids.USERS + users.agents + 1 + dice.below(len(users.created) - users.agents - 1)
    organization = ids.ORGANIZATIONS + 1 + dice.below(len(organizations.created) - 1)
    macro = dice.pick(list(account.table("macros")))
    actions: dict[str, Callable[[], Changed]] = {
        "new_ticket": changes.new_ticket,
        "new_user": changes.new_user,
        "update_user": lambda: changes.update_user(user),
        "delete_user": lambda: changes.delete_user(user),
        "update_organization": lambda: changes.update_organization(organization),
        "delete_organization": lambda: changes.delete_organization(organization),
        "update_macro": lambda: changes.update_row("macros", macro),
    }
    if kind in actions:
        return actions[kind]()
    listed = account.tickets.listed
    ticket = listed[dice.below(len(listed))][1] if listed else 0
    is_closed = ticket and account.history.fields(ticket)["status"] == "closed"
    if not ticket or (is_closed and kind not in _OF_CLOSED_TICKETS):
        return changes.new_ticket()
    if kind == "note":
        return changes.reply(ticket, public=False)
    if kind == "solve":
        return changes.set_status(ticket, "solved")
    return changes.do(kind, ticket=ticket)
