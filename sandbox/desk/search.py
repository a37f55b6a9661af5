"""Searches and sorted lists of cases and customers (PHP: criteria; D: sort_field and order)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.desk.hal import API, refuse
from sandbox.desk.helpdesk import Helpdesk
from sandbox.desk.options import Options
from sandbox.desk.records import Records, Rows
from sandbox.table import Row

SORTS: Mapping[str, Callable[[Records, int], Any]] = {
    "id": lambda records, id: id,
    "updated_at": lambda records, id: (records.updated[id], id),
    "created_at": lambda records, id: (records.row(id)["created_at"], id),
}
Given = dict[str, str]


class Searches:
    """Finds cases and customers; remembers the last findings while nothing changes."""

    def __init__(self, desk: Helpdesk, options: Options) -> None:
        self._records = {"cases": desk.cases, "customers": desk.customers}
        self._desk, self._options = desk, options
        self._found: dict[tuple[object, ...], list[int]] = {}
        self._version = -1

    def listed(self, kind: str, given: Given) -> Rows:
        """Return all records, or those since an id (EXP, DV), in the order asked for."""
        return self._sorted(kind, {}, given)

    def find(self, kind: str, given: Given) -> Rows:
        """Return the records that fit the criteria, in the order asked for.

        since_* are above the value, or from it, as the option says. Refusal for senseless criteria.
        """
        if any(self._options.refuses(name) for name in given):
            raise refuse(422)
        heard = {name: value for name, value in given.items() if not self._options.ignores(name)}
        if "sort_field" not in heard and "sort_field" in given:
            heard["sort_field"] = "created_at"
        criteria = {name: value for name, value in heard.items() if name not in API["controls"]}
        criteria.pop("since_id", None)
        if criteria.keys() - {"since_updated_at", *API["criteria"][kind]}:
            raise refuse(422)
        return self._sorted(kind, criteria, heard)

    def _sorted(self, kind: str, criteria: Given, given: Given) -> Rows:
        field = given.get("sort_field", "id")
        if field not in SORTS:
            raise refuse(422)
        ids = self._matching(kind, criteria, field)
        first = _bound(given, "since_id", 0) + (self._options.since == "exclusive")
        if "since_id" in given and field == "id":
            ids = ids[bisect_left(ids, first) :]
        elif "since_id" in given:
            ids = [id for id in ids if id >= first]
        if given.get("sort_direction") == "desc":
            ids = ids[::-1]
        return Rows(ids, self._records[kind].row)

    def _matching(self, kind: str, criteria: Given, field: str) -> list[int]:
        """Return the numbers of the records, sorted by the field."""
        if self._version != self._desk.version or len(self._found) > 20:
            self._found.clear()
            self._version = self._desk.version
        key = (kind, field, self._options.since, *sorted(criteria.items()))
        if key not in self._found:
            records = self._records[kind]
            ids = self._fitting(records, criteria)
            self._found[key] = sorted(ids, key=lambda id: SORTS[field](records, id))
        return self._found[key]

    def _fitting(self, records: Records, criteria: Given) -> list[int]:
        texts = dict(criteria)
        low = _bound(criteria, "since_updated_at", 0)
        if texts.pop("since_updated_at", None) and self._options.since == "exclusive":
            low += 1
        ids = [id for id, at in records.updated.items() if at >= low]
        return [id for id in ids if _fits(records.row(id), texts)] if texts else ids


def _bound(given: Given, name: str, default: int) -> int:
    """Return a bound in seconds or ids. Refusal if it is no whole number."""
    value = given.get(name, str(default))
    if not value.isdigit():
        raise refuse(422)
    return int(value)


def _fits(row: Row, texts: Given) -> bool:
    return all(_has(row, name, value) for name, value in texts.items())


def _has(row: Row, name: str, value: str) -> bool:
    """Return whether a field of the row is, or holds, one of the values, a text with commas."""
    own = row.get("id" if name == "case_id" else name)
    held = own if isinstance(own, list) else [own]
    return not {str(one) for one in held}.isdisjoint(value.split(","))
