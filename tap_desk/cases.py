"""Cases with their first messages, drafts, replies, notes and more: the children of just the cases that changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from tap_common.errors import ApiError, StreamRefused
from tap_common.http import ENOUGH
from tap_common.model import Page, Reader, Row, Stream, Walk
from tap_common.vendor import Gone, Request
from tap_desk.hal import (
    LARGEST_PAGE,
    Columns,
    children,
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


def read(walk: Walk) -> Iterator[Page]:
    """Cases by windows, each page with the children of just its cases.

    A kind of child that is refused or fails is left out, and its bookmark stays before what was not read.
    """
    stream = CASES.name if walk.selected(CASES.name) else next(iter(walk.fields))
    left: set[str] = set()

    def leave(name: str, error: ApiError) -> None:
        left.add(name)
        walk.leave(name, error)

    for wanted, marks in _searched(
        walk, Request(CASES.endpoint, stream, {"per_page": walk.page_size(LARGEST_PAGE)}), leave
    ):
        rows: dict[str, list[Row]] = {}
        for name, cases in wanted.items():
            if name not in left:
                try:
                    rows[name] = _rows(walk, name, cases)
                except ApiError as error:
                    leave(name, error)
        if left.issuperset(walk.fields):
            return
        yield Page(rows, {name: mark for name, mark in marks.items() if name not in left})


def _searched(
    walk: Walk, request: Request, leave: Callable[[str, ApiError], None]
) -> Iterator[Batch]:
    """The cases with what is to be embedded in them.

    A search that is refused at once is tried without the drafts, which are to be had in no other way, and then with nothing.
    """
    embeds = {
        name: word
        for name, word in ((MESSAGES.name, "message"), (DRAFTS.name, "draft"))
        if walk.selected(name)
    }
    while True:
        begun = False
        embed = {"embed": ",".join(embeds.values())} if embeds else {}
        try:
            for batch in changed(walk, replace(request, params={**request.params, **embed})):
                begun = True
                yield batch
            return
        except ApiError as error:
            if begun or not embeds or error.status not in (400, 422):
                raise
            name, _ = embeds.popitem()
            if name == DRAFTS.name:
                leave(name, StreamRefused(str(error), status=error.status))


def _rows(walk: Walk, name: str, cases: list[Row]) -> list[Row]:
    """The rows of one stream that belong to ``cases``."""
    if name == CASES.name:
        return [CASE_COLUMNS(case) for case in cases]
    if name == MESSAGES.name:
        return _messages(walk, cases)
    if name == DRAFTS.name:
        return [
            _in_case(DRAFT_COLUMNS, row, number)
            for number, row in _embedded(cases, "draft").items()
        ]
    return _children(walk, name, cases)


def _embedded(cases: list[Row], word: str) -> dict[int | None, Row]:
    """What is embedded in ``cases`` under ``word``, by the case's id."""
    found = {identifier(case): (case.get("_embedded") or {}).get(word) for case in cases}
    return {number: row for number, row in found.items() if isinstance(row, dict)}


def _in_case(columns: Columns, row: Row, case: int | None) -> Row:
    """A message, whose ``id`` is its own or none: its address has no number, or another one."""
    return {**columns(row), "id": row.get("id"), "case_id": case}


def _messages(walk: Walk, cases: list[Row]) -> list[Row]:
    """The first messages of ``cases``: embedded, or else asked for one by one."""
    found = _embedded(cases, "message")
    missing = {
        address: identifier(case)
        for case in cases
        if "message" not in (case.get("_embedded") or {}) and (address := href(case, "message"))
    }
    for answer in walk.api.get_children(
        (Request(path, MESSAGES.name, child=True) for path in missing), enough=ENOUGH
    ):
        if not isinstance(answer, Gone) and isinstance(answer.data, dict):
            found[missing[answer.request.path]] = answer.data
    return [
        _in_case(MESSAGE_COLUMNS, found[number], number)
        for number in map(identifier, cases)
        if number in found
    ]


def _children(walk: Walk, name: str, cases: list[Row]) -> list[Row]:
    """All rows of one kind below ``cases``, skipping those that are known to have none."""
    child = CHILDREN[name]
    parents = {
        child.stream.endpoint.format(id=identifier(case)): identifier(case)
        for case in cases
        if child.may_be_below(case)
    }
    wanted = (Request(path, name, {"per_page": LARGEST_PAGE}, child=True) for path in parents)
    found: dict[int | None, list[Row]] = {}
    for request, rows in children(walk.api, wanted):
        if not isinstance(rows, Gone):
            found.setdefault(parents[request.path], []).extend(child.columns(row) for row in rows)
    return [
        {**row, "case_id": case} for case, rows in found.items() for row in child.arranged(rows)
    ]


STREAMS = (CASES, MESSAGES, DRAFTS, *(child.stream for child in CHILDREN.values()))
READERS = (Reader(STREAMS, read, Request("cases", CASES.name, {"per_page": 1})),)
