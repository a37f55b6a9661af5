"""Cases with their first messages, drafts, replies, notes and more: the children of just the cases that changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from tap_common.children import Children, Found
from tap_common.context import ReadContext, Reader
from tap_common.errors import ApiError, StreamRefused
from tap_common.replies import object_in
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_desk.hal import (
    LARGEST_PAGE,
    Columns,
    below,
    counted,
    href,
    identifier,
    link,
    linked,
    stamp,
)
from tap_desk.windows import Batch, changed

CASES = Stream("cases", "cases/search", method="INCREMENTAL", replication_key="updated_at")
MESSAGES = Stream(
    "messages",
    "cases/{id}/message",
    ("case_id",),
    method="INCREMENTAL",
    parent="cases",
    text_fields=frozenset({"hidden_by"}),
    note="the first message of each changed case, embedded in the list of cases",
)
DRAFTS = Stream(
    "drafts",
    "cases/{id}/replies/draft",
    ("case_id",),
    method="INCREMENTAL",
    parent="cases",
    text_fields=frozenset({"hidden_by"}),
    note="the unsent answer of each changed case that has one, embedded likewise",
)
REPLIES = Stream(
    "replies",
    "cases/{id}/replies",
    ("case_id", "reply_id"),
    method="INCREMENTAL",
    parent="cases",
    text_fields=frozenset({"hidden_by"}),
    note="all of each changed case; reply_id is the number in the reply's address",
)
NOTES = Stream(
    "notes",
    "cases/{id}/notes",
    ("case_id", "id"),
    method="INCREMENTAL",
    parent="cases",
    note="likewise",
)
ATTACHMENTS = Stream(
    "attachments",
    "cases/{id}/attachments",
    ("case_id", "id"),
    method="INCREMENTAL",
    parent="cases",
    note="likewise",
)
LINKS = Stream(
    "case_links",
    "cases/{id}/links",
    ("case_id", "position"),
    method="INCREMENTAL",
    parent="cases",
    note="likewise, of the cases that count some",
)
HISTORY = Stream(
    "case_history",
    "cases/{id}/history",
    ("case_id", "position"),
    method="INCREMENTAL",
    parent="cases",
    text_fields=frozenset({"context", "changes"}),
    by_default=False,
    note="all of each changed case, at a request for each",
)


def _case(row: Row) -> Row:
    """The case with both names of one moment: records have opened_at, Stitch's table had last_opened_at."""
    opened = row.get("opened_at") or row.get("last_opened_at")
    return {**row, "opened_at": opened, "last_opened_at": opened}


def _message(row: Row) -> Row:
    """A message or reply with its channel, which only its link's class tells, and the user who sent it as ``sent_by``."""
    return {**row, "sent_by": linked(row, "sent_by"), "channel": link(row, "self").get("class")}


def _draft(row: Row) -> Row:
    """A draft with the number in its address, under which it will be a reply."""
    return {**_message(row), "reply_id": linked(row, "self")}


def _reply(row: Row) -> Row:
    """A reply with the number in its address: its own id counts within the channel (records of 2016)."""
    number = linked(row, "self")
    return {**_message(row), "reply_id": row["id"] if number is None else number}


def _case_link(row: Row) -> Row:
    """A link to another system, whole: nobody recorded one, so its fields are unknown."""
    return {"link": row}


def _numbered(rows: list[Row]) -> list[Row]:
    """Rows that have no number of their own, with their ``position`` from the oldest on.

    Those of one second follow each other as the list does, which may begin with the newest.
    """

    def moment(row: Row) -> str:
        return stamp(row, "created_at")

    onward = rows[::-1] if rows and moment(rows[0]) > moment(rows[-1]) else rows
    oldest_first = sorted(onward, key=moment)
    return [{**row, "position": position} for position, row in enumerate(oldest_first, 1)]


CASE_COLUMNS = Columns(
    ("customer", "assigned_user", "assigned_group", "locked_by", "company"),
    ("replies", "notes", "attachments", "case_links"),
    _case,
)
MESSAGE_LINKS = (
    "customer",
    "entered_by",
    "erased_by",
    "hidden_by",
    "outbound_mailbox",
    "twitter_account",
    "favorited_by",
    "retweeted_by",
)
MESSAGE_COLUMNS = Columns(MESSAGE_LINKS, ("attachments",), _message)
DRAFT_COLUMNS = Columns(MESSAGE_LINKS, ("attachments",), _draft)


@dataclass(frozen=True)
class Child:
    """Rows listed below a case. ``link`` is the case's link to them, which may count them; ``arranged`` has all of one case.

    If they are ``announced``, a case without that link has none.
    """

    stream: Stream
    link: str
    columns: Callable[[Row], Row]
    arranged: Callable[[list[Row]], list[Row]] = lambda rows: rows
    announced: bool = False

    def may_be_below(self, case: Row) -> bool:
        """Is it worth a request?"""
        return link(case, self.link).get("count") != 0 and not (
            self.announced and href(case, self.link) is None
        )


CHILDREN = {
    child.stream.name: child
    for child in (
        Child(REPLIES, "replies", Columns(MESSAGE_LINKS, ("attachments",), _reply)),
        Child(NOTES, "notes", Columns(("user", "erased_by"))),
        Child(ATTACHMENTS, "attachments", Columns(("uploaded_by",), arranged=counted("size"))),
        Child(LINKS, "case_links", _case_link, _numbered, announced=True),
        Child(HISTORY, "history", Columns(), _numbered),
    )
}


def read(context: ReadContext) -> Iterator[Page]:
    """Cases by windows, each page with the children of just its cases."""
    stream = CASES.name if context.selects(CASES.name) else next(iter(context.fields))
    below_cases = {
        name: _lists(context, name) for name in (*CHILDREN, MESSAGES.name) if context.selects(name)
    }
    for name, lists in below_cases.items():
        for case, found in _by_case(lists.owed()):
            yield Page({name: _child_rows(name, int(case), found)})
    left: dict[str, ApiError] = {}
    request = Request(CASES.path, stream, {"per_page": context.page_size(LARGEST_PAGE)})
    for wanted, marks in _searched(context, request, left):
        rows = {
            name: _rows(name, cases, below_cases.get(name))
            for name, cases in wanted.items()
            if name not in left
        }
        kept = {name: mark for name, mark in marks.items() if name not in left}
        yield Page(rows, kept, endings=dict(left))


def _searched(context: ReadContext, request: Request, left: dict[str, ApiError]) -> Iterator[Batch]:
    """The cases with what is to be embedded in them.

    A search that is refused at once is tried without the drafts, which are to be had in no other way, and then with nothing.
    """
    embeds = {
        name: word
        for name, word in ((MESSAGES.name, "message"), (DRAFTS.name, "draft"))
        if context.selects(name)
    }
    while True:
        begun = False
        embed = {"embed": ",".join(embeds.values())} if embeds else {}
        try:
            for batch in changed(context, replace(request, params={**request.params, **embed})):
                begun = True
                yield batch
            return
        except ApiError as error:
            if begun or not embeds or error.status not in (400, 422):
                raise
            name, _ = embeds.popitem()
            if name == DRAFTS.name:
                left[name] = StreamRefused(str(error), status=error.status)


def _rows(name: str, cases: list[Row], lists: Children | None) -> list[Row]:
    """The rows of one stream that belong to ``cases``."""
    if name == CASES.name:
        return [CASE_COLUMNS(case) for case in cases]
    if name == DRAFTS.name:
        return [
            _in_case(DRAFT_COLUMNS, row, number)
            for number, row in _embedded(cases, "draft").items()
        ]
    assert lists is not None
    if name == MESSAGES.name:
        return _messages(cases, lists)
    parents = [str(identifier(case)) for case in cases if CHILDREN[name].may_be_below(case)]
    found = _by_case(lists.below(parents))
    return [row for case, rows in found for row in _child_rows(name, int(case), rows)]


def _by_case(found: Iterable[Found]) -> Iterator[Found]:
    """All rows of each case together."""
    for case, pages in groupby(found, key=lambda pair: pair[0]):
        yield case, [row for _, rows in pages for row in rows]


def _child_rows(name: str, case: int, rows: list[Row]) -> list[Row]:
    """The rows of one kind below a case."""
    if name == MESSAGES.name:
        return [_in_case(MESSAGE_COLUMNS, row, case) for row in rows]
    child = CHILDREN[name]
    return [{**row, "case_id": case} for row in child.arranged(list(map(child.columns, rows)))]


def _lists(context: ReadContext, name: str) -> Children:
    if name != MESSAGES.name:
        return below(context, CHILDREN[name].stream)
    return Children(
        context,
        MESSAGES,
        lambda case: Request(f"cases/{case}/message", name),
        lambda reply: iter([[object_in(reply)]]),
    )


def _embedded(cases: list[Row], word: str) -> dict[int | None, Row]:
    """What is embedded in ``cases`` under ``word``, by the case's id."""
    found = {identifier(case): (case.get("_embedded") or {}).get(word) for case in cases}
    return {number: row for number, row in found.items() if isinstance(row, dict)}


def _in_case(columns: Columns, row: Row, case: int | None) -> Row:
    """A message, whose ``id`` is its own or none: its address has no number, or another one."""
    return {**columns(row), "id": row.get("id"), "case_id": case}


def _messages(cases: list[Row], lists: Children) -> list[Row]:
    """The first messages of ``cases``: embedded, or else asked for one by one."""
    found = _embedded(cases, "message")
    missing = [
        str(identifier(case))
        for case in cases
        if "message" not in (case.get("_embedded") or {}) and href(case, "message")
    ]
    for case, rows in lists.below(missing):
        found[int(case)] = rows[0]
    return [
        _in_case(MESSAGE_COLUMNS, found[number], number)
        for number in map(identifier, cases)
        if number in found
    ]


STREAMS = (CASES, MESSAGES, DRAFTS, *(child.stream for child in CHILDREN.values()))
READERS = (Reader(STREAMS, read, Request("cases", CASES.name, {"per_page": 1})),)
