"""What happened around tickets: ratings, skips, activities, calls, side conversations, logs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.template import fill, load
from sandbox.times import DAY, parse, stamp, stamp_millis
from sandbox.zendesk_support import ids
from sandbox.zendesk_support.history import History, Step
from sandbox.zendesk_support.population import State
from sandbox.zendesk_support.tickets import Tickets

_ROWS = load(__file__, "rows")
_LOGGED = (
    ("rule", "update"),
    ("user", "login"),
    ("ticket_field", "create"),
    ("account_setting", "update"),
)


class Incidents:
    """Makes the rows that follow from the tickets' histories."""

    def __init__(self, seed: int, tickets: Tickets, history: History) -> None:
        self._seed = seed
        self._tickets = tickets
        self._history = history

    def _of_each(self, template: str, wanted: Callable[[int], bool], first_id: int) -> list[Row]:
        """Returns a row about each wanted ticket of the account as it was built."""
        rows = []
        for ticket in self._tickets.numbers():
            if ticket <= self._tickets.built and wanted(ticket):
                dice = Dice(template, self._seed, ticket)
                about = self._about(ticket, dice, *self._history.as_built(ticket))
                values = {**about, "id": first_id + ticket}
                rows.append(fill(_ROWS[template], values, dice))
        return rows

    def _about(self, ticket: int, dice: Dice, steps: list[Step], known: Row) -> Row:
        assignee, group = known.get("assignee_id"), known.get("group_id")
        requester = ids.USERS + self._tickets.requester[ticket]
        talk_time, created = dice.below(600), steps[0].at
        return {
            "n": ticket,
            "ticket": ticket,
            "requester": requester,
            "agent": int(assignee) if assignee else ids.USERS + 1,
            "assignee": int(assignee) if assignee else None,
            "group": int(group) if group else None,
            "actor": steps[-1].author if steps[-1].author > 0 else requester,
            "status": self._tickets.final_status[ticket],
            "at": stamp(steps[-1].at),
            "talk_time": talk_time,
            "duration": talk_time + 3,
            "minutes": (talk_time + 3) // 60 + 1,
            "called": stamp(created),
            "hung_up": stamp(created + talk_time + 3),
        }

    def skips(self) -> list[Row]:
        """Returns the rows about agents who passed a ticket by."""
        return self._of_each("skip", lambda ticket: ticket % 50 == 7, ids.SKIPS)

    def activities(self, end: int) -> list[Row]:
        """Returns what the asking agent was told about in the last 30 days."""
        base = self._tickets.base

        def is_recent(ticket: int) -> bool:
            return ticket % 4 == 0 and end - base[ticket] <= 30 * DAY

        return self._of_each("activity", is_recent, ids.ACTIVITIES)

    def calls(self) -> list[Row]:
        """Returns the Talk calls that opened a twentieth of the tickets."""
        state = self._tickets.state

        def called(ticket: int) -> bool:
            return came_by_phone(ticket) and state[ticket] != State.DELETED

        return self._of_each("call", called, ids.CALLS)

    def rating(self, ticket: int) -> Row | None:
        """Returns the ticket's rating as its history left it, or None where it was never asked."""
        steps = self._history.steps(ticket)
        found = [
            (step.at, event)
            for step in steps
            for event in step.events
            if event["type"] == "SatisfactionRating"
        ]
        if not found:
            return None
        (offered, _), (at, last) = found[0], found[-1]
        values = {
            **self._about(ticket, Dice("rating"), steps, self._history.fields(ticket)),
            "id": ids.RATINGS + ticket,
            "score": last["score"],
            "comment": last["body"] or None,
            "created_at": stamp(offered),
            "updated_at": stamp(at),
        }
        row: Row = fill(_ROWS["rating"], values)
        if ticket % 2:
            row |= {"reason": "No reason provided", "reason_id": 0, "reason_code": 0}
        return row

    def ratings(self) -> list[Row]:
        """Returns the ratings of tickets that were rated before any change to the account."""
        rated = [
            ticket
            for ticket in self._tickets.numbers()
            if ticket <= self._tickets.built and self._history.is_rated(ticket)
        ]
        return [row for row in map(self.rating, rated) if row]

    def side_conversations(self) -> list[Row]:
        """Returns the side conversations of every tenth ticket."""
        tickets = [number for number in self._tickets.numbers() if number % 10 == 3]
        return [self._side_conversation(n) for n in tickets if not refuses_side_conversations(n)]

    def _side_conversation(self, ticket: int) -> Row:
        """Returns a ticket's side conversation, whose times have milliseconds."""
        created = stamp_millis(self._tickets.created[ticket], 17)
        values = {
            "id": f"8566255a-ece5-11e8-857d-{ticket:012x}",
            "ticket": ticket,
            "created_at": created,
            "updated_at": stamp_millis(self._tickets.base[ticket], 250),
        }
        dice = Dice("side conversation", self._seed, ticket)
        return dict(fill(_ROWS["side_conversation"], values, dice))

    def survey_responses(self) -> list[Row]:
        """Returns the surveys that were sent a day after tickets came, some without an answer."""
        rows = []
        for ticket in range(1, self._tickets.built + 1):
            if ticket % 6 == 1 and ticket in self._tickets:
                sent = self._tickets.created[ticket] + DAY
                values = {
                    "n": ticket // 6,
                    "id": ids.ulid(sent * 1000, ticket),
                    "ticket": ticket,
                    "requester": ids.USERS + self._tickets.requester[ticket],
                    "expires_at": stamp_millis(sent + 28 * DAY, 0),
                    "answered_at": stamp_millis(sent + 3_600, 100),
                    "changed_at": stamp_millis(sent + 7_200, 250),
                }
                dice = Dice("survey response", self._seed, ticket)
                rows.append(fill(_ROWS["survey_response"], values, dice))
        return rows


def side_conversation_events(conversations: Iterable[Row]) -> Iterator[Row]:
    """Returns how each side conversation was begun and answered."""
    for number, row in enumerate(conversations, 1):
        for kind, name in (("create", "created_at"), ("reply", "updated_at")):
            values = {"conversation": row["id"], "ticket": row["ticket_id"], "kind": kind}
            own_id = f"{kind}-{row['id']}"
            values |= {"id": own_id, "at": row[name]}
            yield fill(_ROWS["side_conversation_event"], values, Dice(own_id, number))


def conversation_log(ticket: int, comments: list[Row]) -> Iterator[Row]:
    """Returns a ticket's comments as its log shows them, each after a message of the bot."""
    for n, comment in enumerate(comments, 1):
        at = parse(comment["created_at"])
        values = {
            **comment,
            "n": n,
            "at": comment["created_at"],
            "received_at": stamp_millis(at, 412),
            "reference": comment["id"],
            "author": comment["author_id"],
            "html": comment["html_body"],
            "system": comment["metadata"]["system"],
        }
        for place, template in enumerate(("log_message", "log_comment")):
            own_id = ids.ulid(at * 1000, ticket * 1_000 + n * 2 + place)
            yield fill(_ROWS[template], {**values, "id": own_id})


def came_by_phone(ticket: int) -> bool:
    """Returns whether a call opened the ticket."""
    return ticket % 20 == 5


def refuses_side_conversations(ticket: int) -> bool:
    """Returns whether a single ticket refuses to show them, as some do (AIRBYTE 84353)."""
    return ticket % 97 == 96


def legs(calls: list[Row]) -> list[Row]:
    """Returns both ends of each call."""
    rows = []
    for call in calls:
        for place, side in enumerate(("customer", "agent")):
            own_id = ids.LEGS + (call["id"] - ids.CALLS) * 2 + place
            values = {**call, "n": place, "id": own_id, "call": call["id"], "side": side}
            rows.append(fill(_ROWS["leg"], {**values, "user": call[f"{side}_id"]}))
    return rows


def audit_log(number: int, at: int, **about: Any) -> Row:
    """Returns the row that says who changed the account."""
    values = {"n": number, "id": ids.LOGS + number, "at": stamp(at), **about}
    return dict(fill(_ROWS["audit_log"], values))


def organization_ended(number: int, organization: int, at: int) -> Row:
    """Returns the row that says when an organization was deleted."""
    source = ids.ORGANIZATIONS + organization
    about = {"action": "destroy", "label": "Destroyed", "kind": "organization"}
    return audit_log(number, at, **about, source=source, text=f"Organization: {organization}")


def audit_logs(
    seed: int, count: int, ended: list[tuple[int, int]], start: int, end: int
) -> list[Row]:
    """Returns changes and log-ins, and the end of each deleted organization (number, when)."""
    rows = []
    for number in range(1, count + 1):
        dice = Dice("audit log", seed, number)
        kind, action = dice.pick(_LOGGED)
        at = start + (end - start) * number // count
        about = {"kind": kind, "action": action, "label": action.title(), "text": f"Rule: {number}"}
        rows.append(audit_log(number, at, **about, source=ids.SETTINGS + dice.below(900)))
    for organization, at in ended:
        rows.append(organization_ended(count + organization, organization, at))
    return rows
