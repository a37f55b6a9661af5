"""Custom fields of tickets, users and organizations, typed at discovery from their definitions.

Options of drop-down fields never become an enum: records would break as soon as an option is renamed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tap_common.errors import ApiError
from tap_common.http import Api
from tap_common.stream import Row, Schema
from tap_common.vendor import Request
from tap_zendesk_support.lists import LARGEST_PAGE, pages, rows, sized

TEXT: Schema = {"type": ["null", "string"]}
TYPES: Mapping[str, Schema] = {
    **dict.fromkeys(
        ("text", "textarea", "regexp", "partialcreditcard", "tagger", "dropdown"), TEXT
    ),
    "checkbox": {"type": ["null", "boolean"]},
    "integer": {"type": ["null", "integer", "string"]},
    "decimal": {"type": ["null", "number", "string"]},
    "lookup": {"type": ["null", "integer", "string"]},
    "date": {"type": ["null", "string"], "format": "date-time"},
    "multiselect": {"type": ["null", "array"], "items": TEXT},
}
"""Numbers admit text, since a value that is none must not be lost. Fields of other types are left open."""
TICKET_TYPES: Mapping[str, Schema] = {**TYPES, "date": TEXT}
"""On tickets a date is a day without a time."""


def typed(api: Api, schemas: Mapping[str, Schema]) -> dict[str, Schema]:
    """The schemas of tickets, users and organizations with the account's custom fields.

    Where these credentials may not see the definitions, the fields stay open objects.
    """
    wanted = (
        ("users", "user_fields", "user_fields", "key", TYPES),
        ("organizations", "organization_fields", "organization_fields", "key", TYPES),
        ("tickets", "custom_fields_map", "ticket_fields", "id", TICKET_TYPES),
    )
    result = {}
    for stream, column, endpoint, key, types in wanted:
        try:
            replies = pages(api, sized(Request(endpoint, endpoint), LARGEST_PAGE))
            definitions = [row for reply in replies for row in rows(reply, endpoint)]
        except ApiError:
            continue
        custom = schemas[stream]["properties"][column]
        properties = dict(
            sorted(pair for row in definitions for pair in _property(row, key, types))
        )
        result[stream] = {
            **schemas[stream],
            "properties": {
                **schemas[stream]["properties"],
                column: {**custom, "properties": properties},
            },
        }
    return result


def _property(
    definition: Row, key: str, types: Mapping[str, Schema]
) -> Iterator[tuple[str, Schema]]:
    kind: Any = definition.get("type")
    if definition.get(key) is not None and kind in types and definition.get("system") is not True:
        yield (
            str(definition[key]),
            {**types[kind], "description": str(definition.get("title") or "")},
        )
