"""Users with their identities, and organizations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from tap_common import times
from tap_common.model import Page, Reader, Row, Stream, Walk
from tap_common.vendor import Request
from tap_zendesk_support import exports
from tap_zendesk_support.api import EXPORTS, USER_EXPORTS
from tap_zendesk_support.changes import Changes, Leaves, Listed, Since, optional
from tap_zendesk_support.exports import Export, Position
from tap_zendesk_support.lists import (
    LARGEST_PAGE,
    Progress,
    children,
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


def _meter(walk: Walk) -> str:
    return next(iter(walk.fields))


def _include(walk: Walk) -> dict[str, str]:
    return {"include": "identities"} if walk.selected(IDENTITIES.name) else {}


def _users_exported(walk: Walk, start: Position, since: int) -> Iterator[exports.Batch]:
    request = Request("incremental/users/cursor", _meter(walk), _include(walk), USER_EXPORTS)
    return exports.by_cursor(walk, Export(request, "users", "updated_at"), start, since)


def _users_listed(walk: Walk, since: Since) -> Iterator[Listed]:
    yield from _in_order(
        walk, Request("users", _meter(walk), _include(walk)), "users", since.listed
    )
    yield from optional(walk, "deleted users", _deleted_users(walk))


def _in_order(walk: Walk, request: Request, envelope: str, since: int) -> Iterator[Listed]:
    """A list in the order of change."""
    request = Request(request.path, request.stream, {**request.params, "sort": "updated_at"})
    progress = Progress()
    for reply in sought(walk.api, sized(request, walk.page_size(LARGEST_PAGE)), since):
        found = rows(reply, envelope)
        yield Listed(
            reply.data,
            found,
            epoch(progress.passed(reply, [stamp(row, "updated_at") for row in found]) or None),
        )
    yield Listed({}, [], epoch(progress.end() or None))


def _deleted_users(walk: Walk) -> Iterator[Listed]:
    progress = Progress()
    for reply in pages(
        walk.api, sized(Request("deleted_users", _meter(walk)), walk.page_size(LARGEST_PAGE))
    ):
        found = [
            {"permanently_deleted": False, **row, "active": False}
            for row in rows(reply, "deleted_users")
        ]
        progress.passed(reply, [stamp(row, "updated_at") for row in found])
        yield Listed({}, found, None, deleted=True)
    yield Listed({}, [], epoch(progress.end() or None), deleted=True)


def _users(walk: Walk) -> Iterator[Page]:
    names = list(walk.fields)
    for batch in _USERS.batches(walk, names):
        out: dict[str, list[Row]] = {}
        if USERS.name in names:
            out[USERS.name] = batch.wanted(USERS.name)
        if IDENTITIES.name in names:
            out[IDENTITIES.name] = _identities(
                walk, batch.data.get("identities"), batch.wanted(IDENTITIES.name)
            )
        yield Page(out, batch.bookmarks)


def _identities(walk: Walk, found: Any, users: list[Row]) -> list[Row]:
    """The identities of ``users``: those that came along, or asked user by user."""
    if isinstance(found, list):
        wanted = {user.get("id") for user in users}
        return [row for row in found if isinstance(row, dict) and row.get("user_id") in wanted]
    active = [user["id"] for user in users if user.get("active") is not False]
    requests = [
        sized(Request(f"users/{number}/identities", IDENTITIES.name, child=True), 100)
        for number in active
    ]
    return [row for _, found in children(walk.api, requests, "identities") for row in found]


_USERS = Changes(
    "users",
    _users_exported,
    _users_listed,
    moment=_updated,
    updated=_updated,
    leaves=Leaves("updated_at"),
)


def _organizations_exported(walk: Walk, _: Position, since: int) -> Iterator[exports.Batch]:
    request = Request("incremental/organizations", ORGANIZATIONS.name, {}, EXPORTS)
    return exports.by_time(
        walk, Export(request, "organizations", "updated_at"), since, _second(walk)
    )


def _second(walk: Walk) -> Callable[[int], Iterator[list[Row]]]:
    """All organizations changed in one second, from their list and, for the deleted ones, from the audit log."""

    def found(second: int) -> Iterator[list[Row]]:
        for listed in (_live_organizations(walk, second), _gone_organizations(walk, second)):
            for page in listed:
                yield [row for row in page.rows if _updated(row) == second]
                if page.position is not None and page.position > second:
                    break

    return found


def _organizations_listed(walk: Walk, since: Since) -> Iterator[Listed]:
    yield from _live_organizations(walk, since.listed)
    yield from _gone_organizations(walk, since.deleted)


def _live_organizations(walk: Walk, since: int) -> Iterator[Listed]:
    return _in_order(walk, Request("organizations", ORGANIZATIONS.name), "organizations", since)


def _gone_organizations(walk: Walk, since: int) -> Iterator[Listed]:
    return optional(walk, "deleted organizations", _logged_deletions(walk, since))


def _logged_deletions(walk: Walk, since: int) -> Iterator[Listed]:
    """What the audit log (Enterprise plans have it) says of deleted organizations."""
    params = {
        "sort": "created_at",
        "filter[source_type]": "organization",
        "filter[action]": "destroy",
    }
    window = logged_since(datetime.fromtimestamp(since, times.UTC))
    progress = Progress()
    for reply in pages(
        walk.api,
        sized(
            Request("audit_logs", ORGANIZATIONS.name, {**params, **window}),
            walk.page_size(LARGEST_PAGE),
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


def _organizations(walk: Walk) -> Iterator[Page]:
    for batch in _ORGANIZATIONS.batches(walk, [ORGANIZATIONS.name]):
        yield Page({ORGANIZATIONS.name: batch.wanted(ORGANIZATIONS.name)}, batch.bookmarks)


READERS = (
    Reader((USERS, IDENTITIES), _users, Request("users", USERS.name, {"page[size]": 1})),
    Reader(
        (ORGANIZATIONS,),
        _organizations,
        Request("organizations", ORGANIZATIONS.name, {"page[size]": 1}),
    ),
)
