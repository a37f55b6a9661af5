"""What was said and done in a chat: history, engagements, conversions and web path, each derived from the chat's number."""

from __future__ import annotations

from typing import Any

from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.times import stamp
from sandbox.words import paragraph

_PAGES = ("/", "/cart", "/danke", "/größe?x=1&y=ä", "/物流")


class Talk:
    """One chat's rows, with what they have in common: number, times, the people and the department."""

    def __init__(
        self,
        seed: int,
        number: int,
        start: int,
        end: int,
        visitor: str,
        agents: list[tuple[int, str]],
        department: Row | None,
    ) -> None:
        self.dice = Dice("talk", seed, number)
        self.number = number
        self.start = start
        self.end = end
        self.visitor = visitor
        self.agents = agents
        self.department = department
        self.messages = 1 if not agents else 60 if number % 53 == 52 else 3 + number % 5

    def _at(self, step: int) -> str:
        return stamp(self.start + (self.end - self.start) * step // (self.messages + 2))

    def _entry(self, kind: str, step: int, name: str, nick: str, **more: Any) -> Row:
        """A history entry. department_id is a number or a text, msg_id too (sheet section 6, 11); ``index`` is there in part."""
        department = self.department and self.department["id"]
        entry: Row = {
            "type": kind,
            "timestamp": self._at(step),
            "name": name,
            "nick": nick,
            "channel": f"#s{self.number}",
            "department_id": str(department)
            if department and self.number % 11 == 3
            else department,
            "department_name": self.department and self.department["name"],
            **more,
        }
        if self.number % 2:
            entry["index"] = step
        return entry

    def history(
        self, rating: str | None, comment: str | None, tags: list[str], conversions: list[Row]
    ) -> list[Row]:
        """All entries as the chat was built, oldest first (types: EMBULK, others inferred)."""
        visitor = f"visitor:{self.number}"
        entries = [self._entry("chat.memberjoin", 0, self.visitor, visitor)]
        agents = [(name, f"agent:{agent}") for agent, name in self.agents]
        if not agents:
            entries.append(
                self._entry(
                    "chat.triggered",
                    0,
                    "Customer Service",
                    "agent:trigger",
                    msg="We'll be with you.",
                )
            )
        else:
            entries.append(self._entry("chat.memberjoin", 1, *agents[0]))
        for step in range(1, self.messages + 1):
            name, nick = (
                agents[step % len(agents)] if agents and step % 2 == 0 else (self.visitor, visitor)
            )
            entry = self._entry(
                "chat.msg", step, name, nick, msg=paragraph(self.dice, 1 + step % 2), options=""
            )
            entry["msg_id"] = step if self.number % 5 == 4 else f"{self.number}.{step}"
            if nick != visitor:
                entry |= {"agent_id": nick.removeprefix("agent:"), "sender_type": "Agent"}
            entries.append(entry)
        if self.number % 13 == 6:
            entries.append(
                self._entry(
                    "chat.file", self.messages, self.visitor, visitor, msg="", options="file.pdf"
                )
            )
        if len(agents) > 1:
            name, nick = agents[1]
            move = {"prev_department_id": None, "msg": f"{name} takes over"}
            entries.append(
                self._entry("chat.transfer.department", self.messages, name, nick, **move)
            )
        if tags and agents:
            entries.append(
                self._entry("chat.tag", self.messages, *agents[0], tags=[], new_tags=tags)
            )
        if rating:
            entries.append(
                self._entry("chat.request.rating", self.messages, *(agents or [("", "system")])[0])
            )
            entries.append(
                self._entry(
                    "chat.rating",
                    self.messages + 1,
                    self.visitor,
                    visitor,
                    rating=None,
                    new_rating=rating,
                )
            )
        if comment:
            entries.append(
                self._entry(
                    "chat.comment", self.messages + 1, self.visitor, visitor, new_comment=comment
                )
            )
        converted = self.messages + 2
        entries += [
            self._entry("chat.conversion", converted, self.visitor, visitor, conversion=row)
            for row in conversions
        ]
        entries.append(self._entry("chat.memberleave", self.messages + 2, self.visitor, visitor))
        return entries

    def engagements(
        self, chat: str, rating: str | None, comment: str | None, skills: list[int]
    ) -> list[Row]:
        """One for each agent who took part; agent_id is a text (AB)."""
        share = (self.end - self.start) // max(1, len(self.agents))
        return [
            {
                "id": f"{chat}.{place}",
                "agent_id": str(agent),
                "agent_name": name,
                "agent_full_name": f"{name} Acme",
                "department_id": self.department and self.department["id"],
                "timestamp": stamp(self.start + share * place),
                "duration": share + 0.25 if self.number % 3 == 0 else share,
                "accepted": place == 0 or self.number % 2 == 0,
                "assigned": place > 0,
                "started_by": "visitor" if place == 0 else "agent",
                "rating": rating if place == len(self.agents) - 1 else None,
                "comment": comment if place == len(self.agents) - 1 else None,
                "count": {"visitor": 2, "agent": 2, "total": 4},
                "response_time": {"first": 5 + place, "avg": 7.25, "max": 11},
                "skills_requested": skills,
                "skills_fulfilled": bool(skills),
            }
            for place, (agent, name) in enumerate(self.agents)
        ]

    def webpath(self) -> list[Any]:
        """The pages that the visitor saw; now and then an item is an array (SINGER PR 41)."""
        site = "https://shop.acme.example"
        path: list[Any] = [
            {
                "from": "https://www.google.com/" if step == 0 else site + _PAGES[step - 1],
                "to": site + _PAGES[step],
                "title": "" if step == 1 else f"Größe & Co. page {step}",
                "timestamp": stamp(self.start - 60 + step),
            }
            for step in range(self.number % 4)
        ]
        return [*path, [7, "about:blank"]] if self.number % 101 == 13 else path
