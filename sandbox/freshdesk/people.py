"""Contacts and companies: whole rows are made when asked for."""

from __future__ import annotations

from array import array
from enum import IntEnum

from sandbox.dice import Dice
from sandbox.freshdesk import ids
from sandbox.freshdesk.data import load_templates
from sandbox.freshdesk.fields import CUSTOM, values
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


class Contacts:
    """The requesters. Contact number k has the id ``CONTACTS + k``; company 0 means none."""

    def __init__(self, scale: Scale) -> None:
        self._seed = scale.seed
        self.names: list[str] = []
        self.company = array("i")
        self.created, self.updated = array("q"), array("q")
        self.state = bytearray()
        self._patches: dict[int, Row] = {}
        for number in range(scale.contacts):
            dice = Dice("contact", scale.seed, number)
            created = scale.start + scale.span * number // scale.contacts
            updated = created + (0 if dice.chance(30) else dice.below(scale.epoch - created + 1))
            employer = dice.below(scale.companies) + 1 if dice.chance(80) else 0
            state = dice.pick(_STATES) if number else State.VERIFIED
            self.add(person(dice), created, updated, employer, state)

    def add(
        self, name: str, created: int, updated: int, employer: int = 0, state: int = State.VERIFIED
    ) -> int:
        """Add a contact; return its number."""
        self.names.append(name)
        self.company.append(employer)
        self.created.append(created)
        self.updated.append(updated)
        self.state.append(state)
        return len(self.names) - 1

    def change(self, number: int, at: int, **fields: object) -> None:
        """Set fields of a contact."""
        self.names[number] = str(fields.pop("name", self.names[number]))
        self._patches.setdefault(number, {}).update(fields)
        self.updated[number] = at

    def __len__(self) -> int:
        return len(self.names)

    def brief(self, number: int) -> Row:
        """The contact as include=requester embeds it in a ticket (DOCS). Some have no email."""
        host = "example.com" if number % 7 else "exämple.example"
        return {
            "id": ids.CONTACTS + number,
            "name": self.names[number],
            "email": None if number % 19 == 18 else f"user.{number}@{host}",
            "mobile": None if number % 3 else f"+1 555 0199 {number % 1000:03d}",
            "phone": "" if number % 5 == 4 else None,
        }

    def row(self, number: int) -> Row:
        """List form. ``other_companies`` are ids in some accounts, objects in others (DOCS)."""
        dice = Dice("contact row", self._seed, number)
        created, state, employer = self.created[number], self.state[number], self.company[number]
        others = [ids.COMPANIES + employer] if employer and number % 9 == 0 else []
        as_objects = [{"company_id": other, "view_all_tickets": True} for other in others]
        first, _, last = self.names[number].partition(" ")
        row: Row = _ROWS["contact"](
            dice,
            number=number,
            active=state != State.UNVERIFIED,
            sentence=dice.pick(SENTENCES),
            company_id=ids.or_none(ids.COMPANIES, employer),
            other_companies=others if number % 2 else as_objects,
            org=ORGANISATION + number,
            created_at=stamp(created),
            updated_at=stamp(self.updated[number]),
            custom_fields=values(
                CUSTOM["contact"], ("contact fields", self._seed, number), created
            ),
        )
        row |= {**self.brief(number), "first_name": first, "last_name": last}
        if state == State.DELETED:
            row["deleted"] = True
        return row | self._patches.get(number, {})


def companies(scale: Scale) -> Table:
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
            custom_fields=values(
                CUSTOM["company"], ("company fields", scale.seed, number), created
            ),
        )
        return made

    return Table((ids.COMPANIES + number for number in range(1, scale.companies + 1)), row)
