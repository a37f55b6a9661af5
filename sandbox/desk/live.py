"""A plausible day at the help desk: a batch of changes of all kinds, in ordinary proportions."""

from __future__ import annotations

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
_KINDS = tuple(kind for kind, share in _PROPORTIONS.items() for _ in range(share))


def live(account: Account, seed: int, n: int) -> Changed:
    """Make ``n`` changes; the same seed on the same account makes the same ones."""
    touched: dict[str, set[int]] = {}
    with account.lock:
        for number in range(n):
            for stream, ids in _one(account, Dice("live", account.seed, seed, number)).items():
                touched.setdefault(stream, set()).update(ids)
    return {stream: sorted(ids) for stream, ids in sorted(touched.items())}


def _one(account: Account, dice: Dice) -> Changed:
    kind, changes = dice.pick(_KINDS), account.changes
    if kind in ("new_case", "new_customer", "add_article"):
        return changes.do(kind)
    if kind == "update_customer":
        return changes.update_customer(dice.pick(account.customers.ids()))
    case = dice.pick(account.cases.ids())
    if kind == "edit_reply" and account.threads.counts(case)[0] == 0:
        kind = "reply"
    return changes.do(kind, id=case)
