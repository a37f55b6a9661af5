"""Custom fields, typed at discovery from their definitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tap_common.errors import ApiError
from tap_common.schema_tree import declaring
from tap_common.stream import Row, Schema
from tap_common.vendor import Request
from tap_freshdesk.lists import LARGEST_PAGE
from tap_freshdesk.moving_list import read_pages

if TYPE_CHECKING:
    from tap_common.http import Api

DEFINITIONS = {
    "tickets": "ticket_fields",
    "contacts": "contact_fields",
    "companies": "company_fields",
}
TEXT: Schema = {"type": ["null", "string"]}
TYPES: Mapping[str, Schema] = {
    "custom_checkbox": {"type": ["null", "boolean"]},
    "custom_number": {"type": ["null", "integer", "string"]},
    "custom_decimal": {"type": ["null", "number", "string"]},
    "custom_date_time": {"type": ["null", "string"], "format": "date-time"},
    "custom_file": {"type": ["null", "array"], "items": TEXT},
    "custom_multi_select_dropdown": {"type": ["null", "array"], "items": TEXT},
}
LOOKUP: Schema = {"type": ["null", "integer", "string", "object"]}
"""All other kinds are text. Numbers admit text, since a value that is none must not be lost."""


def customised_schemas(api: Api, schemas: Mapping[str, Schema]) -> dict[str, Schema]:
    """The schemas of tickets, contacts and companies with the account's custom fields.

    Where these credentials may not see the definitions, ``custom_fields`` stays an open object.
    """
    found = {stream: _defined(api, path) for stream, path in DEFINITIONS.items()}
    return {
        stream: declaring(schemas[stream], "custom_fields", fields)
        for stream, fields in found.items()
        if fields is not None
    }


def _defined(api: Api, path: str) -> dict[str, Schema] | None:
    """The custom fields that ``path`` defines, None if it is refused."""
    fields: dict[str, Schema] = {}
    try:
        for page in read_pages(api, Request(path, path), LARGEST_PAGE):
            for definition in page.rows:
                fields |= dict(custom_fields(definition))
    except ApiError:
        return None
    return fields


def custom_fields(definition: Row) -> Iterator[tuple[str, Schema]]:
    """The keys of a custom field and their schemas; a nested field has more keys for its levels."""
    if definition.get("default") is not False or not isinstance(definition.get("name"), str):
        return
    yield definition["name"], _described(definition)
    for levels in ("nested_ticket_fields", "dependent_fields"):
        nested: Any = definition.get(levels)
        for level in nested if isinstance(nested, list) else ():
            if isinstance(level, dict) and isinstance(level.get("name"), str):
                yield level["name"], {**TEXT, "description": str(level.get("label", ""))}


def _described(definition: Row) -> Schema:
    kind = str(definition.get("type"))
    schema = LOOKUP if kind.startswith("custom_lookup") else TYPES.get(kind, TEXT)
    return {**schema, "description": str(definition.get("label", ""))}
