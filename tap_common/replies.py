"""What a good reply holds. A reply of another shape is an ApiError, never an empty read."""

from __future__ import annotations

from typing import Any

from tap_common import log
from tap_common.errors import ApiError
from tap_common.stream import Row
from tap_common.vendor import Reply

ERRORS = ("error", "errors")
"""Where a reply holds an error, which some vendors send beside an envelope and under status 200."""
_KINDS = {
    list: "a list",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}


def rows_in(reply: Reply, envelope: str | None = None) -> list[Row]:
    """The rows of a page: the reply itself, or the list under the name ``envelope`` in it.

    A null where the list belongs is an empty list, since vendors send that. ApiError if the
    envelope is missing or holds anything but a list of objects, or if an error stands beside it:
    then rows may be missing.
    """
    found = reply.data if envelope is None else member(reply, envelope)
    said = None if envelope is None else next(filter(None, map(reply.data.get, ERRORS)), None)
    if said is not None:
        text = f"an error beside {envelope!r}: {log.quote(str(said))}"
        raise ApiError(f"{reply.request.path}: {text}")
    if found is None and envelope is not None:
        return []
    where = "" if envelope is None else f" in {envelope!r}"
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise _unexpected(reply, f"a list of objects{where}", found)
    return found


def object_in(reply: Reply, envelope: str | None = None) -> Row:
    """The object that a reply is, or the one under the name ``envelope`` in it.

    ApiError if there is none.
    """
    found = reply.data if envelope is None else member(reply, envelope)
    where = "" if envelope is None else f" in {envelope!r}"
    if not isinstance(found, dict):
        raise _unexpected(reply, f"an object{where}", found)
    return found


def objects(value: Any) -> list[Row]:
    """The objects in a list inside a row. One that stands there without a list is the only one."""
    members = value if isinstance(value, list) else [value]
    return [member for member in members if isinstance(member, dict)]


def member(reply: Reply, name: str) -> Any:
    """What the reply's object holds under ``name``. ApiError if it has no such member."""
    if not isinstance(reply.data, dict) or name not in reply.data:
        raise _unexpected(reply, f"an object with {name!r}", reply.data)
    return reply.data[name]


def _unexpected(reply: Reply, expected: str, found: Any) -> ApiError:
    return ApiError(f"{reply.request.path}: expected {expected}, got {_described(found)}")


def _described(value: Any) -> str:
    """What kind of JSON value came, without its contents, which may be personal data."""
    if isinstance(value, dict):
        return f"an object with {', '.join(sorted(value)[:5])}" if value else "an empty object"
    return _KINDS[type(value)]
