"""The messages, drafts, replies, notes and whatever else hangs on a case (NG16)."""

from sandbox.chance import Dice
from sandbox.desk.cases import Cases
from sandbox.desk.hal import link, made
from sandbox.desk.history import Event, Story
from sandbox.table import Row
from sandbox.times import stamp

DRAFT = 999


def number_below(case: int, place: int) -> int:
    """Returns the number in a row's address. Those of a case begin at 1,000 times its id."""
    return case * 1_000 + place


class Threads:
    """What hangs on the cases, made from what happened to them."""

    def __init__(self, seed: int, cases: Cases) -> None:
        self._seed, self._cases = seed, cases

    def message(self, case: int) -> Row:
        """Returns the first message, whose address has no number."""
        story = self._cases.story(case)
        row = self._interaction(case, 0, self._cases.channel(case), story.events["open"][0], story)
        kind = row["_links"]["self"]["class"]
        row["_links"]["self"] = link(f"cases/{case}/message {kind}")
        return row

    def replies(self, case: int) -> list[Row]:
        """Returns all replies. Their ids count within a channel, unlike their addresses."""
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
        """Returns an answer that an agent has begun, or None; it has a reply's address (NG16)."""
        story = self._cases.story(case)
        if "draft" not in story.events:
            return None
        row = self._interaction(case, DRAFT, "email", story.events["draft"][-1], story)
        return {**row, "status": "draft", "sent_at": None}

    def notes(self, case: int) -> list[Row]:
        """Returns all notes; they have no id."""
        story, rows = self._cases.story(case), []
        about = {"case": case, "user": story.state.get("assigned_user", 1)}
        for place, event in enumerate(story.events.get("note", ()), 1):
            dice, number = Dice("note", self._seed, case, place), number_below(case, place)
            rows.append(made("note", dice, **about, number=number, at=stamp(event.at)))
        return rows

    def attachments(self, case: int) -> list[Row]:
        """Returns all attachments, which came with the first message. Sizes were texts in 2013."""
        size: int | str = 1_000 + case if case % 2 else str(1_000 + case)
        opened = self._cases.story(case).events["open"][0].at
        values = {"case": case, "size": size, "at": stamp(opened)}
        numbers = range(case * 3, case * 3 + self._cases.attachments(case))
        return [made("attachment", Dice(), **values, number=number) for number in numbers]

    def links(self, case: int) -> list[Row]:
        """Returns links to other systems. Nobody recorded one: their fields are made up."""
        return [
            {"system": "tracker", "reference": f"T-{case}-{number}", "open": number == 1}
            for number in range(1, self._cases.links(case) + 1)
        ]

    def history(self, case: int) -> list[Row]:
        """Returns what happened to a case, the newest first."""
        return self._cases.story(case).entries[::-1]

    def feedback(self, case: int) -> Row:
        """Returns what the customer thought of the answer."""
        story = self._cases.story(case)
        given, user = stamp(story.events["rating"][0].at), story.state["assigned_user"]
        dice = Dice("feedback", self._seed, case)
        return made("feedback", dice, id=case, at=given, user=user)

    def feedbacks(self, case: int) -> list[Row]:
        """Returns the feedback, if there is any."""
        return [self.feedback(case)] if self._cases.is_rated(case) else []

    def _interaction(self, case: int, number: int, channel: str, event: Event, story: Story) -> Row:
        """Returns a message with the keys of its channel."""
        at, outgoing = stamp(event.at), event.kind in ("answer", "draft")
        agent = story.state.get("assigned_user", 1) if outgoing else None
        return made(
            channel,
            Dice("interaction", self._seed, case, number),
            id=case * 100 + number // 3,
            case=case,
            number=number_below(case, number),
            direction="out" if outgoing else "in",
            status="sent" if outgoing else "received",
            at=at,
            sent_at=at if outgoing else None,
            customer=self._cases.customer_of(case),
            agent=agent,
            operator=agent or 1,
            mailbox=1 if outgoing else None,
            tweet=str(10**17 + case),
        )
