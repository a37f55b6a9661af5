"""The API: log-in, quota, pages, and what is embedded."""

import time

from sandbox.app import App, Receipt
from sandbox.desk.account import Account, pattern_of
from sandbox.desk.changes import Changes
from sandbox.desk.hal import API, ROOT, aged, envelope
from sandbox.desk.login import Login
from sandbox.desk.options import Options, matches
from sandbox.desk.search import Searches
from sandbox.errors import Errors, Refusal
from sandbox.table import Listing, Row
from sandbox.wire import Reply, Request, json_reply, positive

SEARCHED = ("cases", "customers")
SINGLE = ("system_message",)


class DeskApp(App[Account, Options, Changes]):
    """The Desk.com API with an account behind it."""

    def __init__(self, account: Account, options: Options | None = None) -> None:
        super().__init__(account, options or Options(), Changes(account), Errors(__file__))
        self.login = Login(self.account.seed, self.options)
        self._searches = Searches(self.account, self.options)
        self._searched = 0

    def credentials(self) -> dict[str, str]:
        """Returns what a client needs to log in: by OAuth, or with email and password."""
        return {"site_url": "acme", **self.login.strings}

    def rows(self, stream: str) -> list[Row]:
        """Returns every row of a stream as the era's API shows it. KeyError for an unknown one."""
        return [aged(row, self.options.era) for row in self.account.rows(stream)]

    def answer(self, request: Request, instead: Reply | None = None) -> Reply:
        """Returns the reply to a request, without a Date if the option says so."""
        reply = super().answer(request, instead)
        if not self.options.dated:
            del reply.headers["Date"]
        return reply

    def respond(self, request: Request, instead: Reply | None, receipt: Receipt) -> Reply:
        """Counts against the quota, logs in, and answers."""
        path = request.path.removeprefix(ROOT).strip("/")
        receipt.endpoint, receipt.credits = pattern_of(path), 1
        receipt.headers["X-Api-Version"] = "2"
        self._spend(receipt)
        if not self.login.accepts(request, int(time.time())):
            raise Refusal(401)
        if instead is not None:
            return instead
        self._check(request, path)
        self._move(path, request)
        try:
            return json_reply(self._document(path, request))
        except KeyError:
            raise Refusal(404) from None

    def _spend(self, receipt: Receipt) -> None:
        """Counts a request against the limit of this clock minute (REC), which may refuse it."""
        total = self.options.limit
        if total == 0:
            return
        taken = self.count({"": (total, 1)}, "clock")
        receipt.headers |= {
            "X-Rate-Limit-Limit": str(total),
            "X-Rate-Limit-Remaining": str(taken.left[""]),
            "X-Rate-Limit-Reset": str(taken.resets[""]),
        }
        if taken.refusing:
            raise Refusal(429)

    def _check(self, request: Request, path: str) -> None:
        """Refuses what these credentials may not have, whatever the account holds."""
        options = self.options
        if not request.path.startswith(ROOT) or matches(path, options.missing):
            raise Refusal(404)
        if request.method != "GET":
            raise Refusal(405)
        closed = options.role == "agent" and matches(path, API["administrators_only"])
        if closed or matches(path, options.forbidden):
            raise Refusal(403)

    def _move(self, path: str, request: Request) -> None:
        """Lets the account change before the answer, where the options say so."""
        changes, options = self.changes, self.options
        if path == "cases/search":
            self._searched += 1
            if options.churn and self._searched % options.churn == 0:
                changes.update_case(changes.dice().pick(self.account.cases.ids()))
        if path == "articles" and options.vanishing and "page" in dict(request.query):
            options.vanishing -= 1
            changes.delete_article(self.account.articles[0]["id"])

    def _document(self, path: str, request: Request) -> Row:
        given = dict(request.query)
        if path in SINGLE:
            return self.account.tables[path][0]
        rows, names = self._collection(path, given), self._embeds(path, given)
        if rows is None:
            return self._full(self.account.single(path), names)
        largest = API["largest_pages"].get(path.rpartition("/")[2], 100)
        size = min(positive(given.get("per_page"), 50), self.options.largest_page or largest)
        page = positive(given.get("page"), 1)
        shown = rows.page(self._shown(path, page, len(rows)), size)
        full = [self._full(row, names) for row in shown]
        found = envelope(request, page, size, len(rows), self.options)
        return {**found, "_embedded": {"entries": full}}

    def _collection(self, path: str, given: dict[str, str]) -> Listing | None:
        """Returns the rows of a collection, or None if the path is not that of one."""
        top, _, rest = path.partition("/")
        if top in SEARCHED and rest in ("", "search"):
            return (self._searches.find if rest else self._searches.listed)(top, given)
        try:
            rows = self.account.collection(path)
        except KeyError:
            return None
        return Listing([]) if matches(path, self.options.hollow) else rows

    def _shown(self, path: str, page: int, total: int) -> int:
        """Returns the number of the page that is shown where ``page`` is asked for."""
        if page <= self.options.page_limit or not matches(path, API["limited"]):
            return page
        if self.options.beyond == "error":
            raise Refusal(422)
        return self.options.page_limit if self.options.beyond == "silent" else total + 1

    def _embeds(self, path: str, given: dict[str, str]) -> list[str]:
        if not self.options.embeds or "embed" not in given:
            return []
        known = set(API["embeddable"].get(path.partition("/")[0], ()))
        names = given["embed"].split(",")
        allowed = known - set(self.options.unembeddable.split(","))
        if matches("embed", self.options.refused) or not allowed.issuperset(names):
            raise Refusal(422)
        return names

    def _full(self, row: Row, embeds: list[str]) -> Row:
        """Returns the row of the era, with what its links ``embeds`` lead to."""
        found = {name: self._linked(row, name) for name in embeds}
        return {**aged(row, self.options.era), **({"_embedded": found} if embeds else {})}

    def _linked(self, row: Row, name: str) -> Row | None:
        link = row["_links"].get(name) or {"href": ""}
        try:
            found = self.account.single(link["href"].removeprefix(ROOT))
        except KeyError:
            return None
        return aged(found, self.options.era)
