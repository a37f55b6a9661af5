"""Custom fields of tickets, users, organizations and records of custom objects.

They are typed at discovery from their definitions.

Options of drop-down fields never become an enum: records would break as soon as one is renamed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_common.errors import ApiError
from tap_common.replies import rows_in
from tap_common.schema_tree import declaring
from tap_common.stream import Row, Schema
from tap_common.vendor import Request
from tap_zendesk_support.custom_objects import all_fields
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
"""On tickets, and on records of custom objects, a date is a day without a time."""


@dataclass(frozen=True)
class _Column:
    """A column of custom fields: its stream, where their definitions are, and what names them."""

    stream: str
    name: str
    definitions: Callable[[Api], list[Row]]
    key: str
    types: Mapping[str, Schema]

    def fields(self, definitions: Iterable[Row]) -> dict[str, Schema]:
        """The schemas of the custom fields by name.

        A name that stands for fields of different types, as two custom objects may have it, is left
        out.
        """
        found: dict[str, Schema] = {}
        different = set()
        for row in filter(self._is_typed, definitions):
            name, schema = str(row[self.key]), self._property(row)
            if found.setdefault(name, schema)["type"] != schema["type"]:
                different.add(name)
        return {name: found[name] for name in found.keys() - different}

    def _is_typed(self, definition: Row) -> bool:
        is_custom = definition.get("system") is not True and definition.get(self.key) is not None
        return is_custom and str(definition.get("type")) in self.types

    def _property(self, definition: Row) -> Schema:
        title = str(definition.get("title") or "")
        return {**self.types[definition["type"]], "description": title}


def _listed(path: str) -> Callable[[Api], list[Row]]:
    """Reads the definitions in a list."""

    def definitions(api: Api) -> list[Row]:
        replies = pages(api, sized(Request(path, path), LARGEST_PAGE))
        return [row for reply in replies for row in rows_in(reply, path)]

    return definitions


COLUMNS = (
    _Column("users", "user_fields", _listed("user_fields"), "key", TYPES),
    _Column("organizations", "organization_fields", _listed("organization_fields"), "key", TYPES),
    _Column("tickets", "custom_fields_map", _listed("ticket_fields"), "id", TICKET_TYPES),
    _Column("custom_object_records", "custom_object_fields", all_fields, "key", TICKET_TYPES),
)


def customised_schemas(api: Api, schemas: Mapping[str, Schema]) -> dict[str, Schema]:
    """The schemas of the streams in ``COLUMNS`` with the account's custom fields.

    Where these credentials may not see the definitions, the fields stay open objects.
    """
    result = {}
    for column in COLUMNS:
        try:
            definitions = column.definitions(api)
        except ApiError:
            continue
        fields = column.fields(definitions)
        result[column.stream] = declaring(schemas[column.stream], column.name, fields)
    return result
