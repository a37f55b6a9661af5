"""Searches and sorted lists of cases and customers (PHP: criteria; D: sort_field and order)."""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from sandbox.desk.account import Account
from sandbox.desk.hal import API
from sandbox.desk.options import Options, matches
from sandbox.errors import Refusal
from sandbox.table import Listing, Records, Row

SORTS: Mapping[str, Callable[[Records, int], Any]] = {
    "id": lambda records, id: id,
    "updated_at": lambda records, id: (records.updated[id], id),
    "created_at": lambda records, id: (records.row(id)["created_at"], id),
}
Given = dict[str, str]
Criteria = tuple[tuple[str, str], ...]


class Searches:
    """Finds cases and customers."""

    def __init__(self, desk: Account, options: Options) -> None:
        self._records = {"cases": desk.cases, "customers": desk.customers}
        self._desk, self._options = desk, options
        self._random = Random(1)

    def listed(self, kind: str, given: Given, criteria: Criteria = ()) -> Listing:
        """Returns all records, or those since an id (EXP, DV), in the order asked for."""
        field, since = given.get("sort_field", "id"), self._options.since
        if field not in SORTS:
            raise Refusal(422)
        wanted = kind, field, since, criteria
        ids = self._desk.cached(wanted, lambda: self._matching(*wanted))
        first = _bound(given, "since_id") + (since == "exclusive")
        if "since_id" in given and field == "id":
            ids = ids[bisect_left(ids, first) :]
        elif "since_id" in given:
            ids = [id for id in ids if id >= first]
        if self._options.shuffled and field == "updated_at":
            shuffled = self._random.sample(ids, len(ids))
            ids = sorted(shuffled, key=self._records[kind].updated.__getitem__)
        if given.get("sort_direction") == "desc":
            ids = ids[::-1]
        return Listing(ids, self._records[kind].row)

    def find(self, kind: str, given: Given) -> Listing:
        """Returns the records that fit the criteria, in the order asked for.

        since_* are above the value, or from it, as the option says. Refusal for senseless criteria.
        """
        if any(matches(name, self._options.refused) for name in given):
            raise Refusal(422)
        ignored = self._options.ignored
        heard = {name: value for name, value in given.items() if not matches(name, ignored)}
        if "sort_field" not in heard and "sort_field" in given:
            heard["sort_field"] = "created_at"
        criteria = heard.keys() - {"since_id", *API["controls"]}
        if criteria - {"since_updated_at", *API["criteria"][kind]}:
            raise Refusal(422)
        return self.listed(kind, heard, tuple((name, heard[name]) for name in sorted(criteria)))

    def _matching(self, kind: str, field: str, since: str, criteria: Criteria) -> list[int]:
        """Returns the numbers of the records, sorted by the field."""
        records, texts = self._records[kind], dict(criteria)
        low = _bound(texts, "since_updated_at")
        if texts.pop("since_updated_at", None) and since == "exclusive":
            low += 1
        ids = [id for id, at in records.updated.items() if at >= low]
        if texts:
            ids = [id for id in ids if _fits(records.row(id), texts)]
        return sorted(ids, key=lambda id: SORTS[field](records, id))


def _bound(given: Given, name: str) -> int:
    """Returns a bound in seconds or ids, 0 for none. Refusal if it is no whole number."""
    value = given.get(name, "0")
    if not value.isdigit():
        raise Refusal(422)
    return int(value)


def _fits(row: Row, texts: Given) -> bool:
    """Returns whether each field of the row is, or holds, one of its values, a text with commas."""
    for name, value in texts.items():
        own = row.get("id" if name == "case_id" else name)
        held = own if isinstance(own, list) else [own]
        if {str(one) for one in held}.isdisjoint(value.split(",")):
            return False
    return True
