"""A made-up Desk.com account of any size: the same seed and size give the same rows.

They are found by the paths below the root, and by the streams that they belong to.
"""

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sandbox.account import BaseAccount, Clock, Scale
from sandbox.chance import Dice, person, slug
from sandbox.desk.cases import Cases
from sandbox.desk.hal import API, address_of, made, number_of, tables
from sandbox.desk.staff import Staff, make_article, make_company, translations
from sandbox.desk.threads import Threads
from sandbox.table import Listing, Records, Row
from sandbox.times import DAY, stamp

EPOCH = datetime(2020, 3, 1, tzinfo=UTC)
_NUMBER = re.compile(r"(?<=/)\d+(?=/|$)")


def pattern_of(path: str) -> str:
    """Returns the path with N for each number in it."""
    return _NUMBER.sub("N", path)


class Account(BaseAccount):
    """Everything in the account. All built rows lie in the two years up to EPOCH.

    seed: the same seed and size give the same account
    cases: the number of cases
    burst: so many cases, and as many customers if there are so many, share one updated_at second
    """

    def __init__(
        self, seed: int = 1, cases: int = 1_000, *, burst: int = 0, clock: Clock | None = None
    ) -> None:
        scale = Scale(EPOCH, seed, cases, burst)
        super().__init__(scale, clock)
        self.tables = tables()
        self.staff = Staff(scale)
        self.companies = [make_company(scale, id) for id in range(1, scale.companies + 1)]
        articles = range(1, max(3, cases // 50) + 1)
        self.articles = [make_article(seed, id, scale.start, scale.end) for id in articles]
        self.cases = Cases(scale, self.staff, [label["name"] for label in self.tables["labels"]])
        self.threads = Threads(seed, self.cases)
        self._opened: Counter[int] = Counter()
        customers = range(1, scale.customers + 1)
        self._joined = {
            id: scale.start + Dice("joined", seed, id).below(720 * DAY) for id in customers
        }
        for case, (created, _) in self.cases.spans.items():
            customer = self.cases.customer_of(case)
            self._opened[customer] += 1
            self._joined[customer] = min(self._joined[customer], created)
        self._edited: dict[int, Row] = {}
        updated = {id: min(scale.end, joined + DAY) for id, joined in self._joined.items()}
        updated.update(dict.fromkeys(customers[:burst], scale.end - 8 * DAY))
        self.customers = Records(updated, self._customer)

    def count_case(self, case: int, more: int, at: int) -> None:
        """Lets a customer have one more case or one less. That updates the customer (inferred)."""
        customer = self.cases.customer_of(case)
        self._opened[customer] += more
        self.customers.touch(customer, at)

    def add_customer(self, at: int, fields: Row) -> int:
        """Adds a customer, and returns the number."""
        id = self.customers.add(at)
        self._joined[id] = at
        self._edited[id] = fields
        return id

    def edit_customer(self, id: int, at: int, fields: Row) -> None:
        """Sets fields of a customer. KeyError without such a customer."""
        self.customers.touch(id, at)
        self._edited[id] = {**self._edited.get(id, {}), **fields}

    def _customer(self, id: int) -> Row:
        dice, joined = Dice("customer", self.seed, id), self._joined[id]
        name = person(dice)
        employer = dice.below(len(self.companies)) + 1 if id % 3 else None
        fields: dict[str, Any] = {}
        if id % 2:
            fields["addresses"] = [{"type": "work", "value": "1 High Street\nSpringfield"}]
        row = made(
            "customer",
            dice,
            {**fields, **self._edited.get(id, {})},
            id=id,
            first_name=name.split()[0],
            last_name=name.split()[-1],
            name=name,
            slug=slug(name),
            company=employer and self.companies[employer - 1]["name"],
            employer=employer,
            joined=stamp(joined),
            day=stamp(joined // DAY * DAY),
            cases=self._opened[id],
            social=1 if id == 1 else None,
        )
        if id % 9 == 0:
            row["_links"]["locked_by"] = {"class": "site", "href": None}
        return row

    def collection(self, path: str) -> Listing:
        """Returns the rows of a list. KeyError if there is none."""
        pattern = pattern_of(path)
        if pattern in BELOW:
            top, id, _ = path.split("/")
            parent = self.single(f"{top}/{id}")
            return Listing(BELOW[pattern](self, int(id), parent))
        return LISTS[path](self) if path in LISTS else Listing(self.tables[path])

    def single(self, path: str) -> Row:
        """Returns a record by its address. KeyError if there is none."""
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
        """Returns every row of a stream, those of children with their parent's number in a column.

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
        """Returns the rows of a collection, or the single record, or nothing."""
        try:
            is_single = pattern_of(path) in SINGLE
            return Listing([self.single(path)]) if is_single else self.collection(path)
        except KeyError:
            return Listing([])


LISTS: dict[str, Callable[[Account], Listing]] = {
    "cases": lambda desk: Listing(desk.cases.ids(), desk.cases.row),
    "customers": lambda desk: Listing(desk.customers.ids(), desk.customers.row),
    "users": lambda desk: Listing(desk.staff.users),
    "groups": lambda desk: Listing(desk.staff.groups),
    "companies": lambda desk: Listing(desk.companies),
    "articles": lambda desk: Listing(desk.articles),
    "feedbacks": lambda desk: Listing(desk.cases.rated(), desk.threads.feedback),
}
BELOW: dict[str, Callable[[Account, int, Row], list[Row]]] = {
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
SINGLE: dict[str, Callable[[Account, int], Row | None]] = {
    "cases/N": lambda desk, id: desk.cases.row(id),
    "customers/N": lambda desk, id: desk.customers.row(id),
    "cases/N/message": lambda desk, id: desk.threads.message(id),
    "cases/N/replies/draft": lambda desk, id: desk.threads.draft(id),
}
