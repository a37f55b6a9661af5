"""Custom fields of tickets, users and organizations, typed at discovery from their definitions.

Options of drop-down fields never become an enum: records would break as soon as one is renamed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_common.errors import ApiError
from tap_common.replies import rows_in
from tap_common.stream import Row, Schema
from tap_common.vendor import Request
from tap_zendesk_support.lists import LARGEST_PAGE, pages, sized

if TYPE_CHECKING:
    from tap_common.http import Api

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
"""Numbers admit text, so that a value that is no number is kept. Other types stay open."""
TICKET_TYPES: Mapping[str, Schema] = {**TYPES, "date": TEXT}
"""On tickets a date is a day without a time."""


@dataclass(frozen=True)
class _Column:
    """A column of custom fields: its stream, where their definitions are, and what names them."""

    stream: str
    name: str
    path: str
    key: str
    types: Mapping[str, Schema]

    def properties(self, definitions: Iterable[Row]) -> dict[str, Schema]:
        """The schemas of the custom fields by name, in alphabetical order."""
        custom = [row for row in definitions if self._is_typed(row)]
        found = {str(row[self.key]): self._property(row) for row in custom}
        return dict(sorted(found.items()))

    def _is_typed(self, definition: Row) -> bool:
        is_custom = definition.get("system") is not True and definition.get(self.key) is not None
        return is_custom and definition.get("type") in self.types

    def _property(self, definition: Row) -> Schema:
        title = str(definition.get("title") or "")
        return {**self.types[definition["type"]], "description": title}


COLUMNS = (
    _Column("users", "user_fields", "user_fields", "key", TYPES),
    _Column("organizations", "organization_fields", "organization_fields", "key", TYPES),
    _Column("tickets", "custom_fields_map", "ticket_fields", "id", TICKET_TYPES),
)


def typed(api: Api, schemas: Mapping[str, Schema]) -> dict[str, Schema]:
    """The schemas of tickets, users and organizations with the account's custom fields.

    Where these credentials may not see the definitions, the fields stay open objects.
    """
    result = {}
    for column in COLUMNS:
        try:
            definitions = _definitions(api, column.path)
        except ApiError:
            continue
        schema = schemas[column.stream]
        custom = schema["properties"][column.name]
        typed_column = {**custom, "properties": column.properties(definitions)}
        properties = {**schema["properties"], column.name: typed_column}
        result[column.stream] = {**schema, "properties": properties}
    return result


def _definitions(api: Api, path: str) -> list[Row]:
    replies = pages(api, sized(Request(path, path), LARGEST_PAGE))
    return [row for reply in replies for row in rows_in(reply, path)]
