"""GET /search/...: how many rows changed on a day or later, and the first of them.

Of the query language only this condition is spoken: "updated_at:>'2026-01-31'", which includes its
own day (DOCS, Filter tickets). Spam, deleted and archived rows are not found (DOCS).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sandbox.freshdesk.call import Call
from sandbox.freshdesk.errors import invalid
from sandbox.freshdesk.people import State as ContactState
from sandbox.freshdesk.tickets import State
from sandbox.table import Row
from sandbox.times import parse

HITS_PER_PAGE = 30
_QUERY = re.compile(r"\"updated_at:>'(\d{4}-\d\d-\d\d)'\"")
_SHOWN = (ContactState.VERIFIED, ContactState.UNVERIFIED)


def tickets(call: Call) -> Row:
    """GET /search/tickets"""
    since = _since(call)
    listed = call.account.tickets.listed(State.LIVE)
    found = [ticket.id for ticket in listed if ticket.updated >= since]
    return _reply(call, found, call.account.views.row)


def contacts(call: Call) -> Row:
    """GET /search/contacts"""
    since, known = _since(call), call.account.contacts
    shown = [number for number in range(len(known)) if known[number].state in _SHOWN]
    return _reply(call, [number for number in shown if known[number].updated >= since], known.row)


def companies(call: Call) -> Row:
    """GET /search/companies"""
    since, table = _since(call), call.account.companies
    found = [row["id"] for row in table if parse(row["updated_at"]) >= since]
    return _reply(call, found, table.row)


def _since(call: Call) -> int:
    condition = _QUERY.fullmatch(call.args.get("query", ""))
    if not condition:
        raise invalid("query", "Given query is invalid.")
    return parse(condition[1])


def _reply(call: Call, keys: list[int], row: Callable[[int], Row]) -> Row:
    end = call.args.get("page", 1) * HITS_PER_PAGE
    return {"total": len(keys), "results": [row(key) for key in keys[end - HITS_PER_PAGE : end]]}
