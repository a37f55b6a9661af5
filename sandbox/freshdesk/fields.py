"""Custom fields: their definitions (/ticket_fields and the like) and the values that rows carry (sheet section 3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sandbox.dice import Dice
from sandbox.freshdesk import ids
from sandbox.table import Row
from sandbox.times import DAY, HOUR, date_of, stamp
from sandbox.words import SENTENCES

REGIONS = {
    "Europe": {"Germany": ["Köln", "Berlin"], "France": ["Lyon", "Brest"]},
    "Asia": {"Japan": ["大阪", "Tokyo"], "India": ["Chennai"]},
}


@dataclass(frozen=True)
class Field:
    """One custom field. ``levels`` are the further keys of a nested field."""

    name: str
    type: str
    choices: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What people see."""
        return self.name.removeprefix("cf_").replace("_", " ").capitalize()


TICKET = (
    Field("cf_order_summary", "custom_text"),
    Field("cf_steps_taken", "custom_paragraph"),
    Field("cf_order_url", "custom_url"),
    Field("cf_callback_number", "custom_phone_number"),
    Field("cf_issue_type_297457", "custom_dropdown", ("Delivery", "Rückgabe", "Billing", "None")),
    Field("cf_refund_approved", "custom_checkbox"),
    Field("cf_units", "custom_number"),
    Field("cf_amount", "custom_decimal"),
    Field("cf_purchased_on", "custom_date"),
    Field("cf_visit_at", "custom_date_time"),
    Field("cf_region", "nested_field", levels=("cf_country", "cf_city")),
    Field("cf_labels", "custom_multi_select_dropdown", ("fragile", "gift", "übergroß")),
    Field("cf_evidence", "custom_file"),
    Field("cf_asset", "custom_lookup"),
)
CONTACT = (
    Field("department", "custom_text"),
    Field("newsletter", "custom_checkbox"),
    Field("loyalty_points", "custom_number"),
    Field("member_since", "custom_date"),
    Field("plan_tier", "custom_dropdown", ("Bronze", "Silver", "Gold")),
)
COMPANY = (
    Field("region", "custom_text"),
    Field("seats", "custom_number"),
    Field("annual_value", "custom_decimal"),
    Field("contract_start", "custom_date"),
    Field("key_account", "custom_checkbox"),
)


def values(fields: tuple[Field, ...], key: tuple[str | int, ...], at: int) -> Row:
    """The ``custom_fields`` of a row created ``at``: each field is null until someone sets it."""
    dice = Dice(*key)
    unset = dice.below(1 << 128)
    row: Row = {}
    for field in fields:
        row[field.name] = None if unset & 3 else _value(field, dice, at)
        unset >>= 2
        if field.type == "nested_field":
            country = cities = None
            if row[field.name] is not None:
                country, cities = dice.pick(tuple(REGIONS[row[field.name]].items()))
            row[field.levels[0]] = country
            row[field.levels[1]] = dice.pick(cities) if cities else None
    return row


def _value(field: Field, dice: Dice, at: int) -> Any:
    """Of the field's type, with the forms that differ between accounts mixed: decimals as number or string, dates as date or
    date-time, lookups as int, string or object."""
    kind, number = field.type, dice.below(1_000)
    if kind in ("custom_dropdown", "nested_field"):
        return dice.pick(field.choices or tuple(REGIONS))
    if kind == "custom_checkbox":
        return number % 2 == 0
    if kind == "custom_number":
        return number
    if kind == "custom_decimal":
        return f"{number}.50" if number % 3 == 0 else number + 0.25
    if kind == "custom_date":
        return stamp(at - at % DAY) if number % 5 == 0 else date_of(at)
    if kind == "custom_date_time":
        return stamp(at + number * HOUR)
    if kind == "custom_multi_select_dropdown":
        return list(field.choices[: number % 4])
    if kind == "custom_file":
        return [f"photo-{number}.jpg"]
    if kind == "custom_lookup":
        return (number, str(number), {"id": number, "display_name": f"Asset {number}"})[number % 3]
    if kind == "custom_url":
        return f"https://shop.example/orders/{number}?lang=de&x=1"
    if kind == "custom_phone_number":
        return f"+15550100{number:03d}"
    return "" if number % 20 == 0 else SENTENCES[number % len(SENTENCES)]


@dataclass(frozen=True)
class FieldSets:
    """The custom fields that the account has now."""

    ticket: tuple[Field, ...] = TICKET
    contact: tuple[Field, ...] = CONTACT
    company: tuple[Field, ...] = COMPANY

    def with_field(self, kind: str, field: Field) -> FieldSets:
        """The same and one more."""
        return replace(self, **{kind: (*getattr(self, kind), field)})

    def without(self, kind: str, name: str) -> FieldSets:
        """The same without one."""
        return replace(
            self, **{kind: tuple(field for field in getattr(self, kind) if field.name != name)}
        )


def ticket_definitions(sets: FieldSets, groups: list[Row], agents: list[Row], at: int) -> list[Row]:
    """GET /ticket_fields: ``choices`` is a list or an object depending on the field's type."""
    default: list[tuple[str, str, Any]] = [
        ("requester", "default_requester", None),
        ("subject", "default_subject", None),
        ("ticket_type", "default_ticket_type", ["Question", "Incident", "Problem", "Refund"]),
        (
            "source",
            "default_source",
            {"Email": 1, "Portal": 2, "Phone": 3, "Chat": 7, "Letter": 101},
        ),
        (
            "status",
            "default_status",
            {
                "2": ["Open", "Being Processed"],
                "3": ["Pending", "Awaiting your Reply"],
                "4": ["Resolved", "This ticket has been Resolved"],
                "5": ["Closed", "This ticket has been Closed"],
                "6": ["Wartet auf Dritte", "Wartet"],
            },
        ),
        ("priority", "default_priority", {"Low": 1, "Medium": 2, "High": 3, "Urgent": 4}),
        ("group", "default_group", {group["name"]: group["id"] for group in groups}),
        ("agent", "default_agent", {agent["contact"]["name"]: agent["id"] for agent in agents}),
        ("description", "default_description", None),
        ("company", "default_company", None),
    ]
    rows = [
        _definition(number, name, kind, True, choices, at)
        for number, (name, kind, choices) in enumerate(default)
    ]
    for number, field in enumerate(sets.ticket, len(default)):
        choices = REGIONS if field.type == "nested_field" else list(field.choices) or None
        row = _definition(number, field.name, field.type, False, choices, at)
        if field.levels:
            row["nested_ticket_fields"] = [
                {
                    "id": row["id"] + 500 + level,
                    "name": name,
                    "label": name,
                    "level": level,
                    "ticket_field_id": row["id"],
                }
                for level, name in enumerate(field.levels, 2)
            ]
        rows.append(row)
    return rows


def admin_ticket_definitions(definitions: list[Row]) -> list[Row]:
    """GET /admin/ticket_fields: choices are objects, nested levels are ``dependent_fields``."""
    rows = []
    for old in definitions:
        row = {
            key: value
            for key, value in old.items()
            if key not in ("choices", "nested_ticket_fields", "portal_cc")
        }
        row["choices"] = [
            {
                "id": old["id"] * 100 + number,
                "position": number,
                "label": str(choice),
                "value": str(choice),
            }
            for number, choice in enumerate(old.get("choices") or (), 1)
        ]
        if nested := old.get("nested_ticket_fields"):
            row["dependent_fields"] = nested
        rows.append({**row, "archived": False, "has_section": False})
    return rows


def definitions(kind: str, fields: tuple[Field, ...], at: int) -> list[Row]:
    """GET /contact_fields or /company_fields."""
    base = ids.FIELDS + {"contact": 1_000, "company": 2_000}[kind]
    rows = [_definition(base - ids.FIELDS, "name", "default_name", True, None, at)]
    for number, field in enumerate(fields, 1):
        choices = [
            {"id": base * 10 + place, "label": choice, "value": choice}
            for place, choice in enumerate(field.choices)
        ]
        rows.append(
            _definition(
                base - ids.FIELDS + number, field.name, field.type, False, choices or None, at
            )
        )
    return rows


def _definition(number: int, name: str, kind: str, default: bool, choices: Any, at: int) -> Row:
    label = name.removeprefix("cf_").replace("_", " ").capitalize()
    row: Row = {
        "id": ids.FIELDS + number,
        "name": name,
        "label": label,
        "description": None,
        "position": number % 1_000 + 1,
        "type": kind,
        "default": default,
        "required_for_closure": False,
        "required_for_agents": default,
        "required_for_customers": default,
        "label_for_customers": label,
        "customers_can_edit": True,
        "displayed_to_customers": True,
        "created_at": stamp(at),
        "updated_at": stamp(at),
    }
    if choices is not None:
        row["choices"] = choices
    return row
