"""Cases with their first messages, replies, notes and attachments: the children of just the cases that changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from tap_common.errors import ApiError
from tap_common.model import Page, Reader, Row, Stream, Walk
from tap_common.vendor import Gone, Request
from tap_desk.hal import LARGEST_PAGE, Columns, children, counted, entries, href, identifier, link, linked, page_size, pages
from tap_desk.search import Misbehaved, by_id
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
REPLIES = Stream(
    "replies",
    "cases/{id}/replies",
    ("case_id", "reply_id"),
    method="INCREMENTAL",
    parent="cases",
    text_fields=frozenset({"hidden_by"}),
    note="all of each changed case; reply_id is the number in the reply's address",
)
NOTES = Stream("notes", "cases/{id}/notes", ("case_id", "id"), method="INCREMENTAL", parent="cases", note="likewise")
ATTACHMENTS = Stream(
    "attachments", "cases/{id}/attachments", ("case_id", "id"), method="INCREMENTAL", parent="cases", note="likewise"
)
FEEDBACKS = Stream("feedbacks", "feedbacks")


def _case(row: Row) -> Row:
    """The case with the name that Stitch's table had for opened_at."""
    return {**row, "last_opened_at": row.get("opened_at")}


def _message(row: Row) -> Row:
    """A message or reply with its channel, which only its link's class tells, and the user who sent it as ``sent_by``."""
    return {**row, "sent_by": linked(row, "sent_by"), "channel": link(row, "self").get("class")}


def _reply(row: Row) -> Row:
    """A reply with the number in its address: its own id counts within the channel (records of 2016)."""
    number = linked(row, "self")
    return {**_message(row), "reply_id": row["id"] if number is None else number}


def _feedback(row: Row) -> Row:
    """The feedback with the columns of Segment's table: one of its names is misprinted there."""
    text = row.get("additional_feedback", row.get("additonal_feedback"))
    names = {"additional_feedback": text, "additonal_feedback": text}
    return {**row, **names, "user": row["user_id"], "case": row["case_id"]}


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
CHILDREN = {
    REPLIES.name: (REPLIES, Columns(MESSAGE_LINKS, ("attachments",), _reply)),
    NOTES.name: (NOTES, Columns(("user", "erased_by"))),
    ATTACHMENTS.name: (ATTACHMENTS, Columns(("uploaded_by",), arranged=counted("size"))),
}
FEEDBACK_COLUMNS = Columns(("user", "case"), arranged=_feedback)


def read(walk: Walk) -> Iterator[Page]:
    """Cases by windows, each page with the children of just its cases.

    A kind of child that is refused for every case of the run is left out, and its bookmark stays where it is.
    """
    stream = CASES.name if walk.selected(CASES.name) else next(iter(walk.fields))
    embed = {"embed": "message"} if walk.selected(MESSAGES.name) else {}
    answers = {name: Counter[bool]() for name in CHILDREN}
    refused: set[str] = set()
    for wanted, marks in _searched(walk, Request(CASES.endpoint, stream, {"per_page": page_size(walk)}), embed):
        rows: dict[str, list[Row]] = {}
        for name, cases in wanted.items():
            if name == CASES.name:
                rows[name] = [CASE_COLUMNS(case) for case in cases]
            elif name == MESSAGES.name:
                rows[name] = _messages(walk, cases)
            elif name not in refused:
                rows[name] = _children(walk, name, cases, answers[name])
                if answers[name][False] and not answers[name][True]:
                    refused.add(name)
                    walk.note(f"{name}: refused for every case (HTTP 403), left out; the bookmark stays")
        yield Page(rows, {name: mark for name, mark in marks.items() if name not in refused})


def _searched(walk: Walk, request: Request, embed: dict[str, str]) -> Iterator[Batch]:
    """The cases with what is to be embedded in them, or without where a search with ``embed`` is refused at once."""
    begun = False
    try:
        for batch in changed(walk, replace(request, params={**request.params, **embed})):
            begun = True
            yield batch
    except ApiError as error:
        if begun or not embed or error.status not in (400, 422):
            raise
        yield from changed(walk, request)


def _children(walk: Walk, name: str, cases: list[Row], answers: Counter[bool]) -> list[Row]:
    """All replies, notes or attachments of ``cases``, skipping those that are known to have none."""
    stream, columns = CHILDREN[name]
    parents = {
        stream.endpoint.format(id=identifier(case)): identifier(case) for case in cases if link(case, name).get("count") != 0
    }
    wanted = (Request(path, name, {"per_page": LARGEST_PAGE}, child=True) for path in parents)
    rows: list[Row] = []
    for request, found in children(walk.api, wanted):
        if isinstance(found, Gone):
            answers[False] += found.status == 403
            continue
        answers[True] += 1
        case = {"case_id": parents[request.path]}
        rows += [{**columns(row), **case} for row in found]
    return rows


def _messages(walk: Walk, cases: list[Row]) -> list[Row]:
    """The first messages of ``cases``: embedded, or else asked for one by one."""
    found: dict[int | None, Row] = {}
    missing: dict[str, int | None] = {}
    for case in cases:
        embedded = case.get("_embedded") or {}
        if isinstance(embedded.get("message"), dict):
            found[identifier(case)] = embedded["message"]
        elif link(case, "message") and "message" not in embedded:
            missing[MESSAGES.endpoint.format(id=identifier(case))] = identifier(case)
    for answer in walk.api.get_all(Request(path, MESSAGES.name, child=True) for path in missing):
        if not isinstance(answer, Gone) and isinstance(answer.data, dict):
            found[missing[answer.request.path]] = answer.data
    return [
        {**MESSAGE_COLUMNS(found[number]), "id": found[number].get("id"), "case_id": number}
        for number in map(identifier, cases)
        if number in found
    ]


def read_feedbacks(walk: Walk) -> Iterator[Page]:
    """The list of all feedbacks, or on an account without it those of each case that has some.

    The list is inferred from /feedbacks/{id} and /cases/{id}/feedbacks, which were seen.
    """
    try:
        for reply in pages(walk.api, Request(FEEDBACKS.endpoint, FEEDBACKS.name), page_size(walk)):
            yield Page({FEEDBACKS.name: [FEEDBACK_COLUMNS(row) for row in entries(reply)]})
        return
    except ApiError as error:
        if error.status != 404:
            raise
    request = Request("cases/search", FEEDBACKS.name, {"per_page": page_size(walk)})
    try:
        for cases, _ in by_id(walk.api, request, None, 0):
            paths = [f"cases/{identifier(case)}/feedbacks" for case in cases if href(case, "feedbacks")]
            wanted = (Request(path, FEEDBACKS.name, {"per_page": LARGEST_PAGE}, child=True) for path in paths)
            for _, rows in children(walk.api, wanted):
                if not isinstance(rows, Gone):
                    yield Page({FEEDBACKS.name: [FEEDBACK_COLUMNS(row) for row in rows]})
    except Misbehaved as error:
        raise ApiError(f"feedbacks: {error}") from None


READERS = (
    Reader((CASES, MESSAGES, REPLIES, NOTES, ATTACHMENTS), read, Request("cases", CASES.name, {"per_page": 1})),
    Reader(
        (FEEDBACKS,),
        read_feedbacks,
        Request("feedbacks", FEEDBACKS.name, {"per_page": 1}),
        (Request("cases", FEEDBACKS.name, {"per_page": 1}),),
    ),
)
