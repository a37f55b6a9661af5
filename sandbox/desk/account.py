"""The account by the paths below the root, and by the streams that its rows belong to."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property

from sandbox.desk.changes import Changes
from sandbox.desk.hal import API, address_of, number_of
from sandbox.desk.helpdesk import Helpdesk
from sandbox.desk.staff import translations
from sandbox.table import Listing, Row

_NUMBER = re.compile(r"(?<=/)\d+(?=/|$)")


def pattern_of(path: str) -> str:
    """Return the path with N for each number in it."""
    return _NUMBER.sub("N", path)


class Account(Helpdesk):
    """A help desk with its changes, its collections and its single records."""

    @cached_property
    def changes(self) -> Changes:
        """What can happen to the account."""
        return Changes(self)

    def collection(self, path: str) -> Listing:
        """Return the rows of a list. KeyError if there is none."""
        pattern = pattern_of(path)
        if pattern in BELOW:
            top, id, _ = path.split("/")
            parent = self.single(f"{top}/{id}")
            return Listing(BELOW[pattern](self, int(id), parent))
        return LISTS[path](self) if path in LISTS else Listing(self.tables[path])

    def single(self, path: str) -> Row:
        """Return a record by its address. KeyError if there is none."""
        pattern = pattern_of(path)
        if pattern in SINGLE:
            found = SINGLE[pattern](self, int(path.split("/")[1]))
        else:
            rows = self.collection(path.rpartition("/")[0])
            found = next((row for row in rows if address_of(row) == path), None)
        if found is None:
            raise KeyError(path)
        return found

    def rows(self, stream: str) -> list[Row]:
        """Return every row of a stream, those of children with their parent's number in a column.

        KeyError for an unknown stream.
        """
        top, *below = API["streams"].get(stream, [stream])
        with self.lock:
            if not below:
                return list(self.collection(top))
            name, column = below
            rows = () if top == "cases" else self.collection(top)
            parents = [*map(number_of, rows)] or self.cases.ids()
            return [
                {**row, column: parent}
                for parent in parents
                for row in self._found(f"{top}/{parent}/{name}")
            ]

    def _found(self, path: str) -> Listing:
        """Return the rows of a collection, or the single record, or nothing."""
        try:
            is_single = pattern_of(path) in SINGLE
            return Listing([self.single(path)]) if is_single else self.collection(path)
        except KeyError:
            return Listing([])


LISTS: dict[str, Callable[[Helpdesk], Listing]] = {
    "cases": lambda desk: Listing(desk.cases.ids(), desk.cases.row),
    "customers": lambda desk: Listing(desk.customers.ids(), desk.customers.row),
    "users": lambda desk: Listing(desk.staff.users),
    "groups": lambda desk: Listing(desk.staff.groups),
    "companies": lambda desk: Listing(desk.companies),
    "articles": lambda desk: Listing(desk.articles),
    "feedbacks": lambda desk: Listing(desk.cases.rated(), desk.threads.feedback),
}
BELOW: dict[str, Callable[[Helpdesk, int, Row], list[Row]]] = {
    "cases/N/replies": lambda desk, id, _: desk.threads.replies(id),
    "cases/N/notes": lambda desk, id, _: desk.threads.notes(id),
    "cases/N/attachments": lambda desk, id, _: desk.threads.attachments(id),
    "cases/N/links": lambda desk, id, _: desk.threads.links(id),
    "cases/N/history": lambda desk, id, _: desk.threads.history(id),
    "cases/N/feedbacks": lambda desk, id, _: desk.threads.feedbacks(id),
    "users/N/groups": lambda desk, id, _: desk.staff.groups_of(id),
    "groups/N/users": lambda desk, id, _: desk.staff.members(id),
    "articles/N/translations": lambda _, id, row: translations("article", id, row),
    "topics/N/translations": lambda _, id, row: translations("topic", id, row),
}
SINGLE: dict[str, Callable[[Helpdesk, int], Row | None]] = {
    "cases/N": lambda desk, id: desk.cases.row(id),
    "customers/N": lambda desk, id: desk.customers.row(id),
    "cases/N/message": lambda desk, id: desk.threads.message(id),
    "cases/N/replies/draft": lambda desk, id: desk.threads.draft(id),
}
