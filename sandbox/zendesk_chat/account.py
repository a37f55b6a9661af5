"""A made-up Zendesk Chat account of any size. The same seed and size give the same rows."""

from collections.abc import Iterable
from datetime import UTC, datetime

from sandbox.account import BaseAccount, Clock, Scale
from sandbox.table import Row, Rows
from sandbox.times import parse
from sandbox.zendesk_chat.chats import Chats
from sandbox.zendesk_chat.events import Timeline, agent_events, department_events
from sandbox.zendesk_chat.settings import BAN_KINDS, Bans, Settings
from sandbox.zendesk_chat.talks import Team
from sandbox.zendesk_chat.tokens import Tokens

EPOCH = datetime(2026, 6, 1, tzinfo=UTC)
_BANS = {"bans": BAN_KINDS, "banned_visitors": ("visitor",), "banned_ips": ("ip_address",)}


class Account(BaseAccount):
    """Everything in the account. All that is built happened in the two years up to EPOCH.

    seed: the same seed and size give the same account
    chats: how many chats there are, with offline messages (15 %) and deleted ones (1 %)
    agents: how many agents there are (default: it goes with the chats)
    bans: how many bans of both kinds there are (default: it goes with the chats)
    burst: so many chats share one update second
    """

    def __init__(
        self,
        seed: int = 1,
        chats: int = 1_000,
        *,
        agents: int | None = None,
        bans: int | None = None,
        burst: int = 0,
        clock: Clock | None = None,
    ) -> None:
        scale = Scale(EPOCH, seed, chats, burst)
        super().__init__(scale, clock)
        scale.agents = scale.agents if agents is None else agents
        self.tokens = Tokens(seed)
        self.settings = Settings(scale)
        self.bans = Bans(scale, max(12, chats // 21) if bans is None else bans)
        rows = self.settings.rows
        at_work = [row for number, row in enumerate(rows("agents")) if number % 7 != 4]
        """One agent in seven never logged in."""
        departments, goals = rows("departments"), rows("goals")
        self.chats = Chats(scale, Team(at_work, departments, goals, scale.customers))
        self.timeline = Timeline(self.chats.engaged)
        for agent in at_work:
            self.timeline.build(scale, agent["id"])
        self.agent_events = agent_events(seed, self.timeline)
        self.department_events = department_events(scale, departments)
        self.conversions = Rows()
        self.exports: dict[str, Rows] = {
            "chats": self.chats.order,
            "agent_timeline": self.timeline,
            "agent_events": self.agent_events,
            "conversions": self.conversions,
            "department_events": self.department_events,
        }
        """The rows of incremental/..., by the last word of the path."""
        for chat in self.chats.rows.values():
            for conversion in chat.get("conversions", ()):
                self.export_conversion(chat["id"], conversion)

    def export_conversion(self, chat: str, conversion: Row) -> None:
        """Adds a conversion to its own export, which names the chat [AB]."""
        row = conversion | {"attribution": {**conversion["attribution"], "chat_id": chat}}
        self.conversions.put(parse(row["timestamp"]), row["id"], row)

    def rows(self, stream: str, plan: str = "enterprise") -> list[Row]:
        """Returns every row of a stream in its endpoint's order. KeyError for an unknown stream."""
        with self.lock:
            return [dict(row) for row in self._rows(stream, plan)]

    def _rows(self, stream: str, plan: str) -> Iterable[Row]:
        settings = self.settings
        if stream == "account":
            return [settings.account(plan)]
        if stream == "agent_routing_settings":
            return settings.agents_routing()
        if stream == "agents":
            agents = settings.rows("agents")
            return [agent | self.timeline.logins(agent["id"]) for agent in agents]
        if stream in settings:
            return settings.rows(stream)
        if stream in _BANS:
            return self.bans.all(*_BANS[stream])
        export = self.exports[stream]
        return (export.rows[row_id] for _, row_id in export)
