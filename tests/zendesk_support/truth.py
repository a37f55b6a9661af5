"""What tap-zendesk-support must send, derived from the account by docs/zendesk_support.md.

Nothing here calls the tap's code. ``expected`` gives the rows of a stream that a target must hold
once everything is read: what the exports have shown since their minute is over, and children as
they are now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Literal

from sandbox.template import load
from sandbox.zendesk_support import Account, ZendeskSupportServer, population
from sandbox.zendesk_support.population import State
from tests.shaper import Shaper
from tests.truth import Row, Schema, schema_of

Mode = Literal["export", "per_ticket", "list"]

KEYS = {
    "zendesk_tags": ("name",),
    "attribute_definitions": ("condition", "subject"),
    "agent_skills": ("agent_id", "attribute_value_id"),
    "schedule_holidays": ("schedule_id", "id"),
    "custom_objects": ("key",),
    "custom_object_fields": ("custom_object_key", "id"),
}
"""The streams whose key is not ``id``."""
REPLICATION_KEYS = {
    "tickets": "generated_timestamp",
    **dict.fromkeys(("audits", "ticket_events", "ticket_activities", "audit_logs"), "created_at"),
    "ticket_metric_events": "time",
    "deleted_tickets": "deleted_at",
    **dict.fromkeys(("users", "organizations", "ticket_fields", "zendesk_groups"), "updated_at"),
    **dict.fromkeys(("zendesk_macros", "satisfaction_ratings", "ticket_skips"), "updated_at"),
    **dict.fromkeys(("deleted_users", "talk_calls", "talk_legs", "articles"), "updated_at"),
    **dict.fromkeys(("survey_responses", "custom_object_records"), "updated_at"),
    "side_conversation_events": "created_at",
}
_VIA = ("via.channel", "via.source.rel")
TEXT_FIELDS = {
    "tickets": _VIA,
    "audits": _VIA,
    "ticket_comments": _VIA,
    "ticket_events": ("via",),
}
"""String fields in which Zendesk also sends other types."""
CHANNELS = {
    "web form": "web",
    "mail": "email",
    "web service": "api",
    "rule": "rule",
    "chat": "chat",
    "help center": "help_center",
}
VOTES_ON_COMMENTS = {
    "article_comment_votes": ("article_comments", "source_id", "article_id"),
    "post_comment_votes": ("post_comments", "post_id", "post_id"),
}
"""Votes on comments: the stream of the comments, which of its columns names the article or post,
and the column for that."""
_EVENTS: dict[tuple[Account, int, int], list[Row]] = {}
"""The events of the account that was asked for last."""
MESSAGING = ("native_messaging", "chat")
"""The account's channels whose tickets may have messages."""
REDACTIONS = ("CommentRedactionEvent", "AttachmentRedactionEvent")
COMMENTS = ("Comment", "VoiceComment")
NOT_A_FIELD = {
    *("id", "event_type", "via", "via_reference_id", "previous_value"),
    *("comment_present", "comment_public"),
}
"""Keys of a change in the export that are not the field that changed."""


def expected(
    server: ZendeskSupportServer,
    stream: str,
    mode: Mode = "export",
    *,
    custom_fields_map: bool = False,
    schema: Schema | None = None,
) -> list[Row]:
    """Returns every row of ``stream`` that a target must hold, with every field.

    ``mode`` says how tickets and their history are read. ``schema`` takes the place of the
    stream's own where custom fields are typed.
    """
    shaper = _own_shaper(stream) if schema is None else _shaper(stream, schema)
    return list(map(shaper, _rows(server, stream, mode, custom_fields_map)))


def _shaper(stream: str, schema: Schema) -> Shaper:
    texts, key = TEXT_FIELDS.get(stream, ()), REPLICATION_KEYS.get(stream)
    return Shaper(schema, text_fields=texts, replication_key=key)


@cache
def _own_shaper(stream: str) -> Shaper:
    return _shaper(stream, schema_of("tap_zendesk_support", stream))


def _rows(
    server: ZendeskSupportServer, stream: str, mode: Mode, custom_fields_map: bool
) -> Iterable[Row]:
    account, until = server.account, server.account.now() - server.app.options.hold_back
    listed = mode == "list"
    makers: dict[str, Callable[[], Iterable[Row]]] = {
        "tickets": lambda: _tickets(account, until, listed, custom_fields_map),
        "zendesk_ticket_metrics": lambda: _metrics(server, until, listed),
        "users": lambda: _users(account, until),
        "organizations": lambda: _organizations(account, until, listed),
        "audits": lambda: _audits(account, until, mode),
        "ticket_comments": lambda: _comments(account, until, mode),
        "ticket_events": lambda: _events(account, until, listed),
        "attribute_definitions": _definitions,
        "conversation_log": lambda: _conversation_log(account, until),
        "survey_responses": lambda: map(_response, account.rows(stream, until)),
        "custom_object_records": lambda: map(_record, account.rows(stream, until)),
    }
    if stream in makers:
        return makers[stream]()
    rows: list[Row] = account.rows(stream, until)
    if stream in VOTES_ON_COMMENTS:
        comments, source, column = VOTES_ON_COMMENTS[stream]
        sources = {row["id"]: row[source] for row in account.rows(comments, until)}
        return [{**row, column: sources[row["item_id"]]} for row in rows]
    return rows


# Tickets, users, organizations


def _tickets(account: Account, until: int, listed: bool, custom_fields_map: bool) -> Iterator[Row]:
    for row in account.rows("tickets", until):
        if listed and row["status"] == "deleted":
            yield _deleted_ticket(account.deleted_ticket(row["id"]))
            continue
        changes: Row = {}
        if isinstance(row["satisfaction_rating"], str):
            changes["satisfaction_rating"] = {"score": row["satisfaction_rating"]}
        if custom_fields_map:
            pairs = [(str(field["id"]), field["value"]) for field in row["custom_fields"]]
            known = [(name, None if value == "" else value) for name, value in pairs]
            changes["custom_fields_map"] = dict(known)
        yield {**row, **changes}


def _deleted_ticket(row: Row) -> Row:
    return {
        "id": row["id"],
        "subject": row["subject"],
        "status": "deleted",
        "updated_at": row["deleted_at"],
        "generated_timestamp": _seconds(row["deleted_at"]),
    }


def _metrics(server: ZendeskSupportServer, until: int, listed: bool) -> Iterator[Row]:
    account = server.account
    for row in account.rows("tickets", until):
        state = account.tickets.state[row["id"]]
        is_deleted = state == State.DELETED
        if is_deleted and (listed or server.app.options.deleted_metric_set != "present"):
            continue
        if listed and state != State.LIVE:
            continue
        yield {**account.metrics(row["id"]), "ticket_id": row["id"]}


def _users(account: Account, until: int) -> Iterator[Row]:
    for row in account.rows("users", until):
        yield {"permanently_deleted": False, **row}


def _organizations(account: Account, until: int, listed: bool) -> Iterator[Row]:
    for row in account.rows("organizations", until):
        if not listed or row["deleted_at"] is None:
            yield row
            continue
        yield {name: row[name] for name in ("id", "updated_at", "deleted_at")}


def _definitions() -> Iterator[Row]:
    definitions = load(population.__file__, "rows")["definitions"]
    for condition in ("all", "any"):
        for row in definitions[f"conditions_{condition}"]:
            yield {**row, "condition": condition}


# What is below tickets and custom objects


def _conversation_log(account: Account, until: int) -> Iterator[Row]:
    _, log = account.children["conversation_log"]
    for ticket in account.rows("tickets", until):
        has_messages = ticket["from_messaging_channel"] or ticket["via"]["channel"] in MESSAGING
        if ticket["status"] != "deleted" and has_messages:
            for row in log(ticket["id"]):
                author = dict(row["author"])
                for name in ("support", "sunco"):
                    if f"zen:{name}:user_id" in author:
                        author[f"{name}_user_id"] = author.pop(f"zen:{name}:user_id")
                yield {**row, "ticket_id": ticket["id"], "author": author}


def _response(row: Row) -> Row:
    """Returns a survey's response with its newest answer's time, or the time that its id holds."""
    changes = [answer["updated_at"] for answer in row["answers"]]
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    digits = [letters.index(letter) for letter in row["id"][:10]]
    milliseconds = sum(digit << 5 * place for place, digit in enumerate(reversed(digits)))
    updated_at = max(changes) if changes else milliseconds / 1000
    return {**row, "ticket_id": row["subjects"][0]["id"], "updated_at": updated_at}


def _record(row: Row) -> Row:
    if row["name"] == "[DELETED]":
        return {**row, "custom_object_fields": None, "is_deleted": True}
    return {**row, "is_deleted": False}


# History


def _exported_events(account: Account, until: int) -> list[Row]:
    key = (account, account.version, until)
    if key not in _EVENTS:
        _EVENTS.clear()
        _EVENTS[key] = account.rows("ticket_events", until)
    return _EVENTS[key]


def _is_hiding(event: Row) -> bool:
    """Returns whether an event means that older comments are to be read again."""
    children = event["child_events"]
    if not children:
        return bool(event["updater_id"] != -1)
    return any(child["event_type"] in REDACTIONS for child in children)


def _read_again_until(account: Account, until: int) -> dict[int, int]:
    """Returns the tickets whose comments are read again, and up to when these were written."""
    hiding = [event for event in _exported_events(account, until) if _is_hiding(event)]
    last = {event["ticket_id"]: event["timestamp"] for event in hiding}
    return {ticket: at for ticket, at in last.items() if _is_readable(account, ticket)}


def _is_read_again(row: Row, again: Mapping[int, int], ticket: int) -> bool:
    """Returns whether an audit or comment was written before something was hidden."""
    return ticket in again and _seconds(row["created_at"]) <= again[ticket]


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def _audits_read_again(account: Account, again: Mapping[int, int]) -> dict[int, Row]:
    """Returns the audits with comments that are read again, by id."""
    found = {}
    for ticket in again:
        for audit in account.audits.audits(ticket):
            has_comment = any(event["type"] in COMMENTS for event in audit["events"])
            if has_comment and _is_read_again(audit, again, ticket):
                found[audit["id"]] = audit
    return found


def _is_readable(account: Account, ticket: int) -> bool:
    return ticket in account.tickets and account.tickets.state[ticket] != State.DELETED


def _readable_tickets(account: Account, until: int) -> list[int]:
    shown = [row["id"] for row in account.rows("tickets", until)]
    return [ticket for ticket in shown if _is_readable(account, ticket)]


def _audits(account: Account, until: int, mode: Mode) -> Iterator[Row]:
    if mode != "export":
        for ticket in _readable_tickets(account, until):
            yield from account.audits.audits(ticket)
        return
    again = _audits_read_again(account, _read_again_until(account, until))
    for event in _exported_events(account, until):
        yield again.get(event["id"]) or _audit_of(event)


def _events(account: Account, until: int, listed: bool) -> Iterator[Row]:
    if listed:
        for ticket in _readable_tickets(account, until):
            yield from map(_event_of, account.audits.audits(ticket))
        return
    again = _audits_read_again(account, _read_again_until(account, until))
    for event in _exported_events(account, until):
        yield _event_of(again[event["id"]]) if event["id"] in again else event


def _comments(account: Account, until: int, mode: Mode) -> Iterator[Row]:
    if mode != "export":
        for ticket in _readable_tickets(account, until):
            for audit in account.audits.audits(ticket):
                yield from _comments_in(audit)
        return
    again = _read_again_until(account, until)
    for event in _exported_events(account, until):
        if not _is_read_again(event, again, event["ticket_id"]):
            yield from _comments_in(_audit_of(event))
    for ticket in again:
        for row in account.audits.comments(ticket):
            if _is_read_again(row, again, ticket):
                yield {**row, "ticket_id": ticket}


def _audit_of(event: Row) -> Row:
    """Returns the audit that an event of the export tells of."""
    metadata = {"system": event["system"], "custom": {}, **event["metadata"]}
    events = [row for child in event["child_events"] for row in _audit_events(child)]
    return {
        "id": event["id"],
        "ticket_id": event["ticket_id"],
        "created_at": event["created_at"],
        "author_id": event["updater_id"],
        "metadata": metadata,
        "via": _via(event["via"]),
        "events": events,
    }


def _audit_events(child: Row) -> Iterator[Row]:
    """Returns a child of an exported event as events of an audit: one for each changed field."""
    fields = {name: value for name, value in child.items() if name not in NOT_A_FIELD}
    kept = {name: value for name, value in child.items() if name not in fields}
    kept.pop("event_type")
    about = {**kept, "type": child["event_type"], "via": _via(child["via"])}
    if child["event_type"] not in ("Create", "Change"):
        known = {name: value for name, value in child.items() if name not in ("event_type", "via")}
        yield {**known, "type": child["event_type"], "via": _via(child["via"])}
        return
    fields |= fields.pop("custom_ticket_fields", {})
    for name, value in fields.items():
        yield {**about, "field_name": name, "value": value}


def _event_of(audit: Row) -> Row:
    """Returns the event of the export that an audit tells of, whose children are the audit's."""
    children = [{**event, "event_type": event["type"]} for event in audit["events"]]
    return {
        "id": audit["id"],
        "ticket_id": audit["ticket_id"],
        "timestamp": _seconds(audit["created_at"]),
        "created_at": audit["created_at"],
        "updater_id": audit["author_id"],
        "via": audit["via"]["channel"],
        "system": audit["metadata"]["system"],
        "metadata": audit["metadata"],
        "event_type": "Audit",
        "child_events": children,
    }


def _comments_in(audit: Row) -> Iterator[Row]:
    about = {name: audit[name] for name in ("ticket_id", "created_at", "metadata")}
    for event in audit["events"]:
        if event["type"] in COMMENTS:
            own = {name: value for name, value in event.items() if value is not None}
            via = event.get("via") or audit["via"]
            yield {**about, "audit_id": audit["id"], **own, "via": _via(via)}


def _via(via: Any) -> Any:
    """Returns a channel that is named in words as the object that audits have."""
    if not isinstance(via, str):
        return via
    return {"channel": CHANNELS.get(via.lower(), via.lower()), "source": {}}


def key_of(stream: str) -> tuple[str, ...]:
    """Returns the names of the key's fields."""
    return KEYS.get(stream, ("id",))
