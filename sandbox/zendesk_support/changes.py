"""Things that happen in the account after it was built. Each method returns the ids it touched by stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.app import Changed
from sandbox.changes import BaseChanges, change
from sandbox.table import Row
from sandbox.times import stamp
from sandbox.words import paragraph, person
from sandbox.zendesk_support import events, history, ids
from sandbox.zendesk_support.events import Events
from sandbox.zendesk_support.people import State as PersonState
from sandbox.zendesk_support.tickets import State

if TYPE_CHECKING:
    from sandbox.zendesk_support.account import Account


class Changes(BaseChanges):
    """Changes one account. ``at`` (a date-time text) is when it happens, else the account's clock says."""

    account: Account

    def prepare(self) -> None:
        """Rows that are derived become rows of their own."""
        self.account.settle()

    @change
    def wait(self, seconds: int) -> Changed:
        """The account's clock jumps ahead, past the exports' held-back minute for one."""
        self.account.ahead += seconds
        return {}

    # Tickets

    def _ticket(self, ticket: int) -> int:
        if ticket not in self.account.tickets:
            raise KeyError(f"no ticket {ticket}")
        return ticket

    def _audit(self, ticket: int, at: int, author: int, happened: Events) -> Changed:
        return {
            "tickets": [ticket],
            "audits": [self.account.threads.append(ticket, at, author, happened)],
        }

    def _agent(self) -> int:
        return ids.USERS + 1 + self.dice().below(self.account.users.agents)

    @change
    def new_ticket(self, at: str | None = None, **fields: Any) -> Changed:
        """A requester opens a ticket."""
        account, moment, dice = self.account, self._time(at), self.dice()
        requester = (
            account.users.agents
            + 1
            + dice.below(len(account.users.created) - account.users.agents - 1)
        )
        ticket = account.tickets.add(moment, moment, requester, 0, State.LIVE, "new")
        account.threads.feed.add(moment, ticket * ids.AUDITS_PER_TICKET)
        account.metric_events.feed.add(moment, ticket * ids.METRIC_EVENTS_PER_TICKET)
        account.tickets.touch(ticket, moment, **fields)
        return {"tickets": [ticket], "audits": [ids.audit(ticket, 0)]}

    @change
    def update_ticket(self, ticket: int, at: str | None = None, **fields: Any) -> Changed:
        """An agent sets fields of a ticket, by default its priority."""
        tickets, moment = self.account.tickets, self._time(at)
        fields = fields or {"priority": self.dice().pick(("low", "normal", "high", "urgent"))}
        tickets.touch(self._ticket(ticket), moment, **fields)
        return self._audit(
            ticket,
            moment,
            self._agent(),
            [events.change(name, value, None) for name, value in fields.items()],
        )

    @change
    def reply(
        self, ticket: int, at: str | None = None, public: bool = True, body: str = ""
    ) -> Changed:
        """An agent answers, or with ``public=False`` writes a note."""
        moment, agent = self._time(at), self._agent()
        self.account.tickets.touch(self._ticket(ticket), moment)
        return self._audit(
            ticket,
            moment,
            agent,
            [events.comment(agent, body or paragraph(self.dice(), 2), public)],
        )

    @change
    def set_status(self, ticket: int, status: str, at: str | None = None) -> Changed:
        """Solved, closed, reopened."""
        tickets, moment = self.account.tickets, self._time(at)
        before = tickets.status[self._ticket(ticket)]
        tickets.touch(ticket, moment, status=status)
        return self._audit(ticket, moment, self._agent(), [events.change("status", status, before)])

    @change
    def system_update(self, ticket: int, at: str | None = None) -> Changed:
        """generated_timestamp moves, updated_at does not (OAS)."""
        self.account.tickets.touch_by_system(self._ticket(ticket), self._time(at))
        return {"tickets": [ticket]}

    @change
    def archive_ticket(self, ticket: int) -> Changed:
        """A closed ticket leaves the lists; no time of it changes."""
        self.account.tickets.status[self._ticket(ticket)] = "closed"
        self.account.tickets.move(ticket, State.ARCHIVED)
        return {"tickets": [ticket]}

    @change
    def delete_ticket(self, ticket: int, at: str | None = None, scrub: bool = False) -> Changed:
        """To status deleted, with its texts scrubbed if so wished."""
        account, moment = self.account, self._time(at)
        account.tickets.touch(self._ticket(ticket), moment, State.DELETED, "deleted")
        if scrub:
            account.tickets.scrubbed.add(ticket)
        return self._audit(
            ticket, moment, self._agent(), [events.change("status", "deleted", "open")]
        )

    @change
    def restore_ticket(self, ticket: int, at: str | None = None) -> Changed:
        """Back from deleted."""
        self.account.tickets.touch(self._ticket(ticket), self._time(at), State.LIVE, "open")
        return self._audit(
            ticket, self._time(at), self._agent(), [events.change("status", "open", "deleted")]
        )

    @change
    def purge_ticket(self, ticket: int) -> Changed:
        """Gone for good, with its events."""
        self.account.threads.forget(self._ticket(ticket))
        self.account.tickets.move(ticket, State.PURGED)
        return {"tickets": [ticket]}

    @change
    def breach(self, ticket: int, at: str | None = None) -> Changed:
        """A metric event without any change to the ticket (BRU)."""
        return {
            "ticket_metric_events": [
                self.account.metric_events.append(self._ticket(ticket), self._time(at))
            ]
        }

    @change
    def rate(self, ticket: int, at: str | None = None) -> Changed:
        """The requester rates a ticket, which changes it."""
        account, moment, dice = self.account, self._time(at), self.dice()
        number = 900_000_000 + self._serial
        row = history.rating(account.tickets, self._ticket(ticket), moment, number, account.seed)
        account.table("satisfaction_ratings")[row["id"]] = row
        account.tickets.touch(
            ticket,
            moment,
            satisfaction_rating={"score": dice.pick(("good", "bad")), "id": row["id"]},
        )
        happened: Events = [
            {
                "type": "SatisfactionRating",
                "score": row["score"],
                "assignee_id": row["assignee_id"],
                "body": "",
            }
        ]
        return {
            **self._audit(ticket, moment, row["requester_id"], happened),
            "satisfaction_ratings": [row["id"]],
        }

    # Users and organizations

    @change
    def new_user(self, at: str | None = None, **fields: Any) -> Changed:
        """An end user signs up."""
        number = self.account.users.add_one(self._time(at))
        self.account.users.patches[number] = dict(fields)
        return {"users": [ids.USERS + number]}

    @change
    def update_user(self, user: int, at: str | None = None, **fields: Any) -> Changed:
        """Fields of a user are set, by default the name."""
        self.account.users.touch(
            self._user(user), self._time(at), **(fields or {"name": person(self.dice())})
        )
        return {"users": [user]}

    @change
    def delete_user(self, user: int, at: str | None = None, for_good: bool = False) -> Changed:
        """Inactive without an e-mail address, or permanently deleted."""
        state = PersonState.ERASED if for_good else PersonState.DELETED
        self.account.users.touch(self._user(user), self._time(at), state)
        return {"users": [user]}

    def _user(self, user: int) -> int:
        if not 0 < user - ids.USERS < len(self.account.users.created):
            raise KeyError(f"no user {user}")
        return user - ids.USERS

    @change
    def new_organization(self, at: str | None = None, **fields: Any) -> Changed:
        """An organization is created."""
        number = self.account.organizations.add_one(self._time(at))
        self.account.organizations.patches[number] = dict(fields)
        return {"organizations": [ids.ORGANIZATIONS + number]}

    @change
    def update_organization(
        self, organization: int, at: str | None = None, **fields: Any
    ) -> Changed:
        """Fields of an organization are set, by default its notes."""
        self.account.organizations.touch(
            self._organization(organization),
            self._time(at),
            **(fields or {"notes": paragraph(self.dice(), 1)}),
        )
        return {"organizations": [organization]}

    @change
    def delete_organization(self, organization: int, at: str | None = None) -> Changed:
        """It stays in the export with deleted_at; the audit log has its end."""
        account, moment, number = self.account, self._time(at), self._organization(organization)
        account.organizations.touch(number, moment, PersonState.DELETED)
        self._serial += 1
        log = history.audit_log(
            900_000_000 + self._serial,
            moment,
            "destroy",
            "organization",
            organization,
            f"Organization: {number}",
        )
        account.table("audit_logs")[log["id"]] = log
        return {"organizations": [organization], "audit_logs": [log["id"]]}

    def _organization(self, organization: int) -> int:
        if not 0 < organization - ids.ORGANIZATIONS < len(self.account.organizations.created):
            raise KeyError(f"no organization {organization}")
        return organization - ids.ORGANIZATIONS

    # Everything else

    @change
    def update_row(
        self, stream: str, row_id: int | str, at: str | None = None, **fields: Any
    ) -> Changed:
        """Fields of a row of a small stream are set (groups, macros, brands, ...), by default updated_at alone."""
        row = self.account.table(stream)[row_id]
        self.account.table(stream)[row_id] = {**row, **fields, "updated_at": stamp(self._time(at))}
        return {stream: [row.get("id", 0)]}

    @change
    def add_row(self, stream: str, at: str | None = None, **fields: Any) -> Changed:
        """One more row of a small stream, otherwise like its first."""
        table = self.account.table(stream)
        self._serial += 1
        row: Row = {**next(iter(table.values())), "id": ids.SETTINGS + 900_000 + self._serial}
        row |= {"created_at": stamp(self._time(at)), "updated_at": stamp(self._time(at)), **fields}
        table[row["name"] if stream == "tags" else row["id"]] = row
        return {stream: [row["id"]]}

    @change
    def remove_row(self, stream: str, row_id: int | str) -> Changed:
        """A row of a small stream is hard-deleted: macros, memberships, fields."""
        return {stream: [self.account.table(stream).pop(row_id).get("id", 0)]}

    @change
    def delete_group(self, group: int, at: str | None = None) -> Changed:
        """Only exclude_deleted=false shows it from now on."""
        return self.update_row("groups", group, at, deleted=True)
