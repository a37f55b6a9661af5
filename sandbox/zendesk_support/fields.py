"""Custom fields of tickets, users and organizations: their definitions and their values."""

from __future__ import annotations

from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.template import fill, load
from sandbox.times import DAY, date_of, stamp
from sandbox.zendesk_support import ids

_ROWS = load(__file__, "rows")
_FIRST_CUSTOM = 11
_FIRST_OF_PERSONS = {"user": 101, "organization": 201}


def _definition(number: int, kind: str, title: str, path: str, start: int) -> Row:
    values = {
        "n": number,
        "id": ids.FIELDS + number,
        "path": path,
        "kind": kind,
        "title": title,
        "created_at": stamp(start),
        "updated_at": stamp(start + number * DAY),
    }
    return {**fill(_ROWS["field"], values), **fill(_ROWS["of_kind"].get(kind, {}), values)}


def ticket_fields(start: int) -> list[Row]:
    """Returns the rows of /ticket_fields: the system's fields, then the custom ones.

    Two custom fields share a title, as they may in life.
    """
    rows = []
    for first, names in ((1, "ticket_field_types"), (_FIRST_CUSTOM, "custom_ticket_fields")):
        for number, (kind, title) in enumerate(_ROWS[names], first):
            row = _definition(number, kind, title, "ticket_fields", start)
            about = {**row, "system": first == 1, "custom": first != 1}
            rows.append({**row, **fill(_ROWS["ticket_field"], about)})
    return rows


def person_fields(kind: str, start: int) -> list[Row]:
    """Returns the rows of /user_fields or /organization_fields; ``kind`` is the singular."""
    rows = []
    for number, (sort, key) in enumerate(_ROWS["person_fields"], _FIRST_OF_PERSONS[kind]):
        row = _definition(number, sort, key.title(), f"{kind}_fields", start)
        rows.append({**row, "key": key, "system": False})
    return rows


def ticket_values(seed: int, ticket: int, created: int) -> Row:
    """Returns a new ticket's custom fields by id."""
    dice = Dice("ticket fields", seed, ticket)
    kinds = {
        str(ids.FIELDS + number): kind
        for number, (kind, _) in enumerate(_ROWS["custom_ticket_fields"], _FIRST_CUSTOM)
    }
    return _values(dice, kinds, ticket, created)


def person_values(definitions: list[Row], kind: str, seed: int, number: int, created: int) -> Row:
    """Returns a person's user_fields or organization_fields by field key."""
    dice = Dice(f"{kind} fields", seed, number)
    kinds = {field["key"]: field["type"] for field in definitions}
    return _values(dice, kinds, number, created)


def _values(dice: Dice, kinds: dict[str, str], n: int, created: int) -> Row:
    """Returns a value for each field, null for about a third of them."""
    some = dice.below(1_000)
    given = {"n": n, "some": some, "fraction": some / 8, "date": date_of(created)}
    made = {
        name: fill(_ROWS["values"].get(kind, "new"), given, dice) for name, kind in kinds.items()
    }
    return {name: value if dice.chance(66) else None for name, value in made.items()}
