"""Values of the custom fields of tickets, users and organizations."""

from collections.abc import Iterable

from sandbox.chance import Dice
from sandbox.table import Row
from sandbox.template import fill, load, load_all
from sandbox.times import date_of
from sandbox.zendesk_support import ids

_VALUES = load(__file__, "rows")["values"]
_OF_TICKETS = {
    str(ids.FIELDS + row["$n"]): row["type"]
    for row in load_all(__file__, "tables")["ticket_fields"]["rows"]
    if row["$custom"]
}
"""The kinds of a new ticket's custom fields by id."""


def ticket_values(seed: int, ticket: int, created: int) -> Row:
    """Returns a new ticket's custom fields by id."""
    return _values(Dice("ticket fields", seed, ticket), _OF_TICKETS, ticket, created)


def person_values(
    definitions: Iterable[Row], kind: str, seed: int, number: int, created: int
) -> Row:
    """Returns a person's user_fields or organization_fields by field key."""
    kinds = {field["key"]: field["type"] for field in definitions}
    return _values(Dice(f"{kind} fields", seed, number), kinds, number, created)


def _values(dice: Dice, kinds: dict[str, str], n: int, created: int) -> Row:
    """Returns a value for each field, null for about a third of them."""
    some = dice.below(1_000)
    given = {"n": n, "some": some, "fraction": some / 8, "date": date_of(created)}
    made = {name: fill(_VALUES.get(kind, "new"), given, dice) for name, kind in kinds.items()}
    return {name: value if dice.chance(66) else None for name, value in made.items()}
