"""Reads cases, with the children of just the cases that changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from tap_common.children import Children
from tap_common.context import ReadContext, Reader
from tap_common.errors import ApiError, StreamRefused
from tap_common.replies import object_in
from tap_common.stream import Page
from tap_common.vendor import Reply, Request
from tap_desk.case_streams import (
    CASE_COLUMNS,
    CASES,
    CHILDREN,
    DRAFT_COLUMNS,
    DRAFTS,
    MESSAGE_COLUMNS,
    MESSAGES,
    STREAMS,
    Child,
    Rows,
)
from tap_desk.lists import below
from tap_desk.rows import Columns, href, identifier
from tap_desk.windows import Found, changed

EMBEDDED = {MESSAGES.name: "message", DRAFTS.name: "draft"}
"""Streams that come with the cases, and their names there."""
NOT_UNDERSTOOD = (400, 422)


def read(context: ReadContext) -> Iterator[Page]:
    """Cases by windows, each page with the children of just its cases."""
    children = [child for child in CHILDREN if context.selects(child.stream.name)]
    lists = {child.stream.name: below(context, child.stream) for child in children}
    for child in children:
        name = child.stream.name
        for case, found in lists[name].owed():
            yield Page({name: child.rows(case, found)})
    kinds: dict[str, Callable[[Rows], Rows]] = {
        CASES.name: lambda cases: [CASE_COLUMNS(case) for case in cases],
        DRAFTS.name: lambda cases: _in_cases(DRAFT_COLUMNS, _embedded(cases, "draft")),
    }
    for child in children:
        kinds[child.stream.name] = _below_cases(context, child, lists[child.stream.name])
    if context.selects(MESSAGES.name):
        single = _single_messages(context)
        for case, found in single.owed():
            yield Page({MESSAGES.name: _in_cases(MESSAGE_COLUMNS, {int(case): found[0]})})
        kinds[MESSAGES.name] = _messages(single)

    search = _search(context)
    for wanted, bookmarks in search.pages:
        rows = {name: kinds[name](cases) for name, cases in wanted.items()}
        yield Page(rows, bookmarks, search.endings)


@dataclass(frozen=True)
class Search:
    """The pages of a search for cases, and the streams that end because it does not embed them."""

    pages: Iterator[Found]
    endings: Mapping[str, ApiError]


def _search(context: ReadContext) -> Search:
    """The search for cases, with what is to be embedded in them.

    One that is not understood is tried without the drafts, which cannot be had in any other way,
    and then without anything.
    """
    counted_for = CASES.name if context.selects(CASES.name) else next(iter(context.fields))
    wanted = [word for name, word in EMBEDDED.items() if context.selects(name)]
    endings: dict[str, ApiError] = {}
    for count in range(len(wanted), 0, -1):
        params = {"embed": ",".join(wanted[:count])}
        pages = changed(context, Request(CASES.path, counted_for, params))
        try:
            return Search(chain([next(pages)], pages), endings)
        except ApiError as error:
            if error.status not in NOT_UNDERSTOOD:
                raise
            if wanted[count - 1] == EMBEDDED[DRAFTS.name]:
                endings = {DRAFTS.name: StreamRefused(str(error), status=error.status)}
    return Search(changed(context, Request(CASES.path, counted_for)), endings)


def _embedded(cases: Rows, word: str) -> Mapping[int, dict[str, object]]:
    """What is embedded in ``cases`` under ``word``, by the case's id."""
    found = {identifier(case): (case.get("_embedded") or {}).get(word) for case in cases}
    return {
        number: row for number, row in found.items() if number is not None and isinstance(row, dict)
    }


def _in_cases(columns: Columns, found: Mapping[int, dict[str, object]]) -> Rows:
    """Rows of which each case has one at most, with the case's id."""
    return [{**columns(row), "case_id": case} for case, row in found.items()]


def _single_messages(context: ReadContext) -> Children:
    """The first messages of cases that are asked for one by one."""

    def request(case: str) -> Request:
        return Request(MESSAGES.path.format(id=case), MESSAGES.name, child=True)

    def pages(reply: Reply) -> Iterator[Rows]:
        yield [object_in(reply)]

    return Children(context, MESSAGES, request, pages)


def _messages(single: Children) -> Callable[[Rows], Rows]:
    """Finds the first messages of cases: those that are embedded, and the ``single`` other ones."""

    def find(cases: Rows) -> Rows:
        missing = [
            str(identifier(case))
            for case in cases
            if "message" not in (case.get("_embedded") or {}) and href(case, "message")
        ]
        asked = {int(case): found[0] for case, found in single.below(missing)}
        return _in_cases(MESSAGE_COLUMNS, {**_embedded(cases, "message"), **asked})

    return find


def _below_cases(context: ReadContext, child: Child, lists: Children) -> Callable[[Rows], Rows]:
    """Finds all rows of one kind below cases, skipping the cases that are known to have none.

    A case whose list is empty although its link counts rows is owed, as one that failed.
    """
    owed = context.owed[child.stream.name]

    def find(cases: Rows) -> Rows:
        counts = {str(identifier(case)): child.count(case) for case in cases}
        parents = [str(identifier(case)) for case in cases if child.may_be_below(case)]
        rows: Rows = []
        hollow = []
        for case, found in lists.below(parents):
            rows += child.rows(case, found)
            if not found and counts.get(case):
                hollow.append(case)
        for case in hollow:
            path = child.stream.path.format(id=case)
            text = f"{path}: the list is empty, but the case counts {counts[case]}"
            owed.failed(case, ApiError(text), context.now())
        return rows

    return find


READERS = (Reader(STREAMS, read, Request("cases", CASES.name, {"per_page": 1})),)
