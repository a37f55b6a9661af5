"""Searches and sorted lists of cases and customers (PHP: the criteria; D: sort_field and sort_direction)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from typing import TYPE_CHECKING

from sandbox.desk.errors import refuse
from sandbox.desk.options import Options
from sandbox.desk.records import Records
from sandbox.table import Row

if TYPE_CHECKING:
    from sandbox.desk.account import Account

CONTROLS = frozenset(
    {"page", "per_page", "embed", "fields", "sort_field", "sort_direction", "avatar_size"}
)
TEXTS = {
    "cases": frozenset(
        {"status", "subject", "priority", "description", "labels", "case_id", "q", "external_id"}
    ),
    "customers": frozenset({"first_name", "last_name", "external_id", "q"}),
}
BOUNDS = frozenset(
    {
        "since_id",
        "max_id",
        "since_updated_at",
        "max_updated_at",
        "since_created_at",
        "max_created_at",
    }
)
SORTS = ("id", "updated_at", "created_at")


class Searches:
    """Finds numbers of records; remembers the last findings while nothing changes."""

    def __init__(self, account: Account, options: Options) -> None:
        self._account, self._options = account, options
        self._found: dict[tuple[object, ...], list[int]] = {}
        self._version = -1

    def listed(self, kind: str, given: dict[str, str]) -> list[int]:
        """The numbers of all records, or those since an id, in the order asked for."""
        field = given.get("sort_field", "id")
        if field not in SORTS:
            raise refuse(422)
        return self._since(self._filtered(kind, {}, field), field, given)

    def find(self, kind: str, given: dict[str, str]) -> list[int]:
        """The numbers of the records that fit the criteria, in the order asked for. Refusal for senseless ones.

        since_* are above, or from, the value (the option says which); max_* up to it (PHP). With q, since_id is ignored.
        """
        for name in given:
            if self._options.refuses(name):
                raise refuse(422)
        criteria = {
            name: value
            for name, value in given.items()
            if name not in CONTROLS and not self._options.ignores(name)
        }
        if "q" in criteria:
            criteria.pop("since_id", None)
        unknown = criteria.keys() - BOUNDS - TEXTS[kind]
        if any(not name.startswith("custom_") for name in unknown):
            raise refuse(422)
        field = (
            given.get("sort_field", "id")
            if not self._options.ignores("sort_field")
            else "created_at"
        )
        if field not in SORTS:
            raise refuse(422)
        kept = {
            name: value
            for name, value in given.items()
            if name in criteria or name == "sort_direction"
        }
        rest = {name: value for name, value in criteria.items() if name != "since_id"}
        return self._since(self._filtered(kind, rest, field), field, kept)

    def _since(self, found: list[int], field: str, given: dict[str, str]) -> list[int]:
        since_id = self._bound(given, "since_id")
        if since_id is not None:
            first = since_id + (self._options.since == "exclusive")
            found = (
                found[bisect_left(found, first) :]
                if field == "id"
                else [number for number in found if number >= first]
            )
        return found[::-1] if given.get("sort_direction") == "desc" else found

    def _filtered(self, kind: str, criteria: dict[str, str], field: str) -> list[int]:
        if self._version != self._account.version or len(self._found) > 20:
            self._found.clear()
            self._version = self._account.version
        key = (kind, field, self._options.since, *sorted(criteria.items()))
        if key not in self._found:
            records: Records = getattr(self._account, kind)
            ids = self._matching(records, criteria)
            order: dict[str, Callable[[int], object]] = {
                "id": lambda id: id,
                "updated_at": lambda id: (records.updated[id], id),
                "created_at": lambda id: (records.row(id)["created_at"], id),
            }
            self._found[key] = sorted(ids, key=order[field])  # type: ignore[arg-type]
        return self._found[key]

    def _matching(self, records: Records, criteria: dict[str, str]) -> list[int]:
        more = int(self._options.since == "exclusive")
        since, most = (
            self._bound(criteria, "since_updated_at"),
            self._bound(criteria, "max_updated_at"),
        )
        low, high = -1 if since is None else since + more, float("inf") if most is None else most
        top = self._bound(criteria, "max_id")
        ids = [
            id
            for id, moment in records.updated.items()
            if low <= moment <= high and (top is None or id <= top)
        ]
        texts = {name: value for name, value in criteria.items() if name not in BOUNDS}
        return [id for id in ids if _fits(records.row(id), texts)] if texts else ids

    def _bound(self, criteria: dict[str, str], name: str) -> int | None:
        value = criteria.get(name)
        if value is None:
            return None
        if not value.isdigit():
            raise refuse(422)
        return int(value)


def _fits(row: Row, texts: dict[str, str]) -> bool:
    for name, value in texts.items():
        if name == "q":
            if value.lower() not in str(row).lower():
                return False
            continue
        own = (
            row["custom_fields"].get(name[7:])
            if name.startswith("custom_")
            else row.get("id" if name == "case_id" else name)
        )
        wanted = value.split(",")
        if not any(str(one) in wanted for one in (own if isinstance(own, list) else [own])):
            return False
    return True
