"""Contacts and companies, whose rows are made when asked for; agents and groups."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache

from sandbox.account import Scale
from sandbox.chance import SENTENCES, Dice, company, person, slug
from sandbox.freshdesk import ids
from sandbox.freshdesk.fields import values
from sandbox.table import Row, Table
from sandbox.template import templates
from sandbox.times import DAY, date_of

_ROWS = templates(__file__, "people")
_ORGANISATION = 1_000_000_000_000_000_000


class State(IntEnum):
    """Which list a contact is in; the default list has the verified and the unverified."""

    VERIFIED, UNVERIFIED, BLOCKED, DELETED = range(4)


_STATES = (State.DELETED, State.BLOCKED, *(State.UNVERIFIED,) * 4, *(State.VERIFIED,) * 44)


@dataclass
class Contact:
    """What lists and filters need of a contact; company 0 means none."""

    name: str
    created: int
    updated: int
    company: int = 0
    state: State = State.VERIFIED
    patches: Row = field(default_factory=dict)


class Contacts(dict[int, Contact]):
    """The requesters, by id."""

    def __init__(self, scale: Scale, fields: Sequence[Row]) -> None:
        super().__init__()
        self._seed, self._fields = scale.seed, fields
        for number in range(scale.customers):
            dice = Dice("contact", scale.seed, number)
            created = scale.start + scale.span * number // scale.customers
            updated = created + (0 if dice.chance(30) else dice.below(scale.end - created + 1))
            employer = dice.below(scale.companies) + 1 if dice.chance(80) else 0
            state = dice.pick(_STATES) if number else State.VERIFIED
            self.add(Contact(person(dice), created, updated, employer, state))

    def add(self, contact: Contact) -> int:
        """Adds a contact; returns the id."""
        key = ids.CONTACTS + len(self)
        self[key] = contact
        return key

    def change(self, key: int, at: int, **fields: object) -> None:
        """Sets fields of a contact."""
        contact = self[key]
        contact.name = str(fields.pop("name", contact.name))
        contact.patches.update(fields)
        contact.updated = at

    def changed(self, states: Collection[State]) -> Iterator[tuple[int, int]]:
        """The ids of the contacts in these states, each with its time of change."""
        for key, contact in self.items():
            if contact.state in states:
                yield key, contact.updated

    def brief(self, key: int) -> Row:
        """The contact as include=requester embeds it in a ticket (DOCS). Some have no email."""
        number = key - ids.CONTACTS
        known = {"id": key, "name": self[key].name}
        return _ROWS["brief"](n=number, digits=f"{number % 1000:03d}", **known)

    def row(self, key: int) -> Row:
        """The list form. ``other_companies`` are ids in some accounts, objects in others (DOCS)."""
        number, contact = key - ids.CONTACTS, self[key]
        dice, own = Dice("contact row", self._seed, number), ("contact fields", self._seed, number)
        employer = ids.COMPANIES + contact.company if contact.company else None
        others = [employer] if employer and number % 9 == 0 else []
        as_objects = [{"company_id": other, "view_all_tickets": True} for other in others]
        first, _, last = contact.name.partition(" ")
        row = _ROWS["contact"](
            dice,
            number=number,
            active=contact.state != State.UNVERIFIED,
            sentence=dice.pick(SENTENCES),
            other_companies=others if number % 2 else as_objects,
            org=_ORGANISATION + number,
            custom_fields=values(self._fields, own, contact.created),
            **vars(contact),
        )
        row |= {**self.brief(key), "first_name": first, "last_name": last}
        if contact.state == State.DELETED:
            row["deleted"] = True
        return row | contact.patches


def companies(scale: Scale, fields: Sequence[Row]) -> Table:
    """All companies; some write their times with an Indian offset (DOCS samples)."""

    @cache
    def row(key: int) -> Row:
        number = key - ids.COMPANIES
        dice = Dice("company", scale.seed, number)
        created = scale.start + dice.below(scale.span)
        updated = created + (0 if dice.chance(40) else dice.below(scale.end - created))
        name = f"{company(dice)} {number}"
        return _ROWS["company"](
            dice,
            n=number,
            name=name,
            slug=slug(name),
            sentence=dice.pick(SENTENCES),
            renewal=date_of(updated + dice.below(300) * DAY),
            org=_ORGANISATION + number,
            created=created,
            updated=updated,
            custom_fields=values(fields, ("company fields", scale.seed, number), created),
        )

    return Table((ids.COMPANIES + number for number in range(1, scale.companies + 1)), row)


def agents(scale: Scale) -> list[Row]:
    """All agents in full, by name. A contact's times differ from the agent's (AB-REC)."""
    rows = [_agent(scale, number) for number in range(1, scale.agents + 1)]
    return sorted(rows, key=lambda row: str(row["contact"]["name"]))


def _agent(scale: Scale, number: int) -> Row:
    dice = Dice("agent", scale.seed, number)
    created = scale.start + dice.below(30 * DAY)
    updated = created + dice.below(scale.end - created)
    available = dice.chance(70)
    return _ROWS["agent"](
        dice,
        number=number,
        available_since=updated if available and dice.chance(50) else None,
        name=person(dice),
        available=available,
        seen=scale.end - dice.below(40 * DAY),
        logged_in=scale.end - dice.below(90 * DAY),
        ticket_scope=1 if number <= 2 else dice.below(3) + 1,
        group_ids=[ids.GROUPS + (number - 1) % scale.groups + 1],
        role_ids=[ids.ROLES + (1 if number == 1 else 4)],
        created=created,
        contact_updated=created + dice.below(60 * DAY),
        updated=updated,
    )


def groups(scale: Scale, agents: list[Row]) -> list[Row]:
    """All groups in their full form. Times have an offset in part (DOCS samples)."""
    rows = []
    for number in range(1, scale.groups + 1):
        dice = Dice("group", scale.seed, number)
        created = scale.start + dice.below(60 * DAY)
        key = ids.GROUPS + number
        members = sorted(agent["id"] for agent in agents if key in agent["group_ids"])
        kind = dice.pick(("Billing", "Technik", "Entregas", "物流", "Escalations"))
        facts = {"n": number, "kind": kind, "created": created, "agent_ids": members}
        rows.append(_ROWS["group"](dice, **facts, updated=created + dice.below(300 * DAY)))
    return rows


def availability(agent: Row) -> Row:
    """How available an agent is, as /agents?only=availability shows it (DOCS)."""
    number = agent["id"] - ids.AGENTS
    return _ROWS["availability"](Dice("availability", agent["id"]), **agent, number=number)


def short_agent(agent: Row) -> Row:
    """The agent as the list of a group's agents shows it (DOCS)."""
    return _ROWS["short_agent"](**agent)


def admin_group(group: Row) -> Row:
    """The same group in the shape of /admin/groups (DOCS)."""
    escalated_to = [group["escalate_to"]] if group["escalate_to"] else []
    minutes = {"30m": "30", "1h": "60", "1d": "1440"}.get(group["unassigned_for"])
    assigns = group["auto_ticket_assign"] > 0
    own = {"escalate_to": escalated_to, "unassigned_for": minutes, "is_assigned": assigns}
    return _ROWS["admin_group"](**group | own)


def facts(scale: Scale, agents: list[Row], groups: list[Row]) -> Row:
    """What the small tables tell of the account (data/settings.json)."""
    occasional = sum(agent["occasional"] for agent in agents)
    return {
        "start": scale.start,
        "groups": {group["name"]: group["id"] for group in groups},
        "agents": {agent["contact"]["name"]: agent["id"] for agent in agents},
        "organisation": 6 * _ORGANISATION + scale.seed,
        "account": 297_457 + scale.seed,
        "full_time": len(agents) - occasional,
        "occasional": occasional,
        "email": agents[0]["contact"]["email"],
    }
