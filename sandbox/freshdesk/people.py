"""Contacts and companies, agents and groups: whole rows are made when asked for."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from enum import IntEnum

from sandbox.dice import Dice
from sandbox.freshdesk import ids
from sandbox.freshdesk.data import load_templates
from sandbox.freshdesk.fields import CustomFields, values
from sandbox.freshdesk.scale import Scale
from sandbox.table import Row, Table
from sandbox.times import DAY, date_of, stamp, stamp_india, stamp_or_none
from sandbox.words import SENTENCES, company, person, slug

_ROWS = load_templates("people")
_MINUTES = {"30m": "30", "1h": "60", "1d": "1440"}
_ORGANISATION = 1_000_000_000_000_000_000


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
        self,
        name: str,
        created: int,
        updated: int,
        employer: int = 0,
        state: State = State.VERIFIED,
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

    def email(self, number: int) -> str | None:
        """The address, which ends in the contact's number and survives renaming; some have none."""
        if number % 19 == 18:
            return None
        return f"user.{number}@{'example.com' if number % 7 else 'exämple.example'}"

    def brief(self, number: int) -> Row:
        """The contact as include=requester embeds it in a ticket (DOCS)."""
        return {
            "id": ids.CONTACTS + number,
            "name": self.names[number],
            "email": self.email(number),
            "mobile": None if number % 3 else f"+1 555 0199 {number % 1000:03d}",
            "phone": "" if number % 5 == 4 else None,
        }

    def row(self, number: int, fields: CustomFields) -> Row:
        """List form. ``other_companies`` are ids in some accounts, objects in others (DOCS)."""
        dice = Dice("contact row", self._seed, number)
        state, employer = self.state[number], self.company[number]
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
            org=_ORGANISATION + number,
            created_at=stamp(self.created[number]),
            updated_at=stamp(self.updated[number]),
            custom_fields=values(
                fields, ("contact fields", self._seed, number), self.created[number]
            ),
        )
        row |= {**self.brief(number), "first_name": first, "last_name": last}
        if state == State.DELETED:
            row["deleted"] = True
        return row | self._patches.get(number, {})

    def single_only(self, number: int) -> Row:
        """The keys that only the single view has (SIO-TESTS)."""
        row: Row = _ROWS["contact_single"](
            Dice("contact view", self._seed, number),
            number=number,
            avatar_id=9_000_000 + number,
            slug=slug(self.names[number]),
            created_at=stamp(self.created[number]),
        )
        return row


def companies(scale: Scale, fields: Callable[[], CustomFields]) -> Table:
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
            org=_ORGANISATION + number,
            created_at=write(created),
            updated_at=write(updated),
            custom_fields=values(fields(), ("company fields", scale.seed, number), created),
        )
        return made

    return Table((ids.COMPANIES + number for number in range(1, scale.companies + 1)), row)


def agents(scale: Scale) -> list[Row]:
    """All agents in full, by name. A contact's times differ from the agent's (AB-REC)."""
    rows = [_agent(scale, number) for number in range(1, scale.agents + 1)]
    return sorted(rows, key=lambda row: str(row["contact"]["name"]))


def _agent(scale: Scale, number: int) -> Row:
    dice = Dice("agent", scale.seed, number)
    created = scale.start + dice.below(30 * DAY)
    updated = created + dice.below(scale.epoch - created)
    available = dice.chance(70)
    since = updated if available and dice.chance(50) else None
    row: Row = _ROWS["agent"](
        dice,
        id=ids.AGENTS + number,
        number=number,
        name=person(dice),
        available=available,
        available_since=stamp_or_none(since),
        seen_at=stamp(scale.epoch - dice.below(40 * DAY)),
        login_at=stamp_india(scale.epoch - dice.below(90 * DAY)),
        ticket_scope=1 if number <= 2 else dice.below(3) + 1,
        group_ids=[ids.GROUPS + (number - 1) % scale.groups + 1],
        role_ids=[ids.ROLES + (1 if number == 1 else 4)],
        created_at=stamp(created),
        contact_updated_at=stamp(created + dice.below(60 * DAY)),
        updated_at=stamp(updated),
    )
    return row


def groups(scale: Scale, agents: list[Row]) -> list[Row]:
    """All groups in their full form. Times have an offset in part (DOCS samples)."""
    rows = []
    for number in range(1, scale.groups + 1):
        dice = Dice("group", scale.seed, number)
        created = scale.start + dice.below(60 * DAY)
        write = stamp_india if number % 2 else stamp
        key = ids.GROUPS + number
        kind = dice.pick(("Billing", "Technik", "Entregas", "物流", "Escalations"))
        row: Row = _ROWS["group"](
            dice,
            id=key,
            name=f"{kind} {number}",
            agent_ids=sorted(agent["id"] for agent in agents if key in agent["group_ids"]),
            created_at=write(created),
            updated_at=write(created + dice.below(300 * DAY)),
        )
        rows.append(row)
    return rows


def admin_group(group: Row) -> Row:
    """The same group in the shape of /admin/groups (DOCS)."""
    row: Row = _ROWS["admin_group"](
        Dice("admin group"),
        **group,
        escalated_to=[group["escalate_to"]] if group["escalate_to"] else [],
        minutes=_MINUTES.get(group["unassigned_for"]),
        is_assigned=group["auto_ticket_assign"] > 0,
    )
    return row


def account(plan: str, seed: int, agents: list[Row], start: int) -> Row:
    """GET /account."""
    occasional = sum(agent["occasional"] for agent in agents)
    row: Row = _ROWS["account"](
        Dice("account", seed),
        organisation_id=6 * _ORGANISATION + seed,
        account_id=297_457 + seed,
        full_time=len(agents) - occasional,
        occasional=occasional,
        plan=plan,
        email=agents[0]["contact"]["email"],
        start=start,
    )
    return row
