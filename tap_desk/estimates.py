"""What a run costs: each list and search of Desk.com says how many rows it has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from tap_common.estimate import Counted, Each, EstimateRule, EstimateRules, Estimator, OnePage, With
from tap_common.replies import member
from tap_common.stream import Stream
from tap_common.vendor import Reply, Request
from tap_desk.case_streams import CASES, CHILDREN, Child
from tap_desk.lists import Collection

SAMPLE = 100
CHANGED = "changed since {since} (search)"
PAGE_OF_PEOPLE = 1000


def _search(stream: Stream, since: datetime) -> Request:
    params = {"since_updated_at": int(since.timestamp()), "per_page": SAMPLE}
    return Request(stream.path, stream.name, params)


def _list(stream: Stream, _since: datetime) -> Request:
    return Request(stream.path, stream.name, {"per_page": 1})


def _total(reply: Reply) -> Any:
    return member(reply, "total_entries")


def _share(child: Child, _stream: Stream, estimator: Estimator) -> float:
    """The share of the cases on a page below which a ``child`` may be."""
    sample = estimator.ask(_search(CASES, estimator.since(CASES)))
    cases = Collection.of(sample).rows
    return sum(map(child.may_be_below, cases)) / max(1, len(cases))


_BELOW: Mapping[str, EstimateRule] = {
    child.stream.name: Each("cases", share=partial(_share, child)) for child in CHILDREN
}
ESTIMATE_RULES = EstimateRules(
    {
        "cases": Counted(_search, _total, "case", CHANGED, more=1),
        "messages": With("cases"),
        "drafts": With("cases"),
        "customers": Counted(_search, _total, "customer", CHANGED),
        **_BELOW,
        "users": Counted(_list, _total, page=PAGE_OF_PEOPLE),
        "groups": Counted(_list, _total, page=PAGE_OF_PEOPLE),
        "user_groups": Each("groups"),
        "system_message": OnePage(),
    },
    lists=Counted(_list, _total),
)
