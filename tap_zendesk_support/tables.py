"""The lists that are read by one rule each: whole, whole but only what changed is sent, or with a filter by time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tap_common import times
from tap_common.context import ReadContext, Reader
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_zendesk_support.api import DELETED_TICKETS
from tap_zendesk_support.exports import settled
from tap_zendesk_support.lists import (
    LARGEST_PAGE,
    Progress,
    logged_since,
    pages,
    rows,
    sized,
    stamp,
)

Filter = Callable[[ReadContext, datetime], Mapping[str, Any]]


@dataclass(frozen=True)
class Table:
    """A list as data.

    ``envelope`` is where the reply holds the rows, ``cursor`` whether the list is paged by cursor, ``since`` makes the
    parameters that filter by time. ``ordered`` says that rows come in the order of the replication key, so that the bookmark
    may follow them; else it is set when all is read. ``largest`` is the page to ask for first; more than lists commonly allow
    may be refused.
    """

    stream: Stream
    envelope: str
    cursor: bool = True
    params: Mapping[str, Any] = field(default_factory=dict)
    since: Filter | None = None
    ordered: bool = False
    bucket: str | None = None
    probe: Mapping[str, Any] = field(default_factory=dict)
    largest: int = LARGEST_PAGE

    def reader(self) -> Reader:
        """The reader of this table."""
        params = {**self.params, **self.probe, **({"page[size]": 1} if self.cursor else {})}
        return Reader(
            (self.stream,),
            self.pages,
            Request(self.stream.path, self.stream.name, params, self.bucket),
        )

    def pages(self, context: ReadContext) -> Iterator[Page]:
        """All rows, or with a replication key the rows from the bookmark on."""
        name, key = self.stream.name, self.stream.replication_key
        bookmark = context.bookmark_time(name, key) if key else None
        begin = context.read_from(name, key) if key and (bookmark or self.since) else None
        params = {**self.params, **(self.since(context, begin) if self.since and begin else {})}
        request = Request(self.stream.path, name, params, self.bucket)
        if self.cursor:
            request = sized(request, context.page_size(self.largest))
        progress = Progress(times.text(bookmark) if bookmark else "")
        floor = times.text(begin.replace(microsecond=0)) if begin else ""
        for reply in pages(context.api, request):
            found = rows(reply, self.envelope)
            if not key:
                yield Page({name: found})
                continue
            stamps = [stamp(row, key) for row in found]
            kept = [
                row
                for row, moment in zip(found, stamps, strict=True)
                if not moment or moment >= floor
            ]
            reached = progress.passed(reply, [moment for moment in stamps if moment >= floor])
            yield Page({name: kept}, {name: {key: reached}} if reached and self.ordered else {})
        if key and (reached := progress.end()):
            yield Page({}, {name: {key: reached}})


def _full(
    name: str,
    endpoint: str,
    envelope: str = "",
    key: tuple[str, ...] = ("id",),
    *,
    cursor: bool = True,
    **more: Any,
) -> Table:
    """A list that is read whole, so that a target can be told what is gone."""
    return Table(Stream(name, endpoint, key, **more), envelope or name, cursor)


def _changed(
    name: str, endpoint: str, envelope: str, params: Mapping[str, Any] | None = None, **more: Any
) -> Table:
    """A list without a filter: it is read whole, and what changed since the bookmark is sent."""
    stream = Stream(name, endpoint, method="INCREMENTAL", replication_key="updated_at", **more)
    return Table(stream, envelope, params=params or {})


def _since(name: str, endpoint: str, envelope: str, key: str, since: Filter, **more: Any) -> Table:
    """A list with a filter by time."""
    note = {word: more.pop(word) for word in ("note", "text_fields") if word in more}
    return Table(
        Stream(name, endpoint, method="INCREMENTAL", replication_key=key, **note),
        envelope,
        since=since,
        **more,
    )


def _start_time(_: ReadContext, since: datetime) -> Mapping[str, Any]:
    return {"start_time": settled(int(since.timestamp()))}


def _ratings_since(context: ReadContext, since: datetime) -> Mapping[str, Any]:
    """It is documented as a filter by the age of the rating; a rating is answered later than it is offered."""
    return _start_time(context, since - timedelta(days=context.config["ratings_lookback_days"]))


def _activities_since(_: ReadContext, since: datetime) -> Mapping[str, Any]:
    return {"since": times.text(since.replace(microsecond=0))}


def _logged_since(_: ReadContext, since: datetime) -> Mapping[str, Any]:
    return logged_since(since)


def _nothing(_: ReadContext, __: datetime) -> Mapping[str, Any]:
    return {}


TABLES = (
    _changed("ticket_fields", "ticket_fields", "ticket_fields"),
    _changed(
        "zendesk_groups", "groups", "groups", {"exclude_deleted": "false"}, note="deleted ones too"
    ),
    _full("zendesk_group_memberships", "group_memberships", "group_memberships"),
    _changed("zendesk_macros", "macros", "macros"),
    _full("zendesk_tags", "tags", "tags", ("name",), note="those of the last 60 days"),
    _since(
        "ticket_metric_events",
        "incremental/ticket_metric_events",
        "ticket_metric_events",
        "time",
        _start_time,
        ordered=True,
        probe={"start_time": 1577836800},
        largest=1000,
    ),
    _since(
        "satisfaction_ratings",
        "satisfaction_ratings",
        "satisfaction_ratings",
        "updated_at",
        _ratings_since,
        params={"sort": "created_at"},
    ),
    _full("ticket_forms", "ticket_forms", cursor=False),
    _full("sla_policies", "slas/policies", cursor=False),
    _full("brands", "brands"),
    _full("automations", "automations"),
    _full("triggers", "triggers"),
    _full("views", "views"),
    _full("custom_roles", "custom_roles", cursor=False),
    _full("schedules", "business_hours/schedules", cursor=False),
    _full("organization_fields", "organization_fields"),
    _full("user_fields", "user_fields"),
    _full("organization_memberships", "organization_memberships"),
    _since("ticket_skips", "skips", "skips", "updated_at", _start_time),
    _since(
        "ticket_activities",
        "activities",
        "activities",
        "created_at",
        _activities_since,
        note="of the last 30 days, the agent's own",
    ),
    _since(
        "audit_logs",
        "audit_logs",
        "audit_logs",
        "created_at",
        _logged_since,
        params={"sort": "created_at"},
        ordered=True,
    ),
    _full("custom_statuses", "custom_statuses", cursor=False),
    _since(
        "deleted_tickets",
        "deleted_tickets",
        "deleted_tickets",
        "deleted_at",
        _nothing,
        params={"sort": "deleted_at"},
        ordered=True,
        bucket=DELETED_TICKETS,
        note="of the last 30 days",
    ),
    _changed("deleted_users", "deleted_users", "deleted_users"),
    _full("suspended_tickets", "suspended_tickets"),
    _full("recipient_addresses", "recipient_addresses"),
    _full("talk_phone_numbers", "channels/voice/phone_numbers", "phone_numbers", cursor=False),
    _full("categories", "help_center/categories"),
    _full("sections", "help_center/sections"),
    _full("topics", "community/topics"),
    _full("account_attributes", "routing/attributes", "attributes", cursor=False),
)


def _definitions(context: ReadContext) -> Iterator[Page]:
    """The conditions of skills: two lists, which the column ``condition`` tells apart."""
    for reply in pages(context.api, Request(DEFINITIONS.path, DEFINITIONS.name)):
        data = reply.data.get("definitions") if isinstance(reply.data, dict) else None
        lists = data if isinstance(data, dict) else {}
        found: list[Row] = []
        for condition in ("all", "any"):
            found += [
                {"condition": condition, **row}
                for row in lists.get(f"conditions_{condition}") or []
            ]
        yield Page({DEFINITIONS.name: found})


DEFINITIONS = Stream(
    "attribute_definitions", "routing/attributes/definitions", ("condition", "subject")
)
READERS = (
    *(table.reader() for table in TABLES),
    Reader((DEFINITIONS,), _definitions, Request(DEFINITIONS.path, DEFINITIONS.name)),
)
