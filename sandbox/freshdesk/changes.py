"""Things that happen in the account after it was built; each returns the ids that it touched."""

from typing import Any

from sandbox.chance import Dice, html, paragraph, person
from sandbox.changes import BaseChanges, Changed, change
from sandbox.freshdesk import ids, threads
from sandbox.freshdesk.account import Account
from sandbox.freshdesk.people import Contact
from sandbox.freshdesk.people import State as ContactState
from sandbox.freshdesk.threads import Kind
from sandbox.freshdesk.tickets import State
from sandbox.template import load
from sandbox.times import stamp

_DATA = load(__file__, "changes")


class Changes(BaseChanges):
    """Changes one account. ``at`` (a date-time) is when it happens, by default now."""

    account: Account
    proportions = _DATA["live"]

    # Tickets and their conversations

    @change
    def new_ticket(self, at: str | None = None, **fields: Any) -> Changed:
        """A requester opens a ticket."""
        account, dice, moment = self.account, self.dice(), self._time(at)
        responder = dice.below(account.scale.agents + 1)
        requester = ids.CONTACTS + dice.below(len(account.contacts))
        ticket = account.tickets.add(moment, requester, responder)
        ticket.patches = fields
        return {"tickets": [ticket.id]}

    @change
    def update_ticket(self, ticket: int, at: str | None = None, **fields: Any) -> Changed:
        """An agent sets fields of a ticket, by default its priority."""
        fields = fields or {"priority": self.dice().below(4) + 1}
        self.account.tickets.touch(ticket, self._time(at), **fields)
        return {"tickets": [ticket]}

    @change
    def move_ticket(self, ticket: int, to: str, at: str | None = None) -> Changed:
        """To ``deleted``, ``spam``, ``archived``, back to ``live``, or ``purged`` for good."""
        self.account.tickets.touch(ticket, self._time(at), State[to.upper()])
        return {"tickets": [ticket]}

    @change
    def reply(self, ticket: int, at: str | None = None, **fields: Any) -> Changed:
        """A public answer, which moves the ticket's time of change to its own second (AB-REC)."""
        return self._converse(ticket, at, "agent", **fields)

    @change
    def note(self, ticket: int, at: str | None = None, **fields: Any) -> Changed:
        """A private note, which moves the ticket as well."""
        return self._converse(ticket, at, "note", **fields)

    def _converse(self, ticket: int, at: str | None, kind: Kind, **fields: Any) -> Changed:
        moment = self._time(at)
        row = self.account.threads.append(ticket, moment, kind, **fields)
        self.account.tickets.touch(ticket, moment)
        return {"tickets": [ticket], "conversations": [row["id"]]}

    @change
    def edit_conversation(self, conversation: int, at: str | None = None) -> Changed:
        """Someone edits a conversation; its ticket does not move (inferred)."""
        ticket = (conversation - ids.CONVERSATIONS) // ids.CONVERSATIONS_PER_TICKET
        thread = self.account.threads.keep(ticket)
        when, text = stamp(self._time(at)), paragraph(self.dice(), 1)
        edited: dict[str, Any] = {"body": html(text), "body_text": text, "updated_at": when}
        edited |= {"last_edited_at": when, "last_edited_user_id": ids.AGENTS + 1}
        place = [row["id"] for row in thread].index(conversation)
        thread[place] = thread[place] | edited
        return {"conversations": [conversation]}

    # What hangs on tickets

    @change
    def rate(self, ticket: int, at: str | None = None) -> Changed:
        """The requester rates a ticket, which moves and gets a conversation (AB-REC)."""
        account, moment = self.account, self._time(at)
        self._serial += 1
        rating = ids.RATINGS + ids.LATER + self._serial
        row = threads.rating_row(account.seed, account.tickets[ticket], rating, moment)
        account.tables["satisfaction_ratings"].add(row)
        account.rate_contact(row)
        changed = self._converse(ticket, at, "rating")
        return {**changed, "satisfaction_ratings": [rating], "contacts": [row["user_id"]]}

    @change
    def add_time_entry(self, ticket: int, at: str | None = None, **fields: Any) -> Changed:
        """An agent writes down time, which does not move the ticket (AB-REC)."""
        account, dice = self.account, self.dice()
        entry = ids.TIME_ENTRIES + ids.LATER + self._serial
        by, moment = ids.AGENTS + 1, self._time(at)
        row = threads.entry_row(account.tickets[ticket], entry, by, moment, dice)
        account.tables["time_entries"].add({**row, **fields})
        return {"time_entries": [entry]}

    @change
    def delete_time_entry(self, entry: int) -> Changed:
        """An agent deletes a time entry, without a trace."""
        self.account.tables["time_entries"].remove(entry)
        return {"time_entries": [entry]}

    @change
    def update_row(self, stream: str, key: int, at: str | None = None, **fields: Any) -> Changed:
        """Fields of a company, rating or time entry are set, by default as data/changes.json says.

        No ticket moves (time entries AB-REC, ratings inferred).
        """
        table = self.account.tables[stream]
        if key not in table:
            raise KeyError(f"no such row in {stream}: {key}")
        table.change(key, **(fields or _DATA["updates"][stream]), updated_at=stamp(self._time(at)))
        return {stream: [key]}

    # People

    @change
    def new_contact(self, at: str | None = None, name: str = "") -> Changed:
        """A contact is created."""
        moment = self._time(at)
        contact = Contact(name or person(self.dice()), moment, moment)
        return {"contacts": [self.account.contacts.add(contact)]}

    @change
    def update_contact(self, contact: int, at: str | None = None, **fields: Any) -> Changed:
        """Fields of a contact are set, by default its name, by which the list is sorted."""
        fields = fields or {"name": person(self.dice())}
        self.account.contacts.change(contact, self._time(at), **fields)
        return {"contacts": [contact]}

    @change
    def move_contact(self, contact: int, to: str, at: str | None = None) -> Changed:
        """To ``deleted``, ``blocked``, ``verified`` or ``unverified``."""
        self.account.contacts.change(contact, self._time(at))
        self.account.contacts[contact].state = ContactState[to.upper()]
        return {"contacts": [contact]}

    @change
    def delete_company(self, company: int, at: str | None = None) -> Changed:
        """An agent deletes a company, without a trace; its contacts have none then (inferred)."""
        self.account.tables["companies"].remove(company)
        contacts, moment, number = self.account.contacts, self._time(at), company - ids.COMPANIES
        staff = [key for key, contact in contacts.items() if contact.company == number]
        for contact in staff:
            contacts[contact].company = 0
            contacts.change(contact, moment)
        return {"companies": [company], "contacts": staff}

    @change
    def update_record(self, display_id: str, at: str | None = None, **data: Any) -> Changed:
        """Values of a custom object's record are set."""
        records = self.account.records
        place = [row["display_id"] for row in records].index(display_id)
        record = {**records[place], "data": {**records[place]["data"], **data}}
        records[place] = {**record, "updated_time": 1_000 * self._time(at) + 9}
        return {"custom_object_records": [display_id]}

    @change
    def add_field(self, name: str) -> Changed:
        """A custom field of text appears on every ticket."""
        fields = self.account.settings["ticket_fields"]
        last, number = fields[-1], fields[-1]["id"] + 1
        fields.append({**last, "id": number, "name": name, "label": name, "type": "custom_text"})
        return {"ticket_fields": [number]}

    def any_change(self, kind: str, dice: Dice) -> Changed:
        """One change of this kind; ``dice`` pick what it happens to."""
        account, (kind, _, which) = self.account, kind.partition(" ")
        contact = ids.CONTACTS + dice.below(len(account.contacts))
        if kind in ("new_ticket", "new_contact"):
            return self.do(kind)
        if kind == "update_contact":
            return self.update_contact(contact)
        if kind == "update_row":
            return self.update_row(which, dice.pick(account.tables[which].ids))
        tickets = account.tickets.listed(State.DELETED if which == "live" else State.LIVE)
        if not tickets:
            return self.new_ticket()
        ticket = dice.pick(tickets).id
        if kind == "move_ticket":
            return self.move_ticket(ticket, which)
        thread = account.threads.of(ticket)
        if kind != "edit_conversation":
            return self.do(kind, ticket=ticket)
        return self.edit_conversation(dice.pick(thread)["id"]) if thread else self.note(ticket)
