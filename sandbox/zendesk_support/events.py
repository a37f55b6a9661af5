"""What an audit's events look like: every shape and every type of value that the sheet names (section 3, audits)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.times import stamp
from sandbox.words import SUBJECTS, TAGS, html, paragraph
from sandbox.zendesk_support import ids

Events = list[Row]


class Scene(NamedTuple):
    """Who takes part in an update of a ticket."""

    ticket: int
    requester: int
    agent: int
    at: int


def comment(author: int, text: str, public: bool, attachments: Events | None = None) -> Row:
    """Somebody writes."""
    return {
        "type": "Comment",
        "author_id": author,
        "body": text,
        "html_body": html(text) if text else "",
        "plain_body": text,
        "public": public,
        "attachments": attachments or [],
    }


def create(field: str, value: object) -> Row:
    """A field's first value."""
    return {"type": "Create", "field_name": field, "value": value}


def change(field: str, value: object, before: object) -> Row:
    """A field's next value."""
    return {"type": "Change", "field_name": field, "value": value, "previous_value": before}


def _attachment(dice: Dice, scene: Scene) -> Row:
    number = ids.ATTACHMENTS + scene.ticket * 100 + dice.below(100)
    name = dice.pick(("screenshot.png", "Rechnung März.pdf", "log.txt"))
    return {
        "id": number,
        "url": ids.url(f"attachments/{number}"),
        "file_name": name,
        "content_url": f"https://acme.zendesk.com/attachments/token/{number:x}/?name={name}",
        "mapped_content_url": f"https://acme.zendesk.com/attachments/token/{number:x}/?name={name}",
        "content_type": dice.pick(("image/png", "application/pdf", "text/plain")),
        "size": dice.below(100_000),
        "width": None,
        "height": None,
        "inline": False,
        "deleted": False,
        "malware_access_override": False,
        "malware_scan_result": "malware_not_found",
        "thumbnails": [],
    }


def _notification(dice: Dice, scene: Scene, kind: str = "Notification") -> Row:
    rule = {
        "from": {
            "id": ids.SETTINGS + 301,
            "title": "Notify requester",
            "deleted": False,
            "revision_id": 1,
        },
        "rel": "trigger",
    }
    return {
        "type": kind,
        "subject": "[Request received]",
        "body": paragraph(dice, 1),
        "recipients": [scene.requester],
        "via": {"channel": "rule", "source": {"to": {}, **rule}},
    }


def opening(dice: Dice, scene: Scene, text: str, checkbox: int, multiselect: int) -> Events:
    """The first audit: a comment and the fields as they were set."""
    return [
        comment(
            scene.requester, text, True, [_attachment(dice, scene)] if dice.chance(15) else None
        ),
        create("subject", dice.pick(SUBJECTS)),
        create("status", "new"),
        create("priority", dice.pick(("normal", "high", None))),
        create("tags", [dice.pick(TAGS)]),
        create("requester_id", str(scene.requester)),
        create(str(checkbox), dice.pick(("0", "1"))),
        create(str(multiselect), dice.pick((["red", "green"], [], None))),
        create("is_public", True),
        _notification(dice, scene),
    ]


def _reply(dice: Dice, scene: Scene) -> Events:
    status = dice.pick(("open", "pending", "solved"))
    return [
        comment(scene.agent, paragraph(dice, 2), True),
        change("status", status, "new"),
        _notification(dice, scene),
    ]


def _answer(dice: Dice, scene: Scene) -> Events:
    attachments = [_attachment(dice, scene)] if dice.chance(30) else None
    return [
        comment(scene.requester, paragraph(dice, 2), True, attachments),
        change("status", "open", "pending"),
    ]


def _note(dice: Dice, scene: Scene) -> Events:
    return [
        comment(scene.agent, paragraph(dice, 1), False),
        change("tags", ["vip", dice.pick(TAGS)], ["vip"]),
    ]


def _assign(dice: Dice, scene: Scene) -> Events:
    return [
        change("assignee_id", str(scene.agent), None),
        change("group_id", str(ids.GROUPS + 1), None),
        {
            "type": "AgentMacroReference",
            "macro_id": str(ids.SETTINGS + 101),
            "macro_title": "Close and thank",
            "macro_deleted": False,
        },
    ]


def _voice(dice: Dice, scene: Scene) -> Events:
    data = {
        "from": "+15550100",
        "to": "+15550199",
        "recording_url": "https://acme.zendesk.com/api/v2/channels/voice/calls/CA1/twilio/recording",
        "call_id": ids.CALLS + scene.ticket,
        "call_duration": dice.below(600),
        "answered_by_id": scene.agent,
        "started_at": stamp(scene.at),
        "location": None,
        "recorded": True,
        "transcription_text": None,
        "via_id": 45,
    }
    return [
        comment(scene.requester, "Inbound call", True)
        | {"type": "VoiceComment", "data": data, "formatted_from": "+1 (555) 010-0"}
    ]


def _chat(dice: Dice, scene: Scene) -> Events:
    value: Row = {
        "visitor_id": f"10.{dice.below(10_000)}",
        "chat_id": f"2609.{scene.ticket}.x",
        "conversation_id": None,
        "history": [],
    }
    return [
        {"type": "ChatStartedEvent", "value": value},
        {"type": "ChatEndedEvent", "value": {**value, "is_served": True}},
    ]


def _rate(dice: Dice, scene: Scene) -> Events:
    rating = {
        "type": "SatisfactionRating",
        "score": dice.pick(("offered", "good", "bad")),
        "assignee_id": scene.agent,
        "body": "",
    }
    return [rating, change("satisfaction_score", "2", 1)]


def _copy(dice: Dice, scene: Scene) -> Events:
    cc = {
        "type": "Cc",
        "recipients": [scene.requester],
        "via": {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}},
    }
    return [
        cc,
        _notification(dice, scene, "FollowerNotification"),
        _notification(dice, scene, "OrganizationActivity"),
    ]


def _fail(dice: Dice, scene: Scene) -> Events:
    return [
        {
            "type": "External",
            "resource": str(ids.SETTINGS + 950),
            "body": "ticket {{ticket.id}}",
            "success": dice.pick((True, None, "false")),
        },
        {"type": "Error", "message": "Delivery failed: mailbox full"},
    ]


def _share(dice: Dice, scene: Scene) -> Events:
    return [
        {"type": "TicketSharingEvent", "agreement_id": ids.SETTINGS + 961, "action": "shared"},
        {
            "type": "CommentPrivacyChange",
            "comment_id": ids.audit(scene.ticket, 0) + 1,
            "public": False,
        },
        {
            "type": "AttachmentRedactionEvent",
            "attachment_id": ids.ATTACHMENTS + scene.ticket,
            "comment_id": ids.audit(scene.ticket, 0) + 1,
        },
        {"type": "LogMeInTranscript", "body": "…"},
    ]


def _odd_values(dice: Dice, scene: Scene) -> Events:
    return [
        change("custom_status_id", ids.SETTINGS + 802, ids.SETTINGS + 801),
        change("is_public", False, True),
        change(
            "sla_policy",
            {"minutes": 60, "in_business_hours": True},
            {"minutes": 120, "in_business_hours": False},
        ),
        change(str(ids.FIELDS + 17), 7.5, "7"),
        change(str(ids.FIELDS + 14), ["blue"], None),
        change("due_at", None, stamp(scene.at)),
        change("collaborators", [{"id": scene.requester, "name": "Zoë"}], []),
    ]


UPDATES: tuple[Callable[[Dice, Scene], Events], ...] = (
    _reply, _answer, _note, _reply, _assign, _voice, _answer, _chat, _rate, _reply, _copy, _fail, _share, _odd_values, _answer,
)  # fmt: skip
