"""Contacts and companies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tap_common.context import Reader
from tap_common.stream import Row, Stream, date_times
from tap_common.vendor import Request
from tap_freshdesk.api import LISTED_CONTACTS
from tap_freshdesk.changed_lists import PROGRESS, ChangedLists

CONTACT_LISTS: Mapping[str, Mapping[str, str]] = {
    "live": {},
    "deleted": {"state": "deleted"},
    "blocked": {"state": "blocked"},
}
"""The lists by the keys of their bookmarks: the normal one holds neither deleted nor blocked
contacts."""
CONTACTS = Stream(
    "contacts",
    "contacts",
    method="INCREMENTAL",
    replication_key="updated_at",
    bookmark_keys=(*CONTACT_LISTS, "updated_at", PROGRESS),
    bookmark_check=date_times(*CONTACT_LISTS, "updated_at"),
    note="normal, deleted and blocked ones",
)
COMPANIES = Stream(
    "companies",
    "companies",
    method="INCREMENTAL",
    replication_key="updated_at",
    bookmark_keys=("updated_at", PROGRESS),
    bookmark_check=date_times("updated_at"),
    text_fields=frozenset({"org_company_id"}),
)


def contact(row: Row, key: str) -> Row:
    """The contact from the list ``key``, with other_companies as objects.

    Some accounts send bare ids there. Only a deleted contact says in which list it was, so the tap
    adds ``deleted`` and ``blocked``.
    """
    flags = {"deleted": key == "deleted", "blocked": key == "blocked"}
    others: Any = row.get("other_companies")
    if not isinstance(others, list):
        return {**row, **flags}
    return {**row, **flags, "other_companies": [_company(other) for other in others]}


def _company(other: Any) -> Any:
    return other if isinstance(other, dict) else {"company_id": other}


READERS = (
    Reader(
        (CONTACTS,),
        ChangedLists(
            CONTACTS,
            CONTACT_LISTS,
            ("_updated_since", "updated_since"),
            LISTED_CONTACTS,
            contact,
        ),
        Request(CONTACTS.path, CONTACTS.name, {"per_page": 1}),
    ),
    Reader(
        (COMPANIES,),
        ChangedLists(COMPANIES, {"updated_at": {}}, ("updated_since", "_updated_since")),
        Request(COMPANIES.path, COMPANIES.name, {"per_page": 1}),
    ),
)
