"""A plausible day at the help desk: changes of all kinds, in ordinary proportions."""

from __future__ import annotations

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
        "update_row users": 4,
        "add_row users": 2,
        "remove_row users": 1,
        "update_row organizations": 2,
        "remove_row organizations": 1,
        "update_row macros": 1,
        "delete_ticket": 1,
        "archive_ticket": 1,
    }
)
_OF_CLOSED_TICKETS = ("system_update", "breach", "delete_ticket", "archive_ticket")


def any_change(account: Account, dice: Dice) -> Changed:
    """Makes one change, which ``dice`` picks."""
    changes, users, organizations = account.changes, account.users, account.organizations
    kind, _, stream = dice.pick(_KINDS).partition(" ")
    chosen = {
        "users": ids.USERS + users.agents + 1 + dice.below(len(users.created) - users.agents - 1),
        "organizations": ids.ORGANIZATIONS + 1 + dice.below(len(organizations.created) - 1),
        "macros": dice.pick(list(account.table("macros"))),
    }
    if kind == "add_row":
        return changes.add_row(stream)
    if stream:
        return changes.do(kind, stream=stream, row_id=chosen[stream])
    listed = account.tickets.live()
    ticket = listed[dice.below(len(listed))] if listed and kind != "new_ticket" else 0
    is_closed = ticket and account.history.fields(ticket)["status"] == "closed"
    if not ticket or (is_closed and kind not in _OF_CLOSED_TICKETS):
        return changes.new_ticket()
    if kind == "note":
        return changes.reply(ticket, public=False)
    if kind == "solve":
        return changes.set_status(ticket, "solved")
    return changes.do(kind, ticket=ticket)
