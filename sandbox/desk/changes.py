"""Things that happen in the account after it was built. Each method returns the ids it touched by stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.app import Changed
from sandbox.changes import BaseChanges, change
from sandbox.desk.threads import NUMBERS_PER_CASE
from sandbox.times import stamp
from sandbox.words import person

if TYPE_CHECKING:
    from sandbox.desk.account import Account


class Changes(BaseChanges):
    """Changes one account. ``at`` (a date-time text) is when it happens, else the account's clock says."""

    account: Account

    @change
    def new_case(self, at: str | None = None, **fields: Any) -> Changed:
        """A customer opens a case."""
        return {"cases": [self.account.cases.add(self._time(at), fields)]}

    @change
    def update_case(self, id: int, at: str | None = None, **fields: Any) -> Changed:
        """An agent sets fields of a case, by default its priority."""
        self.account.cases.touch(
            id, self._time(at), fields or {"priority": self.dice().below(10) + 1}
        )
        return {"cases": [id]}

    @change
    def delete_case(self, id: int, at: str | None = None) -> Changed:
        """A case gets the status deleted and stays in lists."""
        self.account.cases.touch(id, self._time(at), {"status": "deleted"})
        return {"cases": [id]}

    @change
    def purge_case(self, id: int) -> Changed:
        """A case vanishes with all that hangs on it."""
        self.account.cases.remove(id)
        return {"cases": [id]}

    @change
    def reply(self, id: int, at: str | None = None) -> Changed:
        """An answer, which updates the case."""
        account, moment = self.account, self._time(at)
        account.cases.touch(id, moment, {})
        number = account.threads.counts(id)[0] + 1
        account.threads.added.setdefault(id, []).append(
            account.threads.interaction(id, number, "email", moment)
        )
        return {"cases": [id], "replies": [id * NUMBERS_PER_CASE + number]}

    @change
    def edit_reply(
        self, id: int, number: int = 1, at: str | None = None, body: str = "Edited afterwards."
    ) -> Changed:
        """A case's so-many-th reply is edited, which updates the case (inferred from what updated_at means)."""
        account, moment = self.account, self._time(at)
        if number > account.threads.counts(id)[0]:
            raise KeyError(f"case {id} has no reply {number}")
        account.cases.touch(id, moment, {})
        account.threads.edits[id, number] = {"body": body, "updated_at": stamp(moment)}
        return {"cases": [id], "replies": [id * NUMBERS_PER_CASE + number]}

    @change
    def note(self, id: int, at: str | None = None) -> Changed:
        """A note, which updates the case."""
        account, moment = self.account, self._time(at)
        account.cases.touch(id, moment, {})
        number = account.threads.counts(id)[1] + 1
        account.threads.added_notes.setdefault(id, []).append(
            account.threads.note(id, number, moment)
        )
        return {"cases": [id], "notes": [id * NUMBERS_PER_CASE + number]}

    @change
    def new_customer(self, at: str | None = None, **fields: Any) -> Changed:
        """A customer turns up."""
        return {"customers": [self.account.customers.add(self._time(at), fields)]}

    @change
    def update_customer(self, id: int, at: str | None = None, **fields: Any) -> Changed:
        """Fields of a customer are set, by default the first name."""
        self.account.customers.touch(
            id, self._time(at), fields or {"first_name": person(self.dice()).split()[0]}
        )
        return {"customers": [id]}

    @change
    def add_article(self, subject: str = "New") -> Changed:
        """An article appears."""
        rows = self.account.articles
        number = len(rows) + 1_000
        link = {"href": f"/api/v2/articles/{number}", "class": "article"}
        rows.append(
            {
                **rows[0],
                "id": number,
                "subject": subject,
                "_links": {**rows[0]["_links"], "self": link},
            }
        )
        return {"articles": [number]}

    @change
    def delete_article(self, id: int) -> Changed:
        """An article vanishes."""
        rows = self.account.articles
        self.account.articles = [row for row in rows if row["id"] != id]
        return {"articles": [id]}
