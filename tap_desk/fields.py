"""Custom fields, typed at discovery from their definitions.

Values changed their form over the years ("0", false and null in one boolean field). One rule holds
for all: the definition's type counts, and what reads as a value of that type becomes one. "" in a
field that is no text becomes null. What does not fit stays text in numbers, and becomes null in
dates and booleans.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tap_common.errors import ApiError
from tap_common.page_size import PageSize
from tap_common.schema_tree import declaring
from tap_common.stream import Row, Schema
from tap_common.vendor import Request
from tap_desk.lists import LARGEST_PAGE, numbered

if TYPE_CHECKING:
    from tap_common.http import Api

STREAMS = {"ticket": "cases", "case": "cases", "customer": "customers", "company": "companies"}
"""The stream of each type of definition. Recorded replies call cases tickets."""
TEXT: Schema = {"type": ["null", "string"]}
TYPES: Mapping[str, Schema] = {
    "boolean": {"type": ["null", "boolean"]},
    "integer": {"type": ["null", "integer", "string"]},
    "number": {"type": ["null", "number", "string"]},
    "float": {"type": ["null", "number", "string"]},
    "decimal": {"type": ["null", "number", "string"]},
    "date": {"type": ["null", "string"], "format": "date-time"},
}
"""All other kinds (text, string, list) are text. Numbers admit text, so that no value is lost."""


def customised_schemas(api: Api, schemas: Mapping[str, Schema]) -> dict[str, Schema]:
    """The schemas of cases, customers and companies with the account's fields in ``custom_fields``.

    Where these credentials may not see the definitions, ``custom_fields`` stays an open object.
    """
    request = Request("custom_fields", "custom_fields")
    try:
        pages = list(numbered(api, request, PageSize(LARGEST_PAGE)))
    except ApiError:
        return {}
    definitions = [row for page in pages for row in page.rows]
    found: dict[str, dict[str, Schema]] = {}
    for row in definitions:
        stream, name = STREAMS.get(str(row.get("type"))), row.get("name")
        if stream and isinstance(name, str):
            found.setdefault(stream, {})[name] = _schema(row)
    return {
        stream: declaring(schemas[stream], "custom_fields", fields)
        for stream, fields in found.items()
    }


def _schema(definition: Row) -> Schema:
    data = definition.get("data")
    kind = data.get("type") if isinstance(data, dict) else None
    return {
        **TYPES.get(str(kind), TEXT),
        "description": str(definition.get("label") or definition["name"]),
    }
