"""Reads cases, with the children of just the cases that changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain

from tap_common.children import Children, Found, lost_parents
from tap_common.context import ReadContext, Reader
from tap_common.errors import ApiError, StreamRefused
from tap_common.replies import object_in
from tap_common.stream import Page, Row
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
from tap_desk.rows import Columns, href, identifier, ids_of
from tap_desk.windows import Wanted, changed

EMBEDDED = {MESSAGES.name: "message", DRAFTS.name: "draft"}
"""Streams that come with the cases, and their names there."""
NOT_UNDERSTOOD = (400, 422)


def read(context: ReadContext) -> Iterator[Page]:
    """Cases by windows, each page with the children of just its cases."""
    sources = _sources(context)
    for name, source in sources.items():
        for rows in source.owed():
            yield Page({name: rows})
    search = _search(context)
    for wanted, bookmarks in search.pages:
        found = {name: sources[name].of(cases) for name, cases in wanted.items()}
        endings = {**_without_drafts(wanted), **search.endings}
        yield Page(found, bookmarks, endings, _gaps(wanted))


@dataclass(frozen=True)
class Source:
    """Where the rows of one stream come from.

    ``of`` finds those of some cases, ``owed`` those that earlier runs could not read.
    """

    of: Callable[[Rows], Iterable[Row]]
    owed: Callable[[], Iterator[Rows]] = lambda: iter(())


def _sources(context: ReadContext) -> Mapping[str, Source]:
    """Where the rows of each selected stream come from."""
    known: dict[str, Callable[[], Source]] = {
        CASES.name: lambda: Source(lambda cases: map(CASE_COLUMNS, cases)),
        DRAFTS.name: lambda: Source(lambda cases: _in_cases(DRAFT_COLUMNS, cases, "draft")),
        MESSAGES.name: lambda: _messages(context),
        **{child.stream.name: partial(_below_cases, context, child) for child in CHILDREN},
    }
    return {name: known[name]() for name in context.fields}


def _without_drafts(wanted: Mapping[str, Rows]) -> Mapping[str, ApiError]:
    """The end of the drafts, if one was asked for and its case came without it."""
    cases = wanted.get(DRAFTS.name, [])
    found = [_embeds(case).get("draft", "nothing") for case in cases if href(case, "draft")]
    if all(isinstance(draft, dict | None) for draft in found):
        return {}
    return {DRAFTS.name: StreamRefused(f"{CASES.path}: embed=draft was ignored")}


def _gaps(wanted: Mapping[str, Rows]) -> Mapping[str, ApiError]:
    """The streams below cases that came without their id."""
    lost = {
        name: lost_parents(cases, identifier)
        for name, cases in wanted.items()
        if name != CASES.name
    }
    return {name: error for name, error in lost.items() if error is not None}


@dataclass(frozen=True)
class Search:
    """The pages of a search for cases, and the streams that end because it does not embed them."""

    pages: Iterator[Wanted]
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


def _embeds(case: Row) -> Row:
    """What is embedded in ``case``, by its name."""
    found = case.get("_embedded")
    return found if isinstance(found, dict) else {}


def _in_cases(columns: Columns, cases: Rows, word: str) -> Rows:
    """The rows that are embedded in ``cases`` under ``word``, with the case's id."""
    return [
        {**columns(found), "case_id": identifier(case)}
        for case in cases
        if isinstance(found := _embeds(case).get(word), dict)
    ]


def _messages(context: ReadContext) -> Source:
    """First messages: those that are embedded in cases, and the other ones one by one."""

    def request(case: str) -> Request:
        return Request(MESSAGES.path.format(id=case), MESSAGES.name, child=True)

    def pages(reply: Reply) -> Iterator[Rows]:
        yield [object_in(reply)]

    single = Children(context, MESSAGES, request, pages)

    def asked(found: Iterator[Found]) -> Iterator[Rows]:
        for case, [message] in found:
            yield [{**MESSAGE_COLUMNS(message), "case_id": int(case)}]

    def of(cases: Rows) -> Rows:
        missing = [
            case
            for case in cases
            if not isinstance(_embeds(case).get("message"), dict) and href(case, "message")
        ]
        others = chain.from_iterable(asked(single.below(ids_of(missing))))
        return [*_in_cases(MESSAGE_COLUMNS, cases, "message"), *others]

    return Source(of, lambda: asked(single.owed()))


def _below_cases(context: ReadContext, child: Child) -> Source:
    """All rows of one kind below cases. Cases that are known to have none are not asked.

    A case whose list is empty although its link counts rows is owed, as one that failed.
    """
    lists = below(context, child.stream)
    owed = context.owed[child.stream.name]

    def of(cases: Rows) -> Rows:
        counts = {str(identifier(case)): child.count(case) for case in cases}
        parents = ids_of([case for case in cases if child.may_be_below(case)])
        rows: Rows = []
        empty_lists = []
        for case, found in lists.below(parents):
            rows += child.rows(case, found)
            if not found and counts.get(case):
                empty_lists.append(case)
        for case in empty_lists:
            path = child.stream.path.format(id=case)
            text = f"{path}: the list is empty, but the case counts {counts[case]}"
            owed.note_failed(case, ApiError(text), context.now())
        return rows

    def rows_of_owed() -> Iterator[Rows]:
        for case, found in lists.owed():
            yield child.rows(case, found)

    return Source(of, rows_of_owed)


READERS = (Reader(STREAMS, read, Request("cases", CASES.name, {"per_page": 1})),)
