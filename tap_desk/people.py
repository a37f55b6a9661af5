"""Customers, and the users, groups and memberships of the people who answer them."""

from __future__ import annotations

from collections.abc import Iterator

from tap_common.errors import StreamRefused
from tap_common.model import Page, Reader, Row, Stream, Walk
from tap_common.vendor import Request
from tap_desk.hal import LARGEST_PAGE, Columns, all_children, entries, identifier, pages, whole
from tap_desk.windows import changed

CUSTOMERS = Stream(
    "customers", "customers/search", method="INCREMENTAL", replication_key="updated_at"
)
USERS = Stream("users", "users")
GROUPS = Stream("groups", "groups")
USER_GROUPS = Stream(
    "user_groups",
    "groups/{id}/users",
    ("user_id", "id"),
    note="or users/{id}/groups where there are fewer users than groups",
)
LARGEST_PAGE_OF_USERS = 1000
"""Of the lists of users and of groups (dev.desk.com, Users and Groups)."""
CUSTOMER_COLUMNS = Columns(("company", "facebook_user", "twitter_user", "locked_by"), ("cases",))


def _customers(walk: Walk) -> Iterator[Page]:
    """Customers by windows."""
    for wanted, marks in changed(
        walk,
        Request(CUSTOMERS.endpoint, CUSTOMERS.name, {"per_page": walk.page_size(LARGEST_PAGE)}),
    ):
        yield Page(
            {name: [CUSTOMER_COLUMNS(row) for row in rows] for name, rows in wanted.items()}, marks
        )


def _user_groups(walk: Walk) -> Iterator[Page]:
    """Who is in which group, by groups or by users, whichever are fewer: each costs a request."""
    groups = _groups(walk)
    request = Request(USERS.endpoint, USER_GROUPS.name)
    if groups is not None:
        total = walk.api.get(Request(USERS.endpoint, USER_GROUPS.name, {"per_page": 1})).data.get(
            "total_entries"
        )
        if not isinstance(total, int) or len(groups) <= total:
            yield from _members(walk, groups)
            return
    for reply in pages(walk.api, request, walk.page_size(LARGEST_PAGE_OF_USERS)):
        yield from _memberships(walk, entries(reply))


def _groups(walk: Walk) -> list[Row] | None:
    """All groups, or None where they are not to be had."""
    try:
        replies = pages(
            walk.api,
            Request(GROUPS.endpoint, USER_GROUPS.name),
            walk.page_size(LARGEST_PAGE_OF_USERS),
        )
        return [row for reply in replies for row in entries(reply)]
    except StreamRefused:
        return None


def _members(walk: Walk, groups: list[Row]) -> Iterator[Page]:
    by_path = {f"groups/{identifier(group)}/users": group for group in groups}
    for path, users in _listed(walk, list(by_path)):
        group = by_path[path]
        rows = [
            {"user_id": identifier(user), "id": identifier(group), "name": group.get("name")}
            for user in users
        ]
        yield Page({USER_GROUPS.name: rows})


def _memberships(walk: Walk, users: list[Row]) -> Iterator[Page]:
    by_path = {f"users/{identifier(user)}/groups": identifier(user) for user in users}
    for path, groups in _listed(walk, list(by_path)):
        rows = [
            {"user_id": by_path[path], "id": identifier(group), "name": group.get("name")}
            for group in groups
        ]
        yield Page({USER_GROUPS.name: rows})


def _listed(walk: Walk, paths: list[str]) -> Iterator[tuple[str, list[Row]]]:
    size = walk.page_size(LARGEST_PAGE_OF_USERS)
    wanted = (Request(path, USER_GROUPS.name, {"per_page": size}, child=True) for path in paths)
    for request, rows in all_children(walk.api, wanted):
        yield request.path, rows


READERS = (
    Reader((CUSTOMERS,), _customers, Request("customers", CUSTOMERS.name, {"per_page": 1})),
    Reader(
        (USERS,),
        whole(USERS, Columns(), largest=LARGEST_PAGE_OF_USERS),
        Request("users", USERS.name, {"per_page": 1}),
    ),
    Reader(
        (GROUPS,),
        whole(GROUPS, Columns(), largest=LARGEST_PAGE_OF_USERS),
        Request("groups", GROUPS.name, {"per_page": 1}),
    ),
    Reader((USER_GROUPS,), _user_groups, Request("users", USER_GROUPS.name, {"per_page": 1})),
)
