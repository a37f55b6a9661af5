"""Customers, and the users, groups and memberships of the people who answer them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tap_common.children import Children
from tap_common.context import ReadContext, Reader
from tap_common.errors import StreamRefused
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_desk.hal import LARGEST_PAGE, Columns, below, entries, identifier, pages, whole
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


def _customers(context: ReadContext) -> Iterator[Page]:
    """Customers by windows."""
    for wanted, marks in changed(
        context,
        Request(CUSTOMERS.path, CUSTOMERS.name, {"per_page": context.page_size(LARGEST_PAGE)}),
    ):
        yield Page(
            {name: [CUSTOMER_COLUMNS(row) for row in rows] for name, rows in wanted.items()}, marks
        )


def _user_groups(context: ReadContext) -> Iterator[Page]:
    """Who is in which group, by groups or by users, whichever are fewer: each costs a request."""
    groups = _groups(context)
    request = Request(USERS.path, USER_GROUPS.name)
    if groups is not None:
        total = context.api.get(Request(USERS.path, USER_GROUPS.name, {"per_page": 1})).data.get(
            "total_entries"
        )
        if not isinstance(total, int) or len(groups) <= total:
            yield from _members(context, groups)
            return
    for reply in pages(context.api, request, context.page_size(LARGEST_PAGE_OF_USERS)):
        yield from _memberships(context, entries(reply))


def _groups(context: ReadContext) -> list[Row] | None:
    """All groups, or None where they are not to be had."""
    try:
        replies = pages(
            context.api,
            Request(GROUPS.path, USER_GROUPS.name),
            context.page_size(LARGEST_PAGE_OF_USERS),
        )
        return [row for reply in replies for row in entries(reply)]
    except StreamRefused:
        return None


def _members(context: ReadContext, groups: list[Row]) -> Iterator[Page]:
    by_id = {str(identifier(group)): group for group in groups}
    lists = _lists(context, lambda parent: f"groups/{parent}/users")
    for parent, users in lists.below(list(by_id)):
        group = by_id[parent]
        rows = [
            {"user_id": identifier(user), "id": identifier(group), "name": group.get("name")}
            for user in users
        ]
        yield Page({USER_GROUPS.name: rows})


def _memberships(context: ReadContext, users: list[Row]) -> Iterator[Page]:
    lists = _lists(context, lambda parent: f"users/{parent}/groups")
    for parent, groups in lists.below([str(identifier(user)) for user in users]):
        rows = [
            {"user_id": int(parent), "id": identifier(group), "name": group.get("name")}
            for group in groups
        ]
        yield Page({USER_GROUPS.name: rows})


def _lists(context: ReadContext, path: Callable[[str], str]) -> Children:
    return below(context, USER_GROUPS, path, context.page_size(LARGEST_PAGE_OF_USERS))


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
