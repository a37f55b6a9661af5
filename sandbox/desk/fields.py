"""Custom fields, and how their values looked over the years (REC)."""

from __future__ import annotations

from typing import Any, NamedTuple

from sandbox.desk.hal import to
from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.times import DAY, stamp


class Field(NamedTuple):
    """A definition; ``on`` is what it belongs to: ticket (a case), customer or company."""

    name: str
    on: str
    type: str
    choices: tuple[str, ...] = ()
    active: bool = True


FIELDS = (
    Field("order_number", "ticket", "text"),
    Field("units", "ticket", "number"),
    Field("weight", "ticket", "float"),
    Field("attempts", "ticket", "integer"),
    Field("escalated", "ticket", "boolean"),
    Field("delivery_date", "ticket", "date"),
    Field("topic", "ticket", "list", ("Option 1", "Support::Testing", "Größe")),
    Field("retired", "ticket", "text", active=False),
    Field("tier", "customer", "list", ("gold", "silver")),
    Field("newsletter", "customer", "boolean"),
    Field("seats", "company", "integer"),
)
_BY_ERA: dict[str, tuple[Any, ...]] = {
    "number": ("0", "17", "", None, "about 3", 4),
    "float": ("0", "1.5", "", None, 2.25),
    "integer": ("0", "7", None, 12),
    "boolean": ("0", "1", False, True, None, ""),
    "text": ("", None, "A-4411", "ümläut 🎈"),
}


def definitions() -> list[Row]:
    """The rows of /custom_fields."""
    return [
        {
            "name": field.name,
            "label": field.name.replace("_", " ").title(),
            "type": field.on,
            "active": field.active,
            "data": {"type": field.type}
            | ({"choices": list(field.choices)} if field.choices else {}),
            "_links": {"self": to(f"custom_fields/{number}", "custom_field")},
        }
        for number, field in enumerate(FIELDS, 1)
    ]


def values(on: str, dice: Dice, moment: int) -> Row:
    """A record's custom_fields: the active ones, in any of the forms seen."""
    return {
        field.name: _value(field, dice, moment)
        for field in FIELDS
        if field.on == on and field.active
    }


def _value(field: Field, dice: Dice, moment: int) -> Any:
    if field.type == "list":
        return dice.pick((*field.choices, None))
    if field.type == "date":
        return dice.pick(("", None, stamp(moment // DAY * DAY)))
    return dice.pick(_BY_ERA[field.type])
