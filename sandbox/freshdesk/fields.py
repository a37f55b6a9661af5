"""The values of custom fields, which follow from the definitions (data/settings.json)."""

from collections.abc import Sequence
from typing import Any

from sandbox.chance import Dice
from sandbox.table import Row
from sandbox.template import fill, load
from sandbox.times import date_of

_VALUES = load(__file__, "fields")


def values(definitions: Sequence[Row], key: tuple[str | int, ...], at: int) -> Row:
    """The ``custom_fields`` of a row created ``at``: each field is null until someone sets it."""
    row: Row = {}
    for field in (field for field in definitions if not field["default"]):
        levels = field.get("nested_ticket_fields", ())
        dice, names = Dice(*key, field["name"]), [level["name"] for level in (field, *levels)]
        if not dice.chance(25):
            row |= dict.fromkeys(names)
        elif levels:
            row |= dict(zip(names, _path(field["choices"], dice), strict=True))
        else:
            row[field["name"]] = _value(field, dice, at)
    return row


def _value(field: Row, dice: Dice, at: int) -> Any:
    """A value of the field's type, in one of the forms that differ between accounts."""
    number = dice.below(1_000)
    given = field.get("choices", [])
    choices = [choice["value"] if isinstance(choice, dict) else choice for choice in given]
    known = {"number": number, "date": date_of(at), "choices": choices[: number % 4]}
    known["choice"] = dice.pick(choices or ("",))
    return fill(_VALUES[field["type"]], known, dice)


def _path(choices: dict[str, dict[str, list[str]]], dice: Dice) -> tuple[str, str, str]:
    """A value of each level of a nested field."""
    first = dice.pick(list(choices))
    second = dice.pick(list(choices[first]))
    return first, second, dice.pick(choices[first][second])
