"""Custom fields: their definitions, and the values that rows carry."""

from __future__ import annotations

from dataclasses import dataclass
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
_DEFINITION = Template(_DATA["definition"])
_BASES = {"ticket": ids.FIELDS, "contact": ids.FIELDS + 1_000, "company": ids.FIELDS + 2_000}


@dataclass(frozen=True)
class Field:
    """One custom field. ``levels`` are the further keys of a nested field."""

    name: str
    type: str
    choices: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()


CustomFields = tuple[Field, ...]


def built() -> dict[str, CustomFields]:
    """The custom fields that a new account has, by kind of row."""
    return {kind: tuple(map(_field, rows)) for kind, rows in _DATA["custom"].items()}


def _field(row: Row) -> Field:
    choices, levels = tuple(row.get("choices", ())), tuple(row.get("levels", ()))
    return Field(row["name"], row["type"], choices, levels)


def values(fields: CustomFields, key: tuple[str | int, ...], at: int) -> Row:
    """The ``custom_fields`` of a row created ``at``: each field is null until someone sets it."""
    row: Row = {}
    for field in fields:
        dice = Dice(*key, field.name)
        is_set = dice.chance(25)
        if field.type == "nested_field":
            row |= _region(field, dice) if is_set else dict.fromkeys((field.name, *field.levels))
        else:
            row[field.name] = _value(field, dice, at) if is_set else None
    return row


def _value(field: Field, dice: Dice, at: int) -> Any:
    """A value of the field's type, in one of the forms that differ between accounts."""
    number = dice.below(1_000)
    return _VALUES[field.type](
        dice,
        number=number,
        date=date_of(at),
        choice=dice.pick(field.choices or ("",)),
        choices=list(field.choices[: number % 4]),
    )


def _region(field: Field, dice: Dice) -> Row:
    region = dice.pick(list(_REGIONS))
    country = dice.pick(list(_REGIONS[region]))
    chosen = (region, country, dice.pick(_REGIONS[region][country]))
    return dict(zip((field.name, *field.levels), chosen, strict=True))


def ticket_fields(
    fields: CustomFields, groups: list[Row], agents: list[Row], start: int
) -> list[Row]:
    """GET /ticket_fields: ``choices`` is a list or an object, by the field's type (AB-REC)."""
    default: list[Row] = _DEFAULTS(
        Dice("default"),
        groups={group["name"]: group["id"] for group in groups},
        agents={agent["contact"]["name"]: agent["id"] for agent in agents},
    )
    rows = [
        _definition("ticket", number, row["name"], row["type"], start, row.get("choices"))
        for number, row in enumerate(default)
    ]
    for number, field in enumerate(fields, len(default)):
        choices = _REGIONS if field.levels else list(field.choices) or None
        row = _definition("ticket", number, field.name, field.type, start, choices)
        if field.levels:
            row["nested_ticket_fields"] = [
                _level(row["id"], level, name) for level, name in enumerate(field.levels, 2)
            ]
        rows.append(row)
    return rows


def admin_ticket_fields(definitions: list[Row]) -> list[Row]:
    """GET /admin/ticket_fields: choices are objects, levels are ``dependent_fields`` (DOCS)."""
    rows = []
    for definition in definitions:
        row = {**definition, "archived": False, "has_section": False}
        names = row.pop("choices", None) or ()
        row["choices"] = [
            _choice(row["id"] * 100, place, str(name)) for place, name in enumerate(names, 1)
        ]
        if levels := row.pop("nested_ticket_fields", None):
            row["dependent_fields"] = levels
        rows.append(row)
    return rows


def other_fields(kind: str, fields: CustomFields, start: int) -> list[Row]:
    """GET /contact_fields or /company_fields."""
    rows = [_definition(kind, 0, "name", "default_name", start)]
    for number, field in enumerate(fields, 1):
        choices = [
            _choice(_BASES[kind] * 10, place, name) for place, name in enumerate(field.choices)
        ]
        rows.append(_definition(kind, number, field.name, field.type, start, choices or None))
    return rows


def _choice(base: int, place: int, name: str) -> Row:
    return {"id": base + place, "position": place, "label": name, "value": name}


def _level(field: int, level: int, name: str) -> Row:
    facts = {"id": field + 500 + level, "name": name, "label": name}
    return {**facts, "level": level, "ticket_field_id": field}


def _definition(
    kind: str, number: int, name: str, field_type: str, start: int, choices: Any = None
) -> Row:
    row: Row = _DEFINITION(
        Dice("definition"),
        id=_BASES[kind] + number,
        name=name,
        label=name.removeprefix("cf_").replace("_", " ").capitalize(),
        position=number + 1,
        type=field_type,
        default=field_type.startswith("default_"),
        start=start,
    )
    return row if choices is None else {**row, "choices": choices}
