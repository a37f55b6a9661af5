"""What targets that know no nested values are sent: JSON text in place of these."""

from __future__ import annotations

from tap_common.schema_tree import kinds_of, rewritten
from tap_common.stream import Schema


def nested(schema: Schema) -> frozenset[str]:
    """The top-level fields that hold objects, arrays, or values of several types."""
    return frozenset(
        name for name, node in schema["properties"].items() if not _is_scalar(kinds_of(node))
    )


def _is_scalar(kinds: list[str]) -> bool:
    return len(kinds) == 1 and kinds[0] not in ("object", "array")


def flat(schema: Schema) -> Schema:
    """``schema`` with these fields declared as strings."""
    inside = nested(schema)
    properties = {
        name: _text(node) if name in inside else node for name, node in schema["properties"].items()
    }
    return {**schema, "properties": properties}


def _text(node: Schema) -> Schema:
    about = {"description": f"{node['description']} As JSON text."} if "description" in node else {}
    return {"type": ["null", "string"], **about}


def with_properties(schema: Schema) -> Schema:
    """``schema``, in which every object has "properties"; one that declares none is open.

    Some targets and the Meltano SDK's tests fail on objects without them.
    """
    return rewritten(schema, _with_properties)


def _with_properties(node: Schema) -> Schema:
    if "properties" in node or "object" not in kinds_of(node):
        return node
    return {**node, "properties": {}, "additionalProperties": True}
