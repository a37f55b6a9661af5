"""Custom fields, typed at discovery from their definitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tap_common.errors import ApiError
from tap_common.http import Api
from tap_common.stream import Row, Schema
from tap_common.vendor import Request
from tap_freshdesk.lists import LARGEST_PAGE, numbered, rows

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


def typed(api: Api, schemas: Mapping[str, Schema]) -> dict[str, Schema]:
    """The schemas of tickets, contacts and companies with the account's custom fields in ``custom_fields``.

    Where these credentials may not see the definitions, ``custom_fields`` stays an open object.
    """
    result = {}
    for stream, endpoint in DEFINITIONS.items():
        try:
            definitions = [
                row
                for reply in numbered(api, Request(endpoint, endpoint), LARGEST_PAGE)
                for row in rows(reply)
            ]
        except ApiError:
            continue
        custom = schemas[stream]["properties"]["custom_fields"]
        properties = dict(
            sorted(
                dict(pair for definition in definitions for pair in _properties(definition)).items()
            )
        )
        result[stream] = {
            **schemas[stream],
            "properties": {
                **schemas[stream]["properties"],
                "custom_fields": {**custom, "properties": properties},
            },
        }
    return result


def _properties(definition: Row) -> Iterator[tuple[str, Schema]]:
    """A custom field's key in ``custom_fields`` and its schema; a nested field has further keys for its levels."""
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
