"""The messages, drafts, replies, notes and whatever else hangs on a case (NG16)."""

from __future__ import annotations

from typing import Any

from sandbox.desk.hal import to, to_one
from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.times import HOUR, stamp
from sandbox.words import SUBJECTS, html, paragraph

CHANNELS = ("email", "email", "email", "tweet", "phone_call", "chat", "qna")
CLASSES = {
    "email": "email",
    "tweet": "tweet",
    "phone_call": "phone_call",
    "chat": "chat_message",
    "qna": "community_answer",
}
NUMBERS_PER_CASE = 1_000


class Threads:
    """What hangs on the cases; changes overlay what is derived."""

    def __init__(
        self,
        seed: int,
        users: int,
        customer_of: Any,
        created: dict[int, int],
        updated: dict[int, int],
    ) -> None:
        self._seed, self._users, self._customer_of = seed, users, customer_of
        self._created, self._updated = created, updated
        self.added: dict[int, list[Row]] = {}
        self.edits: dict[tuple[int, int], Row] = {}
        self.added_notes: dict[int, list[Row]] = {}

    def counts(self, case: int) -> tuple[int, int, int]:
        """How many replies, notes and attachments a case has."""
        dice = Dice("counts", self._seed, case)
        replies = dice.pick((0, 0, 0, 1, 1, 2, 3, 5)) if case % 400 else 130
        notes = dice.pick((0, 0, 0, 0, 1, 2))
        attachments = dice.pick((0, 0, 0, 0, 0, 1))
        if case not in self._created:
            replies = notes = attachments = 0
        return (
            replies + len(self.added.get(case, ())),
            notes + len(self.added_notes.get(case, ())),
            attachments,
        )

    def channel(self, case: int) -> str:
        """The class of a case's first message."""
        return Dice("channel", self._seed, case).pick(CHANNELS)

    def message(self, case: int) -> Row:
        """The first message, whose address has no number."""
        row = self._interaction(case, 0, self.channel(case))
        row["_links"]["self"] = to(f"cases/{case}/message", row["_links"]["self"]["class"])
        return row

    def replies(self, case: int) -> list[Row]:
        """All replies; their addresses number the site's interactions, their ids count within a channel."""
        own = self.counts(case)[0] - len(self.added.get(case, ()))
        channels = (self.channel(case), "email", "tweet")
        rows = [
            self._interaction(case, number, channels[number % 3]) for number in range(1, own + 1)
        ]
        rows += self.added.get(case, [])
        return [{**row, **self.edits.get((case, number), {})} for number, row in enumerate(rows, 1)]

    def draft(self, case: int) -> Row | None:
        """An answer that an agent has begun; it has a reply's address (NG16). Most cases have none."""
        if case not in self._created or Dice("draft", self._seed, case).below(9):
            return None
        row = self._interaction(case, NUMBERS_PER_CASE - 1, "email")
        return {**row, "status": "draft", "direction": "out", "sent_at": None}

    def _interaction(self, case: int, number: int, channel: str) -> Row:
        start = self._created.get(case, self._updated[case])
        at = min(self._updated[case], start + number * HOUR)
        return self.interaction(case, number, channel, at)

    def interaction(self, case: int, number: int, channel: str, at: int) -> Row:
        """A message with the keys of its channel."""
        dice = Dice("interaction", self._seed, case, number)
        outgoing = number % 2 == 1
        user = dice.below(self._users) + 1 if outgoing else None
        row: Row = {
            "id": case * 10 + number // 3,
            "body": html(paragraph(dice, 2)) if channel == "email" else paragraph(dice, 1),
            "direction": "out" if outgoing else "in",
            "status": "sent" if outgoing else "received",
            "created_at": stamp(at),
            "updated_at": stamp(at),
            "sent_at": stamp(at) if outgoing else None,
            "erased_at": None,
        }
        links: Row = {
            "self": to(
                f"cases/{case}/replies/{case * NUMBERS_PER_CASE + number}", CLASSES[channel]
            ),
            "case": to(f"cases/{case}", "case"),
            "customer": to(f"customers/{self._customer_of(case)}", "customer"),
            "erased_by": None,
        }
        if channel == "phone_call":
            row["entered_at"] = stamp(at)
            links["entered_by"] = to_one("users", "user", user or 1)
        else:
            row |= {"to": "support@acme.example", "from": "someone@customer.example"}
            links["sent_by"] = to_one("users", "user", user)
        if channel == "email":
            row |= {"subject": dice.pick(SUBJECTS), "cc": None, "bcc": None, "client_type": None}
            row |= {"hidden": False, "hidden_at": None, "hidden_by": None}
            links |= {
                "splits": None,
                "outbound_mailbox": to_one(
                    "mailboxes/outbound", "outbound_mailbox", 1 if outgoing else None
                ),
            }
            links["attachments"] = to(f"cases/{case}/replies/{number}/attachments", "attachment", 0)
        if channel == "tweet":
            row |= {"type": "mention", "twitter_status_id": str(10**17 + case)}
            links |= {
                "twitter_account": to("twitter_accounts/1", "twitter_account"),
                "retweeted_by": None,
                "favorited_by": None,
            }
        row["_links"] = links
        return row

    def notes(self, case: int) -> list[Row]:
        """All notes; they have no id."""
        own = self.counts(case)[1] - len(self.added_notes.get(case, ()))
        start = self._created.get(case, 0)
        return [
            self.note(case, number, start) for number in range(1, own + 1)
        ] + self.added_notes.get(case, [])

    def note(self, case: int, number: int, at: int) -> Row:
        """One note."""
        dice = Dice("note", self._seed, case, number)
        return {
            "body": paragraph(dice, 1),
            "created_at": stamp(at),
            "updated_at": stamp(at),
            "erased_at": None,
            "_links": {
                "self": to(f"cases/{case}/notes/{case * NUMBERS_PER_CASE + number}", "note"),
                "case": to(f"cases/{case}", "case"),
                "user": to_one("users", "user", dice.below(self._users) + 1),
                "erased_by": None,
            },
        }

    def attachments(self, case: int) -> list[Row]:
        """All attachments."""
        moment = stamp(self._created.get(case, 0))
        return [
            {
                "id": case * 3 + number,
                "file_name": f"bild {number}.png",
                "content_type": "image/png",
                "size": 1_000 + case if case % 2 else str(1_000 + case),
                "url": f"https://acme.desk.example/api/v2/cases/{case}/attachments/{case * 3 + number}/url",
                "erased_at": None,
                "created_at": moment,
                "updated_at": moment,
                "_links": {
                    "self": to(f"cases/{case}/attachments/{case * 3 + number}", "attachment"),
                    "case": to(f"cases/{case}", "case"),
                    "uploaded_by": None,
                },
            }
            for number in range(self.counts(case)[2])
        ]

    def links(self, case: int) -> list[Row]:
        """Links to other systems. Nobody recorded one: their fields are made up."""
        count = 2 if case % 30 == 7 and case in self._created else 0
        return [
            {"system": "tracker", "reference": f"T-{case}-{number}", "open": number == 1}
            for number in range(1, count + 1)
        ]

    def history(self, case: int) -> list[Row]:
        """What happened to a case, the newest first. Nobody recorded an entry: only the names of its fields are known."""
        opened = stamp(self._created.get(case, self._updated[case]))
        replied = [
            {"field": "replies", "from": number, "to": number + 1}
            for number in range(len(self.replies(case)))
        ]
        changes = [
            [{"field": "status", "from": None, "to": "new"}],
            *([change] for change in replied),
        ]
        moments = [opened, *(row["created_at"] for row in self.replies(case))]
        entries = [
            {
                "type": "case_updated",
                "context": {"source": "sandbox"},
                "created_at": moment,
                "changes": change,
            }
            for moment, change in zip(moments, changes, strict=True)
        ]
        return entries[::-1]
