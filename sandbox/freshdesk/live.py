"""A plausible day at the help desk: changes of all kinds, in ordinary proportions."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.app import Changed
from sandbox.dice import Dice
from sandbox.freshdesk import ids
from sandbox.freshdesk.changes import Account
from sandbox.freshdesk.data import load
from sandbox.freshdesk.tickets import State
from sandbox.live import weighted

_KINDS = weighted(load("live"))
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
    ticket = dice.pick(tickets).id
    if kind in _MOVES:
        return changes.move_ticket(ticket, _MOVES[kind])
    thread = account.threads.of(ticket)
    if kind != "edit_conversation":
        return changes.do(kind, ticket=ticket)
    return changes.edit_conversation(dice.pick(thread)["id"]) if thread else changes.note(ticket)
