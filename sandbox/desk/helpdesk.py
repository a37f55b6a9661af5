"""A made-up Desk.com account of any size: the same seed and size give the same rows."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from sandbox.account import BaseAccount, Clock, Scale
from sandbox.chance import Dice, person, slug
from sandbox.desk.cases import Cases
from sandbox.desk.hal import made, tables
from sandbox.desk.staff import Staff, make_article, make_company
from sandbox.desk.threads import Threads
from sandbox.table import Records, Row
from sandbox.times import DAY, stamp

EPOCH = datetime(2020, 3, 1, tzinfo=UTC)


class Helpdesk(BaseAccount):
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
        """Let a case's customer have one more or one less. That updates the customer (inferred)."""
        customer = self.cases.customer_of(case)
        self._opened[customer] += more
        self.customers.touch(customer, at)

    def add_customer(self, at: int, fields: Row) -> int:
        """Add a customer, and return the number."""
        id = self.customers.add(at)
        self._joined[id] = at
        self._edited[id] = fields
        return id

    def edit_customer(self, id: int, at: int, fields: Row) -> None:
        """Set fields of a customer. KeyError without such a customer."""
        self.customers.touch(id, at)
        self._edited[id] = {**self._edited.get(id, {}), **fields}

    def _customer(self, id: int) -> Row:
        dice, joined = Dice("customer", self.seed, id), self._joined[id]
        name = person(dice)
        employer = dice.below(len(self.companies)) + 1 if id % 3 else None
        values = {
            "id": id,
            "first_name": name.split()[0],
            "last_name": name.split()[-1],
            "name": name,
            "slug": slug(name),
            "company": employer and self.companies[employer - 1]["name"],
            "employer": employer,
            "joined": stamp(joined),
            "day": stamp(joined // DAY * DAY),
            "cases": self._opened[id],
            "social": 1 if id == 1 else None,
        }
        fields: dict[str, Any] = {}
        if id % 2:
            fields["addresses"] = [{"type": "work", "value": "1 High Street\nSpringfield"}]
        row = made("customer", dice, values, {**fields, **self._edited.get(id, {})})
        if id % 9 == 0:
            row["_links"]["locked_by"] = {"class": "site", "href": None}
        return row
