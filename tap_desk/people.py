"""Customers, and the users, groups and memberships of the people who answer them."""

from __future__ import annotations

from collections.abc import Iterator

from tap_common.children import lost_parents
from tap_common.context import ReadContext, Reader
from tap_common.errors import StreamRefused
from tap_common.readers import Pages, whole
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_desk.lists import Collection, below, steady
from tap_desk.position import BOOKMARK_KEYS, bookmark_faults
from tap_desk.rows import Columns, href, identifier, ids_of
from tap_desk.windows import changed

LARGEST_PAGE_OF_USERS = 1000
"""Of the lists of users and of groups (dev.desk.com, Users and Groups)."""
GROUPS_OF_A_USER = "users/{id}/groups"

CUSTOMERS = Stream(
    "customers",
    "customers/search",
    method="INCREMENTAL",
    replication_key="updated_at",
    bookmark_keys=BOOKMARK_KEYS,
    bookmark_check=bookmark_faults,
)
USERS = Stream("users", "users")
GROUPS = Stream("groups", "groups")
USER_GROUPS = Stream(
    "user_groups",
    "groups/{id}/users",
    ("user_id", "id"),
    note="or users/{id}/groups where there are fewer users than groups",
)
CUSTOMER_COLUMNS = Columns(("company", "facebook_user", "twitter_user", "locked_by"), ("cases",))


def _customers(context: ReadContext) -> Iterator[Page]:
    """Customers by windows."""
    for wanted, bookmarks in changed(context, Request(CUSTOMERS.path, CUSTOMERS.name)):
        rows = {name: list(map(CUSTOMER_COLUMNS, found)) for name, found in wanted.items()}
        yield Page(rows, bookmarks)


class People:
    """The users and the groups that this run has read whole, by the name of their stream."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = {}


def _user_groups(context: ReadContext) -> Iterator[Page]:
    """Who is in which group, by groups or by users, whichever are fewer: each costs a request."""
    try:
        groups = _all(context, GROUPS)
    except StreamRefused:
        groups = None
    if groups is not None and len(groups) <= _count_of_users(context, len(groups)):
        yield from _by_groups(context, groups)
    else:
        yield from _by_users(context, _all(context, USERS))


def _all(context: ReadContext, stream: Stream) -> list[Row]:
    """All rows of ``stream``. If this run has not read them yet, they count for the memberships."""
    known = context.api.learned(People).rows.get(stream.name)
    if known is not None:
        return known
    request = Request(stream.path, USER_GROUPS.name)
    pages = steady(context, request, LARGEST_PAGE_OF_USERS)
    return [row for rows in pages for row in rows]


def _count_of_users(context: ReadContext, enough: int) -> int:
    """How many users there are, or ``enough`` where the API does not say."""
    known = context.api.learned(People).rows.get(USERS.name)
    if known is not None:
        return len(known)
    reply = context.api.get(Request(USERS.path, USER_GROUPS.name, {"per_page": 1}))
    return Collection.of(reply).total or enough


def _by_groups(context: ReadContext, groups: list[Row]) -> Iterator[Page]:
    names = {str(identifier(group)): group.get("name") for group in groups}
    lists = below(context, USER_GROUPS, largest=LARGEST_PAGE_OF_USERS)
    yield _gap(groups)
    for group, users in lists.below(ids_of(groups)):
        yield _page(
            {"user_id": identifier(user), "id": int(group), "name": names[group]} for user in users
        )


def _by_users(context: ReadContext, users: list[Row]) -> Iterator[Page]:
    lists = below(context, USER_GROUPS, GROUPS_OF_A_USER, LARGEST_PAGE_OF_USERS)
    yield _gap(users)
    for user, groups in lists.below(ids_of(users)):
        yield _page(
            {"user_id": int(user), "id": identifier(group), "name": group.get("name")}
            for group in groups
        )


def _gap(parents: list[Row]) -> Page:
    """That some parents cannot be asked for their members or groups, if that is so."""
    lost = lost_parents(parents, identifier)
    return Page() if lost is None else Page(gaps={USER_GROUPS.name: lost})


def _page(rows: Iterator[Row]) -> Page:
    return Page({USER_GROUPS.name: list(rows)})


def _list_of_people(stream: Stream) -> Pages:
    """The reader of users or groups. A list may be read again, so that a row comes twice."""
    columns = Columns()

    def row_pages(context: ReadContext, request: Request) -> Iterator[list[Row]]:
        found: dict[str, Row] = {}
        for rows in steady(context, request, LARGEST_PAGE_OF_USERS):
            found |= {href(row, "self") or repr(row): row for row in rows}
            yield [columns(row) for row in rows]
        context.api.learned(People).rows[stream.name] = list(found.values())

    return whole(stream, row_pages)


READERS = (
    Reader((CUSTOMERS,), _customers, Request("customers", CUSTOMERS.name, {"per_page": 1})),
    Reader((USERS,), _list_of_people(USERS), Request("users", USERS.name, {"per_page": 1})),
    Reader((GROUPS,), _list_of_people(GROUPS), Request("groups", GROUPS.name, {"per_page": 1})),
    Reader((USER_GROUPS,), _user_groups, Request("users", USER_GROUPS.name, {"per_page": 1})),
)
