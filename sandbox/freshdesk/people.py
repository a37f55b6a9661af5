"""Contacts and companies: compact facts for all of them, whole rows for those asked for (sheet 2.1, section 3)."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from enum import IntEnum

from sandbox.dice import Dice
from sandbox.freshdesk import ids
from sandbox.freshdesk.fields import FieldSets, values
from sandbox.freshdesk.scale import Scale
from sandbox.table import Row, Table
from sandbox.times import DAY, date_of, stamp, stamp_india
from sandbox.words import JOBS, LANGUAGES, TAGS, ZONES, company, paragraph, person, phone, slug


class State(IntEnum):
    """Which list a contact is in; the default list has the verified and the unverified."""

    VERIFIED, UNVERIFIED, BLOCKED, DELETED = range(4)


_STATES = (State.DELETED,) + (State.BLOCKED,) + (State.UNVERIFIED,) * 4 + (State.VERIFIED,) * 44


class Contacts:
    """The requesters. Contact number k has the id ``CONTACTS + k``."""

    def __init__(self, scale: Scale) -> None:
        self._seed = scale.seed
        self.names: list[str] = []
        self.company = array("i")  # 0 = none
        self.created = array("q")
        self.updated = array("q")
        self.state = bytearray()
        self._patches: dict[int, Row] = {}
        for number in range(scale.contacts):
            dice = Dice("contact", scale.seed, number)
            created = scale.start + scale.span * number // scale.contacts
            updated = created + (0 if dice.chance(30) else dice.below(scale.epoch - created + 1))
            employer = dice.below(scale.companies) + 1 if dice.chance(80) else 0
            self.add(
                person(dice),
                employer,
                created,
                updated,
                dice.pick(_STATES) if number else State.VERIFIED,
            )

    def add(
        self, name: str, employer: int, created: int, updated: int, state: State = State.VERIFIED
    ) -> int:
        """One more contact; returns its number."""
        self.names.append(name)
        self.company.append(employer)
        self.created.append(created)
        self.updated.append(updated)
        self.state.append(state)
        return len(self.names) - 1

    def change(self, number: int, at: int, **fields: object) -> None:
        """Set fields of a contact."""
        if "name" in fields:
            self.names[number] = str(fields["name"])
        self._patches.setdefault(number, {}).update(fields)
        self.updated[number] = at

    def __len__(self) -> int:
        return len(self.names)

    def email(self, number: int) -> str:
        """The address, which ends in the contact's number and survives renaming."""
        return f"user.{number}@{'example.com' if number % 7 else 'exämple.example'}"

    def find(self, email: str) -> int | None:
        """The number of the contact with this address."""
        number = email.removeprefix("user.").partition("@")[0]
        known = number.isdigit() and int(number) < len(self) and self.email(int(number)) == email
        return int(number) if known else None

    def brief(self, number: int) -> Row:
        """As embedded in a ticket by include=requester (DOCS)."""
        mobile = None if number % 3 else f"+1 555 0199 {number % 1000:03d}"
        return {
            "id": ids.CONTACTS + number,
            "name": self.names[number],
            "email": None if number % 19 == 18 else self.email(number),
            "mobile": mobile,
            "phone": "" if number % 5 == 4 else None,
        }

    def row(self, number: int, fields: FieldSets, single: bool = False) -> Row:
        """List form, or with the keys that only the single view has (SIO: tags, other_emails, avatar, view_all_tickets)."""
        dice = Dice("contact row", self._seed, number)
        state, employer = self.state[number], self.company[number]
        others = [ids.COMPANIES + employer] if employer and number % 9 == 0 else []
        row: Row = {
            "active": state != State.UNVERIFIED,
            "address": None if dice.chance(70) else paragraph(dice, 1),
            "company_id": ids.COMPANIES + employer if employer else None,
            "description": None if dice.chance(80) else paragraph(dice, 1),
            "job_title": None if dice.chance(50) else dice.pick(JOBS),
            "language": dice.pick(LANGUAGES),
            "time_zone": dice.pick(ZONES),
            "twitter_id": None if dice.chance(90) else f"user_{number}",
            "facebook_id": None,
            "unique_external_id": None
            if dice.chance(60)
            else (str(number) if number % 2 else f"crm-{number}"),
            "csat_rating": None if dice.chance(70) else dice.pick((103, 100, -103)),
            "preferred_source": dice.pick(("email", "portal", "phone", None)),
            "contact_type": "contact" if number % 40 else "visitor",
            "first_name": self.names[number].partition(" ")[0],
            "last_name": self.names[number].partition(" ")[2],
            "visitor_id": f"00000000-0000-4000-8000-{number:012d}",
            "org_contact_id": 1_000_000_000_000_000_000 + number,
            "org_contact_id_str": str(1_000_000_000_000_000_000 + number),
            "other_phone_numbers": [],
            "created_at": stamp(self.created[number]),
            "updated_at": stamp(self.updated[number]),
            **self.brief(number),
        }
        row["custom_fields"] = values(
            fields.contact, ("contact fields", self._seed, number), self.created[number]
        )
        as_objects = single or number % 2 == 0
        row["other_companies"] = (
            [{"company_id": key, "view_all_tickets": True} for key in others]
            if as_objects
            else others
        )
        if state == State.DELETED:
            row["deleted"] = True
        if single:
            row |= {
                "view_all_tickets": bool(number % 2),
                "other_emails": [f"second.{number}@example.org"] if number % 6 == 0 else [],
                "tags": [dice.pick(TAGS)] if number % 4 == 0 else [],
                "avatar": self._avatar(number) if number % 10 == 0 else None,
                "social_handler": [],
                "twitter_profile_status": False,
                "twitter_followers_count": None,
            }
        return row | self._patches.get(number, {})

    def _avatar(self, number: int) -> Row:
        at = stamp(self.created[number])
        return {
            "id": 9_000_000 + number,
            "name": f"{slug(self.names[number])}.png",
            "content_type": "image/png",
            "size": 4_000 + number,
            "avatar_url": f"https://cdn.example/{number}.png",
            "created_at": at,
            "updated_at": at,
        }


def companies(scale: Scale, fields: Callable[[], FieldSets]) -> Table:
    """All companies; times with an Indian offset in part (DOCS samples)."""
    numbers = (ids.COMPANIES + number for number in range(1, scale.companies + 1))
    return Table(numbers, lambda key: _company(scale, key - ids.COMPANIES, fields()))


def _company(scale: Scale, number: int, fields: FieldSets) -> Row:
    dice = Dice("company", scale.seed, number)
    created = scale.start + dice.below(scale.span)
    updated = created + (0 if dice.chance(40) else dice.below(scale.epoch - created))
    write = stamp_india if number % 4 == 0 else stamp
    name = f"{company(dice)} {number}"
    return {
        "id": ids.COMPANIES + number,
        "name": name,
        "description": None if dice.chance(50) else paragraph(dice, 2),
        "note": "" if dice.chance(50) else None,
        "domains": [f"{slug(name)}.example"] if dice.chance(70) else [],
        "health_score": dice.pick(("Happy", "Doing okay", "At risk", None)),
        "account_tier": dice.pick(("Basic", "Premium", "Enterprise", None)),
        "renewal_date": None
        if dice.chance(50)
        else f"{date_of(updated + dice.below(300) * DAY)}T00:00:00Z",
        "industry": dice.pick(("Specialty Retail", "Media", None)),
        "phone": phone(dice),
        "org_company_id": None if dice.chance(50) else str(1_000_000_000_000_000_000 + number),
        "created_at": write(created),
        "updated_at": write(updated),
        "custom_fields": values(fields.company, ("company fields", scale.seed, number), created),
    }
