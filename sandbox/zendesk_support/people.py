"""Users, their identities, and organizations."""

from collections.abc import Callable, Iterable
from typing import Any

from sandbox.chance import TAGS, Dice, company, person
from sandbox.table import Row
from sandbox.template import templates
from sandbox.times import DAY
from sandbox.zendesk_support import ids
from sandbox.zendesk_support.fields import custom_values
from sandbox.zendesk_support.population import Population, Size, State

_ROWS = templates(__file__, "rows")


class People(Population):
    """Users or organizations. ``patches`` are what changes have set, ``fields`` the custom ones."""

    def __init__(self, size: Size, fields: Callable[[], Iterable[Row]]) -> None:
        super().__init__()
        self.seed, self._size, self._fields = size.seed, size, fields
        self.patches: dict[int, Row] = {}

    def _build(self, dice: Dice, number: int, total: int, state: State) -> None:
        created = self._size.start + self._size.span * (number - 1) // total
        later = 0 if dice.chance(25) else dice.below(300 * DAY)
        self.add(created, min(self._size.end, created + later), state)

    def _crowd(self, first: int, size: int) -> None:
        """Gives ``size`` of them, from ``first`` on, one time of update, and shows all."""
        for number in range(first, first + size):
            self.updated[number] = self.generated[number] = self.updated[first + size - 1]
        self.show_all()

    def patch(self, number: int, at: int, **fields: Any) -> None:
        """Sets fields of one, which updates it."""
        self.patches.setdefault(number, {}).update(fields)
        self.touch(number, at)

    def _common(self, kind: str, number: int) -> Row:
        """Returns the values that a row's template needs of each kind."""
        created, kinds = self.created[number], {row["key"]: row["type"] for row in self._fields()}
        return {
            "n": number,
            "tag": Dice("tag", self.seed, number).pick(TAGS),
            "custom": custom_values(kind, kinds, self.seed, number, created),
            "created": created,
            "updated": self.updated[number],
        }


class Users(People):
    """The first ``agents`` numbers are agents, number 1 an administrator.

    Three fifths of the others have an organization.
    """

    first_id = first_tie = ids.USERS

    def __init__(self, size: Size, fields: Callable[[], Iterable[Row]]) -> None:
        super().__init__(size, fields)
        self.agents, total = size.agents, size.agents + size.requesters
        self.organization: dict[int, int] = {}
        for number in range(1, total + 1):
            dice = Dice("user", self.seed, number)
            roll = dice.below(1_000) + 1_000 * (number <= self.agents)
            state = State.DELETED if roll <= 25 else State.LIVE
            self._build(dice, number, total, State.ERASED if roll < 5 else state)
            dice = Dice("member", self.seed, number)
            if number > self.agents and dice.chance(60):
                self.organization[number] = dice.below(size.organizations) + 1
        self._crowd(self.agents + 1, size.user_burst)

    def organization_id(self, number: int) -> int | None:
        """Returns the id of the organization that a user has or had, or None."""
        organization = self.organization.get(number)
        return None if organization is None else ids.ORGANIZATIONS + organization

    def row(self, number: int) -> Row:
        """Returns a user as lists and exports show it."""
        dice = Dice("user row", self.seed, number)
        is_live = self.state[number] == State.LIVE
        known = {row["type"]: row for row in self.identities(number)}
        email, phone = known.get("email", {}), known.get("phone_number", {})
        photo = ids.ATTACHMENTS + 900_000_000 + number
        has_photo, is_suspended = is_live and number % 12 == 0, number % 90 == 89
        role = "agent" if number <= self.agents else "end_user"
        row = _ROWS["user"](
            dice,
            **self._common("user", number),
            id=ids.USERS + number,
            name=person(dice),
            email=email.get("value"),
            verified=email.get("verified", False),
            phone=phone.get("value"),
            shared_phone=False if phone else None,
            organization=self.organization_id(number) if is_live else None,
            active=is_live,
            suspended=is_suspended,
            photo=_ROWS["photo"](photo=photo, thumbnail=photo + 1) if has_photo else None,
        )
        row |= _ROWS["admin" if number == 1 else role](group=ids.GROUPS + 1 + number % 2)
        if is_suspended:
            row["suspension_details"] = {"reason": "spam"}
        row |= self.patches.get(number, {})
        if self.state[number] == State.ERASED:
            row |= {"name": "Permanently Deleted User", "permanently_deleted": True}
        return row

    def identities(self, number: int) -> list[Row]:
        """Returns the user's identities; none once the user is deleted."""
        if self.state[number] != State.LIVE:
            return []
        domain = "example.com" if number % 7 else "exämple.example"
        kinds = {
            "email": (f"user.{number}@{domain}", number % 31 != 30),
            "phone_number": (f"+1555010{number % 1_000:03d}", number % 9 == 0),
            "google": (f"user.{number}@gmail.example", number % 40 == 0),
        }
        known = [(kind, value) for kind, (value, is_known) in kinds.items() if is_known]
        rows = []
        for place, (kind, value) in enumerate(known):
            n = number * 10 + place
            about: Row = {"n": n, "id": ids.IDENTITIES + n, "user": ids.USERS + number}
            about |= {"kind": kind, "value": value, "primary": place == 0}
            row = _ROWS["identity"](**about, created=self.created[number])
            rows.append(row | (_ROWS["deliverable"]() if kind == "email" else {}))
        return rows


class Organizations(People):
    """The companies that requesters belong to."""

    first_id = first_tie = ids.ORGANIZATIONS

    def __init__(self, size: Size, fields: Callable[[], Iterable[Row]]) -> None:
        super().__init__(size, fields)
        for number in range(1, size.organizations + 1):
            dice = Dice("organization", self.seed, number)
            state = State.DELETED if dice.chance(3) else State.LIVE
            self._build(dice, number, size.organizations, state)
        self._crowd(1, size.organization_burst)

    def name(self, number: int) -> str:
        """Returns the name that the organization has, or had before it was deleted."""
        made = f"{company(Dice('company', self.seed, number))} {number}"
        return str(self.patches.get(number, {}).get("name", made))

    def row(self, number: int) -> Row:
        """Returns an organization as lists and exports show it.

        A deleted one has another name, and deleted_at (LIVE).
        """
        own_id = ids.ORGANIZATIONS + number
        common, is_live = self._common("organization", number), self.state[number] == State.LIVE
        dice = Dice("organization row", self.seed, number)
        ended = None if is_live else common["updated"]
        about = {**common, "id": own_id, "name": self.name(number), "ended": ended}
        row = _ROWS["organization"](dice, **about) | self.patches.get(number, {})
        return row if is_live else {**row, "name": f"{own_id}_deleted_{self.name(number)}"}
