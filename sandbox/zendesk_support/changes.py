"""What happens in the account after it was built. Each change returns the ids that it touched."""

from collections.abc import Callable
from typing import Any

from sandbox.chance import Dice, paragraph, person
from sandbox.changes import BaseChanges, Changed, change
from sandbox.table import Row
from sandbox.times import stamp
from sandbox.zendesk_support import ids, tables
from sandbox.zendesk_support.account import Account
from sandbox.zendesk_support.history import EVENTS, Draft, Step
from sandbox.zendesk_support.people import People
from sandbox.zendesk_support.population import State

_PRIORITIES = ("low", "normal", "high", "urgent")
_FIRST_EXTRA_EVENT = 512
_LATER_LOGS = 900_000_000


class Changes(BaseChanges):
    """Changes one account. ``at`` (a date-time text) is when it happens, else the clock says."""

    account: Account
    proportions = EVENTS["live"]

    @change
    def wait(self, seconds: int) -> Changed:
        """The account's clock jumps ahead, past the minute that exports hold back for one."""
        self.account.ahead += seconds
        return {}

    @change
    def expire_tokens(self) -> Changed:
        """All access tokens end."""
        self.account.login.expire()
        return {}

    # Tickets

    def _ticket(self, ticket: int) -> int:
        if ticket not in self.account.tickets:
            raise KeyError(f"no ticket {ticket}")
        return ticket

    def _happen(
        self,
        ticket: int,
        at: str | None,
        write: Callable[[Draft], None],
        state: State | None = None,
        author: int | None = None,
    ) -> Changed:
        """One more audit, with the events that ``write`` adds to its draft."""
        account, history, moment = self.account, self.account.history, self._time(at)
        number, dice = history.count(self._ticket(ticket)), self.dice()
        agent = ids.USERS + 1 + dice.below(account.users.agents)
        fields = dict(history.fields(ticket)) if number else {}
        draft = history.draft(dice, ticket, moment, agent, fields)
        write(draft)
        if not draft.events:
            draft.add("macro")
        known = account.metric_events_of(ticket) if number else {}
        events, metric_events = account.events, account.metric_events
        by = draft.agent if author is None else author
        audit = history.append(ticket, Step(moment, by, "web", draft.events))
        events.add(moment, ticket * ids.AUDITS_PER_TICKET + number)
        for place, event in enumerate(account.counted(ticket).events):
            if place not in known:
                account.metric_events_of(ticket)[place] = event
                metric_events.add(event["at"], ticket * ids.METRIC_EVENTS_PER_TICKET + place)
        account.tickets.touch(ticket, moment, state)
        return {"tickets": [ticket], "audits": [audit]}

    @change
    def new_ticket(self, at: str | None = None, **fields: Any) -> Changed:
        """A requester opens a ticket."""
        account, moment = self.account, self._time(at)
        agents = account.users.agents
        requester = agents + 1 + self.dice().below(account.users.last - agents)
        _ = account.events, account.metric_events  # made before the ticket, whose events come later
        ticket = account.tickets.open(moment, moment, requester, State.LIVE)
        author = ids.USERS + requester
        return self._happen(
            ticket, at, lambda draft: account.history.open(draft, fields), author=author
        )

    @change
    def update_ticket(self, ticket: int, at: str | None = None, **fields: Any) -> Changed:
        """An agent sets fields of a ticket, by default its priority."""

        def write(draft: Draft) -> None:
            others = [name for name in _PRIORITIES if name != draft.fields.get("priority")]
            for name, value in (fields or {"priority": draft.dice.pick(others)}).items():
                draft.set(name, value)

        return self._happen(ticket, at, write)

    @change
    def reply(
        self, ticket: int, at: str | None = None, public: bool = True, body: str = ""
    ) -> Changed:
        """An agent answers, or with ``public=False`` writes a note."""
        return self._happen(
            ticket,
            at,
            lambda draft: draft.write(draft.agent, body or paragraph(draft.dice, 2), public),
        )

    @change
    def set_status(self, ticket: int, status: str, at: str | None = None) -> Changed:
        """An agent solves, closes or reopens a ticket."""
        return self._happen(ticket, at, lambda draft: draft.status(status))

    @change
    def system_update(self, ticket: int, at: str | None = None) -> Changed:
        """generated_timestamp moves, updated_at does not (REF)."""
        self.account.tickets.touch_by_system(self._ticket(ticket), self._time(at))
        return {"tickets": [ticket]}

    @change
    def archive_ticket(self, ticket: int) -> Changed:
        """A ticket leaves the lists, after it was solved and closed if it still was not."""
        status = self.account.history.fields(self._ticket(ticket))["status"]
        ways: dict[str, tuple[str, ...]] = {"closed": (), "solved": ("closed",)}
        for step in ways.get(status, ("solved", "closed")):
            self.set_status(ticket, step)
        self.account.tickets.archive(ticket)
        return {"tickets": [ticket]}

    @change
    def delete_ticket(self, ticket: int, at: str | None = None, scrub: bool = False) -> Changed:
        """An agent deletes a ticket; with ``scrub`` its texts are gone at once."""
        if scrub:
            self.account.tickets.scrubbed.add(ticket)
        return self._happen(ticket, at, lambda draft: draft.status("deleted"), State.DELETED)

    @change
    def restore_ticket(self, ticket: int, at: str | None = None) -> Changed:
        """A deleted ticket comes back with the status open (LIVE)."""
        return self._happen(ticket, at, lambda draft: draft.status("open"), State.LIVE)

    @change
    def redact(self, ticket: int, at: str | None = None) -> Changed:
        """An agent makes the ticket's first comment unreadable, and its file if it has one."""
        first = self.account.audits.comments(self._ticket(ticket))[0]

        def write(draft: Draft) -> None:
            draft.add("redaction", comment=first["id"])
            for file in first["attachments"]:
                draft.add("attachment_redaction", comment=first["id"], attachment=file["id"])

        return self._happen(ticket, at, write)

    @change
    def make_private(self, ticket: int, at: str | None = None) -> Changed:
        """An agent hides the ticket's first comment; the export shows an event without children."""
        first = self.account.audits.comments(self._ticket(ticket))[0]["id"]
        return self._happen(
            ticket, at, lambda draft: draft.add("privacy", comment=first, public=False)
        )

    @change
    def rate(self, ticket: int, score: str = "good", at: str | None = None) -> Changed:
        """The requester rates a ticket, which changes it."""
        account = self.account
        ratings = account.table("satisfaction_ratings")
        requester = ids.USERS + account.tickets.requester[self._ticket(ticket)]
        rated = self._happen(ticket, at, lambda draft: draft.rate(score, ""), author=requester)
        row = account.rating(ticket)
        assert row is not None
        ratings[row["id"]] = row
        return {**rated, "satisfaction_ratings": [row["id"]]}

    @change
    def breach(self, ticket: int, at: str | None = None) -> Changed:
        """A metric event without any change to the ticket (LIVE); ``at`` may lie ahead."""
        account, moment = self.account, self._time(at)
        feed, events = account.metric_events, account.metric_events_of(self._ticket(ticket))
        extra = [number for number in events if number >= _FIRST_EXTRA_EVENT]
        number = _FIRST_EXTRA_EVENT + len(extra)
        row: Row = {"metric": "resolution_time", "instance_id": 1 + len(extra), "type": "breach"}
        events[number] = {**row, "at": moment, "deleted": False}
        packed = ticket * ids.METRIC_EVENTS_PER_TICKET + number
        feed.add(moment, packed)
        return {"ticket_metric_events": [ids.METRIC_EVENTS + packed]}

    @change
    def withdraw_breach(self, event: int) -> Changed:
        """A breach is marked deleted; it keeps its time."""
        ticket, number = divmod(event - ids.METRIC_EVENTS, ids.METRIC_EVENTS_PER_TICKET)
        self.account.metric_events_of(self._ticket(ticket))[number]["deleted"] = True
        return {"ticket_metric_events": [event]}

    # Other rows

    @staticmethod
    def _number(people: People, row_id: int) -> int:
        if row_id - people.first_id not in people:
            raise KeyError(f"no such id: {row_id}")
        return row_id - people.first_id

    @change
    def add_row(self, stream: str, at: str | None = None, **fields: Any) -> Changed:
        """An end user signs up, or there is one more row of a small stream, like its first."""
        account, moment = self.account, self._time(at)
        if people := self.account.people.get(stream):
            number = people.add(moment, moment)
            people.patch(number, moment, **fields)
            return {stream: [people.first_id + number]}
        table = account.table(stream)
        self.dice()
        times = dict.fromkeys(("created_at", "updated_at"), stamp(moment))
        own_id = ids.SETTINGS + 900_000 + self._serial
        row = {**next(iter(table.values())), "id": own_id, **times, **fields}
        key = row["name"] if stream == "tags" else own_id
        table[key] = row
        return {stream: [key]}

    @change
    def update_row(self, stream: str, row_id: Any, at: str | None = None, **fields: Any) -> Changed:
        """Fields are set: by default a user's name, an organization's notes, or the time alone."""
        moment = self._time(at)
        if people := self.account.people.get(stream):
            number = self._number(people, row_id)
            if not fields:
                dice, is_user = self.dice(), stream == "users"
                fields = {"name": person(dice)} if is_user else {"notes": paragraph(dice, 1)}
            people.patch(number, moment, **fields)
        else:
            table = self.account.table(stream)
            table[row_id] = {**table[row_id], **fields, "updated_at": stamp(moment)}
        return {stream: [row_id]}

    @change
    def remove_row(
        self, stream: str, row_id: Any, at: str | None = None, for_good: bool = False
    ) -> Changed:
        """A row of a small stream is gone.

        Users become inactive without an e-mail address, or with ``for_good`` are erased.
        Organizations stay in the export with deleted_at; the audit log has their end.
        """
        account, people, moment = self.account, self.account.people.get(stream), self._time(at)
        if people is None:
            del account.table(stream)[row_id]
            return {stream: [row_id]}
        number, logs = self._number(people, row_id), account.table("audit_logs")
        people.touch(number, moment, State.ERASED if for_good else State.DELETED)
        if stream == "users":
            return {stream: [row_id]}
        log = tables.organization_ended(_LATER_LOGS + number, number, moment)
        logs[log["id"]] = log
        return {stream: [row_id], "audit_logs": [log["id"]]}

    def any_change(self, kind: str, dice: Dice) -> Changed:
        """One change of this kind; ``dice`` pick what it happens to."""
        account, (kind, _, stream) = self.account, kind.partition(" ")
        users, organizations = account.users, account.organizations
        end_user = ids.USERS + users.agents + 1 + dice.below(users.last - users.agents)
        chosen = {
            "users": end_user,
            "organizations": ids.ORGANIZATIONS + 1 + dice.below(organizations.last),
            "macros": dice.pick(list(account.table("macros"))),
        }
        if kind == "add_row":
            return self.add_row(stream)
        if stream:
            return self.do(kind, stream=stream, row_id=chosen[stream])
        listed = account.tickets.live()
        ticket = listed[dice.below(len(listed))] if listed and kind != "new_ticket" else 0
        is_closed = ticket and account.history.fields(ticket)["status"] == "closed"
        if not ticket or (is_closed and kind not in EVENTS["live of closed tickets"]):
            return self.new_ticket()
        if kind == "note":
            return self.reply(ticket, public=False)
        if kind == "solve":
            return self.set_status(ticket, "solved")
        return self.do(kind, ticket=ticket)
