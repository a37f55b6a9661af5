"""Each rule that makes audits, events and comments of one another, by examples."""

from __future__ import annotations

from typing import Any

import pytest

from tap_zendesk_support import (
    audits,
    history,
)

Row = dict[str, Any]
CHANGE = {"id": 7, "via": "Web form", "via_reference_id": None, "event_type": "Change"}
CHANGED = {
    "id": 7,
    "type": "Change",
    "via": {"channel": "web", "source": {}},
    "via_reference_id": None,
}
OBJECT = {"channel": "email", "source": {"from": {"address": "a@b.example"}}}


@pytest.mark.parametrize(
    ("via", "wanted"),
    [
        ("Web form", {"channel": "web", "source": {}}),
        ("Mail", {"channel": "email", "source": {}}),
        ("Web service", {"channel": "api", "source": {}}),
        ("Rule", {"channel": "rule", "source": {}}),
        ("Chat", {"channel": "chat", "source": {}}),
        ("Help Center", {"channel": "help_center", "source": {}}),
        ("Phone call (incoming)", {"channel": "phone call (incoming)", "source": {}}),
        (OBJECT, OBJECT),
        (29, 29),
        (None, None),
    ],
)
def test_a_channel_in_words_becomes_an_object(via: Any, wanted: Any) -> None:
    assert audits.via_object(via) == wanted


@pytest.mark.parametrize(
    ("child", "wanted"),
    [
        (
            {**CHANGE, "status": "open", "previous_value": "new"},
            [{**CHANGED, "field_name": "status", "value": "open", "previous_value": "new"}],
        ),
        (
            {**CHANGE, "type": "problem", "previous_value": None},
            [{**CHANGED, "field_name": "type", "value": "problem", "previous_value": None}],
        ),
        (
            {**CHANGE, "tags": ["a"], "added_tags": ["a"], "removed_tags": []},
            [
                {
                    **CHANGED,
                    "field_name": "tags",
                    "value": ["a"],
                    "added_tags": ["a"],
                    "removed_tags": [],
                }
            ],
        ),
        (
            {**CHANGE, "status": "open", "rel": "trigger", "revision_id": 3},
            [
                {
                    **CHANGED,
                    "field_name": "status",
                    "value": "open",
                    "rel": "trigger",
                    "revision_id": 3,
                }
            ],
        ),
        (
            {**CHANGE, "custom_ticket_fields": {"11": "x", "12": None}},
            [
                {**CHANGED, "field_name": "11", "value": "x"},
                {**CHANGED, "field_name": "12", "value": None},
            ],
        ),
        (
            {"id": 8, "event_type": "Comment", "body": "hi", "public": True, "via": OBJECT},
            [{"id": 8, "type": "Comment", "body": "hi", "public": True, "via": OBJECT}],
        ),
        (
            {"id": 9, "event_type": "CommentRedactionEvent", "comment_id": "8"},
            [{"id": 9, "type": "CommentRedactionEvent", "comment_id": "8"}],
        ),
        (
            {"id": 9, "type": "Change", "field_name": "status", "value": "open"},
            [{"id": 9, "type": "Change", "field_name": "status", "value": "open"}],
        ),
    ],
)
def test_a_child_of_an_event_as_an_audit_shows_it(child: Row, wanted: list[Row]) -> None:
    assert audits.audit({"child_events": [child]})["events"] == wanted


def test_an_event_as_an_audit() -> None:
    event = {
        "id": 1,
        "ticket_id": 2,
        "timestamp": 3,
        "created_at": "2026-05-01T00:00:03Z",
        "updater_id": 4,
        "via": "Mail",
        "system": {"client": "x"},
        "metadata": {"custom": {"a": 1}},
        "event_type": "Audit",
        "child_events": None,
    }
    assert audits.audit(event) == {
        "id": 1,
        "ticket_id": 2,
        "created_at": "2026-05-01T00:00:03Z",
        "author_id": 4,
        "metadata": {"system": {"client": "x"}, "custom": {"a": 1}},
        "via": {"channel": "email", "source": {}},
        "events": [],
    }


def test_what_an_event_says_of_the_system_in_two_places() -> None:
    event = {"system": {"client": "x"}, "metadata": {"system": {"email_id": "y"}}}
    assert audits.audit(event)["metadata"]["system"] == {"client": "x", "email_id": "y"}


def test_an_audit_as_an_event() -> None:
    audit = {
        "id": 1,
        "ticket_id": 2,
        "created_at": "2026-05-01T00:00:03Z",
        "author_id": 4,
        "metadata": {"system": {"client": "x"}, "custom": {}},
        "via": OBJECT,
        "events": [{"id": 5, "type": "Cc"}],
    }
    assert audits.event(audit) == {
        "id": 1,
        "ticket_id": 2,
        "timestamp": 1777593603,
        "created_at": "2026-05-01T00:00:03Z",
        "updater_id": 4,
        "via": "email",
        "system": {"client": "x"},
        "metadata": {"system": {"client": "x"}, "custom": {}},
        "event_type": "Audit",
        "child_events": [{"event_type": "Cc", "id": 5, "type": "Cc"}],
    }


@pytest.mark.parametrize(
    ("event", "wanted"),
    [
        ({"id": 5, "type": "Comment", "body": "a", "via": "Mail"}, {"channel": "email"}),
        ({"id": 5, "type": "VoiceComment", "body": "a", "via": None}, {"channel": "web"}),
        (
            {"id": 5, "type": "Comment", "body": "a", "comment_present": True, "via": "Rule"},
            {"channel": "rule"},
        ),
        ({"id": 5, "type": "Cc", "body": "a"}, None),
        ({"id": None, "type": "Comment", "body": "a"}, None),
    ],
)
def test_the_comments_of_an_audit(event: Row, wanted: Row | None) -> None:
    audit = {
        "id": 1,
        "ticket_id": 2,
        "created_at": "2026-05-01T00:00:03Z",
        "metadata": {"system": {}},
        "via": {"channel": "web", "source": {}},
        "events": [event],
    }
    found = list(audits.comments(audit))
    if wanted is None:
        assert found == []
        return
    [comment] = found
    assert comment == {
        "id": 5,
        "type": event["type"],
        "body": "a",
        "ticket_id": 2,
        "audit_id": 1,
        "created_at": "2026-05-01T00:00:03Z",
        "metadata": {"system": {}},
        "via": {**wanted, "source": {}},
    }


@pytest.mark.parametrize(
    ("event", "hides"),
    [
        ({"child_events": [], "updater_id": 5}, True),
        ({"child_events": None, "updater_id": 5}, True),
        ({"child_events": [], "updater_id": -1}, False),
        ({"child_events": [{"event_type": "CommentRedactionEvent"}], "updater_id": -1}, True),
        ({"child_events": [{"event_type": "AttachmentRedactionEvent"}], "updater_id": 5}, True),
        ({"child_events": [{"event_type": "CommentPrivacyChange"}], "updater_id": 5}, True),
        ({"child_events": [{"event_type": "Change"}], "updater_id": 5}, False),
    ],
)
def test_events_that_hide_comments(event: Row, hides: bool) -> None:
    assert audits.hides_comments(event) == hides


def test_an_audit_belongs_to_the_ticket_that_was_asked_for_it() -> None:
    found = history.audits_in([("7", [{"id": 1}, {"id": 2, "ticket_id": 9}])])
    assert list(found) == [{"id": 1, "ticket_id": 7}, {"id": 2, "ticket_id": 7}]
