"""A plausible day at the help desk: changes of all kinds, in ordinary proportions."""

from __future__ import annotations

from sandbox import live
from sandbox.app import Changed
from sandbox.desk.account import Account
from sandbox.desk.history import EVENTS
from sandbox.dice import Dice

_KINDS = live.weighted(EVENTS["live"])


def any_change(account: Account, dice: Dice) -> Changed:
    """Make one change, which ``dice`` picks."""
    kind, changes = dice.pick(_KINDS), account.changes
    if kind in ("new_case", "new_customer", "add_article"):
        return changes.do(kind)
    if kind == "update_customer":
        return changes.update_customer(dice.pick(account.customers.ids()))
    case = dice.pick(account.cases.ids())
    if kind == "edit_reply" and not account.cases.story(case).replies:
        kind = "reply"
    return changes.do(kind, id=case)
