"""What happens in the account after it was built. Each change returns the ids that it touched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.app import Changed
from sandbox.changes import BaseChanges, change
from sandbox.table import Row
from sandbox.times import stamp
from sandbox.words import paragraph, person
from sandbox.zendesk_support import ids, incidents
from sandbox.zendesk_support.history import Draft, Step
from sandbox.zendesk_support.people import People
from sandbox.zendesk_support.people import State as PersonState
from sandbox.zendesk_support.records import Records
from sandbox.zendesk_support.tickets import State

_FIRST_EXTRA_EVENT = 512
_LATER_LOGS = 900_000_000


class Changes(BaseChanges):
    """Changes one account. ``at`` (a date-time text) is when it happens, else the clock says."""

    account: Records

    @change
    def wait(self, seconds: int) -> Changed:
        """The account's clock jumps ahead, past the minute that exports hold back for one."""
        self.account.ahead += seconds
        return {}

    # Tickets

    def _ticket(self, ticket: int) -> int:
        if ticket not in self.account.tickets:
            raise KeyError(f"no ticket {ticket}")
        return ticket

    def _draft(self, ticket: int, at: int) -> Draft:
        account, dice = self.account, self.dice()
        fields = dict(account.history.fields(ticket)) if account.history.count(ticket) else {}
        agent = ids.USERS + 1 + dice.below(account.users.agents)
        return account.history.draft(dice, ticket, at, agent, fields)

    def _happen(
        self,
        ticket: int,
        at: str | None,
        write: Callable[[Draft], None],
        state: State | None = None,
        author: int | None = None,
    ) -> Changed:
        """One more audit, with the events that ``write`` adds to its draft."""
        account, moment = self.account, self._time(at)
        draft = self._draft(self._ticket(ticket), moment)
        write(draft)
        if not draft.events:
            draft.add("macro")
        known = account.metric_events_of(ticket) if account.history.count(ticket) else {}
        events, metric_events = account.events, account.metric_events
        by = draft.agent if author is None else author
        number = account.history.count(ticket)
        audit = account.history.append(ticket, Step(moment, by, "web", draft.events))
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
        requesters = len(account.users.created) - account.users.agents - 1
        requester = account.users.agents + 1 + self.dice().below(requesters)
        _ = account.events, account.metric_events
        ticket = account.tickets.add(moment, moment, requester, State.LIVE)
        author = ids.USERS + requester
        return self._happen(
            ticket, at, lambda draft: account.history.open(draft, fields), author=author
        )

    @change
    def update_ticket(self, ticket: int, at: str | None = None, **fields: Any) -> Changed:
        """An agent sets fields of a ticket, by default its priority."""

        def write(draft: Draft) -> None:
            others = ("low", "normal", "high", "urgent")
            before = draft.fields.get("priority")
            priority = draft.dice.pick([other for other in others if other != before])
            for name, value in (fields or {"priority": priority}).items():
                draft.set(name, value)

        return self._happen(ticket, at, write)

    @change
    def reply(
        self, ticket: int, at: str | None = None, public: bool = True, body: str = ""
    ) -> Changed:
        """An agent answers, or with ``public=False`` writes a note."""

        def write(draft: Draft) -> None:
            draft.write(draft.agent, body or paragraph(draft.dice, 2), public)

        return self._happen(ticket, at, write)

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
        """A ticket that is closed leaves the lists; no time of it changes."""
        if self.account.history.fields(self._ticket(ticket))["status"] != "closed":
            self.set_status(ticket, "closed")
        self.account.tickets.move(ticket, State.ARCHIVED)
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
        row = account.incidents.rating(ticket)
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

    # Users and organizations

    @change
    def new_user(self, at: str | None = None, **fields: Any) -> Changed:
        """An end user signs up."""
        return {"users": [ids.USERS + self._new(self.account.users, at, fields)]}

    @change
    def update_user(self, user: int, at: str | None = None, **fields: Any) -> Changed:
        """Fields of a user are set, by default the name."""
        number = self._number(self.account.users, user - ids.USERS)
        given = fields or {"name": person(self.dice())}
        self.account.users.touch(number, self._time(at), **given)
        return {"users": [user]}

    @change
    def delete_user(self, user: int, at: str | None = None, for_good: bool = False) -> Changed:
        """A user becomes inactive without an e-mail address, or is permanently deleted."""
        state = PersonState.ERASED if for_good else PersonState.DELETED
        number = self._number(self.account.users, user - ids.USERS)
        self.account.users.touch(number, self._time(at), state)
        return {"users": [user]}

    @change
    def update_organization(
        self, organization: int, at: str | None = None, **fields: Any
    ) -> Changed:
        """Fields of an organization are set, by default its notes."""
        people = self.account.organizations
        number = self._number(people, organization - ids.ORGANIZATIONS)
        people.touch(number, self._time(at), **(fields or {"notes": paragraph(self.dice(), 1)}))
        return {"organizations": [organization]}

    @change
    def delete_organization(self, organization: int, at: str | None = None) -> Changed:
        """An organization stays in the export with deleted_at; the audit log has its end."""
        account, moment = self.account, self._time(at)
        number = self._number(account.organizations, organization - ids.ORGANIZATIONS)
        logs = account.table("audit_logs")
        account.organizations.touch(number, moment, PersonState.DELETED)
        log = incidents.organization_ended(_LATER_LOGS + number, number, moment)
        logs[log["id"]] = log
        return {"organizations": [organization], "audit_logs": [log["id"]]}

    def _new(self, people: People, at: str | None, fields: Row) -> int:
        number = people.add(self._time(at))
        people.patches[number] = dict(fields)
        people.show(number)
        return number

    def _number(self, people: People, number: int) -> int:
        if number not in people:
            raise KeyError(f"no such id: number {number}")
        return number

    # Small streams

    @change
    def update_row(
        self, stream: str, row_id: int | str, at: str | None = None, **fields: Any
    ) -> Changed:
        """Fields of a row of a small stream are set, by default updated_at alone."""
        table = self.account.table(stream)
        table[row_id] = {**table[row_id], **fields, "updated_at": stamp(self._time(at))}
        return {stream: [row_id]}

    @change
    def add_row(self, stream: str, at: str | None = None, **fields: Any) -> Changed:
        """One more row of a small stream, otherwise like its first."""
        table = self.account.table(stream)
        self.dice()
        moment = stamp(self._time(at))
        row: Row = {
            **next(iter(table.values())),
            "id": ids.SETTINGS + 900_000 + self._serial,
            "created_at": moment,
            "updated_at": moment,
            **fields,
        }
        key = row["name"] if stream == "tags" else row["id"]
        table[key] = row
        return {stream: [key]}

    @change
    def remove_row(self, stream: str, row_id: int | str) -> Changed:
        """A row of a small stream is deleted for good."""
        del self.account.table(stream)[row_id]
        return {stream: [row_id]}
