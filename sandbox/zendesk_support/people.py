"""Users, their identities, and organizations."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from enum import IntEnum

from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.template import fill, load
from sandbox.times import DAY, stamp
from sandbox.words import TAGS, company, person
from sandbox.zendesk_support import ids
from sandbox.zendesk_support.feed import Feed
from sandbox.zendesk_support.fields import person_values

_ROWS = load(__file__, "rows")


class State(IntEnum):
    """Where a person is found: ACTIVE in lists and exports, DELETED and ERASED in exports only."""

    ACTIVE, DELETED, ERASED = range(3)


class People:
    """Users or organizations by number, from 1. Rows are made when they are asked for."""

    def __init__(self, seed: int, start: int, end: int) -> None:
        self.seed = seed
        self._start, self._end = start, end
        self.created = array("q", [0])
        self.updated = array("q", [0])
        self.state = bytearray(1)
        self.patches: dict[int, Row] = {}
        self.exported = Feed(())
        self.listed = Feed(())

    def __contains__(self, number: int) -> bool:
        return 0 < number < len(self.created)

    def numbers(self) -> Iterator[int]:
        """Returns all numbers."""
        return iter(range(1, len(self.created)))

    def add(self, at: int, updated: int | None = None, state: State = State.ACTIVE) -> int:
        """Adds one in no list yet, and returns its number."""
        self.created.append(at)
        self.updated.append(at if updated is None else updated)
        self.state.append(state)
        return len(self.created) - 1

    def _build(self, dice: Dice, number: int, total: int, state: State) -> None:
        span = self._end - self._start
        created = self._start + span * (number - 1) // total
        later = 0 if dice.chance(25) else dice.below(300 * DAY)
        self.add(created, min(self._end, created + later), state)

    def show(self, number: int) -> None:
        """Puts one into the lists and the export."""
        self.exported.add(self.updated[number], number)
        if self.state[number] == State.ACTIVE:
            self.listed.add(self.updated[number], number)

    def _show_all(self, first: int, crowd: int) -> None:
        """Shows all, ``crowd`` of them with one time of update."""
        chosen = range(first, first + crowd)
        for number in chosen:
            self.updated[number] = self.updated[chosen[-1]]
        pairs = [(self.updated[number], number) for number in self.numbers()]
        self.exported = Feed(pairs)
        self.listed = Feed(pair for pair in pairs if self.state[pair[1]] == State.ACTIVE)

    def touch(self, number: int, at: int, state: State | None = None, **fields: object) -> None:
        """Changes one at a time: its fields, and the lists that it is in."""
        self.exported.remove(self.updated[number], number)
        self.listed.remove(self.updated[number], number)
        self.updated[number] = at
        if state is not None:
            self.state[number] = state
        self.patches.setdefault(number, {}).update(fields)
        self.show(number)

    def common(self, number: int) -> Row:
        """Returns the values that a row's template needs of each kind."""
        dice = Dice("tag", self.seed, number)
        times = {
            "created_at": stamp(self.created[number]),
            "updated_at": stamp(self.updated[number]),
        }
        return {"n": number, "tag": dice.pick(TAGS), **times}


class Users(People):
    """The first ``agents`` numbers are agents, number 1 an administrator."""

    def __init__(
        self, seed: int, start: int, end: int, agents: int, requesters: int, crowd: int
    ) -> None:
        super().__init__(seed, start, end)
        self.agents = agents
        self.organization: dict[int, int] = {}
        for number in range(1, agents + requesters + 1):
            dice = Dice("user", seed, number)
            roll = dice.below(1_000) + 1_000 * (number <= agents)
            state = State.DELETED if roll <= 25 else State.ACTIVE
            self._build(dice, number, agents + requesters, State.ERASED if roll < 5 else state)
        self._show_all(agents + 1, crowd)

    def join(self, organizations: int) -> None:
        """Gives three fifths of the end users an organization."""
        for number in range(self.agents + 1, len(self.created)):
            dice = Dice("member", self.seed, number)
            if dice.chance(60):
                self.organization[number] = dice.below(organizations) + 1

    def organization_id(self, number: int) -> int | None:
        """Returns the id of the organization that a user has or had, or None."""
        organization = self.organization.get(number)
        return None if organization is None else ids.ORGANIZATIONS + organization

    def row(self, number: int, definitions: list[Row]) -> Row:
        """Returns a user as lists and exports show it."""
        dice = Dice("user row", self.seed, number)
        is_gone = self.state[number] != State.ACTIVE
        known = {row["type"]: row for row in self.identities(number)}
        email, phone = known.get("email", {}), known.get("phone_number", {})
        created = self.created[number]
        values = {
            **self.common(number),
            "id": ids.USERS + number,
            "name": person(dice),
            "email": email.get("value"),
            "verified": email.get("verified", False),
            "phone": phone.get("value"),
            "shared_phone": False if phone else None,
            "photo": None if is_gone or number % 12 else self._photo(number),
            "organization": None if is_gone else self.organization_id(number),
            "group": ids.GROUPS + 1 + number % 2,
            "active": not is_gone,
            "suspended": number % 90 == 89,
            "custom": person_values(definitions, "user", self.seed, number, created),
        }
        row = {**fill(_ROWS["user"], values, dice), **fill(_ROWS[self._role(number)], values)}
        if values["suspended"]:
            row["suspension_details"] = {"reason": "spam"}
        row |= self.patches.get(number, {})
        if self.state[number] == State.ERASED:
            row |= {"name": "Permanently Deleted User", "permanently_deleted": True}
        return row

    def _role(self, number: int) -> str:
        if number == 1:
            return "admin"
        return "agent" if number <= self.agents else "end_user"

    def identities(self, number: int) -> list[Row]:
        """Returns the user's identities; none once the user is deleted."""
        if self.state[number] != State.ACTIVE:
            return []
        domain = "example.com" if number % 7 else "exämple.example"
        kinds = []
        if number % 31 != 30:
            kinds.append(("email", f"user.{number}@{domain}"))
        if number % 9 == 0:
            kinds.append(("phone_number", f"+1555010{number % 1_000:03d}"))
        if number % 40 == 0:
            kinds.append(("google", f"user.{number}@gmail.example"))
        rows = []
        for place, (kind, value) in enumerate(kinds):
            n = number * 10 + place
            about: Row = {"n": n, "id": ids.IDENTITIES + n, "user": ids.USERS + number}
            about |= {"kind": kind, "value": value, "primary": place == 0}
            row = fill(_ROWS["identity"], {**about, "at": stamp(self.created[number])})
            if kind == "email":
                row |= {"undeliverable_count": 0, "deliverable_state": "deliverable"}
            rows.append(row)
        return rows

    def _photo(self, number: int) -> Row:
        own_id = ids.ATTACHMENTS + 900_000_000 + number
        address = f"https://acme.zendesk.com/system/photos/{own_id}/me.png"
        values = {"id": own_id, "thumbnail": own_id + 1, "address": address}
        return dict(fill(_ROWS["photo"], values))


class Organizations(People):
    """The companies that requesters belong to."""

    def __init__(self, seed: int, start: int, end: int, count: int, crowd: int) -> None:
        super().__init__(seed, start, end)
        for number in range(1, count + 1):
            dice = Dice("organization", seed, number)
            state = State.DELETED if dice.chance(3) else State.ACTIVE
            self._build(dice, number, count, state)
        self._show_all(1, crowd)

    def name(self, number: int) -> str:
        """Returns the name that the organization has, or had before it was deleted."""
        made = f"{company(Dice('company', self.seed, number))} {number}"
        return str(self.patches.get(number, {}).get("name", made))

    def row(self, number: int, definitions: list[Row]) -> Row:
        """Returns an organization as lists and exports show it.

        A deleted one has another name, and deleted_at (LIVE).
        """
        own_id, created = ids.ORGANIZATIONS + number, self.created[number]
        common = self.common(number)
        is_deleted = self.state[number] != State.ACTIVE
        values = {
            **common,
            "id": own_id,
            "name": self.name(number),
            "deleted_at": common["updated_at"] if is_deleted else None,
            "custom": person_values(definitions, "organization", self.seed, number, created),
        }
        dice = Dice("organization row", self.seed, number)
        row = {**fill(_ROWS["organization"], values, dice), **self.patches.get(number, {})}
        if is_deleted:
            row["name"] = f"{own_id}_deleted_{self.name(number)}"
        return row
