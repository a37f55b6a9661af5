"""Two shapes of one thing: an audit as /tickets/{id}/audits shows it, and an event as the ticket event export shows it.

They share their id (a comment's audit_id in the export is the id of its event: airbyte's recorded replies), so rows of either
source land on each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tap_common.stream import Row
from tap_zendesk_support.lists import epoch

CHANNELS = {
    "web form": "web",
    "mail": "email",
    "web service": "api",
    "rule": "rule",
    "chat": "chat",
    "help center": "help_center",
}
"""The export names a channel in words, audits by these keys; what is not here is passed on in lower case."""
_CHANGES = frozenset({"Create", "Change"})
_ABOUT = frozenset(
    {
        *(
            "id",
            "via",
            "via_reference_id",
            "event_type",
            "type",
            "previous_value",
            "added_tags",
            "removed_tags",
        ),
        *(
            "comment_present",
            "comment_public",
            "created_at",
            "timestamp",
            "ticket_id",
            "audit_id",
            "author_id",
            "metadata",
        ),
    }
)
"""Keys of a change in the export that are not the field that changed."""


def audit(event: Row) -> Row:
    """The audit that an exported ticket event tells of."""
    metadata = _object(event.get("metadata"))
    return {
        "id": event.get("id"),
        "ticket_id": event.get("ticket_id"),
        "created_at": event.get("created_at"),
        "author_id": event.get("updater_id"),
        "metadata": {"system": event.get("system") or {}, "custom": {}, **metadata},
        "via": _via(event.get("via")),
        "events": [
            change for child in _objects(event.get("child_events")) for change in _changes(child)
        ],
    }


def event(found: Row) -> Row:
    """The ticket event that an audit tells of: its changes keep the audit's shape."""
    metadata = _object(found.get("metadata"))
    via = found.get("via")
    return {
        "id": found.get("id"),
        "ticket_id": found.get("ticket_id"),
        "timestamp": epoch(found.get("created_at")),
        "created_at": found.get("created_at"),
        "updater_id": found.get("author_id"),
        "via": via.get("channel") if isinstance(via, dict) else via,
        "system": metadata.get("system"),
        "metadata": metadata,
        "event_type": "Audit",
        "child_events": [
            {"event_type": child.get("type"), **child} for child in _objects(found.get("events"))
        ],
    }


def comments(found: Row) -> Iterator[Row]:
    """The comments among the events of an audit."""
    for child in _objects(found.get("events")):
        if str(child.get("type")).endswith("Comment") and child.get("id") is not None:
            yield {
                "ticket_id": found.get("ticket_id"),
                "audit_id": found.get("id"),
                "created_at": found.get("created_at"),
                "metadata": found.get("metadata"),
                **{name: value for name, value in child.items() if value is not None},
                "via": _via(child["via"] if child.get("via") is not None else found.get("via")),
            }


def _changes(child: Row) -> Iterator[Row]:
    """A child event as audits show it; one change an event, where the export tells several in one."""
    kind = child.get("event_type") or child.get("type")
    rest = {name: value for name, value in child.items() if name not in ("event_type", "via")}
    about = (
        {"type": kind, **rest, "via": _via(child.get("via"))}
        if "via" in child
        else {"type": kind, **rest}
    )
    fields = list(_fields(child)) if kind in _CHANGES and "field_name" not in child else []
    for name, value in fields:
        kept = {key: about[key] for key in about if key in _ABOUT}
        yield {**kept, "field_name": name, "value": value}
    if not fields:
        yield about


def _fields(child: Row) -> Iterator[tuple[str, Any]]:
    for name, value in child.items():
        if name == "custom_ticket_fields" and isinstance(value, dict):
            yield from value.items()
        elif name not in _ABOUT:
            yield name, value


def _via(via: Any) -> Any:
    return (
        {"channel": CHANNELS.get(via.lower(), via.lower()), "source": {}}
        if isinstance(via, str)
        else via
    )


def _object(value: Any) -> Row:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[Row]:
    return (
        [member for member in value if isinstance(member, dict)] if isinstance(value, list) else []
    )
