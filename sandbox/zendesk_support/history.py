"""What happened to each ticket, audit by audit. Rows, metrics and comments all follow from it.

What an update consists of is written in data/events.json: each of its parts is a method of
``Draft`` and what it is given.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sandbox.account import is_long
from sandbox.chance import TAGS, Dice, html, paragraph
from sandbox.table import Row
from sandbox.template import fill, load
from sandbox.times import DAY, stamp
from sandbox.zendesk_support import ids
from sandbox.zendesk_support.fields import OF_TICKETS, custom_values
from sandbox.zendesk_support.population import Size, Tickets

SYSTEM = -1
EVENTS = load(__file__, "events")
STATUS_IDS = EVENTS["status ids"]
_CHANNELS = EVENTS["channels"]


class Step(NamedTuple):
    """One audit: when it happened, who did it, by which channel, and its events without ids."""

    at: int
    author: int
    channel: str
    events: list[Row]


@dataclass
class Draft:
    """An audit that is being written: who takes part, the ticket's fields so far, the events."""

    dice: Dice
    ticket: int
    at: int
    requester: int
    agent: int
    fields: Row
    events: list[Row] = field(default_factory=list)

    def update(self, name: str) -> None:
        """Adds what an update of this name consists of."""
        for template in EVENTS["updates"][name]:
            part, *arguments = fill(template, {}, self.dice)
            getattr(self, part)(*arguments)

    def add(self, template: str, given: Row | None = None, **values: Any) -> None:
        """Adds an event made from its template, with values of its own."""
        about = {
            "n": self.ticket,
            "ticket": self.ticket,
            "requester": self.requester,
            "agent": self.agent,
            "at": stamp(self.at),
            "call": ids.CALLS + self.ticket,
        }
        self.events.append(fill(EVENTS[template], {**about, **values, **(given or {})}, self.dice))

    def write(self, author: int, text: str, public: bool = True, files: int = 0) -> None:
        """Somebody writes a comment; in ``files`` percent of cases with a file."""
        attachments = []
        if self.dice.chance(files):
            file = ids.ATTACHMENTS + self.ticket * 100 + self.dice.below(100)
            attachments = [fill(EVENTS["attachment"], {"n": file, "file": file}, self.dice)]
        about = {"author": author, "text": text, "html": html(text) if text else ""}
        self.add("comment", about, public=public, attachments=attachments)

    def comment(self, who: str, sentences: int, public: bool = True, files: int = 0) -> None:
        """The "agent" or the "requester" writes so many sentences."""
        author = self.agent if who == "agent" else self.requester
        self.write(author, paragraph(self.dice, sentences), public, files)

    def set(self, name: str, value: Any) -> None:
        """Changes a field of the ticket; does nothing if it has that value already."""
        before = self.fields.get(name)
        if before == value:
            return
        self.fields[name] = value
        self.events.append(
            {"type": "Change", "field_name": name, "value": value, "previous_value": before}
        )

    def status(self, *choices: str) -> None:
        """Changes an open ticket's status, and the custom status with it."""
        status = self.dice.pick(choices)
        self.set("status", status)
        self.set("custom_status_id", STATUS_IDS[status])

    def assign(self) -> None:
        """The agent takes the ticket, and so does the agent's default group."""
        self.set("assignee_id", str(self.agent))
        self.set("group_id", str(ids.GROUPS + 1 + self.agent % 2))

    def rate(self, score: str, comment: str) -> None:
        """The requester rates the ticket."""
        self.add("rating", score=score, comment=comment)
        self.set("satisfaction_score", score)

    def author(self, number: int) -> int:
        """Returns who did it: who wrote, who rated, an agent, or sometimes the system."""
        first = self.events[0] if self.events else {"type": ""}
        if first["type"] == "SatisfactionRating":
            return self.requester
        changed = {event.get("field_name") for event in self.events}
        by_agent = number % 3 or changed & {"assignee_id", "status"}
        return int(first.get("author_id", self.agent if by_agent else SYSTEM))


class History:
    """Audits by ticket and number. Those of the built account are derived, later ones are kept."""

    def __init__(self, size: Size, tickets: Tickets) -> None:
        self._seed, self._agents, self._tickets = size.seed, size.agents, tickets
        self._added: dict[int, list[Step]] = {}
        self._known: dict[int, tuple[list[Step], Row]] = {}

    def is_rated(self, ticket: int) -> bool:
        """Returns whether the ticket's built history ends with a rating."""
        return ticket % 3 == 0 and self._tickets.final_status[ticket] in ("solved", "closed")

    def _ending(self, ticket: int) -> list[str]:
        """Returns the names of the last updates of the built history."""
        ending: list[str] = EVENTS["endings"][self._tickets.final_status[ticket]]
        if not self.is_rated(ticket):
            return ending
        return [ending[0], "complain" if ticket % 2 else "rate", *ending[1:]]

    def _built(self, ticket: int) -> int:
        """Returns how many audits the built account has of a ticket."""
        tickets = self._tickets
        if ticket > tickets.built:
            return 0
        if tickets.base[ticket] == tickets.created[ticket]:
            return 1
        dice = Dice("thread", self._seed, ticket)
        if is_long(ticket):
            return 102 + dice.below(60)
        return 2 + len(self._ending(ticket)) + dice.below(4)

    def count(self, ticket: int) -> int:
        """Returns how many audits the ticket has."""
        return self._built(ticket) + len(self._added.get(ticket, ()))

    def times(self, ticket: int) -> list[int]:
        """Returns when each of the ticket's audits happened."""
        later = [step.at for step in self._added.get(ticket, ())]
        return self._built_times(ticket) + later

    def _built_times(self, ticket: int) -> list[int]:
        built, created = self._built(ticket), self._tickets.created[ticket]
        span = self._tickets.base[ticket] - created
        return [created + span * number // max(built - 1, 1) for number in range(built)]

    def steps(self, ticket: int) -> list[Step]:
        """Returns the ticket's audits, oldest first."""
        return self._read(ticket)[0]

    def fields(self, ticket: int) -> Row:
        """Returns the ticket's fields as its last audit left them, by the audits' names."""
        return self._read(ticket)[1]

    def _read(self, ticket: int) -> tuple[list[Step], Row]:
        if ticket not in self._known:
            if len(self._known) > 10_000:
                self._known.clear()
            steps, fields = self.as_built(ticket)
            for step in self._added.get(ticket, ()):
                steps.append(step)
                for event in step.events:
                    if event["type"] in ("Create", "Change"):
                        fields[event["field_name"]] = event["value"]
            self._known[ticket] = steps, fields
        return self._known[ticket]

    def as_built(self, ticket: int) -> tuple[list[Step], Row]:
        """Returns the audits that the account was built with, and the fields they lead to."""
        fields: Row = {}
        times = self._built_times(ticket)
        steps = [self._step(ticket, number, at, fields) for number, at in enumerate(times)]
        return steps, fields

    def _step(self, ticket: int, number: int, at: int, fields: Row) -> Step:
        dice = Dice("audit", self._seed, ticket, number)
        agent = self._tickets.assignee[ticket] or dice.below(self._agents) + 1
        draft = self.draft(dice, ticket, at, ids.USERS + agent, fields)
        if number == 0:
            self.open(draft, {})
            return Step(at, draft.requester, dice.pick(_CHANNELS), draft.events)
        self._update(draft, number)
        return Step(at, draft.author(number), dice.pick(_CHANNELS), draft.events)

    def draft(self, dice: Dice, ticket: int, at: int, agent: int, fields: Row) -> Draft:
        """Returns an audit without events."""
        requester = ids.USERS + self._tickets.requester[ticket]
        return Draft(dice, ticket, at, requester, agent, fields)

    def _update(self, draft: Draft, number: int) -> None:
        """Adds what happens in a built ticket's so-many-th audit, which is not the first."""
        ticket = draft.ticket
        final, is_taken = self._tickets.final_status[ticket], self._tickets.assignee[ticket] > 0
        ending, left = self._ending(ticket), self._built(ticket) - number
        if left <= len(ending):
            draft.update(ending[-left])
        elif number == 1 and is_taken:
            draft.update("accept")
        else:
            order = EVENTS["order"] if is_taken else EVENTS["order of untaken tickets"]
            draft.update(order[(ticket * 7 + number) % len(order)])
        if left == 1:
            draft.status(final)

    def open(self, draft: Draft, given: Mapping[str, Any]) -> None:
        """Adds what happens in a ticket's first audit, with some fields ``given``."""
        draft.write(draft.requester, self.opening_text(draft.ticket), files=15)
        due, tag = stamp(draft.at + 3 * DAY), draft.dice.pick(TAGS)
        values = {"n": draft.ticket, "at": due, "tag": tag, "requester": str(draft.requester)}
        draft.fields |= fill(EVENTS["opening"], values, draft.dice)
        draft.fields |= custom_values("ticket", OF_TICKETS, self._seed, draft.ticket, draft.at)
        draft.fields["custom_status_id"] = STATUS_IDS["new"]
        if draft.ticket == self._tickets.nul_ticket:
            draft.fields["subject"] += " \0"
        draft.fields |= given
        for name, value in draft.fields.items():
            if value is not None:
                draft.events.append({"type": "Create", "field_name": name, "value": value})
        draft.add("notification", kind="Notification")

    def opening_text(self, ticket: int) -> str:
        """Returns what the requester wrote first: the ticket's description."""
        dice = Dice("description", self._seed, ticket)
        text = paragraph(dice, 2 + dice.below(5))
        return text + "\0" if ticket == self._tickets.nul_ticket else text

    def append(self, ticket: int, step: Step) -> int:
        """Adds an audit to a ticket and returns its id."""
        number = self.count(ticket)
        self._added.setdefault(ticket, []).append(step)
        self._known.pop(ticket, None)
        return ids.audit(ticket, number)
