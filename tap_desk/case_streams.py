"""Cases and what hangs on them, as data: streams, and how their rows are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tap_common.stream import Row, Stream
from tap_desk.position import BOOKMARK_KEYS, bookmark_faults
from tap_desk.rows import Columns, as_number, href, link, linked

Rows = list[Row]
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

CASES = Stream(
    "cases",
    "cases/search",
    method="INCREMENTAL",
    replication_key="updated_at",
    bookmark_keys=BOOKMARK_KEYS,
    bookmark_check=bookmark_faults,
)


def _child(name: str, path: str, key: tuple[str, ...], note: str, *text_fields: str) -> Stream:
    """A stream of what hangs on the cases that changed."""
    return Stream(
        name,
        path,
        key,
        method="INCREMENTAL",
        parent="cases",
        bookmark_keys=BOOKMARK_KEYS,
        bookmark_check=bookmark_faults,
        text_fields=frozenset(text_fields),
        by_default=name != "case_history",
        note=note,
    )


MESSAGES = _child(
    "messages",
    "cases/{id}/message",
    ("case_id",),
    "the first message of each changed case, embedded in the list of cases",
    "hidden_by",
)
DRAFTS = _child(
    "drafts",
    "cases/{id}/replies/draft",
    ("case_id",),
    "the unsent answer of each changed case that has one, embedded likewise",
    "hidden_by",
)
REPLIES = _child(
    "replies",
    "cases/{id}/replies",
    ("case_id", "reply_id"),
    "all of each changed case; reply_id is the number in the reply's address",
    "hidden_by",
)
NOTES = _child("notes", "cases/{id}/notes", ("case_id", "id"), "likewise")
ATTACHMENTS = _child("attachments", "cases/{id}/attachments", ("case_id", "id"), "likewise")
CASE_LINKS = _child(
    "case_links",
    "cases/{id}/links",
    ("case_id", "position"),
    "likewise, of the cases that count some",
)
HISTORY = _child(
    "case_history",
    "cases/{id}/history",
    ("case_id", "position"),
    "all of each changed case, at a request for each",
    "context",
    "changes",
)


def _case(row: Row) -> Row:
    """The case with both names of one time: the API's opened_at and Stitch's last_opened_at."""
    opened = row.get("opened_at") or row.get("last_opened_at")
    return {**row, "opened_at": opened, "last_opened_at": opened}


def _message(row: Row) -> Row:
    """The message with its channel, which only the class of its link tells, and its sender."""
    return {**row, "sent_by": linked(row, "sent_by"), "channel": link(row, "self").get("class")}


def _reply(row: Row) -> Row:
    """The reply with the number in its address: its own id counts within the channel (records of
    2016)."""
    number = linked(row, "self")
    return {**_message(row), "reply_id": row["id"] if number is None else number}


def _draft(row: Row) -> Row:
    """The draft with the number in its address, under which it will be a reply."""
    return {**_message(row), "reply_id": linked(row, "self")}


def _own_id(row: Row) -> object:
    """The record's own id: the address of a message has no number, or another one."""
    return row.get("id")


CASE_COLUMNS = Columns(
    ("customer", "assigned_user", "assigned_group", "locked_by", "company"),
    ("replies", "notes", "attachments", "case_links"),
    _case,
)
MESSAGE_COLUMNS = Columns(MESSAGE_LINKS, ("attachments",), _message, _own_id)
DRAFT_COLUMNS = Columns(MESSAGE_LINKS, ("attachments",), _draft, _own_id)
REPLY_COLUMNS = Columns(MESSAGE_LINKS, ("attachments",), _reply)


def _case_link(row: Row) -> Row:
    """A link to another system, whole: nobody recorded one, so its fields are unknown."""
    return {"link": row}


def in_order(rows: Rows) -> Rows:
    """The rows as they come."""
    return rows


def oldest_first(rows: Rows) -> Rows:
    """Rows that have no number of their own, with their ``position`` from the oldest on.

    Rows of the same time follow each other as in the list, which may begin with the newest.
    """
    times = [_created_at(row) for row in rows]
    newest_first = bool(times) and times[0] > times[-1]
    onward = rows[::-1] if newest_first else rows
    ordered = sorted(onward, key=_created_at)
    return [{**row, "position": position} for position, row in enumerate(ordered, 1)]


def _created_at(row: Row) -> str:
    return str(row.get("created_at") or "")


@dataclass(frozen=True)
class Child:
    """Rows that are listed below a case.

    ``link`` is the case's link to them, which may count them. A case without the link of an
    ``announced`` stream has none of its rows. ``arrange`` gets all rows of one case.
    """

    stream: Stream
    link: str
    columns: Callable[[Row], Row]
    arrange: Callable[[Rows], Rows] = in_order
    announced: bool = False

    def count(self, case: Row) -> object:
        """How many there are below ``case``, or None if its link does not say."""
        return link(case, self.link).get("count")

    def may_be_below(self, case: Row) -> bool:
        """Is it worth a request?"""
        is_missing = self.announced and href(case, self.link) is None
        return not is_missing and self.count(case) != 0

    def rows(self, case: str, found: Rows) -> Rows:
        """All rows of one case, with its id."""
        arranged = self.arrange([self.columns(row) for row in found])
        return [{**row, "case_id": int(case)} for row in arranged]


CHILDREN = (
    Child(REPLIES, "replies", REPLY_COLUMNS),
    Child(NOTES, "notes", Columns(("user", "erased_by"))),
    Child(ATTACHMENTS, "attachments", Columns(("uploaded_by",), change=as_number("size"))),
    Child(CASE_LINKS, "case_links", _case_link, oldest_first, announced=True),
    Child(HISTORY, "history", Columns(), oldest_first),
)
STREAMS = (CASES, MESSAGES, DRAFTS, *(child.stream for child in CHILDREN))
