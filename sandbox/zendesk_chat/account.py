"""A made-up Zendesk Chat account of any size: the same seed and size give the same rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from threading import RLock

from sandbox.app import clock_from
from sandbox.table import Row
from sandbox.times import seconds_of
from sandbox.zendesk_chat import events, setup, staff
from sandbox.zendesk_chat.bans import Bans
from sandbox.zendesk_chat.changes import Changes
from sandbox.zendesk_chat.chats import Chats, Team
from sandbox.zendesk_chat.series import Order, Rows
from sandbox.zendesk_chat.views import ChatViews, converts

EPOCH = datetime(2026, 6, 1, tzinfo=UTC)
YEARS_BACK = 2


class Account:
    """Everything in the account. ``changes`` changes it; whoever reads or changes holds ``lock``.

    ``chats`` counts offline messages (15 %) and deleted ones (1 %) too. All built rows lie in the two years up to
    ``epoch``; later changes get the time of ``clock``. ``burst`` chats share one update second.
    """

    def __init__(
        self,
        seed: int = 1,
        chats: int = 1_000,
        *,
        agents: int | None = None,
        bans: int | None = None,
        burst: int = 0,
        epoch: datetime = EPOCH,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.seed = seed
        self.clock = clock or clock_from(epoch)
        self.lock = RLock()
        self.version = 0  # goes up with every change
        end = seconds_of(epoch)
        start = end - YEARS_BACK * 365 * 86_400
        size = math.sqrt(chats / 1_000)
        agents = max(3, round(12 * size)) if agents is None else agents
        departments = max(2, round(4 * size))
        skills = staff.skills(agents)
        self.settings = {
            "departments": staff.departments(seed, departments, agents),
            "skills": skills,
            "roles": staff.roles(agents),
            "triggers": setup.triggers(),
            "goals": setup.goals(),
            "routing_settings": [setup.routing()],
        }
        self.settings["shortcuts"] = setup.shortcuts(self.settings["departments"])
        self.settings["agents"] = staff.agents(
            seed, agents, self.settings["departments"], skills, start, end
        )
        self.bans = Bans(seed, max(12, chats // 20) if bans is None else bans, start, end)
        team = Team(agents, departments, max(10, chats * 2 // 5))
        self.chats = Chats(seed, chats, team, start, end, burst)
        self.views = ChatViews(
            seed,
            self.chats,
            self.settings["agents"],
            self.settings["departments"],
            self.settings["goals"],
        )
        self.timeline = events.Timeline(
            seed, self.settings["agents"], max(3, chats * 3 // 10 // agents), start, end
        )
        self.agent_events = events.agent_events(seed, self.timeline)
        each = max(5, chats // 10 // departments)
        self.department_events = events.department_events(
            seed, self.settings["departments"], each, start, end
        )
        self.conversions = Rows(
            self._conversion(number)
            for number in range(chats)
            if converts(number, self.chats.kind[number])
        )
        self.changes = Changes(self)
        self._start = start

    def now(self) -> int:
        """The clock's time in whole seconds."""
        return seconds_of(self.clock())

    def _conversion(self, number: int) -> tuple[int, str, Row]:
        row = self.views.conversion(number)
        return self.chats.ended[number], row["id"], self.exported_conversion(number, row)

    def exported_conversion(self, number: int, row: Row) -> Row:
        """A conversion as its own export shows it: the chat is named in its attribution (AB schema)."""
        return row | {"attribution": row["attribution"] | {"chat_id": self.chats.ids[number]}}

    def chat(self, chat: str) -> Row:
        """A chat as the export shows it; KeyError for an unknown one."""
        return self.views.row(self.chats.number[chat])

    def describe(self, plan: str) -> Row:
        """GET account."""
        return setup.account(self.seed, self._start, plan, len(self.settings["agents"]))

    def export(self, resource: str) -> tuple[Order, Callable[[str], Row]]:
        """What incremental/``resource`` walks through, and the way from an id to its row; KeyError for an unknown one."""
        if resource == "chats":
            return self.chats.order, self.chat
        rows = {
            "agent_timeline": self.timeline,
            "agent_events": self.agent_events,
            "conversions": self.conversions,
            "department_events": self.department_events,
        }[resource]
        return rows, rows.row

    def rows(self, stream: str, plan: str = "enterprise") -> list[Row]:
        """Every row of a stream as its endpoint shows it, for comparison with what a client read.

        chats: as the export has them, in its order, deleted ones included. bans, banned_visitors and banned_ips: by id.
        """
        with self.lock:
            return list(self._rows(stream, plan))

    def _rows(self, stream: str, plan: str) -> Iterable[Row]:
        if stream == "account":
            return [self.describe(plan)]
        if stream == "bans":
            return self.bans.all()
        if stream in ("banned_visitors", "banned_ips"):
            return self.bans.all("visitor" if stream == "banned_visitors" else "ip_address")
        if stream in self.settings:
            return self.settings[stream]
        order, row = self.export(stream)
        return (row(row_id) for _, row_id in order.keys)
