"""The messages, drafts, replies, notes and whatever else hangs on a case (NG16)."""

from __future__ import annotations

from sandbox.desk.cases import Cases
from sandbox.desk.hal import link, link_or_none
from sandbox.desk.history import Event, Story
from sandbox.desk.templates import made
from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.times import stamp
from sandbox.words import SUBJECTS, html, paragraph

NUMBERS_PER_CASE = 1_000
"""Addresses number the site's interactions; here those of a case begin at 1,000 times its id."""
DRAFT = NUMBERS_PER_CASE - 1


class Threads:
    """What hangs on the cases, made from what happened to them."""

    def __init__(self, seed: int, cases: Cases) -> None:
        self._seed, self._cases = seed, cases

    def message(self, case: int) -> Row:
        """Return the first message, whose address has no number."""
        story = self._cases.story(case)
        channel = self._cases.channel(case)
        row = self._interaction(case, 0, channel, story.events["open"][0], story)
        kind = row["_links"]["self"]["class"]
        row["_links"]["self"] = link(f"cases/{case}/message {kind}")
        return row

    def replies(self, case: int) -> list[Row]:
        """Return all replies. Their ids count within a channel, unlike their addresses."""
        story = self._cases.story(case)
        channels = (self._cases.channel(case), "email", "tweet")
        rows = [
            self._interaction(case, number, channels[number % 3], event, story)
            for number, event in enumerate(story.replies, 1)
        ]
        for edit in story.events.get("edit", ()):
            row = rows[edit.fields["edited_reply"] - 1]
            row.update(body=edit.fields["body"], updated_at=stamp(edit.at))
        return rows

    def draft(self, case: int) -> Row | None:
        """Return an answer that an agent has begun, or None; it has a reply's address (NG16)."""
        story = self._cases.story(case)
        begun = story.events.get("draft")
        if not begun:
            return None
        row = self._interaction(case, DRAFT, "email", begun[-1], story)
        return {**row, "status": "draft", "direction": "out", "sent_at": None}

    def notes(self, case: int) -> list[Row]:
        """Return all notes; they have no id."""
        story = self._cases.story(case)
        author = story.state.get("assigned_user", 1)
        events = enumerate(story.events.get("note", ()), 1)
        return [self._note(case, number, event, author) for number, event in events]

    def attachments(self, case: int) -> list[Row]:
        """Return all attachments, which came with the first message. Sizes were texts in 2013."""
        opened = stamp(self._cases.story(case).events["open"][0].at)
        numbers = range(case * 3, case * 3 + self._cases.attachments(case))
        return [self._attachment(case, number, opened) for number in numbers]

    def links(self, case: int) -> list[Row]:
        """Return links to other systems. Nobody recorded one: their fields are made up."""
        return [
            {"system": "tracker", "reference": f"T-{case}-{number}", "open": number == 1}
            for number in range(1, self._cases.links(case) + 1)
        ]

    def history(self, case: int) -> list[Row]:
        """Return what happened to a case, the newest first."""
        return self._cases.story(case).entries[::-1]

    def feedback(self, case: int) -> Row:
        """Return what the customer thought of the answer."""
        dice = Dice("feedback", self._seed, case)
        story = self._cases.story(case)
        given = stamp(story.events["rating"][0].at)
        fields = {
            "id": case,
            "rating": dice.below(5),
            "rating_type": dice.pick(("yes_no", "four_star")),
            "additional_feedback": dice.pick((None, "Danke! 🎉")),
            "created_at": given,
            "updated_at": given,
        }
        links = {"user": link_or_none("users/{id} user", story.state["assigned_user"])}
        return made("feedback", case, fields, links)

    def _interaction(self, case: int, number: int, channel: str, event: Event, story: Story) -> Row:
        """Return a message with the keys of its channel."""
        dice = Dice("interaction", self._seed, case, number)
        at = stamp(event.at)
        outgoing = event.kind in ("answer", "draft")
        agent = story.state.get("assigned_user", 1) if outgoing else None
        fields = {
            "id": case * NUMBERS_PER_CASE // 10 + number // 3,
            "body": html(paragraph(dice, 2)) if channel == "email" else paragraph(dice, 1),
            "direction": "out" if outgoing else "in",
            "status": "sent" if outgoing else "received",
            "created_at": at,
            "updated_at": at,
            "sent_at": at if outgoing else None,
            "erased_at": None,
        }
        links = {
            "case": link(f"cases/{case} case"),
            "customer": link(f"customers/{self._cases.customer_of(case)} customer"),
            "erased_by": None,
            "sent_by": link_or_none("users/{id} user", agent),
        }
        if channel == "phone_call":
            fields["entered_at"] = at
            links["entered_by"] = links.pop("sent_by") or link("users/1 user")
        if channel == "email":
            fields["subject"] = dice.pick(SUBJECTS)
        if channel == "email" and outgoing:
            links["outbound_mailbox"] = link("mailboxes/outbound/1 outbound_mailbox")
        if channel == "tweet":
            fields["twitter_status_id"] = str(10**17 + case)
        return made(channel, case, fields, links, case * NUMBERS_PER_CASE + number)

    def _note(self, case: int, number: int, event: Event, author: int) -> Row:
        body = paragraph(Dice("note", self._seed, case, number), 1)
        at = stamp(event.at)
        fields = {"body": body, "created_at": at, "updated_at": at}
        links = {"user": link(f"users/{author} user")}
        return made("note", case, fields, links, case * NUMBERS_PER_CASE + number)

    def _attachment(self, case: int, number: int, at: str) -> Row:
        size = 1_000 + case
        fields = {
            "id": number,
            "size": size if case % 2 else str(size),
            "created_at": at,
            "updated_at": at,
        }
        return made("attachment", case, fields, {}, number)
