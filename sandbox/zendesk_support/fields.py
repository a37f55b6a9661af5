"""Values of the custom fields of tickets, users and organizations."""

from collections.abc import Mapping

from sandbox.chance import Dice
from sandbox.table import Row
from sandbox.template import fill, load, load_all
from sandbox.times import date_of
from sandbox.zendesk_support import ids

_VALUES = load(__file__, "rows")["values"]
OF_TICKETS = {
    str(ids.FIELDS + row["$n"]): row["type"]
    for row in load_all(__file__, "tables")["ticket_fields"]["rows"]
    if row["$custom"]
}
"""The kinds of a new ticket's custom fields by id."""


def custom_values(whose: str, kinds: Mapping[str, str], seed: int, n: int, created: int) -> Row:
    """Returns a value for each custom field of a ticket, user or organization.

    ``kinds`` are those of the fields by name. About a third of the values are null.
    """
    dice = Dice(f"{whose} fields", seed, n)
    some = dice.below(1_000)
    given = {"n": n, "some": some, "fraction": some / 8, "date": date_of(created)}
    made = {name: fill(_VALUES.get(kind, "new"), given, dice) for name, kind in kinds.items()}
    return {name: value if dice.chance(66) else None for name, value in made.items()}
