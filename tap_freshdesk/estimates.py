"""What a run costs: how Freshdesk counts its rows.

Source: the vendor's reference, "Filter tickets", "Filter contacts" and "Filter companies". A query
needs a field; ``:>`` includes its own day. Spam, deleted and archived rows are not counted.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tap_common.estimate import Counted, Each, EstimateRules, OnePage, Spread
from tap_common.replies import member, rows_in
from tap_common.stream import Stream
from tap_common.vendor import Reply, Request
from tap_freshdesk.api import LISTED_CONTACTS, LISTED_TICKETS
from tap_freshdesk.automations import TYPES

CHANGED = "changed since {since} (search)"
FIRST_PAGE = "on the first page"


def _search(stream: Stream, since: datetime) -> Request:
    query = f"\"updated_at:>'{since:%Y-%m-%d}'\""
    return Request(f"search/{stream.path}", stream.name, {"query": query})


def _total(reply: Reply) -> Any:
    return member(reply, "total")


def _first_page(stream: Stream, _since: datetime) -> Request:
    return Request(stream.path, stream.name, {"per_page": 100})


def _length(reply: Reply) -> int | None:
    """The rows of a list that fits on its first page; None if there may be more."""
    rows = rows_in(reply)
    return len(rows) if len(rows) < 100 else None


def _small(each: int = 0, more: int = 0) -> Counted:
    return Counted(_first_page, _length, what=FIRST_PAGE, each=each, more=more)


def _objects(stream: Stream, _since: datetime) -> Request:
    return Request(stream.path, stream.name)


def _kept(reply: Reply) -> int:
    """The custom objects that are not deleted."""
    return sum(not row.get("deleted") for row in rows_in(reply, "schemas"))


LANGUAGES = 2
"""Languages beside the main one that an account is assumed to have."""
ESTIMATE_RULES = EstimateRules(
    {
        "tickets": Counted(
            _search, _total, "ticket", CHANGED, more=3, cost=7, bucket=LISTED_TICKETS
        ),
        "contacts": Counted(_search, _total, "contact", CHANGED, more=2, bucket=LISTED_CONTACTS),
        "companies": Counted(_search, _total, "company row", CHANGED),
        "agents": _small(each=1),
        "groups": _small(more=1),
        "solution_folders": Each("solution_categories", rows=4, requests=3),
        "solution_category_translations": OnePage(1 + LANGUAGES),
        "solution_folder_translations": Each("solution_categories", rows=4, requests=3 * LANGUAGES),
        "solution_article_translations": Each("solution_folders", requests=LANGUAGES),
        "agent_availability": Spread("agents", 1),
        "ticket_forms": _small(each=1),
        "automation_rules": OnePage(len(TYPES)),
        "custom_objects": Counted(_objects, _kept),
        "settings": OnePage(),
        "account": OnePage(),
    },
    lists=_small(),
)
