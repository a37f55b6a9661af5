"""What can happen to the account after it was built, one change at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.app import Changed
from sandbox.changes import BaseChanges, change
from sandbox.table import Row
from sandbox.times import parse, stamp
from sandbox.words import SENTENCES, TAGS
from sandbox.zendesk_chat.bans import Kind as BanKind
from sandbox.zendesk_chat.chats import Kind
from sandbox.zendesk_chat.events import Change
from sandbox.zendesk_chat.staff import agent_id
from sandbox.zendesk_chat.stamps import MICROS

if TYPE_CHECKING:
    from sandbox.zendesk_chat.account import Account


class Changes(BaseChanges):
    """Changes one account. ``at`` (a date-time text) is when it happens, else the account's clock says."""

    account: Account

    def _micros(self, at: str | None) -> int:
        """The same in microseconds, which a text doesn't have."""
        if at is None:
            return round(self.account.clock().timestamp() * MICROS)
        return parse(at) * MICROS + self.dice().below(MICROS)

    # Chats

    @change
    def new_chat(
        self, at: str | None = None, kind: str = "chat", still_open: bool = False, **fields: Any
    ) -> Changed:
        """A chat, over at once unless ``still_open``, or an ``offline_msg``; it ends (and would be listed) at ``at``."""
        chats, moment = self.account.chats, self._time(at)
        state = Kind.OFFLINE if kind == "offline_msg" else Kind.OPEN if still_open else Kind.CHAT
        length = 30 + self.dice().below(600) if state == Kind.CHAT else 0
        number = chats.add(state, moment - length, moment)
        chats.patches[number] = dict(fields)
        if state != Kind.OPEN:
            chats.enlist(number)
        return {"chats": [chats.ids[number]]}

    @change
    def end_chat(self, chat: str, at: str | None = None) -> Changed:
        """An open chat ends, and appears in lists and exports."""
        chats, number = self.account.chats, self.account.chats.number[chat]
        if chats.kind[number] != Kind.OPEN:
            raise ValueError(f"chat {chat} is over")
        chats.kind[number] = Kind.CHAT
        chats.ended[number] = chats.updated[number] = self._time(at)
        chats.enlist(number)
        return {"chats": [chat]}

    @change
    def update_chat(self, chat: str, at: str | None = None, **fields: Any) -> Changed:
        """Fields of a chat are set, by default whether it was read."""
        chats, number = self.account.chats, self.account.chats.number[chat]
        chats.touch(number, self._time(at), **(fields or {"unread": bool(self.dice().below(2))}))
        return {"chats": [chat]}

    @change
    def rate(self, chat: str, at: str | None = None, rating: str = "good") -> Changed:
        """The visitor rates a chat; offline messages have no rating."""
        return self._add(
            chat, at, "chat.rating", {"rating": rating}, {"rating": None, "new_rating": rating}
        )

    @change
    def comment(self, chat: str, at: str | None = None, comment: str = "") -> Changed:
        """The visitor comments on a chat."""
        text = comment or self.dice().pick(SENTENCES)
        return self._add(chat, at, "chat.comment", {"comment": text}, {"new_comment": text})

    @change
    def tag(self, chat: str, at: str | None = None, tag: str = "") -> Changed:
        """An agent adds a tag to a chat."""
        tags = self.account.chat(chat)["tags"]
        new = [*tags, tag or self.dice().pick(TAGS)]
        return self._add(chat, at, "chat.tag", {"tags": new}, {"tags": tags, "new_tags": new})

    @change
    def tag_many(self, count: int, at: str | None = None, tag: str = "bulk") -> Changed:
        """The ``count`` chats that have been left alone longest get a tag in one second."""
        chats, moment = self.account.chats, stamp(self._time(at))
        changed = [chat for _, chat in chats.order.keys if chats.number[chat] not in chats.deleted][
            :count
        ]
        for chat in changed:
            self.tag(chat, moment, tag)
        return {"chats": changed}

    @change
    def link_ticket(self, chat: str, at: str | None = None, ticket: int = 83) -> Changed:
        """A ticket is made out of a chat."""
        self.account.chats.touch(
            self.account.chats.number[chat], self._time(at), zendesk_ticket_id=ticket
        )
        return {"chats": [chat]}

    @change
    def convert(self, chat: str, at: str | None = None) -> Changed:
        """The visitor reaches a goal because of a chat, which comes again with it."""
        account, moment = self.account, self._time(at)
        number = account.chats.number[chat]
        self._serial += 1
        row = account.views.conversion(number, self._serial, moment)
        account.conversions.append(moment, row["id"], account.exported_conversion(number, row))
        account.chats.touch(
            number, moment, conversions=[*account.chat(chat).get("conversions", []), row]
        )
        return {"chats": [chat], "conversions": [row["id"]]}

    @change
    def delete_chat(self, chat: str, at: str | None = None) -> Changed:
        """A chat is deleted."""
        self.account.chats.delete(self.account.chats.number[chat], self._time(at))
        return {"chats": [chat]}

    def _add(self, chat: str, at: str | None, kind: str, fields: Row, entry: Row) -> Changed:
        """Set fields, and say so in the history."""
        chats, moment = self.account.chats, self._time(at)
        number = chats.number[chat]
        if chats.kind[number] == Kind.OFFLINE and kind != "chat.tag":
            raise ValueError(f"{chat} is an offline message")
        more: Row = {
            "type": kind,
            "timestamp": stamp(moment),
            "name": "Visitor",
            "nick": f"visitor:{number}",
        }
        more |= {"channel": f"#s{number}", "department_id": None, "department_name": None}
        chats.later.setdefault(number, []).append(more | entry)
        chats.touch(number, moment, **fields)
        return {"chats": [chat]}

    # Staff, bans and settings

    @change
    def new_agent(self, at: str | None = None, **fields: Any) -> Changed:
        """An agent joins."""
        agents = self.account.settings["agents"]
        self._serial += 1
        number = 100_000 + self._serial
        row = {
            **agents[-1],
            "id": agent_id(number),
            "create_date": stamp(self._time(at)),
            "last_login": None,
            "login_count": 0,
        }
        row |= {
            "email": f"agent.{number}@acme.example",
            "display_name": f"New {number}",
            "departments": [],
            **fields,
        }
        agents.append(row)
        return {"agents": [row["id"]]}

    @change
    def update(self, stream: str, key: int | str, **fields: Any) -> Changed:
        """Set fields of an agent, department, skill, role, trigger, goal or shortcut. Nothing there says when."""
        row = next((row for row in self.account.settings[stream] if row["id"] == key), None)
        if row is None:
            raise KeyError(f"no {key} in {stream}")
        row |= fields
        return {stream: [key]}

    @change
    def remove(self, stream: str, key: int | str) -> Changed:
        """An agent, department, skill, role, trigger, goal or shortcut goes away."""
        rows = self.account.settings[stream]
        left = [row for row in rows if row["id"] != key]
        if len(left) == len(rows):
            raise KeyError(f"no {key} in {stream}")
        rows[:] = left
        return {stream: [key]}

    @change
    def ban(self, kind: BanKind = "visitor", at: str | None = None) -> Changed:
        """A ``visitor`` or an ``ip_address`` is banned."""
        return {"bans": [self.account.bans.add(kind, self._time(at))]}

    @change
    def unban(self, ban: int) -> Changed:
        """A ban is lifted."""
        self.account.bans.remove(ban)
        return {"bans": [ban]}

    @change
    def set_status(self, agent: int, status: str, at: str | None = None) -> Changed:
        """An agent goes ``online``, ``away`` or ``invisible``: a span of the timeline ends, another begins, an event tells."""
        account, moment = self.account, self._micros(at)
        before = account.timeline.last.get(agent, {}).get("status", "offline")
        account.timeline.begin(agent, moment, status)
        event = account.agent_events.write(Change(moment, agent, "status", before, status))
        return {"agent_timeline": [agent], "agent_events": [event]}

    @change
    def department_event(
        self,
        department: int,
        at: str | None = None,
        field: str = "status",
        before: Any = "online",
        after: Any = "offline",
    ) -> Changed:
        """Something about a department changes."""
        moment = self._micros(at)
        return {
            "department_events": [
                self.account.department_events.write(
                    Change(moment, department, field, before, after)
                )
            ]
        }
