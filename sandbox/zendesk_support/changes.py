"""Things that happen in the account after it was built. Each method returns the ids it touched by stream."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sandbox.app import Changed
from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.times import parse, stamp
from sandbox.words import paragraph, person
from sandbox.zendesk_support import events, history, ids
from sandbox.zendesk_support.events import Events
from sandbox.zendesk_support.people import State as PersonState
from sandbox.zendesk_support.tickets import State

if TYPE_CHECKING:
    from sandbox.zendesk_support.account import Account

Method = TypeVar("Method", bound=Callable[..., Changed])

CHANGES: dict[str, Callable[..., Changed]] = {}


def change(method: Method) -> Method:
    """Make a method one of the account's changes, done under its lock, and open to the control endpoint by its name."""

    @wraps(method)
    def locked(self: Changes, *args: Any, **kwargs: Any) -> Changed:
        with self.account.lock:
            self.account.version += 1
            return method(self, *args, **kwargs)

    CHANGES[method.__name__] = locked
    return cast(Method, locked)


class Changes:
    """Changes one account. ``at`` (a date-time text) is when it happens, else the account's clock says."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._serial = 0

    def do(self, do: str, **arguments: Any) -> Changed:
        """One change by its name; KeyError for an unknown one."""
        return CHANGES[do](self, **arguments)

    def _time(self, at: str | None) -> int:
        return parse(at) if at else self.account.now()

    def _dice(self) -> Dice:
        self._serial += 1
        return Dice("change", self.account.seed, self._serial)

    @change
    def wait(self, seconds: int) -> Changed:
        """The account's clock jumps ahead, past the exports' held-back minute for one."""
        self.account.ahead += seconds
        return {}

    # Tickets

    def _ticket(self, id: int) -> int:
        if id not in self.account.tickets:
            raise KeyError(f"no ticket {id}")
        return id

    def _audit(self, id: int, at: int, author: int, happened: Events) -> Changed:
        return {"tickets": [id], "audits": [self.account.threads.append(id, at, author, happened)]}

    def _agent(self) -> int:
        return ids.USERS + 1 + self._dice().below(self.account.users.agents)

    @change
    def new_ticket(self, at: str | None = None, **fields: Any) -> Changed:
        """A requester opens a ticket."""
        account, moment, dice = self.account, self._time(at), self._dice()
        requester = account.users.agents + 1 + dice.below(len(account.users.created) - account.users.agents - 1)
        id = account.tickets.add(moment, moment, requester, 0, State.LIVE, "new")
        account.threads.feed.add(moment, id * ids.AUDITS_PER_TICKET)
        account.metric_events.feed.add(moment, id * ids.METRIC_EVENTS_PER_TICKET)
        account.tickets.touch(id, moment, **fields)
        return {"tickets": [id], "audits": [ids.audit(id, 0)]}

    @change
    def update_ticket(self, id: int, at: str | None = None, **fields: Any) -> Changed:
        """An agent sets fields of a ticket, by default its priority."""
        tickets, moment = self.account.tickets, self._time(at)
        fields = fields or {"priority": self._dice().pick(("low", "normal", "high", "urgent"))}
        tickets.touch(self._ticket(id), moment, **fields)
        return self._audit(id, moment, self._agent(), [events.change(name, value, None) for name, value in fields.items()])

    @change
    def reply(self, id: int, at: str | None = None, public: bool = True, body: str = "") -> Changed:
        """An agent answers, or with ``public=False`` writes a note."""
        moment, agent = self._time(at), self._agent()
        self.account.tickets.touch(self._ticket(id), moment)
        return self._audit(id, moment, agent, [events.comment(agent, body or paragraph(self._dice(), 2), public)])

    @change
    def set_status(self, id: int, status: str, at: str | None = None) -> Changed:
        """Solved, closed, reopened."""
        tickets, moment = self.account.tickets, self._time(at)
        before = tickets.status[self._ticket(id)]
        tickets.touch(id, moment, status=status)
        return self._audit(id, moment, self._agent(), [events.change("status", status, before)])

    @change
    def system_update(self, id: int, at: str | None = None) -> Changed:
        """generated_timestamp moves, updated_at does not (OAS)."""
        self.account.tickets.touch_by_system(self._ticket(id), self._time(at))
        return {"tickets": [id]}

    @change
    def archive_ticket(self, id: int) -> Changed:
        """A closed ticket leaves the lists; no time of it changes."""
        self.account.tickets.status[self._ticket(id)] = "closed"
        self.account.tickets.move(id, State.ARCHIVED)
        return {"tickets": [id]}

    @change
    def delete_ticket(self, id: int, at: str | None = None, scrub: bool = False) -> Changed:
        """To status deleted, with its texts scrubbed if so wished."""
        account, moment = self.account, self._time(at)
        account.tickets.touch(self._ticket(id), moment, State.DELETED, "deleted")
        if scrub:
            account.tickets.scrubbed.add(id)
        return self._audit(id, moment, self._agent(), [events.change("status", "deleted", "open")])

    @change
    def restore_ticket(self, id: int, at: str | None = None) -> Changed:
        """Back from deleted."""
        self.account.tickets.touch(self._ticket(id), self._time(at), State.LIVE, "open")
        return self._audit(id, self._time(at), self._agent(), [events.change("status", "open", "deleted")])

    @change
    def purge_ticket(self, id: int) -> Changed:
        """Gone for good, with its events."""
        self.account.threads.forget(self._ticket(id))
        self.account.tickets.move(id, State.PURGED)
        return {"tickets": [id]}

    @change
    def breach(self, id: int, at: str | None = None) -> Changed:
        """A metric event without any change to the ticket (BRU)."""
        return {"ticket_metric_events": [self.account.metric_events.append(self._ticket(id), self._time(at))]}

    @change
    def rate(self, id: int, at: str | None = None) -> Changed:
        """The requester rates a ticket, which changes it."""
        account, moment, dice = self.account, self._time(at), self._dice()
        number = 900_000_000 + self._serial
        row = history.rating(account.tickets, self._ticket(id), moment, number, account.seed)
        account.table("satisfaction_ratings")[row["id"]] = row
        account.tickets.touch(id, moment, satisfaction_rating={"score": dice.pick(("good", "bad")), "id": row["id"]})
        happened: Events = [{"type": "SatisfactionRating", "score": row["score"], "assignee_id": row["assignee_id"], "body": ""}]
        return {**self._audit(id, moment, row["requester_id"], happened), "satisfaction_ratings": [row["id"]]}

    # Users and organizations

    @change
    def new_user(self, at: str | None = None, **fields: Any) -> Changed:
        """An end user signs up."""
        number = self.account.users.add_one(self._time(at))
        self.account.users.patches[number] = dict(fields)
        return {"users": [ids.USERS + number]}

    @change
    def update_user(self, id: int, at: str | None = None, **fields: Any) -> Changed:
        """Fields of a user are set, by default the name."""
        self.account.users.touch(self._user(id), self._time(at), **(fields or {"name": person(self._dice())}))
        return {"users": [id]}

    @change
    def delete_user(self, id: int, at: str | None = None, for_good: bool = False) -> Changed:
        """Inactive without an e-mail address, or permanently deleted."""
        state = PersonState.ERASED if for_good else PersonState.DELETED
        self.account.users.touch(self._user(id), self._time(at), state)
        return {"users": [id]}

    def _user(self, id: int) -> int:
        if not 0 < id - ids.USERS < len(self.account.users.created):
            raise KeyError(f"no user {id}")
        return id - ids.USERS

    @change
    def new_organization(self, at: str | None = None, **fields: Any) -> Changed:
        """An organization is created."""
        number = self.account.organizations.add_one(self._time(at))
        self.account.organizations.patches[number] = dict(fields)
        return {"organizations": [ids.ORGANIZATIONS + number]}

    @change
    def update_organization(self, id: int, at: str | None = None, **fields: Any) -> Changed:
        """Fields of an organization are set, by default its notes."""
        self.account.organizations.touch(
            self._organization(id), self._time(at), **(fields or {"notes": paragraph(self._dice(), 1)})
        )
        return {"organizations": [id]}

    @change
    def delete_organization(self, id: int, at: str | None = None) -> Changed:
        """It stays in the export with deleted_at; the audit log has its end."""
        account, moment, number = self.account, self._time(at), self._organization(id)
        account.organizations.touch(number, moment, PersonState.DELETED)
        self._serial += 1
        log = history.audit_log(900_000_000 + self._serial, moment, "destroy", "organization", id, f"Organization: {number}")
        account.table("audit_logs")[log["id"]] = log
        return {"organizations": [id], "audit_logs": [log["id"]]}

    def _organization(self, id: int) -> int:
        if not 0 < id - ids.ORGANIZATIONS < len(self.account.organizations.created):
            raise KeyError(f"no organization {id}")
        return id - ids.ORGANIZATIONS

    # Everything else

    @change
    def update_row(self, stream: str, id: int | str, at: str | None = None, **fields: Any) -> Changed:
        """Fields of a row of a small stream are set (groups, macros, brands, ...), by default updated_at alone."""
        row = self.account.table(stream)[id]
        self.account.table(stream)[id] = {**row, **fields, "updated_at": stamp(self._time(at))}
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
    def remove_row(self, stream: str, id: int | str) -> Changed:
        """A row of a small stream is hard-deleted: macros, memberships, fields."""
        return {stream: [self.account.table(stream).pop(id).get("id", 0)]}

    @change
    def delete_group(self, id: int, at: str | None = None) -> Changed:
        """Only exclude_deleted=false shows it from now on."""
        return self.update_row("groups", id, at, deleted=True)
