"""The account agrees with itself: what a row says follows from its history and its children."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from sandbox.times import parse
from sandbox.zendesk_support import Account
from sandbox.zendesk_support.account import EPOCH
from sandbox.zendesk_support.changes import Changes
from tests.sandbox.zendesk_support.conftest import Client, by_id

Row = dict[str, Any]
FIELDS = ("status", "priority", "type", "tags", "due_at", "is_public", "custom_status_id")


@pytest.fixture(scope="module")
def account() -> Account:
    """An account with a past of two years and a day of changes."""
    made = Account(seed=8, tickets=300, clock=lambda: EPOCH)
    happens = Changes(made)
    kept = [row["ticket_id"] for row in rows(made, "ticket_metrics")]
    for number, ticket in enumerate(kept[:60]):
        happens.reply(ticket)
        happens.set_status(ticket, ("solved", "open", "pending", "hold")[number % 4])
    for ticket in kept[60:70]:
        happens.rate(ticket)
        happens.update_ticket(ticket, subject="Neu", tags=["vip"])
    for _ in range(5):
        happens.new_ticket()
    happens.live(seed=1, n=120)
    return made


def rows(account: Account, stream: str) -> list[Row]:
    return account.rows(stream, account.now())


def by_ticket(account: Account, stream: str) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows(account, stream):
        found[row["ticket_id"]].append(row)
    return found


def changes(audits: list[Row], name: str) -> list[Row]:
    events = [event for audit in audits for event in audit["events"]]
    return [event for event in events if event.get("field_name") == name]


def test_a_ticket_is_what_its_audits_made_of_it(account: Account) -> None:
    audits = by_ticket(account, "audits")
    for ticket in rows(account, "tickets"):
        if ticket["status"] == "deleted":
            continue
        history = audits[ticket["id"]]
        for name in FIELDS:
            values = [event["value"] for event in changes(history, name)]
            assert ticket[name] == (values[-1] if values else None), (ticket["id"], name)
        for name in ("assignee_id", "group_id", "requester_id"):
            values = [event["value"] for event in changes(history, name)]
            assert ticket[name] == (int(values[-1]) if values else None)
        for field in ticket["custom_fields"]:
            values = [event["value"] for event in changes(history, str(field["id"]))]
            assert field["value"] == (values[-1] if values else None)
        assert ticket["created_at"] == history[0]["created_at"]
        assert ticket["updated_at"] == history[-1]["created_at"]


def test_each_change_begins_with_the_value_that_the_last_one_left(account: Account) -> None:
    for history in by_ticket(account, "audits").values():
        known: Row = {}
        events = [event for audit in history for event in audit["events"]]
        for event in events:
            if event["type"] == "Change":
                assert event["previous_value"] == known.get(event["field_name"])
            if event["type"] in ("Create", "Change"):
                known[event["field_name"]] = event["value"]
        assert changes(history, "subject")[0]["type"] == "Create"


def test_who_wrote_did_it(account: Account) -> None:
    for audits in by_ticket(account, "audits").values():
        for audit in audits:
            writers = [event["author_id"] for event in audit["events"] if "author_id" in event]
            assert set(writers) <= {audit["author_id"]}


def test_metrics_are_counted_from_the_audits(account: Account) -> None:
    audits, replies = by_ticket(account, "audits"), defaultdict(list)
    requesters = {row["id"]: row["requester_id"] for row in rows(account, "tickets")}
    for comment in rows(account, "ticket_comments"):
        ticket = comment["id"] // 64 // 512 - 50_000_000_000_000 // 64 // 512
        is_reply = comment["public"] and comment["author_id"] != requesters[ticket]
        if is_reply and comment["type"] == "Comment":
            replies[ticket].append(parse(comment["created_at"]))
    for metric in rows(account, "ticket_metrics"):
        ticket, created = metric["ticket_id"], parse(metric["created_at"])
        statuses = [
            (parse(audit["created_at"]), event["value"])
            for audit in audits[ticket]
            for event in changes([audit], "status")
        ]
        answered = replies[ticket]
        assert metric["replies"] == len(answered)
        first = (answered[0] - created) // 60 if answered else None
        assert metric["reply_time_in_minutes"]["calendar"] == first
        solved = [at for at, status in statuses if status == "solved"]
        first = (solved[0] - created) // 60 if solved else None
        assert metric["first_resolution_time_in_minutes"]["calendar"] == first
        if statuses[-1][1] in ("solved", "closed"):
            assert parse(metric["solved_at"]) == solved[-1]
        pairs = zip(statuses, [*statuses[1:]], strict=False)
        reopened = [pair for pair in pairs if (pair[0][1], pair[1][1]) == ("solved", "open")]
        assert metric["reopens"] == len(reopened)
        assert parse(metric["status_updated_at"]) == statuses[-1][0]
        assert metric["assignee_stations"] == len(changes(audits[ticket], "assignee_id"))


def test_ratings_are_in_the_ticket_and_in_its_history(account: Account) -> None:
    tickets, audits = by_id(rows(account, "tickets")), by_ticket(account, "audits")
    ratings = rows(account, "satisfaction_ratings")
    assert len(ratings) > 30
    for rating in ratings:
        ticket = rating["ticket_id"]
        inside = tickets[ticket]["satisfaction_rating"]
        assert (inside["id"], inside["score"]) == (rating["id"], rating["score"])
        events = [event for audit in audits[ticket] for event in audit["events"]]
        scores = [event["score"] for event in events if event["type"] == "SatisfactionRating"]
        assert scores[-1] == rating["score"]
        assert rating["requester_id"] == tickets[ticket]["requester_id"]


def test_counts_in_the_help_centre_are_those_of_the_children(account: Account) -> None:
    comments = rows(account, "post_comments")
    for post in rows(account, "posts"):
        below = [row for row in comments if row["post_id"] == post["id"]]
        assert post["comment_count"] == len(below)
    votes = rows(account, "article_votes") + rows(account, "article_comment_votes")
    for row in rows(account, "articles") + rows(account, "article_comments"):
        assert row["vote_count"] == sum(vote["item_id"] == row["id"] for vote in votes)


def test_users_say_what_their_identities_and_memberships_say(account: Account) -> None:
    identities: dict[int, Row] = defaultdict(dict)
    for row in rows(account, "user_identities"):
        identities[row["user_id"]][row["type"]] = row["value"]
    memberships = {
        row["user_id"]: row["group_id"]
        for row in rows(account, "group_memberships")
        if row["default"]
    }
    for user in rows(account, "users"):
        assert user["email"] == identities[user["id"]].get("email")
        assert user["phone"] == identities[user["id"]].get("phone_number")
        assert user["default_group_id"] == memberships.get(user["id"])


def test_a_redaction_shows_in_comments_and_not_in_the_export(client: Client) -> None:
    changed = client.server.changes
    ticket = client.listed("tickets", "tickets")[0]["id"]
    before = client.listed(f"tickets/{ticket}/comments", "comments")[0]
    changed.redact(ticket)
    changed.make_private(ticket)
    changed.wait(61)
    after = client.listed(f"tickets/{ticket}/comments", "comments")[0]
    assert after["body"] == "▇" * len(before["body"])
    assert not after["public"]
    events = client.exported("incremental/ticket_events", "ticket_events", include="comment_events")
    mine = [event for event in events if event["ticket_id"] == ticket]
    redaction, privacy = mine[-2]["child_events"], mine[-1]["child_events"]
    assert mine[0]["child_events"][0]["body"] == before["body"]
    assert redaction[0]["event_type"] == "CommentRedactionEvent"
    assert redaction[0]["comment_id"] == str(before["id"])
    assert privacy == []


def test_breaches_come_without_a_change_of_the_ticket(client: Client) -> None:
    changed = client.server.changes
    before = by_id(client.server.app.rows("tickets"))
    ticket = next(iter(before))
    event = changed.breach(ticket, at="2026-05-01T00:00:00Z")["ticket_metric_events"][0]
    assert by_id(client.server.app.rows("tickets")) == before
    assert not by_id(client.server.app.rows("ticket_metric_events"))[event]["deleted"]
    changed.withdraw_breach(event)
    assert by_id(client.server.app.rows("ticket_metric_events"))[event]["deleted"]
