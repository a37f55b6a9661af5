"""The rows of new chats and offline messages, from the templates in data/chats.json."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from sandbox.chance import Dice, paragraph, person
from sandbox.table import Row
from sandbox.template import load, templates
from sandbox.times import stamp

_DATA, _ROWS = load(__file__, "chats"), templates(__file__, "chats")


def visitor(seed: int, number: int) -> Row:
    """Returns a visitor as a chat shows them."""
    dice = Dice("visitor", seed, number)
    name, serial, digits = person(dice), dice.below(10**9), f"{number % 1000:03d}"
    return _ROWS["visitor"](dice, n=number, name=name, serial=serial, digits=digits)


class Team(NamedTuple):
    """Who can have a part in chats, as rows of when the account was built; how many visitors."""

    agents: Sequence[Row]
    departments: Sequence[Row]
    goals: Sequence[Row]
    visitors: int


class Service(NamedTuple):
    """An agent's part in a chat."""

    agent: Row
    begin: int
    end: int

    @property
    def who(self) -> tuple[str, str]:
        """Returns the agent's name and nick in the chat."""
        return self.agent["display_name"], f"agent:{self.agent['id']}"


class Said(NamedTuple):
    """A message. ``service`` is None if the visitor wrote it."""

    at: int
    service: Service | None


class Talk:
    """A chat as it was held, with the agents who served it, one after the other."""

    def __init__(
        self, seed: int, team: Team, number: int, chat: str, created: int, ended: int
    ) -> None:
        self.number, self.created, self.ended = number, created, ended
        self.base = _base(seed, team, number, chat, created, ended)
        dice = Dice("talk", seed, number)
        answered = not dice.chance(8)
        self.messages = 60 if number % 53 == 52 else 3 + number % 5
        if not answered:
            self.messages = int(number % 14 != 7)
        first = dice.below(len(team.agents))
        agents = [team.agents[first], team.agents[first - 1]] if answered else []
        if number % 8 != 2 or len(team.agents) == 1:
            agents = agents[:1]
        joined = created + (ended - created) // (self.messages + 2)
        middle = (joined + ended) // 2
        times = [(joined, middle), (middle, ended)] if len(agents) == 2 else [(joined, ended)]
        self.services = [Service(agent, *time) for agent, time in zip(agents, times, strict=False)]
        by = dice.pick(("visitor", "visitor", "agent")) if answered else "visitor"
        self.started_by = "trigger" if number % 7 == 0 else by
        self.skills = list(team.agents[0]["skills"]) if number % 6 == 0 else []
        self._dice = Dice("messages", seed, number)

    def row(self) -> Row:
        """Returns the chat's row as it is when the chat ends."""
        said = self._said()
        engagements = [self._engagement(place, said) for place in range(len(self.services))]
        triggered = self.started_by == "trigger"
        history = sorted(self._history(said), key=lambda entry: str(entry["timestamp"]))
        row = self.base | _ROWS["talk"](
            n=self.number,
            ended=self.ended,
            started_by=self.started_by,
            duration=self.ended - self.created - (0.5 if self.number % 31 == 30 else 0),
            count=_counts(said),
            response_time=_waits(said) if self.services or self.number % 2 else None,
            agent_ids=[engagement["agent_id"] for engagement in engagements],
            agent_names=[engagement["agent_name"] for engagement in engagements],
            triggered=triggered,
            triggered_response=bool(said) if triggered else None,
            missed=not self.services,
            engagements=engagements,
            history=indexed(history) if self.number % 2 else history,
            webpath=self._webpath(),
        )
        if self.number % 4 == 0:
            row["proactive"] = self.started_by == "agent"
            row["skills_requested"] = self.skills
            row["skills_fulfilled"] = any(one["skills_fulfilled"] for one in engagements)
        return row

    def _said(self) -> list[Said]:
        """Returns all messages. Visitor and agents take turns."""
        turn = int(self.started_by == "agent")
        length = self.ended - self.created
        said = []
        for step in range(1, self.messages + 1):
            at = self.created + length * step // (self.messages + 1)
            by = [one for one in self.services if one.begin <= at < one.end and step % 2 == turn]
            said.append(Said(at, by[0] if by else None))
        return said

    def _entry(self, at: int, kind: str, who: tuple[str, str], **more: Any) -> Row:
        """Returns an entry of the history. department_id is a number or a text [AB 0.1.2]."""
        own, (name, nick) = self.base["department_id"], who
        own = str(own) if self.number % 11 == 3 and own else own
        facts = {"n": self.number, "kind": kind, "at": at, "name": name, "nick": nick}
        return _ROWS["entry"](**facts, department_id=own, chat=self.base) | more

    def _history(self, said: Sequence[Said]) -> Iterator[Row]:
        """Yields the entries, those of a second in their order [EMBULK; other types inferred]."""
        visitor_as = (self.base["visitor"]["name"] or "Visitor", f"visitor:{self.number}")
        yield self._entry(self.created, "memberjoin", visitor_as)
        if self.started_by == "trigger":
            trigger = ("Customer Service", "agent:trigger")
            yield self._entry(self.created, "triggered", trigger, **_DATA["triggered"])
        for place, service in enumerate(self.services):
            yield self._entry(service.begin, "memberjoin", service.who)
            if place:
                move: Row = {"prev_department_id": None, "msg": f"{service.who[0]} takes over"}
                yield self._entry(service.begin, "transfer.department", service.who, **move)
        for step, (at, spoken) in enumerate(said, 1):
            text = paragraph(self._dice, 1 + step % 2)
            key = step if self.number % 5 == 4 else f"{self.number}.{step}"
            more: Row = {"msg": text, "options": "", "msg_id": key}
            if spoken:
                more |= {"agent_id": str(spoken.agent["id"]), "sender_type": "Agent"}
            yield self._entry(at, "msg", spoken.who if spoken else visitor_as, **more)
        if self.number % 13 == 6:
            yield self._entry(self.ended, "file", visitor_as, **_DATA["file"])
        yield self._entry(self.ended, "memberleave", visitor_as)

    def _engagement(self, place: int, said: Sequence[Said]) -> Row:
        """Returns what one agent did; agent_id is a text [AB]. Some join between two seconds."""
        service = self.services[place]
        own = [message for message in said if service.begin <= message.at < service.end]
        length = service.end - service.begin
        return _ROWS["engagement"](
            chat=self.base,
            n=place,
            agent=service.agent,
            begin=service.begin,
            duration=length - 0.25 if self.number % 3 == 0 else length,
            started_by="agent" if place else self.started_by,
            count=_counts(own),
            response_time=_waits(own),
            skills_requested=self.skills,
            skills_fulfilled=set(self.skills) <= set(service.agent["skills"]),
        )

    def _webpath(self) -> list[Any]:
        """Returns the pages that the visitor saw. Now and then one is an array [SINGER PR 41]."""
        path: list[Any] = [
            {**page, "timestamp": stamp(self.created - 60 + step)}
            for step, page in enumerate(_DATA["webpath"][: self.number % 4])
        ]
        return [*path, [7, "about:blank"]] if self.number % 101 == 13 else path


def offline_message(seed: int, team: Team, number: int, chat: str, created: int) -> Row:
    """Returns the row of a message that was left while nobody was there."""
    dice = Dice("talk", seed, number)
    text = paragraph(dice, 1 + dice.below(3))
    base = _base(seed, team, number, chat, created, created)
    return base | {"type": "offline_msg", "message": text, "webpath": []}


def _base(seed: int, team: Team, number: int, chat: str, created: int, ended: int) -> Row:
    """Returns what both kinds of rows hold. ``unread`` is a boolean or a number [SINGER]."""
    dice = Dice("chat row", seed, number)
    department = dice.pick((None, *team.departments))
    return _ROWS["base"](
        dice,
        n=number,
        id=chat,
        created=created,
        ended=ended,
        department=department or {"id": None, "name": None},
        visitor=visitor(seed, dice.below(team.visitors)),
        date=stamp(created)[2:10].replace("-", ""),
        octet=number % 256,
    )


def indexed(history: list[Row]) -> list[Row]:
    """Returns the entries with their places, which some chats have."""
    return [entry | {"index": place} for place, entry in enumerate(history)]


def _counts(said: Sequence[Said]) -> Row:
    """Returns how many messages each side wrote."""
    agents = sum(message.service is not None for message in said)
    return {"visitor": len(said) - agents, "agent": agents, "total": len(said)}


def _waits(said: Sequence[Said]) -> Row:
    """Returns the first, average and longest wait of the visitor for a reply, in seconds."""
    waits = [after.at - before.at for before, after in pairwise(said) if after.service]
    if not waits:
        return {"first": None, "avg": None, "max": None}
    return {"first": waits[0], "avg": sum(waits) / len(waits), "max": max(waits)}
