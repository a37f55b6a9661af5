"""Two shapes of one thing: an audit of /tickets/{id}/audits, and an event of the event export.

They share their id: a comment's audit_id in the export is the id of its event (rows that airbyte
recorded). So rows of either source replace each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from typing import Any

from tap_common.replies import objects
from tap_common.stream import Row
from tap_zendesk_support.moments import epoch

CHANNELS = {
    "web form": "web",
    "mail": "email",
    "web service": "api",
    "rule": "rule",
    "chat": "chat",
    "help center": "help_center",
}
"""The export names a channel in words, audits name it by these keys. Other words are passed on in
lower case."""
SYSTEM = -1
"""The author of what the account does by itself."""
_CHANGES = frozenset({"Create", "Change"})
_MARKS = frozenset({"comment_present", "comment_public"})
"""What the export says of a comment beside its text, and without it as well."""
_HIDING = frozenset({"CommentRedactionEvent", "AttachmentRedactionEvent", "CommentPrivacyChange"})
"""Kinds of events that hide something. Audits show the last one, which the export does not."""
_NOT_A_FIELD = frozenset(
    {
        *("id", "via", "via_reference_id", "previous_value"),
        *("added_tags", "removed_tags", "rel", "revision_id", *_MARKS),
        *("created_at", "timestamp", "ticket_id", "audit_id", "author_id", "metadata"),
    }
)
"""Keys of a change in the export that are not the field that changed."""


def audit(event: Row) -> Row:
    """The audit that an exported event tells of.

    An audit has all of ``system`` in its metadata. The export has client and place beside the
    metadata, and the rest in it (useairfoil's recorded replies, October 2026).
    """
    metadata = _object(event.get("metadata"))
    system = {**_object(event.get("system")), **_object(metadata.get("system"))}
    children = objects(event.get("child_events"))
    return {
        "id": event.get("id"),
        "ticket_id": event.get("ticket_id"),
        "created_at": event.get("created_at"),
        "author_id": event.get("updater_id"),
        "metadata": {"custom": {}, **metadata, "system": system},
        "via": via_object(event.get("via")),
        "events": list(chain.from_iterable(map(_audit_events, children))),
    }


def event(audit: Row) -> Row:
    """The exported event that an audit tells of. Its changes keep the audit's shape."""
    metadata = _object(audit.get("metadata"))
    via = audit.get("via")
    children = objects(audit.get("events"))
    return {
        "id": audit.get("id"),
        "ticket_id": audit.get("ticket_id"),
        "timestamp": epoch(audit.get("created_at")),
        "created_at": audit.get("created_at"),
        "updater_id": audit.get("author_id"),
        "via": via.get("channel") if isinstance(via, dict) else via,
        "system": metadata.get("system"),
        "metadata": metadata,
        "event_type": "Audit",
        "child_events": [{"event_type": child.get("type"), **child} for child in children],
    }


def comments(audit: Row) -> Iterator[Row]:
    """The comments among the events of an audit."""
    for child in objects(audit.get("events")):
        if str(child.get("type")).endswith("Comment") and child.get("id") is not None:
            via = child["via"] if child.get("via") is not None else audit.get("via")
            known = {
                name: value
                for name, value in child.items()
                if value is not None and name not in _MARKS
            }
            about = {name: audit.get(name) for name in ("ticket_id", "created_at", "metadata")}
            yield {**about, "audit_id": audit.get("id"), **known, "via": via_object(via)}


def lack_texts(events: Iterable[Row]) -> bool:
    """Do exported events tell of comments, but show the text of none?"""
    children = chain.from_iterable(objects(event.get("child_events")) for event in events)
    texts = ("body" in child for child in children if child.get("event_type") == "Comment")
    return not next(texts, True) and not any(texts)


def has_comment(audit: Row) -> bool:
    """Is there a comment among the events of an audit?"""
    return any(True for _ in comments(audit))


def comment(row: Row, ticket: str) -> Row:
    """A row of a ticket's list of comments as a row of ``ticket_comments``."""
    return {**row, "ticket_id": int(ticket), "via": via_object(row.get("via"))}


def hides_comments(event: Row) -> bool:
    """Does an event mean that an older comment is not to be read as it was sent?

    That is a redaction, or what a change of privacy leaves: an event without children that a
    person caused (useairfoil's notes on a live account, October 2026).
    """
    children = objects(event.get("child_events"))
    if not children:
        return event.get("updater_id") != SYSTEM
    return any(str(child.get("event_type")) in _HIDING for child in children)


def _audit_events(child: Row) -> list[Row]:
    """A child of an exported event as audits show it: one event for each field that changed.

    The export calls the kind of event ``event_type``; its ``type`` is the ticket's.
    """
    rest = child.copy()
    kind = rest.pop("event_type" if "event_type" in child else "type", None)
    if "via" in rest:
        rest["via"] = via_object(rest["via"])
    if str(kind) in _CHANGES and "field_name" not in rest:
        changes = _changes(rest, kind)
        if changes:
            return changes
    rest["type"] = kind
    return [rest]


def _changes(child: Row, kind: Any) -> list[Row]:
    """One event for each field of a change in the export.

    Custom fields lie there in an object of their own.
    """
    common: Row = {}
    fields: list[tuple[str, Any]] = []
    for name, value in child.items():
        if name in _NOT_A_FIELD:
            common[name] = value
        elif name == "custom_ticket_fields" and isinstance(value, dict):
            fields += value.items()
        else:
            fields.append((name, value))
    common["type"] = kind
    return [{**common, "field_name": name, "value": value} for name, value in fields]


def via_object(via: Any) -> Any:
    """A channel that is named in words, as the object that audits have; others as they are."""
    return _named_channel(via) if isinstance(via, str) else via


@lru_cache(maxsize=1_000)
def _named_channel(words: str) -> Row:
    """The object of a channel, which rows share."""
    return {"channel": CHANNELS.get(words.lower(), words.lower()), "source": {}}


def _object(value: Any) -> Row:
    return value if isinstance(value, dict) else {}
