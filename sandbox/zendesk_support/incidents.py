"""What happened around tickets: ratings, messages of the log, and changes of the account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.chance import Dice
from sandbox.table import Row
from sandbox.template import fill, load
from sandbox.times import parse, stamp, stamp_millis
from sandbox.zendesk_support import ids
from sandbox.zendesk_support.history import Step

_ROWS = load(__file__, "rows")


def rating(ticket: int, requester: int, steps: list[Step], known: Row) -> Row | None:
    """Returns the rating that a ticket's history left, or None where it was never asked for."""
    found = [
        (step.at, event)
        for step in steps
        for event in step.events
        if event["type"] == "SatisfactionRating"
    ]
    if not found:
        return None
    assignee, group = known.get("assignee_id"), known.get("group_id")
    values = {
        "id": ids.RATINGS + ticket,
        "ticket": ticket,
        "requester": requester,
        "assignee": int(assignee) if assignee else None,
        "group": int(group) if group else None,
        "score": found[-1][1]["score"],
        "comment": found[-1][1]["body"] or None,
        "created_at": stamp(found[0][0]),
        "updated_at": stamp(found[-1][0]),
    }
    row: Row = fill(_ROWS["rating"], values)
    return {**row, **_ROWS["reason"]} if ticket % 2 else row


def conversation_log(ticket: int, comments: list[Row]) -> list[Row]:
    """Returns a ticket's comments as its log shows them, each after a message of the bot."""
    rows = []
    for n, comment in enumerate(comments, 1):
        at = parse(comment["created_at"])
        values = {"n": n, "comment": comment, "received_at": stamp_millis(at, 412)}
        for place, template in enumerate(("log_message", "log_comment")):
            own_id = ids.ulid(at * 1000, ticket * 1_000 + n * 2 + place)
            values |= {"id": own_id, "reference": comment["id"]}
            rows.append(fill(_ROWS[template], values))
    return rows


def audit_log(number: int, at: int, **about: Any) -> Row:
    """Returns the row that says who changed the account."""
    return dict(fill(_ROWS["audit_log"], {"n": number, "id": ids.LOGS + number, "at": at, **about}))


def organization_ended(number: int, organization: int, at: int) -> Row:
    """Returns the row that says when an organization was deleted."""
    about = {"action": "destroy", "label": "Destroyed", "kind": "organization"}
    source, text = ids.ORGANIZATIONS + organization, f"Organization: {organization}"
    return audit_log(number, at, **about, source=source, text=text)


def audit_logs(
    seed: int, count: int, ended: list[tuple[int, int]], start: int, end: int
) -> Iterator[Row]:
    """Returns changes and log-ins, and the end of each deleted organization (number, when)."""
    for number in range(1, count + 1):
        dice = Dice("audit log", seed, number)
        kind, action = dice.pick(_ROWS["logged"])
        about = {"kind": kind, "action": action, "label": action.title(), "text": f"Rule: {number}"}
        at, source = start + (end - start) * number // count, ids.SETTINGS + dice.below(900)
        yield audit_log(number, at, **about, source=source)
    for organization, at in ended:
        yield organization_ended(count + organization, organization, at)
