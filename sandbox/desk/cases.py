"""The cases: when each was opened, what happened to it, and the row that follows from that."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.desk.custom import values
from sandbox.desk.hal import link, link_or_none
from sandbox.desk.history import Event, Kind, Story
from sandbox.desk.records import Records
from sandbox.desk.staff import Staff
from sandbox.desk.templates import made
from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.times import DAY, stamp
from sandbox.words import SUBJECTS, paragraph

CHANNELS = ("email", "email", "email", "tweet", "phone_call", "chat", "qna")
TYPES = {"email": "email", "tweet": "twitter", "phone_call": "phone", "chat": "chat", "qna": "qna"}
FIRST_CLASS = {"qna": "community_question"}
"""The class of a first message, where it is not the channel's name."""
ENDINGS: tuple[tuple[Kind, ...], ...] = (
    (),
    (),
    (),
    ("resolve",),
    ("resolve", "close"),
    ("delete",),
)
IN_LINKS = ("replies", "notes", "assigned_user", "assigned_group")
"""What events set and a case shows in its links only."""
YEARS_BACK = 2


class Cases(Records):
    """All cases. Those that were built lie in the two years up to ``end``.

    Every fiftieth number was purged, and every seventh case was imported, so that its created_at
    does not follow the ids. ``burst`` cases share one updated_at second. ``spans`` has the times
    of the first and last event that were built.
    """

    def __init__(
        self,
        seed: int,
        count: int,
        burst: int,
        end: int,
        staff: Staff,
        customers: int,
        tables: dict[str, list[Row]],
    ) -> None:
        super().__init__({}, self._row)
        self._seed, self._staff, self._customers = seed, staff, customers
        self._labels = [label["name"] for label in tables["labels"]]
        self._definitions = tables["custom_fields"]
        self._later: dict[int, list[Event]] = {}
        self.spans: dict[int, tuple[int, int]] = {}
        numbers = [number for number in range(1, count * 2 + 2) if number % 50][:count]
        start = end - YEARS_BACK * 365 * DAY
        step = 700 * DAY // (numbers[-1] + 1) if numbers else 0
        for number in numbers:
            dice = Dice("case", seed, number)
            imported = start + dice.below(700 * DAY)
            created = start + number * step if number % 7 else imported
            changed = min(end, created + dice.below(25 * DAY))
            self.updated[number] = end - 7 * DAY if len(self.updated) < burst else changed
            self.spans[number] = created, self.updated[number]

    def customer_of(self, id: int) -> int:
        """Return the customer who opened a case."""
        return Dice("asker", self._seed, id).below(self._customers) + 1

    def channel(self, id: int) -> str:
        """Return how a case was opened."""
        return Dice("channel", self._seed, id).pick(CHANNELS)

    def is_rated(self, id: int) -> bool:
        """Return whether the customer of a case that was built gave feedback."""
        return id in self.spans and id % 10 == 3

    def attachments(self, id: int) -> int:
        """Return how many files came with the first message of a case."""
        return Dice("files", self._seed, id).below(6) // 5 if id in self.spans else 0

    def links(self, id: int) -> int:
        """Return how many links to other systems a case has."""
        return 2 if id % 30 == 7 and id in self.spans else 0

    def happen(self, id: int, event: Event) -> None:
        """Let something happen to a case. KeyError if it is not there."""
        self.touch(id, event.at)
        self._later.setdefault(id, []).append(event)

    def story(self, id: int) -> Story:
        """Return what happened to a case up to now. KeyError if it is not there."""
        if id not in self.updated:
            raise KeyError(id)
        events = [*self._built(id), *self._later.get(id, ())]
        return Story(sorted(events, key=lambda event: (event.kind != "open", event.at)))

    def _built(self, id: int) -> list[Event]:
        """Return the events of a built case, at equal distances over its span."""
        if id not in self.spans:
            return []
        planned = self._planned(id)
        began, ended = self.spans[id]
        last = len(planned) - 1
        moments = [began + (ended - began) * place // last for place in range(last + 1)]
        return [
            Event(at, kind, self._fields(id, kind))
            for at, kind in zip(moments, planned, strict=True)
        ]

    def _planned(self, id: int) -> Sequence[Kind]:
        """Return at least two kinds of events."""
        dice = Dice("plan", self._seed, id)
        replies = dice.pick((0, 0, 0, 1, 1, 2, 3, 5)) if id % 400 else 130
        notes = dice.pick((0, 0, 0, 0, 1, 2))
        ending = dice.pick(ENDINGS)
        if self.is_rated(id):
            ending = ("resolve", "rating")
        taken = bool(replies) or "resolve" in ending or dice.chance(60)
        exchange: list[Kind] = ["question" if place % 2 else "answer" for place in range(replies)]
        draft: list[Kind] = ["draft"] if taken and dice.below(9) == 0 else []
        take: list[Kind] = ["take"] if taken else []
        note: list[Kind] = ["note"] * notes
        planned: list[Kind] = ["open", *take, *exchange, *note, *draft, *ending]
        return planned if len(planned) > 1 else ["open", "change"]

    def _fields(self, id: int, kind: Kind) -> Row:
        """Return the fields that a planned event sets."""
        dice = Dice("event", self._seed, id, kind)
        if kind == "change":
            return {"priority": 10}
        if kind != "take":
            return {}
        user = dice.below(len(self._staff.users)) + 1
        groups = self._staff.groups_of(user)
        return {
            "assigned_user": user,
            "assigned_group": dice.pick(groups)["id"] if groups else None,
        }

    def _row(self, id: int) -> Row:
        dice, story = Dice("case row", self._seed, id), self.story(id)
        opened, state = story.events["open"][0].at, story.state
        labels = sorted({dice.below(len(self._labels)) + 1 for _ in range(dice.below(3))})
        text = paragraph(dice, 1)
        fields = {
            "id": id,
            "external_id": f"X-{id}" if id % 20 == 0 else None,
            "blurb": f"{text}\0" if id == 2 else text,
            "subject": dice.pick(SUBJECTS),
            "priority": dice.below(9) + 1,
            "description": None if dice.chance(50) else paragraph(dice, 1),
            "type": TYPES[self.channel(id)],
            "labels": [self._labels[label - 1] for label in labels],
            "label_ids": labels,
            "language": dice.pick((None, "en", "de", "en_us")),
            "active_at": story.time("active_at"),
            "changed_at": story.time("changed_at"),
            "created_at": stamp(opened),
            "received_at": stamp(opened),
            "first_opened_at": story.time("first_opened_at"),
            "opened_at": story.time("opened_at"),
            "first_resolved_at": story.time("first_resolved_at"),
            "resolved_at": story.time("resolved_at"),
            "custom_fields": values(self._definitions, "ticket", dice, opened),
            "active_attachments_count": self.attachments(id),
            "active_notes_count": state["notes"],
            "route_status": dice.pick(("available", "scheduled", "added")),
        }
        set_by_events = {name: value for name, value in state.items() if name not in IN_LINKS}
        return made("case", id, {**fields, **set_by_events}, self._links(id, state))

    def _links(self, id: int, state: Row) -> Row:
        channel = self.channel(id)
        first = FIRST_CLASS.get(channel, channel)
        rated = id if self.is_rated(id) else None
        return {
            "message": link(f"cases/{id}/message {first}"),
            "customer": link(f"customers/{self.customer_of(id)} customer"),
            "assigned_user": link_or_none("users/{id} user", state.get("assigned_user")),
            "assigned_group": link_or_none("groups/{id} group", state.get("assigned_group")),
            "replies": link(f"cases/{id}/replies reply {state['replies']}"),
            "notes": link(f"cases/{id}/notes note {state['notes']}"),
            "attachments": link(f"cases/{id}/attachments attachment {self.attachments(id)}"),
            "case_links": link(f"cases/{id}/links case_link {self.links(id)}"),
            "feedbacks": link_or_none("cases/{id}/feedbacks feedback", rated),
        }
