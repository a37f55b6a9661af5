"""Custom fields: their definitions, and the values that rows carry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.dice import Dice
from sandbox.freshdesk import ids
from sandbox.freshdesk.data import load
from sandbox.table import Row
from sandbox.templates import Template
from sandbox.times import date_of

_DATA = load("fields")
_REGIONS: dict[str, dict[str, list[str]]] = _DATA["regions"]
_VALUES = {kind: Template(form) for kind, form in _DATA["values"].items()}
_DEFAULTS = Template(_DATA["default"])
_DEFINITION, _LEVEL = Template(_DATA["definition"]), Template(_DATA["level"])
_BASES = {"ticket": ids.FIELDS, "contact": ids.FIELDS + 1_000, "company": ids.FIELDS + 2_000}
CUSTOM: dict[str, tuple[Row, ...]] = {kind: tuple(rows) for kind, rows in _DATA["custom"].items()}
"""The custom fields that a new account has, by kind of row. A nested one has ``levels``."""


def values(fields: Sequence[Row], key: tuple[str | int, ...], at: int) -> Row:
    """The ``custom_fields`` of a row created ``at``: each field is null until someone sets it."""
    row: Row = {}
    for field in fields:
        dice, names = Dice(*key, field["name"]), (field["name"], *field.get("levels", ()))
        if not dice.chance(25):
            row |= dict.fromkeys(names)
        elif len(names) > 1:
            row |= dict(zip(names, _region(dice), strict=True))
        else:
            row[field["name"]] = _value(field, dice, at)
    return row


def _value(field: Row, dice: Dice, at: int) -> Any:
    """A value of the field's type, in one of the forms that differ between accounts."""
    number, choices = dice.below(1_000), field.get("choices", [])
    return _VALUES[field["type"]](
        dice,
        number=number,
        date=date_of(at),
        choice=dice.pick(choices or ("",)),
        choices=choices[: number % 4],
    )


def _region(dice: Dice) -> tuple[str, str, str]:
    region = dice.pick(list(_REGIONS))
    country = dice.pick(list(_REGIONS[region]))
    return region, country, dice.pick(_REGIONS[region][country])


def ticket_fields(
    fields: Sequence[Row], groups: list[Row], agents: list[Row], start: int
) -> list[Row]:
    """GET /ticket_fields: ``choices`` is a list or an object, by the field's type (AB-REC)."""
    rows: list[Row] = _DEFAULTS(
        Dice("default"),
        groups={group["name"]: group["id"] for group in groups},
        agents={agent["contact"]["name"]: agent["id"] for agent in agents},
    )
    rows += [{**field, "choices": _REGIONS} if "levels" in field else field for field in fields]
    return [_definition("ticket", place, row, start) for place, row in enumerate(rows)]


def other_fields(kind: str, start: int) -> list[Row]:
    """GET /contact_fields or /company_fields."""
    rows: list[Row] = [{"name": "name", "type": "default_name"}]
    for field in CUSTOM[kind]:
        choices = [
            {"id": _BASES[kind] * 10 + place, "position": place, "label": name, "value": name}
            for place, name in enumerate(field.get("choices", ()))
        ]
        rows.append({**field, "choices": choices})
    return [_definition(kind, place, row, start) for place, row in enumerate(rows)]


def _definition(kind: str, place: int, field: Row, start: int) -> Row:
    number, name = _BASES[kind] + place, field["name"]
    row: Row = _DEFINITION(
        Dice("definition"),
        id=number,
        name=name,
        label=name.removeprefix("cf_").replace("_", " ").capitalize(),
        position=place + 1,
        type=field["type"],
        default=field["type"].startswith("default_"),
        start=start,
    )
    if field.get("choices"):
        row["choices"] = field["choices"]
    if "levels" in field:
        row["nested_ticket_fields"] = [
            _LEVEL(Dice("level"), id=number + 500 + level, name=key, level=level, field=number)
            for level, key in enumerate(field["levels"], 2)
        ]
    return row
