"""Which rows lie at which path below the root, and which of them are the rows of a stream."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from sandbox.desk.hal import API, address_of, number_of
from sandbox.desk.helpdesk import Helpdesk
from sandbox.desk.records import Rows
from sandbox.desk.staff import translations
from sandbox.table import Row

Listed = Sequence[Row] | Rows
_NUMBER = re.compile(r"(?<=/)\d+(?=/|$)")


def pattern_of(path: str) -> str:
    """Return the path with N for each number in it."""
    return _NUMBER.sub("N", path)


class Routes:
    """Finds collections and single records. KeyError where there is nothing."""

    def __init__(self, desk: Helpdesk) -> None:
        self._desk = desk
        threads = desk.threads
        self._lists: dict[str, Callable[[], Listed]] = {
            "cases": lambda: Rows(desk.cases.ids(), desk.cases.row),
            "customers": lambda: Rows(desk.customers.ids(), desk.customers.row),
            "users": lambda: desk.staff.users,
            "groups": lambda: desk.staff.groups,
            "companies": lambda: desk.companies,
            "articles": lambda: desk.articles,
            "feedbacks": lambda: Rows(self._rated(), threads.feedback),
        }
        self._below: dict[str, Callable[[int], Listed]] = {
            "cases/N/replies": threads.replies,
            "cases/N/notes": threads.notes,
            "cases/N/attachments": threads.attachments,
            "cases/N/links": threads.links,
            "cases/N/history": threads.history,
            "cases/N/feedbacks": self._feedbacks,
            "users/N/groups": desk.staff.groups_of,
            "groups/N/users": desk.staff.members,
            "articles/N/translations": lambda id: self._translations("article", id),
            "topics/N/translations": lambda id: self._translations("topic", id),
        }
        self._single: dict[str, Callable[[int], Row | None]] = {
            "cases/N": desk.cases.row,
            "customers/N": desk.customers.row,
            "cases/N/message": threads.message,
            "cases/N/replies/draft": threads.draft,
        }

    def collection(self, path: str) -> Listed:
        """Return the rows of a list."""
        pattern = pattern_of(path)
        if pattern in self._below:
            top, id, _ = path.split("/")
            self.single(f"{top}/{id}")
            return self._below[pattern](int(id))
        return self._lists[path]() if path in self._lists else self._desk.tables[path]

    def single(self, path: str) -> Row:
        """Return a record by its address."""
        pattern = pattern_of(path)
        if pattern in self._single:
            found = self._single[pattern](int(path.split("/")[1]))
        else:
            rows = self.collection(path.rpartition("/")[0])
            found = next((row for row in rows if address_of(row) == path), None)
        if found is None:
            raise KeyError(path)
        return found

    def rows(self, stream: str) -> list[Row]:
        """Return every row of a stream as the API of 2016 shows it. KeyError for an unknown one.

        Children come with their parent's number in a column.
        """
        top, *below = API["streams"].get(stream, [stream])
        with self._desk.lock:
            if not below:
                return list(self.collection(top))
            name, column = below
            rows = () if top == "cases" else self.collection(top)
            parents = [*map(number_of, rows)] or self._desk.cases.ids()
            return [
                {**row, column: parent}
                for parent in parents
                for row in self._found(f"{top}/{parent}/{name}")
            ]

    def _found(self, path: str) -> Listed:
        """Return the rows of a collection, or the single record, or nothing."""
        try:
            is_single = pattern_of(path) in self._single
            return [self.single(path)] if is_single else self.collection(path)
        except KeyError:
            return []

    def _rated(self) -> list[int]:
        return [id for id in self._desk.cases.ids() if self._desk.cases.is_rated(id)]

    def _feedbacks(self, case: int) -> Listed:
        rated = self._desk.cases.is_rated(case)
        return [self._desk.threads.feedback(case)] if rated else []

    def _translations(self, kind: str, parent: int) -> Listed:
        return translations(kind, parent, self.single(f"{kind}s/{parent}"))
