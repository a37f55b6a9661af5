"""A plausible day at the help desk: changes of all kinds, in ordinary proportions."""

from __future__ import annotations

from collections.abc import Callable

from sandbox import live
from sandbox.app import Changed
from sandbox.dice import Dice
from sandbox.freshdesk import ids
from sandbox.freshdesk.account import Account
from sandbox.freshdesk.tickets import State

_PROPORTIONS = {
    "reply": 30,
    "new_ticket": 15,
    "update_ticket": 15,
    "note": 8,
    "add_time_entry": 8,
    "rate": 6,
    "edit_time_entry": 4,
    "update_contact": 4,
    "edit_conversation": 2,
    "update_company": 2,
    "new_contact": 2,
    "trash": 2,
    "spam": 1,
    "restore": 1,
}
_KINDS = live.weighted(_PROPORTIONS)
_MOVES = {"trash": "deleted", "spam": "spam", "restore": "live"}


def any_change(account: Account, dice: Dice) -> Changed:
    """Make one change, which ``dice`` picks."""
    changes, kind = account.changes, dice.pick(_KINDS)
    contact = ids.CONTACTS + dice.below(len(account.contacts))
    others: dict[str, Callable[[], Changed]] = {
        "new_ticket": changes.new_ticket,
        "new_contact": changes.new_contact,
        "update_contact": lambda: changes.update_contact(contact),
        "update_company": lambda: changes.update_company(dice.pick(account.companies.ids)),
        "edit_time_entry": lambda: changes.edit_time_entry(dice.pick(account.time_entries.ids)),
    }
    tickets = account.tickets.listed(State.DELETED if kind == "restore" else State.LIVE)
    if kind in others:
        return others[kind]()
    if not tickets:
        return changes.new_ticket()
    ticket = dice.pick(tickets)
    if kind in _MOVES:
        return changes.move_ticket(ticket, _MOVES[kind])
    thread = account.threads.of(ticket)
    if kind == "edit_conversation" and thread:
        return changes.edit_conversation(dice.pick(thread)["id"])
    if kind == "edit_conversation":
        return changes.note(ticket)
    return changes.do(kind, ticket=ticket)
