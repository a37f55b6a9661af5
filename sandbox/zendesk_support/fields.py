"""Custom fields of tickets, users and organizations: their definitions and their values (sheet section 3)."""

from __future__ import annotations

from typing import Any

from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.times import date_of, stamp
from sandbox.zendesk_support import ids

_SYSTEM = (
    "subject",
    "description",
    "status",
    "tickettype",
    "priority",
    "group",
    "assignee",
    "custom_status",
)
_STATUS_OPTIONS = [
    {"name": name.capitalize(), "value": name}
    for name in ("new", "open", "pending", "hold", "solved", "closed")
]
# Two fields share a title: titles are no keys (sheet section 3).
_TICKET = (
    ("text", "Bestellnummer"),
    ("textarea", "Notes"),
    ("checkbox", "Refund?"),
    ("multiselect", "Colours"),
    ("tagger", "Product"),
    ("integer", "Quantity"),
    ("decimal", "Amount"),
    ("date", "Delivered"),
    ("regexp", "IBAN"),
    ("partialcreditcard", "Card"),
    ("lookup", "Asset"),
    ("tagger", "Product"),
)
_PERSON = (
    ("text", "nickname"),
    ("textarea", "about"),
    ("checkbox", "newsletter"),
    ("dropdown", "tier"),
    ("integer", "points"),
    ("decimal", "discount"),
    ("date", "member_since"),
    ("regexp", "vat_id"),
    ("lookup", "owner"),
)
_COLOURS = ("red", "green", "blue")


def _definition(number: int, sort: str, title: str, path: str, start: int) -> Row:
    own_id = ids.FIELDS + number
    row: Row = {
        "url": ids.url(f"{path}/{own_id}"),
        "id": own_id,
        "type": sort,
        "title": title,
        "raw_title": title,
        "description": f"{title}.",
        "raw_description": f"{title}.",
        "position": number % 100,
        "active": True,
        "regexp_for_validation": r"\A[A-Z]{2}\d+\z" if sort == "regexp" else None,
        "created_at": stamp(start),
        "updated_at": stamp(start + number * 86_400),
    }
    if sort in ("tagger", "dropdown", "multiselect"):
        row["custom_field_options"] = [
            {
                "id": own_id * 10 + place,
                "name": colour.title(),
                "raw_name": colour.title(),
                "value": colour,
                "default": False,
            }
            for place, colour in enumerate(_COLOURS)
        ]
    if sort == "lookup":
        row |= {
            "relationship_target_type": "zen:user",
            "relationship_filter": {"all": [], "any": []},
        }
    if sort == "checkbox":
        row["tag"] = f"tag_{number}"
    return row


def ticket_fields(start: int) -> list[Row]:
    """GET /ticket_fields: the system's and the custom ones."""
    rows = [
        _definition(number, sort, sort.title(), "ticket_fields", start)
        for number, sort in enumerate(_SYSTEM, 1)
    ]
    rows += [
        _definition(number, sort, title, "ticket_fields", start)
        for number, (sort, title) in enumerate(_TICKET, 11)
    ]
    for row in rows:
        system = row["type"] in _SYSTEM
        row |= {
            "required": False,
            "collapsed_for_agents": False,
            "title_in_portal": row["title"],
            "raw_title_in_portal": row["title"],
            "visible_in_portal": system,
            "editable_in_portal": system,
            "required_in_portal": system,
            "agent_can_edit": True,
            "tag": row.get("tag"),
            "removable": not system,
            "key": None,
            "agent_description": None,
        }
        if row["type"] in ("status", "priority", "tickettype"):
            row |= {"system_field_options": _STATUS_OPTIONS, "sub_type_id": 0}
        if row["type"] == "custom_status":
            row["custom_statuses"] = []
    return rows


def person_fields(kind: str, start: int) -> list[Row]:
    """GET /user_fields or /organization_fields."""
    base = 100 if kind == "user" else 200
    rows = [
        _definition(base + place, sort, key.title(), f"{kind}_fields", start)
        for place, (sort, key) in enumerate(_PERSON, 1)
    ]
    for row, (_, key) in zip(rows, _PERSON, strict=True):
        row |= {"key": key, "system": False, "tag": row.get("tag")}
    return rows


def ticket_values(definitions: list[Row], seed: int, ticket: int, created: int) -> list[Row]:
    """A ticket's custom_fields; numbers come as numbers or as text."""
    dice = Dice("ticket fields", seed, ticket)
    number = dice.below(1_000)
    values: dict[str, Any] = {
        "text": f"A-{number}",
        "textarea": "two\nlines",
        "checkbox": None if ticket % 10 == 0 else bool(number % 2),
        "multiselect": list(_COLOURS[: number % 4]),
        "tagger": _COLOURS[number % 3],
        "integer": str(number) if ticket % 2 else number,
        "decimal": f"{number / 100:.2f}" if ticket % 2 else number / 100,
        "date": date_of(created),
        "regexp": f"DE{number}",
        "partialcreditcard": "XXXXXXXXXXXX4242",
        "lookup": str(ids.USERS + 1),
    }
    absent = dice.below(1 << 20)
    return [
        {
            "id": field["id"],
            "value": None
            if absent >> place & 1 and field["type"] != "checkbox"
            else values.get(field["type"], "new"),
        }
        for place, field in enumerate(definitions)
        if field["removable"] and field["active"]
    ]


def person_values(definitions: list[Row], kind: str, seed: int, number: int, created: int) -> Row:
    """user_fields or organization_fields: an object by field key."""
    dice = Dice(f"{kind} fields", seed, number)
    some = dice.below(1_000)
    day = date_of(created)
    values: dict[str, Any] = {
        "text": f"Nick {some}",
        "textarea": None,
        "checkbox": bool(some % 2),
        "dropdown": _COLOURS[some % 3],
        "integer": some,
        "decimal": some / 8,
        "date": f"{day}T00:00:00Z" if some % 2 else f"{day}T00:00:00+00:00",
        "regexp": f"DE{some}",
        "lookup": ids.USERS + 1 if some % 2 else str(ids.USERS + 1),
    }
    absent = dice.below(1 << 20)
    return {
        field["key"]: None
        if absent >> place & 1 and field["type"] != "checkbox"
        else values.get(field["type"], "new")
        for place, field in enumerate(definitions)
    }
