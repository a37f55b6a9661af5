"""Custom fields, typed at discovery from their definitions.

One rule for values that changed their form over the years ("0", false and null in one boolean field): the definition's type
holds, what reads as such a value becomes one, "" in a field that is no text becomes null, and what else does not fit stays text
where the type admits it and becomes null where it does not (dates, booleans).
"""

from __future__ import annotations

from collections.abc import Mapping

from tap_common.errors import ApiError
from tap_common.http import Api
from tap_common.stream import Row, Schema
from tap_common.vendor import Request
from tap_desk.hal import LARGEST_PAGE, entries, pages

STREAMS = {"ticket": "cases", "case": "cases", "customer": "customers", "company": "companies"}
"""The kind of record that a definition's type names; cases are called tickets in recorded replies."""
TEXT: Schema = {"type": ["null", "string"]}
TYPES: Mapping[str, Schema] = {
    "boolean": {"type": ["null", "boolean"]},
    "integer": {"type": ["null", "integer", "string"]},
    "number": {"type": ["null", "number", "string"]},
    "float": {"type": ["null", "number", "string"]},
    "decimal": {"type": ["null", "number", "string"]},
    "date": {"type": ["null", "string"], "format": "date-time"},
}
"""All other kinds (text, string, list) are text. Numbers admit text, since a value that is none must not be lost."""


def typed(api: Api, schemas: Mapping[str, Schema]) -> dict[str, Schema]:
    """The schemas of cases, customers and companies with the account's custom fields in ``custom_fields``.

    Where these credentials may not see the definitions, ``custom_fields`` stays an open object.
    """
    try:
        replies = pages(api, Request("custom_fields", "custom_fields"), LARGEST_PAGE)
        definitions = [row for reply in replies for row in entries(reply)]
    except ApiError:
        return {}
    found: dict[str, dict[str, Schema]] = {}
    for row in definitions:
        stream, name = STREAMS.get(str(row.get("type"))), row.get("name")
        if stream and isinstance(name, str):
            found.setdefault(stream, {})[name] = _schema(row)
    return {
        stream: _with(schemas[stream], dict(sorted(fields.items())))
        for stream, fields in found.items()
    }


def _schema(definition: Row) -> Schema:
    data = definition.get("data")
    kind = data.get("type") if isinstance(data, dict) else None
    return {
        **TYPES.get(str(kind), TEXT),
        "description": str(definition.get("label") or definition["name"]),
    }


def _with(schema: Schema, fields: Mapping[str, Schema]) -> Schema:
    custom = {**schema["properties"]["custom_fields"], "properties": fields}
    return {**schema, "properties": {**schema["properties"], "custom_fields": custom}}
