"""The values of custom fields, in all the forms that they had over the years (REC)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.times import DAY, stamp

_SEEN: dict[str, tuple[Any, ...]] = {
    "number": ("0", "17", "", None, "about 3", 4),
    "float": ("0", "1.5", "", None, 2.25),
    "integer": ("0", "7", None, 12),
    "boolean": ("0", "1", False, True, None, ""),
    "text": ("", None, "A-4411", "ümläut 🎈"),
}


def values(definitions: Sequence[Row], on: str, dice: Dice, moment: int) -> Row:
    """Return the custom_fields of a ticket (which is a case), customer or company.

    It has the fields whose definitions are active.
    """
    active = [field for field in definitions if field["type"] == on and field["active"]]
    return {field["name"]: _value(field["data"], dice, moment) for field in active}


def _value(data: Row, dice: Dice, moment: int) -> Any:
    if data["type"] == "list":
        return dice.pick((*data["choices"], None))
    if data["type"] == "date":
        return dice.pick(("", None, stamp(moment // DAY * DAY)))
    return dice.pick(_SEEN[data["type"]])
