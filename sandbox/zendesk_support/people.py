"""Users, their identities and organizations (sheet 2.1, section 3)."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from enum import IntEnum
from itertools import islice

from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.times import DAY, stamp
from sandbox.words import TAGS, company, paragraph, person, phone
from sandbox.zendesk_support import ids
from sandbox.zendesk_support.feed import Feed
from sandbox.zendesk_support.fields import person_values


class State(IntEnum):
    """ACTIVE ones are in lists and exports, DELETED ones in exports only; ERASED users stay there, permanently_deleted."""

    ACTIVE, DELETED, ERASED = range(3)


class People:
    """Users or organizations by number, from 1: times and states in arrays, rows made when asked for."""

    def __init__(self) -> None:
        self.created = array("q", [0])
        self.updated = array("q", [0])
        self.state = bytearray(1)
        self.patches: dict[int, Row] = {}
        self.exported = Feed(())
        self.listed = Feed(())

    def add(self, created: int, updated: int, state: State = State.ACTIVE) -> int:
        """One more, in no list yet; returns its number."""
        self.created.append(created)
        self.updated.append(updated)
        self.state.append(state)
        return len(self.created) - 1

    def _index(self, burst: int, first: int) -> None:
        chosen = list(islice(range(first, len(self.created)), burst))
        for number in chosen:
            self.updated[number] = max(self.updated[other] for other in chosen[-1:])
        self.exported = Feed((self.updated[number], number) for number in self.numbers())
        self.listed = Feed(
            (self.updated[number], number)
            for number in self.numbers()
            if self.state[number] == State.ACTIVE
        )

    def numbers(self) -> Iterator[int]:
        """All numbers."""
        return iter(range(1, len(self.created)))

    def touch(self, number: int, at: int, state: State | None = None, **fields: object) -> None:
        """Change one at a time: its fields, and the lists that it is in."""
        self.exported.remove(self.updated[number], number)
        self.listed.remove(self.updated[number], number)
        self.updated[number] = at
        self.state[number] = self.state[number] if state is None else state
        self.patches.setdefault(number, {}).update(fields)
        self.exported.add(at, number)
        if self.state[number] == State.ACTIVE:
            self.listed.add(at, number)


class Users(People):
    """The first ``agents`` numbers are agents, number 1 an administrator."""

    def __init__(
        self,
        seed: int,
        agents: int,
        requesters: int,
        organizations: int,
        start: int,
        end: int,
        burst: int,
    ) -> None:
        super().__init__()
        self._seed = seed
        self.agents = agents
        self.organization = array("q", [0])  # numbers; 0 = none
        total = agents + requesters
        for number in range(1, total + 1):
            dice = Dice("user", seed, number)
            created = start + (end - start) * (number - 1) // total
            updated = created if dice.chance(25) else min(end, created + dice.below(300 * DAY))
            roll = dice.below(1_000)
            state = (
                State.ACTIVE
                if number <= agents or roll > 25
                else State.ERASED
                if roll < 5
                else State.DELETED
            )
            self.add(created, updated, state)
            self.organization.append(
                dice.below(organizations) + 1 if number > agents and dice.chance(60) else 0
            )
        self._index(burst, agents + 1)

    def add_one(self, at: int) -> int:
        """A new end user."""
        number = self.add(at, at)
        self.organization.append(0)
        self.exported.add(at, number)
        self.listed.add(at, number)
        return number

    def row(self, number: int, definitions: list[Row]) -> Row:
        """A user as lists and exports show it."""
        dice = Dice("user row", self._seed, number)
        own_id, state, agent = ids.USERS + number, self.state[number], number <= self.agents
        gone = state != State.ACTIVE
        organization = self.organization[number]
        row: Row = {
            "id": own_id,
            "url": ids.url(f"users/{own_id}"),
            "name": "Permanently Deleted User" if state == State.ERASED else person(dice),
            "email": None if gone or number % 31 == 30 else self.email(number),
            "created_at": stamp(self.created[number]),
            "updated_at": stamp(self.updated[number]),
            "time_zone": "Berlin",
            "iana_time_zone": "Europe/Berlin",
            "phone": phone(dice) if dice.chance(20) else None,
            "shared_phone_number": dice.pick((None, None, True, False)),
            "photo": self._photo(number) if number % 12 == 0 and not gone else None,
            "locale_id": 1,
            "locale": "en-US",
            "organization_id": ids.ORGANIZATIONS + organization
            if organization and not gone
            else None,
            "role": "admin" if number == 1 else "agent" if agent else "end-user",
            "verified": dice.chance(70),
            "external_id": None if dice.chance(70) else f"crm-{number}",
            "tags": [dice.pick(TAGS)] if dice.chance(15) else [],
            "alias": "Zoë" if number % 25 == 0 else None if number % 3 else "",
            "active": not gone,
            "shared": False,
            "shared_agent": False,
            "last_login_at": stamp(self.created[number] + DAY) if dice.chance(40) else None,
            "two_factor_auth_enabled": False if agent else None,
            "signature": "-- \nAcme" if agent else None,
            "details": "" if dice.chance(50) else None,
            "notes": paragraph(dice, 1) if dice.chance(10) else None,
            "role_type": 4 if number == 1 else 0 if agent else None,
            "custom_role_id": ids.SETTINGS + 701 if agent else None,
            "moderator": agent,
            "ticket_restriction": None if agent else "requested",
            "only_private_comments": False,
            "restricted_agent": not agent,
            "suspended": number % 90 == 89,
            "default_group_id": ids.GROUPS + 1 if agent else None,
            "report_csv": number == 1,
            "user_fields": person_values(
                definitions, "user", self._seed, number, self.created[number]
            ),
        }
        if agent:
            row["is_billing_admin"] = number == 1
        if number % 90 == 89:
            row["suspension_details"] = {"reason": "spam"}
        if state == State.ERASED:
            row["permanently_deleted"] = True
        return row | self.patches.get(number, {})

    def email(self, number: int) -> str:
        """The address, which holds the user's number."""
        return f"user.{number}@{'example.com' if number % 7 else 'exämple.example'}"

    def identities(self, number: int) -> list[Row]:
        """The user's identities; none once the user is deleted."""
        if self.state[number] != State.ACTIVE:
            return []
        kinds = [("email", self.email(number))] if number % 31 != 30 else []
        if number % 9 == 0:
            kinds.append(("phone_number", f"+1555010{number % 1_000:03d}"))
        if number % 40 == 0:
            kinds.append(("google", f"user.{number}@gmail.example"))
        user = ids.USERS + number
        return [
            self._identity(user, ids.IDENTITIES + number * 10 + place, *kind)
            for place, kind in enumerate(kinds)
        ]

    def _identity(self, user: int, own_id: int, kind: str, value: str) -> Row:
        at = self.created[user - ids.USERS]
        row: Row = {
            "url": ids.url(f"users/{user}/identities/{own_id}"),
            "id": own_id,
            "user_id": user,
            "type": kind,
            "value": value,
        }
        row |= {
            "verified": own_id % 3 > 0,
            "primary": own_id % 10 == 0,
            "created_at": stamp(at),
            "updated_at": stamp(at + 60),
        }
        if kind == "email":
            row |= {"undeliverable_count": 0, "deliverable_state": "deliverable"}
        return row

    def _photo(self, number: int) -> Row:
        own_id = ids.ATTACHMENTS + 900_000_000 + number
        thumbnail = {
            "url": ids.url(f"attachments/{own_id + 1}"),
            "id": own_id + 1,
            "file_name": "me_thumb.png",
            "size": 900,
            "width": 32,
            "height": 32,
        }
        url = f"https://acme.zendesk.com/system/photos/{own_id}/me.png"
        return {
            "url": ids.url(f"attachments/{own_id}"),
            "id": own_id,
            "file_name": "me.png",
            "content_url": url,
            "mapped_content_url": url,
            "content_type": "image/png",
            "size": 4_000,
            "width": 80,
            "height": 80,
            "inline": False,
            "deleted": False,
            "thumbnails": [
                {
                    **thumbnail,
                    "content_url": url,
                    "content_type": "image/png",
                    "inline": False,
                    "deleted": False,
                }
            ],
        }


class Organizations(People):
    """The companies that requesters belong to."""

    def __init__(self, seed: int, count: int, start: int, end: int, burst: int) -> None:
        super().__init__()
        self._seed = seed
        for number in range(1, count + 1):
            dice = Dice("organization", seed, number)
            created = start + (end - start) * (number - 1) // count
            updated = created if dice.chance(30) else min(end, created + dice.below(300 * DAY))
            self.add(created, updated, State.DELETED if dice.chance(3) else State.ACTIVE)
        self._index(burst, 1)

    def add_one(self, at: int) -> int:
        """A new organization."""
        number = self.add(at, at)
        self.exported.add(at, number)
        self.listed.add(at, number)
        return number

    def row(self, number: int, definitions: list[Row]) -> Row:
        """An organization as lists and exports show it; a deleted one has another name and deleted_at (BRU)."""
        dice = Dice("organization row", self._seed, number)
        own_id = ids.ORGANIZATIONS + number
        deleted = self.state[number] != State.ACTIVE
        name = f"{company(dice)} {number}"
        row: Row = {
            "url": ids.url(f"organizations/{own_id}"),
            "id": own_id,
            "name": name,
            "shared_tickets": dice.chance(20),
            "shared_comments": dice.chance(20),
            "external_id": None if dice.chance(60) else f"crm-{number}",
            "created_at": stamp(self.created[number]),
            "updated_at": stamp(self.updated[number]),
            "domain_names": [f"company{number}.example"] if dice.chance(70) else [],
            "details": "" if dice.chance(50) else None,
            "notes": paragraph(dice, 1) if dice.chance(20) else None,
            "group_id": ids.GROUPS + 1 if dice.chance(20) else None,
            "tags": [dice.pick(TAGS)] if dice.chance(30) else [],
            "organization_fields": person_values(
                definitions, "organization", self._seed, number, self.created[number]
            ),
            **self.patches.get(number, {}),
            "deleted_at": stamp(self.updated[number]) if deleted else None,
        }
        if deleted:
            row["name"] = f"{own_id}_deleted_{row['name']}"
        return row
