"""A plausible day at the help desk: changes of all kinds, in ordinary proportions."""

from __future__ import annotations

from sandbox import live
from sandbox.app import Changed
from sandbox.desk.account import Account
from sandbox.dice import Dice

_PROPORTIONS = {
    "reply": 35,
    "new_case": 20,
    "update_case": 20,
    "note": 8,
    "update_customer": 6,
    "new_customer": 4,
    "edit_reply": 3,
    "delete_case": 2,
    "purge_case": 1,
    "add_article": 1,
}
_KINDS = live.weighted(_PROPORTIONS)


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
