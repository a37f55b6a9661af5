"""Users with their identities, and organizations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from tap_common.context import ReadContext, Reader
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_zendesk_support import exports
from tap_zendesk_support.api import EXPORTS, USER_EXPORTS
from tap_zendesk_support.changes import Changes, Leaves, Listed, Since, optional
from tap_zendesk_support.exports import Export, Position
from tap_zendesk_support.lists import (
    LARGEST_PAGE,
    Progress,
    below,
    epoch,
    logged_since,
    pages,
    rows,
    sized,
    sought,
    stamp,
)

USERS = Stream(
    "users",
    "incremental/users/cursor",
    method="INCREMENTAL",
    replication_key="updated_at",
    note="deleted ones too; or users, where exports are refused",
)
IDENTITIES = Stream(
    "user_identities",
    "incremental/users/cursor?include=identities",
    method="INCREMENTAL",
    parent="users",
)
ORGANIZATIONS = Stream(
    "organizations",
    "incremental/organizations",
    method="INCREMENTAL",
    replication_key="updated_at",
    note="deleted ones too; or organizations, where exports are refused",
)


def _updated(row: Row) -> int:
    return epoch(row.get("updated_at")) or 0


def _meter(context: ReadContext) -> str:
    return next(iter(context.fields))


def _include(context: ReadContext) -> dict[str, str]:
    return {"include": "identities"} if context.selects(IDENTITIES.name) else {}


def _users_exported(context: ReadContext, start: Position, since: int) -> Iterator[exports.Batch]:
    request = Request("incremental/users/cursor", _meter(context), _include(context), USER_EXPORTS)
    return exports.by_cursor(context, Export(request, "users", "updated_at"), start, since)


def _users_listed(context: ReadContext, since: Since) -> Iterator[Listed]:
    yield from _in_order(
        context, Request("users", _meter(context), _include(context)), "users", since.listed
    )
    yield from optional(context, "deleted users", _deleted_users(context))


def _in_order(
    context: ReadContext, request: Request, envelope: str, since: int
) -> Iterator[Listed]:
    """A list in the order of change."""
    request = Request(request.path, request.stream, {**request.params, "sort": "updated_at"})
    progress = Progress()
    for reply in sought(context.api, sized(request, context.page_size(LARGEST_PAGE)), since):
        found = rows(reply, envelope)
        yield Listed(
            reply.data,
            found,
            epoch(progress.passed(reply, [stamp(row, "updated_at") for row in found]) or None),
        )
    yield Listed({}, [], epoch(progress.end() or None))


def _deleted_users(context: ReadContext) -> Iterator[Listed]:
    progress = Progress()
    for reply in pages(
        context.api,
        sized(Request("deleted_users", _meter(context)), context.page_size(LARGEST_PAGE)),
    ):
        found = [
            {"permanently_deleted": False, **row, "active": False}
            for row in rows(reply, "deleted_users")
        ]
        progress.passed(reply, [stamp(row, "updated_at") for row in found])
        yield Listed({}, found, None, deleted=True)
    yield Listed({}, [], epoch(progress.end() or None), deleted=True)


def _users(context: ReadContext) -> Iterator[Page]:
    names = list(context.fields)
    for batch in _USERS.batches(context, names):
        out: dict[str, list[Row]] = {}
        if USERS.name in names:
            out[USERS.name] = batch.wanted(USERS.name)
        if IDENTITIES.name in names:
            out[IDENTITIES.name] = _identities(
                context, batch.data.get("identities"), batch.wanted(IDENTITIES.name)
            )
        yield Page(out, batch.bookmarks)


def _identities(context: ReadContext, found: Any, users: list[Row]) -> list[Row]:
    """The identities of ``users``: those that came along, or asked user by user."""
    if isinstance(found, list):
        wanted = {user.get("id") for user in users}
        return [row for row in found if isinstance(row, dict) and row.get("user_id") in wanted]
    active = [str(user["id"]) for user in users if user.get("active") is not False]
    lists = below(
        context,
        IDENTITIES,
        "identities",
        lambda user: sized(Request(f"users/{user}/identities", IDENTITIES.name), LARGEST_PAGE),
    )
    return [row for _, found in lists.below(active) for row in found]


_USERS = Changes(
    "users",
    _users_exported,
    _users_listed,
    moment=_updated,
    updated=_updated,
    leaves=Leaves("updated_at"),
)


def _organizations_exported(
    context: ReadContext, _: Position, since: int
) -> Iterator[exports.Batch]:
    request = Request("incremental/organizations", ORGANIZATIONS.name, {}, EXPORTS)
    return exports.by_time(
        context, Export(request, "organizations", "updated_at"), since, _second(context)
    )


def _second(context: ReadContext) -> Callable[[int], Iterator[list[Row]]]:
    """All organizations changed in one second, from their list and, for the deleted ones, from the audit log."""

    def found(second: int) -> Iterator[list[Row]]:
        for listed in (_live_organizations(context, second), _gone_organizations(context, second)):
            for page in listed:
                yield [row for row in page.rows if _updated(row) == second]
                if page.position is not None and page.position > second:
                    break

    return found


def _organizations_listed(context: ReadContext, since: Since) -> Iterator[Listed]:
    yield from _live_organizations(context, since.listed)
    yield from _gone_organizations(context, since.deleted)


def _live_organizations(context: ReadContext, since: int) -> Iterator[Listed]:
    return _in_order(context, Request("organizations", ORGANIZATIONS.name), "organizations", since)


def _gone_organizations(context: ReadContext, since: int) -> Iterator[Listed]:
    return optional(context, "deleted organizations", _logged_deletions(context, since))


def _logged_deletions(context: ReadContext, since: int) -> Iterator[Listed]:
    """What the audit log (Enterprise plans have it) says of deleted organizations."""
    params = {
        "sort": "created_at",
        "filter[source_type]": "organization",
        "filter[action]": "destroy",
    }
    window = logged_since(datetime.fromtimestamp(since, UTC))
    progress = Progress()
    for reply in pages(
        context.api,
        sized(
            Request("audit_logs", ORGANIZATIONS.name, {**params, **window}),
            context.page_size(LARGEST_PAGE),
        ),
    ):
        found = rows(reply, "audit_logs")
        at = epoch(progress.passed(reply, [stamp(row, "created_at") for row in found]) or None)
        gone = [(row.get("source_id"), row.get("created_at")) for row in found]
        yield Listed(
            {},
            [{"id": own_id, "updated_at": end, "deleted_at": end} for own_id, end in gone],
            at,
            deleted=True,
        )
    yield Listed({}, [], epoch(progress.end() or None), deleted=True)


_ORGANIZATIONS = Changes(
    "organizations",
    _organizations_exported,
    _organizations_listed,
    moment=_updated,
    updated=_updated,
    leaves=Leaves("updated_at"),
)


def _organizations(context: ReadContext) -> Iterator[Page]:
    for batch in _ORGANIZATIONS.batches(context, [ORGANIZATIONS.name]):
        yield Page({ORGANIZATIONS.name: batch.wanted(ORGANIZATIONS.name)}, batch.bookmarks)


READERS = (
    Reader((USERS, IDENTITIES), _users, Request("users", USERS.name, {"page[size]": 1})),
    Reader(
        (ORGANIZATIONS,),
        _organizations,
        Request("organizations", ORGANIZATIONS.name, {"page[size]": 1}),
    ),
)
