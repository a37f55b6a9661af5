"""Things that happen in the account after it was built. Each returns the ids touched by stream."""

from typing import Any

from sandbox.chance import Dice, person
from sandbox.changes import BaseChanges, Changed, change
from sandbox.desk.account import Account
from sandbox.desk.history import EVENTS, Event
from sandbox.desk.staff import make_article
from sandbox.desk.threads import number_below


class Changes(BaseChanges):
    """Changes one account. ``at`` (a date-time text) is when it happens, else the clock says."""

    account: Account
    proportions = EVENTS["live"]

    @change
    def new_case(self, at: str | None = None, **fields: Any) -> Changed:
        """A customer opens a case, which updates the customer's count of cases."""
        moment, cases = self._time(at), self.account.cases
        id = cases.add(moment)
        cases.happen(id, Event(moment, "open", fields))
        self.account.count_case(id, 1, moment)
        return {"cases": [id], "customers": [cases.customer_of(id)]}

    @change
    def update_case(self, id: int, at: str | None = None, **fields: Any) -> Changed:
        """An agent sets fields of a case, by default its priority."""
        return self._happen(id, "change", at, fields or {"priority": self.dice().below(10) + 1})

    @change
    def delete_case(self, id: int, at: str | None = None) -> Changed:
        """A case gets the status deleted and stays in lists."""
        return self._happen(id, "delete", at)

    @change
    def purge_case(self, id: int, at: str | None = None) -> Changed:
        """A case vanishes with all that hangs on it."""
        del self.account.cases.updated[id]
        self.account.count_case(id, -1, self._time(at))
        return {"cases": [id], "customers": [self.account.cases.customer_of(id)]}

    @change
    def reply(self, id: int, at: str | None = None) -> Changed:
        """An agent answers, which updates the case."""
        changed = self._happen(id, "answer", at)
        return {**changed, "replies": [number_below(id, len(self.account.cases.story(id).replies))]}

    @change
    def edit_reply(
        self, id: int, number: int = 1, at: str | None = None, body: str = "Edited afterwards."
    ) -> Changed:
        """A case's so-many-th reply is edited, which updates the case (inferred from D)."""
        if number > len(self.account.cases.story(id).replies):
            raise KeyError(f"case {id} has no reply {number}")
        changed = self._happen(id, "edit", at, {"edited_reply": number, "body": body})
        return {**changed, "replies": [number_below(id, number)]}

    @change
    def note(self, id: int, at: str | None = None) -> Changed:
        """An agent writes a note, which updates the case."""
        changed = self._happen(id, "note", at)
        return {**changed, "notes": [number_below(id, self.account.cases.story(id).state["notes"])]}

    @change
    def new_customer(self, at: str | None = None, **fields: Any) -> Changed:
        """A customer turns up."""
        return {"customers": [self.account.add_customer(self._time(at), fields)]}

    @change
    def update_customer(self, id: int, at: str | None = None, **fields: Any) -> Changed:
        """Fields of a customer are set, by default the first name."""
        chosen = fields or {"first_name": person(self.dice()).split()[0]}
        self.account.edit_customer(id, self._time(at), chosen)
        return {"customers": [id]}

    @change
    def add_article(self, at: str | None = None) -> Changed:
        """An article appears."""
        moment, number = self._time(at), len(self.account.articles) + 1_000
        self.account.articles.append(make_article(self.account.seed, number, moment, moment))
        return {"articles": [number]}

    @change
    def delete_article(self, id: int) -> Changed:
        """An article vanishes."""
        self.account.articles = [row for row in self.account.articles if row["id"] != id]
        return {"articles": [id]}

    def _happen(self, id: int, kind: str, at: str | None, fields: Any = None) -> Changed:
        self.account.cases.happen(id, Event(self._time(at), kind, fields or {}))
        return {"cases": [id]}

    def any_change(self, kind: str, dice: Dice) -> Changed:
        """Makes one change of this kind. ``dice`` pick what it happens to."""
        if kind in ("new_case", "new_customer", "add_article"):
            return self.do(kind)
        if kind == "update_customer":
            return self.update_customer(dice.pick(self.account.customers.ids()))
        case = dice.pick(self.account.cases.ids())
        if kind == "edit_reply" and not self.account.cases.story(case).replies:
            kind = "reply"
        return self.do(kind, id=case)
