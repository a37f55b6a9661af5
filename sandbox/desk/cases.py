"""The cases: when each was opened, what happened to it, and the row that follows from that."""

from functools import lru_cache

from sandbox.account import Scale
from sandbox.chance import Dice, paragraph
from sandbox.desk.hal import made
from sandbox.desk.history import EVENTS, Event, Story
from sandbox.desk.staff import Staff
from sandbox.table import Records, Row, without
from sandbox.times import DAY, stamp

IN_LINKS = ("replies", "notes", "assigned_user", "assigned_group")
"""What events set and a case shows in its links only."""


class Cases(Records):
    """All cases. ``spans`` has the times of the first and last event that were built.

    Every fiftieth number was purged, and every seventh case was imported, so that its created_at
    does not follow the ids.
    """

    def __init__(self, scale: Scale, staff: Staff, labels: list[str]) -> None:
        super().__init__({}, self._row)
        self._seed, self._staff, self._customers = scale.seed, staff, scale.customers
        self._labels = labels
        self._later: dict[int, list[Event]] = {}
        self._stories = lru_cache(maxsize=1_000)(self._story)
        self.spans: dict[int, tuple[int, int]] = {}
        numbers = [number for number in range(1, scale.count * 2 + 2) if number % 50][: scale.count]
        step = 700 * DAY // (numbers[-1] + 1) if numbers else 0
        for number in numbers:
            dice = Dice("case", self._seed, number)
            imported = scale.start + dice.below(700 * DAY)
            created = scale.start + number * step if number % 7 else imported
            changed = min(scale.end, created + dice.below(25 * DAY))
            if len(self.updated) < scale.burst:
                changed = scale.end - 7 * DAY
            self.spans[number] = created, changed
            self.updated[number] = changed

    def customer_of(self, id: int) -> int:
        """Returns the customer who opened a case."""
        return Dice("asker", self._seed, id).below(self._customers) + 1

    def channel(self, id: int) -> str:
        """Returns how a case was opened."""
        return str(Dice("channel", self._seed, id).pick(EVENTS["channels"]))

    def is_rated(self, id: int) -> bool:
        """Returns whether the customer of a case that was built gave feedback."""
        return id in self.spans and id % 10 == 3

    def rated(self) -> list[int]:
        """Returns the numbers of the cases with feedback."""
        return [id for id in self.updated if self.is_rated(id)]

    def attachments(self, id: int) -> int:
        """Returns how many files came with the first message of a case."""
        return Dice("files", self._seed, id).below(6) // 5 if id in self.spans else 0

    def links(self, id: int) -> int:
        """Returns how many links to other systems a case has."""
        return 2 if id % 30 == 7 and id in self.spans else 0

    def happen(self, id: int, event: Event) -> None:
        """Lets something happen to a case. KeyError if it is not there."""
        self.touch(id, event.at)
        self._later.setdefault(id, []).append(event)

    def story(self, id: int) -> Story:
        """Returns what happened to a case up to now. KeyError if it is not there."""
        if id not in self.updated:
            raise KeyError(id)
        return self._stories(id, len(self._later.get(id, ())))

    def _story(self, id: int, _later: int) -> Story:
        """Returns the story of a case, which changes with the number of its later events."""
        events = [*self._built(id), *self._later.get(id, ())]
        return Story(sorted(events, key=lambda event: (event.kind != "open", event.at)))

    def _built(self, id: int) -> list[Event]:
        """Returns the events of a built case, at equal distances over its span."""
        if id not in self.spans:
            return []
        planned = self._planned(id)
        began, ended = self.spans[id]
        length, last = ended - began, len(planned) - 1
        return [
            Event(began + length * place // last, kind, self._fields(id, kind))
            for place, kind in enumerate(planned)
        ]

    def _planned(self, id: int) -> list[str]:
        """Returns at least two kinds of events."""
        dice = Dice("plan", self._seed, id)
        replies = dice.pick((0, 0, 0, 1, 1, 2, 3, 5)) if id % 400 else 130
        notes = dice.pick((0, 0, 0, 0, 1, 2))
        ending: list[str] = dice.pick(EVENTS["endings"])
        if self.is_rated(id):
            ending = ["resolve", "rating"]
        taken = bool(replies) or "resolve" in ending or dice.chance(60)
        planned: list[str] = ["open", "take"] if taken else ["open"]
        planned += ["question" if place % 2 else "answer" for place in range(replies)]
        planned += ["note"] * notes
        if taken and dice.below(9) == 0:
            planned.append("draft")
        planned += ending
        return planned if len(planned) > 1 else ["open", "change"]

    def _fields(self, id: int, kind: str) -> Row:
        """Returns the fields that a planned event sets."""
        if kind == "change":
            return {"priority": 10}
        if kind != "take":
            return {}
        dice = Dice("event", self._seed, id, kind)
        user = dice.below(len(self._staff.users)) + 1
        groups = self._staff.groups_of(user)
        group = dice.pick(groups)["id"] if groups else None
        return {"assigned_user": user, "assigned_group": group}

    def _row(self, id: int) -> Row:
        dice, story = Dice("case row", self._seed, id), self.story(id)
        opened, channel = story.events["open"][0].at, self.channel(id)
        labels = sorted({dice.below(len(self._labels)) + 1 for _ in range(dice.below(3))})
        return made(
            "case",
            dice,
            without(story.state, IN_LINKS),
            id=id,
            blurb=paragraph(dice, 1) + ("\0" if id == 2 else ""),
            type=EVENTS["types"][channel],
            labels=[self._labels[label - 1] for label in labels],
            label_ids=labels,
            opened=stamp(opened),
            day=stamp(opened // DAY * DAY),
            attachments=self.attachments(id),
            links=self.links(id),
            first="community_question" if channel == "qna" else channel,
            customer=self.customer_of(id),
            rated=id if self.is_rated(id) else None,
            **story.times,
            **{name: story.state.get(name) for name in IN_LINKS},
        )
