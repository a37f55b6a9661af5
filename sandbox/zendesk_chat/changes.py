"""What can happen to the account after it was built, one change at a time."""

from typing import Any

from sandbox.chance import SENTENCES, TAGS, Dice
from sandbox.changes import BaseChanges, Changed, change
from sandbox.table import Row
from sandbox.template import load
from sandbox.times import MICROS, parse
from sandbox.zendesk_chat import chats as happenings
from sandbox.zendesk_chat.account import Account
from sandbox.zendesk_chat.events import STATUSES
from sandbox.zendesk_chat.settings import BAN_KINDS, BanKind, Id

_TALKS_ONLY = ("rate", "comment", "convert")


class Changes(BaseChanges):
    """Changes one account. ``at`` (a date-time text) is when it happens, else the clock says."""

    account: Account
    proportions = load(__file__, "chats")["live"]

    @change
    def new_chat(
        self, at: str | None = None, kind: str = "chat", still_open: bool = False, **fields: Any
    ) -> Changed:
        """Adds a chat or ``offline_msg``. It is over (and in the lists) unless ``still_open``."""
        chats, moment = self.account.chats, self._time(at)
        if still_open:
            return {"chats": [chats.begin(moment)]}
        offline = kind == "offline_msg"
        length = 0 if offline else 30 + self.dice().below(600)
        row = chats.add(moment - length, moment, offline)
        row |= fields
        chats.enlist(row)
        return {"chats": [row["id"]]}

    @change
    def end_chat(self, chat: str, at: str | None = None) -> Changed:
        """Ends an open chat, which then appears in lists and exports."""
        self.account.chats.end(chat, self._time(at))
        return {"chats": [chat]}

    @change
    def update_chat(self, chat: str, at: str | None = None, **fields: Any) -> Changed:
        """Sets fields of a chat, by default that it was read."""
        return self._update(chat, self._time(at), **(fields or {"unread": False}))

    @change
    def rate(self, chat: str, at: str | None = None, rating: str = "good") -> Changed:
        """Lets the visitor rate a chat."""
        moment = self._time(at)
        happenings.rate(self._talk(chat), moment, rating)
        return self._update(chat, moment)

    @change
    def comment(self, chat: str, at: str | None = None, comment: str = "") -> Changed:
        """Lets the visitor comment on a chat."""
        moment = self._time(at)
        happenings.comment(self._talk(chat), moment, comment or self.dice().pick(SENTENCES))
        return self._update(chat, moment)

    @change
    def tag(self, chat: str, at: str | None = None, tag: str = "") -> Changed:
        """Lets an agent add a tag to a chat."""
        moment = self._time(at)
        happenings.tag(self.account.chats.rows[chat], moment, tag or self.dice().pick(TAGS))
        return self._update(chat, moment)

    @change
    def link_ticket(self, chat: str, at: str | None = None, ticket: int = 83) -> Changed:
        """Makes a ticket out of a chat."""
        return self._update(chat, self._time(at), zendesk_ticket_id=ticket)

    @change
    def convert(self, chat: str, at: str | None = None) -> Changed:
        """Lets the visitor reach a goal because of a chat, which comes again with it."""
        account, moment, row = self.account, self._time(at), self._talk(chat)
        self._serial += 1
        conversion = happenings.convert(row, moment, account.chats.team.goals, self._serial)
        account.export_conversion(chat, conversion)
        return self._update(chat, moment) | {"conversions": [conversion["id"]]}

    @change
    def delete_chat(self, chat: str, at: str | None = None) -> Changed:
        """Deletes a chat."""
        return self._update(chat, self._time(at), deleted=True)

    def _talk(self, chat: str) -> Row:
        row = self.account.chats.rows[chat]
        if row["type"] == "offline_msg":
            raise ValueError(f"{chat} is an offline message")
        return row

    def _update(self, chat: str, at: int, **fields: Any) -> Changed:
        row = self.account.chats.rows[chat]
        row |= fields
        self.account.chats.update(row, at)
        return {"chats": [chat]}

    @change
    def update(self, stream: str, key: Id, **fields: Any) -> Changed:
        """Sets fields of a row of a small list. Nothing in such a row says when it changed."""
        self.account.settings[stream][key] |= fields
        return {stream: [key]}

    @change
    def remove(self, stream: str, key: Id) -> Changed:
        """Removes an agent, department, skill, role, trigger, goal or shortcut."""
        self.account.settings.remove(stream, key)
        return {stream: [key]}

    @change
    def ban(self, kind: BanKind = "visitor", at: str | None = None) -> Changed:
        """Ban a ``visitor`` or an ``ip_address``."""
        return {"bans": [self.account.bans.add(kind, self._time(at))]}

    @change
    def unban(self, ban: int) -> Changed:
        """Lifts a ban."""
        del self.account.bans[ban]
        return {"bans": [ban]}

    @change
    def set_status(self, agent: int, status: str, at: str | None = None) -> Changed:
        """Lets an agent go ``online``, ``away`` or ``invisible``: one span ends, another begins."""
        moment = self._micros(at)
        span = self.account.timeline.begin(agent, moment, status)
        events = self.account.agent_events.write_span(moment, span)
        return {"agent_timeline": [agent], "agent_events": events}

    @change
    def department_event(self, department: int, at: str | None = None) -> Changed:
        """Lets the status of a department change."""
        log, moment = self.account.department_events, self._micros(at)
        status = "away" if log.latest(department, "status") == "online" else "online"
        return {"department_events": log.write(moment, department, "status", status)}

    @change
    def expire_tokens(self, static: bool = False) -> Changed:
        """Ends the granted access tokens, and with ``static`` the one that was there before."""
        self.account.tokens.expire(static)
        return {}

    def _micros(self, at: str | None) -> int:
        """Returns the time in microseconds, which ``at`` does not have."""
        if at is None:
            return round(self.account.seconds() * MICROS)
        return parse(at) * MICROS + self.dice().below(MICROS)

    def any_change(self, kind: str, dice: Dice) -> Changed:
        """Makes one change of this kind. ``dice`` pick what it happens to."""
        account, bans = self.account, self.account.bans.all(*BAN_KINDS)
        agents = [row["id"] for row in account.chats.team.agents]
        agent = dice.pick([id for id in agents if id in account.settings["agents"]])
        department = dice.pick(account.chats.team.departments)["id"]
        arguments: dict[str, dict[str, Any]] = {
            "update": {"stream": "agents", "key": agent, "enabled": bool(dice.below(2))},
            "ban": {"kind": dice.pick(BAN_KINDS)},
            "set_status": {"agent": agent, "status": dice.pick(STATUSES)},
            "department_event": {"department": department},
            "new_chat": {},
        }
        if kind in arguments:
            return self.do(kind, **arguments[kind])
        keys = account.chats.visible
        if kind == "offline_msg" or not keys or (kind == "unban" and not bans):
            return self.new_chat(kind="offline_msg")
        if kind == "unban":
            return self.unban(dice.pick(bans)["id"])
        chat = dice.pick(keys)[1]
        offline = account.chats.rows[chat]["type"] == "offline_msg"
        return self.do("tag" if offline and kind in _TALKS_ONLY else kind, chat=chat)
