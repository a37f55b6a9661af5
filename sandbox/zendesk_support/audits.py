"""A ticket's history as the API shows it: audits, comments, events, the log, and the rating."""

from collections.abc import Iterator

from sandbox.chance import Dice
from sandbox.table import Row
from sandbox.template import templates
from sandbox.times import parse, stamp, stamp_millis
from sandbox.zendesk_support import ids
from sandbox.zendesk_support.history import EVENTS, History, Step

_ROWS, _EVENTS = templates(__file__, "rows"), templates(__file__, "events")
_CHANNELS = EVENTS["channels in words"]
_COMMENTS = ("Comment", "VoiceComment")
_REDACTIONS = ("CommentRedactionEvent", "AttachmentRedactionEvent")
_EXPORTED_AS_NUMBERS = ("assignee_id", "group_id", "requester_id")


class Audits:
    """Makes the rows of a ticket's history."""

    def __init__(self, seed: int, history: History) -> None:
        self._seed = seed
        self._history = history

    def audits(self, ticket: int) -> list[Row]:
        """Returns a ticket's audits, oldest first, with the comments as they are now.

        A comment that was redacted or made private later is shown so in its own audit (LIVE).
        """
        steps = self._history.steps(ticket)
        rows = [self._audit(ticket, number, step) for number, step in enumerate(steps)]
        events = [event for row in rows for event in row["events"]]
        comments = {event["id"]: event for event in events if event["type"] in _COMMENTS}
        for event in events:
            if "comment_id" in event and event["comment_id"] in comments:
                _change_comment(comments[event["comment_id"]], event)
        return rows

    def comments(self, ticket: int) -> list[Row]:
        """Returns a ticket's comments as /tickets/{id}/comments shows them."""
        return [row for audit in self.audits(ticket) for row in _comments(audit)]

    def rating(self, ticket: int, requester: int) -> Row | None:
        """Returns a ticket's rating, or None where it was never asked for."""
        steps, known = self._history.steps(ticket), self._history.fields(ticket)
        events = [(step.at, event) for step in steps for event in step.events]
        found = [(at, event) for at, event in events if event["type"] == "SatisfactionRating"]
        if not found:
            return None
        assignee, group = known.get("assignee_id"), known.get("group_id")
        row = _ROWS["rating"](
            id=ids.RATINGS + ticket,
            ticket=ticket,
            requester=requester,
            assignee=int(assignee) if assignee else None,
            group=int(group) if group else None,
            score=found[-1][1]["score"],
            comment=found[-1][1]["body"] or None,
            created_at=stamp(found[0][0]),
            updated_at=stamp(found[-1][0]),
        )
        return row | _ROWS["reason"]() if ticket % 2 else row

    def conversation_log(self, ticket: int) -> list[Row]:
        """Returns a ticket's comments as its log shows them, each after a message of the bot."""
        rows = []
        for n, comment in enumerate(self.comments(ticket), 1):
            at = parse(comment["created_at"])
            about = {"n": n, "comment": comment, "reference": comment["id"]}
            about["received_at"] = stamp_millis(at, 412)
            for place, template in enumerate(("log_message", "log_comment")):
                own_id = ids.ulid(at * 1000, ticket * 1_000 + n * 2 + place)
                rows.append(_ROWS[template](id=own_id, **about))
        return rows

    def event(self, packed: int, with_comments: bool) -> Row:
        """Returns one event of the export, with comments as they were first written (LIVE).

        ``packed`` is its number in the feed. Without ``with_comments`` a comment's child says
        only that there was one.
        """
        ticket, number = divmod(packed, ids.AUDITS_PER_TICKET)
        step = self._history.steps(ticket)[number]
        audit = self._audit(ticket, number, step)
        via = _CHANNELS[step.channel]
        children = [_child(audit, event, via, with_comments) for event in audit["events"]]
        shown = [child for child in children if child is not None]
        row = _EVENTS["exported"](children=shown, audit=audit, timestamp=step.at, via=via)
        if number % 3 == 0:
            row["via_reference_id"] = None if number else 0
        return row

    def _audit(self, ticket: int, number: int, step: Step) -> Row:
        dice = Dice("audit metadata", self._seed, ticket, number)
        audit_id = ids.audit(ticket, number)
        events = []
        for place, event in enumerate(step.events, 1):
            row = {"id": audit_id + place, **event}
            if row["type"] in _COMMENTS:
                row["attachments"] = [dict(file) for file in event["attachments"]]
                row["audit_id"] = audit_id
            events.append(row)
        origin = EVENTS["via"].get(step.channel, {})
        rel = "trigger" if step.channel == "rule" else None
        return {
            "id": audit_id,
            "ticket_id": ticket,
            "created_at": stamp(step.at),
            "author_id": step.author,
            "metadata": _metadata(dice, ticket, number),
            "events": events,
            "via": {"channel": step.channel, "source": {"from": origin, "to": {}, "rel": rel}},
        }


def _change_comment(comment: Row, event: Row) -> None:
    """Makes the comment private or unreadable, or empties its files, as ``event`` says."""
    if event["type"] == "CommentPrivacyChange":
        comment["public"] = event["public"]
    elif event["type"] == "CommentRedactionEvent":
        for name in ("body", "html_body", "plain_body"):
            comment[name] = "▇" * len(comment[name])
    elif event["type"] == "AttachmentRedactionEvent":
        for file in comment["attachments"]:
            if file["id"] == event["attachment_id"]:
                file |= {"file_name": "redacted.txt", "size": 1, "content_type": "text/plain"}


def _child(audit: Row, event: Row, via: str, with_comments: bool) -> Row | None:
    """Returns an audit's event as a child of the exported event; None if the export hides it."""
    kind = event["type"]
    common = {"id": event["id"], "via": via, "via_reference_id": None, "event_type": kind}
    if kind in _COMMENTS:
        if not with_comments:
            return {**common, "comment_present": True, "comment_public": event["public"]}
        comment = next(row for row in _comments(audit) if row["id"] == event["id"])
        has_object = event["id"] // ids.EVENTS_PER_AUDIT % 2 == 0
        return {**comment, **common, "via": comment["via"] if has_object else via}
    if kind in _REDACTIONS:
        target = "comment_id" if kind == "CommentRedactionEvent" else "attachment_id"
        return {**common, target: str(event[target])}
    if kind == "CommentPrivacyChange":
        return None
    return {**common, **_exported_field(event)} if "field_name" in event else common


def _exported_field(event: Row) -> Row:
    """Returns a change as the export writes it: the field's name is a key (LIVE)."""
    name, value = event["field_name"], event["value"]
    if name in _EXPORTED_AS_NUMBERS and value is not None:
        value = int(value)
    child = {"custom_ticket_fields": {name: value}} if name.isdigit() else {name: value}
    if event["type"] == "Change":
        child["previous_value"] = event["previous_value"]
    return child


def _comments(audit: Row) -> Iterator[Row]:
    for event in audit["events"]:
        if event["type"] in _COMMENTS:
            about = {name: audit[name] for name in ("via", "created_at", "metadata")}
            yield {**event, **about}


def _metadata(dice: Dice, ticket: int, number: int) -> Row:
    values = {"ticket": ticket, "number": number, "host": dice.below(256)}
    system = _EVENTS["mail" if dice.chance(20) else "browser"](**values)
    metadata: Row = {"system": system, "custom": {"basket": [1, "two"]} if dice.chance(5) else {}}
    if dice.chance(5):
        metadata |= EVENTS["flags"]
    if dice.chance(2):
        metadata |= {"suspension_type_id": None, "notifications_suppressed_for": [ids.USERS + 1]}
    return metadata
