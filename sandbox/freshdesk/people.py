"""Contacts and companies: whole rows are made when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from sandbox.dice import Dice
from sandbox.freshdesk import ids
from sandbox.freshdesk.data import load_templates
from sandbox.freshdesk.fields import values
from sandbox.freshdesk.scale import Scale
from sandbox.table import Row, Table
from sandbox.times import DAY, date_of, stamp, stamp_india
from sandbox.words import SENTENCES, company, person, slug

_ROWS = load_templates("people")
ORGANISATION = 1_000_000_000_000_000_000


class State(IntEnum):
    """Which list a contact is in; the default list has the verified and the unverified."""

    VERIFIED, UNVERIFIED, BLOCKED, DELETED = range(4)


_STATES = (State.DELETED, State.BLOCKED, *(State.UNVERIFIED,) * 4, *(State.VERIFIED,) * 44)


@dataclass(slots=True)
class Contact:
    """What lists and filters need of a contact; company 0 means none."""

    name: str
    created: int
    updated: int
    company: int = 0
    state: State = State.VERIFIED
    patches: Row = field(default_factory=dict)


class Contacts:
    """The requesters. Contact number k has the id ``CONTACTS + k``."""

    def __init__(self, scale: Scale, fields: Sequence[Row]) -> None:
        self._seed, self._fields = scale.seed, fields
        self._contacts: list[Contact] = []
        for number in range(scale.contacts):
            dice = Dice("contact", scale.seed, number)
            created = scale.start + scale.span * number // scale.contacts
            updated = created + (0 if dice.chance(30) else dice.below(scale.epoch - created + 1))
            employer = dice.below(scale.companies) + 1 if dice.chance(80) else 0
            state = dice.pick(_STATES) if number else State.VERIFIED
            self._contacts.append(Contact(person(dice), created, updated, employer, state))

    def add(self, name: str, created: int) -> int:
        """Add a contact; return its number."""
        self._contacts.append(Contact(name, created, created))
        return len(self) - 1

    def change(self, number: int, at: int, **fields: object) -> None:
        """Set fields of a contact."""
        contact = self[number]
        contact.name = str(fields.pop("name", contact.name))
        contact.patches.update(fields)
        contact.updated = at

    def __len__(self) -> int:
        return len(self._contacts)

    def __getitem__(self, number: int) -> Contact:
        if not 0 <= number < len(self):
            raise KeyError(f"no contact {ids.CONTACTS + number}")
        return self._contacts[number]

    def brief(self, number: int) -> Row:
        """The contact as include=requester embeds it in a ticket (DOCS). Some have no email."""
        host = "example.com" if number % 7 else "exämple.example"
        return {
            "id": ids.CONTACTS + number,
            "name": self[number].name,
            "email": None if number % 19 == 18 else f"user.{number}@{host}",
            "mobile": None if number % 3 else f"+1 555 0199 {number % 1000:03d}",
            "phone": "" if number % 5 == 4 else None,
        }

    def row(self, number: int) -> Row:
        """List form. ``other_companies`` are ids in some accounts, objects in others (DOCS)."""
        dice, contact = Dice("contact row", self._seed, number), self[number]
        employer = ids.or_none(ids.COMPANIES, contact.company)
        others = [employer] if employer and number % 9 == 0 else []
        as_objects = [{"company_id": other, "view_all_tickets": True} for other in others]
        first, _, last = contact.name.partition(" ")
        key = ("contact fields", self._seed, number)
        row: Row = _ROWS["contact"](
            dice,
            number=number,
            active=contact.state != State.UNVERIFIED,
            sentence=dice.pick(SENTENCES),
            company_id=employer,
            other_companies=others if number % 2 else as_objects,
            org=ORGANISATION + number,
            created_at=stamp(contact.created),
            updated_at=stamp(contact.updated),
            custom_fields=values(self._fields, key, contact.created),
        )
        row |= {**self.brief(number), "first_name": first, "last_name": last}
        if contact.state == State.DELETED:
            row["deleted"] = True
        return row | contact.patches


def companies(scale: Scale, fields: Sequence[Row]) -> Table:
    """All companies; some write their times with an Indian offset (DOCS samples)."""

    def row(key: int) -> Row:
        number = key - ids.COMPANIES
        dice = Dice("company", scale.seed, number)
        created = scale.start + dice.below(scale.span)
        updated = created + (0 if dice.chance(40) else dice.below(scale.epoch - created))
        write = stamp_india if number % 4 == 0 else stamp
        name = f"{company(dice)} {number}"
        made: Row = _ROWS["company"](
            dice,
            id=key,
            number=number,
            name=name,
            slug=slug(name),
            sentence=dice.pick(SENTENCES),
            renewal=date_of(updated + dice.below(300) * DAY),
            org=ORGANISATION + number,
            created_at=write(created),
            updated_at=write(updated),
            custom_fields=values(fields, ("company fields", scale.seed, number), created),
        )
        return made

    return Table((ids.COMPANIES + number for number in range(1, scale.companies + 1)), row)
