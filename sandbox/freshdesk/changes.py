"""Things that happen in the account after it was built. Each method returns the ids it touched by stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.app import Changed
from sandbox.changes import BaseChanges, change
from sandbox.freshdesk import extras, ids
from sandbox.freshdesk.fields import Field
from sandbox.freshdesk.people import State as ContactState
from sandbox.freshdesk.threads import feedback_fields
from sandbox.freshdesk.tickets import State
from sandbox.times import stamp
from sandbox.words import html, paragraph, person

if TYPE_CHECKING:
    from sandbox.freshdesk.account import Account


class Changes(BaseChanges):
    """Changes one account. ``at`` (a date-time text) is when it happens, else the account's clock says."""

    account: Account

    def _live(self, ticket: int) -> int:
        if ticket not in self.account.tickets:
            raise KeyError(f"no ticket {ticket}")
        return ticket

    # Tickets

    @change
    def new_ticket(self, at: str | None = None, **fields: Any) -> Changed:
        """A requester opens a ticket."""
        account, dice = self.account, self.dice()
        assigned = dice.below(account.scale.agents + 1), 0
        ticket = account.tickets.add(
            self._time(at), dice.below(len(account.contacts)), assigned, 2, State.LIVE
        )
        account.tickets.patches[ticket] = dict(fields)
        account.tickets.enlist(ticket)
        return {"tickets": [ticket]}

    @change
    def update_ticket(self, ticket: int, at: str | None = None, **fields: Any) -> Changed:
        """An agent sets fields of a ticket, by default its priority."""
        self.account.tickets.touch(
            self._live(ticket), self._time(at), **(fields or {"priority": self.dice().below(4) + 1})
        )
        return {"tickets": [ticket]}

    @change
    def reply(self, ticket: int, at: str | None = None, **fields: Any) -> Changed:
        """A public answer, which bumps the ticket to the same second (AB-REC 22)."""
        return self._converse(
            ticket, at, {"source": 0, "private": False, "incoming": False} | fields
        )

    @change
    def note(self, ticket: int, at: str | None = None, **fields: Any) -> Changed:
        """A private note, which bumps the ticket as well."""
        return self._converse(
            ticket, at, {"source": 2, "category": 2, "private": True, "incoming": False} | fields
        )

    def _converse(self, ticket: int, at: str | None, fields: dict[str, Any]) -> Changed:
        account, moment, dice = self.account, self._time(at), self.dice()
        author = ids.AGENTS + 1 + dice.below(account.scale.agents)
        text = paragraph(dice, 2)
        fields = {"body": html(text), "body_text": text, "user_id": author} | fields
        row = account.threads.append(self._live(ticket), moment, **fields)
        account.tickets.touch(ticket, moment)
        return {"tickets": [ticket], "conversations": [row["id"]]}

    @change
    def edit_conversation(
        self,
        conversation: int,
        at: str | None = None,
        text: str = "Edited afterwards.",
        bump: bool = False,
    ) -> Changed:
        """Someone edits a conversation; its ticket is not bumped (inferred) unless ``bump``."""
        account, moment = self.account, self._time(at)
        ticket = (conversation - ids.CONVERSATIONS) // ids.CONVERSATIONS_PER_TICKET
        thread = account.threads.keep(self._live(ticket))
        place = next((place for place, row in enumerate(thread) if row["id"] == conversation), None)
        if place is None:
            raise KeyError(f"no conversation {conversation}")
        when = stamp(moment)
        edited = {"body": html(text), "body_text": text, "updated_at": when}
        thread[place] = {
            **thread[place],
            **edited,
            "last_edited_at": when,
            "last_edited_user_id": ids.AGENTS + 1,
        }
        if not bump:
            return {"conversations": [conversation]}
        account.tickets.touch(ticket, moment)
        return {"conversations": [conversation], "tickets": [ticket]}

    @change
    def move_ticket(self, ticket: int, to: str, at: str | None = None) -> Changed:
        """To ``deleted``, ``spam``, ``archived``, back to ``live``, or ``purged`` for good, conversations and all."""
        self.account.tickets.touch(self._live(ticket), self._time(at), State[to.upper()])
        return {"tickets": [ticket]}

    # What hangs on tickets

    @change
    def rate(self, ticket: int, at: str | None = None) -> Changed:
        """The requester rates a ticket: it is bumped, and a conversation of source 6 appears in the same second (AB-REC 23)."""
        account, moment = self.account, self._time(at)
        row = extras.rating_row(account.seed, account.tickets, self._live(ticket), moment)
        row["id"] = ids.RATINGS + 1_000_000_000 + self._serial
        account.ratings.add(row, first=True)
        changed = self._converse(
            ticket, at, feedback_fields(ids.CONTACTS + account.tickets.requester[ticket])
        )
        return {**changed, "satisfaction_ratings": [row["id"]]}

    @change
    def add_time_entry(self, ticket: int, at: str | None = None, **fields: Any) -> Changed:
        """An agent writes down time, which does not bump the ticket (AB-REC)."""
        moment, dice = self._time(at), self.dice()
        entry = ids.TIME_ENTRIES + 900_000_000 + self._serial
        row = extras.entry_row(entry, self._live(ticket), ids.AGENTS + 1, moment, dice)
        self.account.time_entries.add({**row, **fields}, first=True)
        return {"time_entries": [entry]}

    @change
    def edit_time_entry(self, entry: int, at: str | None = None, **fields: Any) -> Changed:
        """An agent corrects a time entry: updated_at changes, executed_at and the ticket don't (AB-REC)."""
        if entry not in self.account.time_entries:
            raise KeyError(f"no time entry {entry}")
        fields = fields or {"note": "Corrected", "billable": False}
        self.account.time_entries.change(entry, **fields, updated_at=stamp(self._time(at)))
        return {"time_entries": [entry]}

    @change
    def delete_time_entry(self, entry: int) -> Changed:
        """An agent deletes a time entry, of which nothing tells."""
        self.account.time_entries.remove(entry)
        return {"time_entries": [entry]}

    # People and settings

    @change
    def new_contact(self, at: str | None = None, name: str = "") -> Changed:
        """A contact is created."""
        moment = self._time(at)
        number = self.account.contacts.add(name or person(self.dice()), 0, moment, moment)
        return {"contacts": [ids.CONTACTS + number]}

    @change
    def update_contact(self, contact: int, at: str | None = None, **fields: Any) -> Changed:
        """Fields of a contact are set, by default its name, which moves it in the alphabetical list."""
        self.account.contacts.change(
            self._contact(contact), self._time(at), **(fields or {"name": person(self.dice())})
        )
        return {"contacts": [contact]}

    @change
    def move_contact(self, contact: int, to: str, at: str | None = None) -> Changed:
        """To ``deleted``, ``blocked``, ``verified`` or ``unverified``."""
        self.account.contacts.state[self._contact(contact)] = ContactState[to.upper()]
        self.account.contacts.change(self._contact(contact), self._time(at))
        return {"contacts": [contact]}

    def _contact(self, contact: int) -> int:
        if not 0 <= contact - ids.CONTACTS < len(self.account.contacts):
            raise KeyError(f"no contact {contact}")
        return contact - ids.CONTACTS

    @change
    def update_company(self, company: int, at: str | None = None, **fields: Any) -> Changed:
        """Fields of a company are set, by default its note."""
        if company not in self.account.companies:
            raise KeyError(f"no company {company}")
        self.account.company_briefs.pop(company, None)
        fields = fields or {"note": "Called back."}
        self.account.companies.change(company, **fields, updated_at=stamp(self._time(at)))
        return {"companies": [company]}

    @change
    def delete_company(self, company: int) -> Changed:
        """An agent deletes a company, of which nothing tells; its contacts have none then."""
        self.account.companies.remove(company)
        return {"companies": [company]}

    @change
    def add_field(self, kind: str, name: str, field_type: str = "custom_text") -> Changed:
        """A custom field appears on every ``ticket``, ``contact`` or ``company``."""
        self.account.fields = self.account.fields.with_field(kind, Field(name, field_type))
        return {f"{kind}_fields": []}

    @change
    def remove_field(self, kind: str, name: str) -> Changed:
        """A custom field disappears from every ``ticket``, ``contact`` or ``company``."""
        self.account.fields = self.account.fields.without(kind, name)
        return {f"{kind}_fields": []}
