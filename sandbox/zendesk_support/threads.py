"""A ticket's history: its audits, and the same as ticket events and as comments (sheet 2.3, section 3)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.times import stamp
from sandbox.words import paragraph
from sandbox.zendesk_support import events, ids
from sandbox.zendesk_support.events import Events, Scene
from sandbox.zendesk_support.feed import Feed
from sandbox.zendesk_support.tickets import LONG_THREADS_EVERY, State, Tickets

SYSTEM = -1
_CHANNELS = {
    "web": "Web form",
    "email": "Mail",
    "api": "Web service",
    "chat": "Chat",
    "rule": "Rule",
    "voice": "Phone call (incoming)",
}
_COMMENTS = ("Comment", "VoiceComment")


class Threads:
    """Audits by ticket and number, derived from the ticket's numbers; those of later changes are kept."""

    def __init__(self, seed: int, tickets: Tickets, agents: int) -> None:
        self._seed = seed
        self._tickets = tickets
        self._agents = agents
        self._added: dict[int, list[tuple[int, int, Events]]] = {}

    @cached_property
    def feed(self) -> Feed:
        """All audits of tickets that are not purged, by time: ``(time, ticket * AUDITS_PER_TICKET + number)``."""
        return Feed(
            (self.at(ticket, number), ticket * ids.AUDITS_PER_TICKET + number)
            for ticket in self._tickets.ids()
            for number in range(self.count(ticket))
        )

    def build(self) -> None:
        """Make the feed now, from the tickets as they are."""
        _ = self.feed

    def _built(self, ticket: int) -> int:
        tickets = self._tickets
        if ticket > tickets.built or tickets.base[ticket] == tickets.created[ticket]:
            return 1
        dice = Dice("thread", self._seed, ticket)
        return 102 + dice.below(60) if ticket % LONG_THREADS_EVERY == 50 else 2 + dice.below(6)

    def count(self, ticket: int) -> int:
        """How many audits the ticket has."""
        return self._built(ticket) + len(self._added.get(ticket, ()))

    def at(self, ticket: int, number: int) -> int:
        """When an audit happened."""
        built, created = self._built(ticket), self._tickets.created[ticket]
        if number >= built:
            return self._added[ticket][number - built][0]
        return created + (self._tickets.base[ticket] - created) * number // max(built - 1, 1)

    def append(self, ticket: int, at: int, author: int, happened: Events) -> int:
        """One more audit on a ticket; returns its id."""
        number = self.count(ticket)
        self.feed.add(at, ticket * ids.AUDITS_PER_TICKET + number)
        self._added.setdefault(ticket, []).append((at, author, happened))
        return ids.audit(ticket, number)

    def forget(self, ticket: int) -> None:
        """The ticket is gone for good."""
        for number in range(self.count(ticket)):
            self.feed.remove(self.at(ticket, number), ticket * ids.AUDITS_PER_TICKET + number)

    def audits(self, ticket: int) -> list[Row]:
        """All of a ticket, oldest first."""
        return [self.audit(ticket, number) for number in range(self.count(ticket))]

    def audit(self, ticket: int, number: int) -> Row:
        """One audit as /tickets/{id}/audits shows it."""
        dice = Dice("audit", self._seed, ticket, number)
        at = self.at(ticket, number)
        channel = dice.pick(("web", "email", "api", "chat", "rule"))
        author, happened = self._happened(dice, ticket, number, at)
        audit_id = ids.audit(ticket, number)
        rows = [{"id": audit_id + place, **event} for place, event in enumerate(happened, 1)]
        for row in rows:
            if row["type"] in _COMMENTS:
                row["audit_id"] = audit_id
        return {
            "id": audit_id,
            "ticket_id": ticket,
            "created_at": stamp(at),
            "author_id": author,
            "metadata": _metadata(dice, ticket, number),
            "events": rows,
            "via": {
                "channel": channel,
                "source": {
                    "from": _source(dice, channel),
                    "to": {},
                    "rel": "trigger" if channel == "rule" else None,
                },
            },
        }

    def _happened(self, dice: Dice, ticket: int, number: int, at: int) -> tuple[int, Events]:
        built = self._built(ticket)
        if number >= built:
            _, author, happened = self._added[ticket][number - built]
            return author, happened
        tickets = self._tickets
        agent = ids.USERS + (tickets.assignee[ticket] or dice.below(self._agents) + 1)
        scene = Scene(ticket, ids.USERS + tickets.requester[ticket], agent, at)
        if number == 0:
            return scene.requester, events.opening(
                dice, scene, self.opening_text(ticket), ids.FIELDS + 13, ids.FIELDS + 14
            )
        if (
            tickets.state[ticket] == State.DELETED
            and number == built - 1
            and ticket <= tickets.built
        ):
            return agent, [events.change("status", "deleted", "solved")]
        happened = events.UPDATES[(ticket * 7 + number) % len(events.UPDATES)](dice, scene)
        first = happened[0]
        author = (
            first["author_id"] if first["type"] in _COMMENTS else agent if number % 3 else SYSTEM
        )
        return author, happened

    def opening_text(self, ticket: int) -> str:
        """What the requester wrote first: the ticket's description."""
        dice = Dice("description", self._seed, ticket)
        return paragraph(dice, 2 + dice.below(5)) + (
            "\0" if ticket == self._tickets.odd_one else ""
        )

    def comments(self, ticket: int) -> list[Row]:
        """All of a ticket as /tickets/{id}/comments shows them."""
        return [row for audit in self.audits(ticket) for row in _comments(audit)]

    def event(self, packed: int, with_comments: bool) -> Row:
        """One ticket event, by its number in the feed; with the comments' whole text, or only a word that there was one."""
        ticket, number = divmod(packed, ids.AUDITS_PER_TICKET)
        audit = self.audit(ticket, number)
        via = _CHANNELS[audit["via"]["channel"]]
        children = [
            child
            for event in audit["events"]
            if (child := _child(audit, event, via, with_comments))
        ]
        row = {
            "child_events": children,
            "id": audit["id"],
            "ticket_id": ticket,
            "timestamp": self.at(ticket, number),
            "created_at": audit["created_at"],
            "updater_id": audit["author_id"],
            "via": via,
            "system": audit["metadata"]["system"],
            "metadata": {},
            "event_type": "Audit",
        }
        if number % 3 == 0:
            row["via_reference_id"] = None if number else 0
        return row


def _child(audit: Row, event: Row, via: str, with_comments: bool) -> Row | None:
    common = {"id": event["id"], "via": via, "via_reference_id": None, "event_type": event["type"]}
    if event["type"] in _COMMENTS:
        if not with_comments:
            return {**common, "comment_present": True, "comment_public": event["public"]}
        comment = next(row for row in _comments(audit) if row["id"] == event["id"])
        as_object = event["id"] // ids.EVENTS_PER_AUDIT % 2 == 0
        return {**comment, **common, "via": comment["via"] if as_object else via}
    if event["type"] not in ("Create", "Change"):
        return None
    name, value = event["field_name"], event["value"]
    child = {
        **common,
        **({"custom_ticket_fields": {name: value}} if name.isdigit() else {name: value}),
    }
    if event["type"] == "Change":
        child["previous_value"] = event["previous_value"]
    return child


def _comments(audit: Row) -> Iterator[Row]:
    for event in audit["events"]:
        if event["type"] in _COMMENTS:
            yield {
                **event,
                "via": audit["via"],
                "created_at": audit["created_at"],
                "metadata": audit["metadata"],
            }


def _source(dice: Dice, channel: str) -> Row:
    if channel == "email":
        return {
            "address": "kunde@example.com",
            "name": "Zoë",
            "original_recipients": ["support@acme.example"],
        }
    if channel == "rule":
        return {
            "id": ids.SETTINGS + 301,
            "title": "Notify requester",
            "deleted": False,
            "revision_id": dice.below(9),
        }
    return {}


def _metadata(dice: Dice, ticket: int, number: int) -> Row:
    system: Row = {
        "client": "Mozilla/5.0",
        "ip_address": f"192.0.2.{dice.below(256)}",
        "location": "Köln, Germany",
    }
    system |= {"latitude": 50.9 + dice.below(10) / 100, "longitude": 6.9}
    if dice.chance(20):
        system = {
            "message_id": f"<{ticket}.{number}@example.com>",
            "raw_email_identifier": f"{ticket}/{number}.eml",
            "json_email_identifier": None,
        }
    metadata: Row = {"system": system, "custom": {"basket": [1, "two"]} if dice.chance(5) else {}}
    if dice.chance(5):
        metadata |= {
            "flags": [2],
            "flags_options": {"2": {"message": {"user": "Zoë"}, "trusted": False}},
            "trusted": False,
        }
    if dice.chance(2):
        metadata |= {"suspension_type_id": None, "notifications_suppressed_for": [ids.USERS + 1]}
    return metadata
