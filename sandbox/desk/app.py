"""The API: log-in, quota, routing, pages."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import Any

from sandbox import live
from sandbox.app import Changed
from sandbox.desk import office
from sandbox.desk.account import Account
from sandbox.desk.errors import by_status, refuse
from sandbox.desk.hal import ROOT, aged, embedded, envelope, own
from sandbox.desk.limits import Limits
from sandbox.desk.live import any_change
from sandbox.desk.login import Login
from sandbox.desk.options import Options
from sandbox.desk.search import Searches
from sandbox.table import Row
from sandbox.times import http_date
from sandbox.wire import Refusal, Reply, Request, json_reply

Rows = Callable[[], Sequence[Any]]

LARGEST = {"users": 1_000, "groups": 1_000}
LIMITED = (
    "cases",
    "cases/search",
    "customers/search",
    "customers/*/cases",
    "companies/*/cases",
    "articles/search",
)
ADMINISTRATORS_ONLY = (
    "site_settings",
    "mailboxes/*",
    "rules",
    "jobs",
    "integration_urls",
    "custom_fields",
)
EMBEDDABLE = {
    "cases": {"customer", "assigned_user", "assigned_group", "locked_by", "message", "draft"}
}
_NUMBER = re.compile(r"/(\d+)(?=/|$)")


class DeskApp:
    """The Desk.com API with an account behind it."""

    def __init__(self, account: Account | None = None, options: Options | None = None) -> None:
        self.account = account or Account()
        self.options = options or Options()
        self.login = Login(self.account.seed, self.options)
        self._limits = Limits(self.options)
        self._searches = Searches(self.account, self.options)
        self._searched = 0

    def credentials(self) -> dict[str, str]:
        """What a client needs to log in: by OAuth, or with email and password."""
        return {"site_url": "acme", **self.login.strings}

    def error(self, status: int) -> Reply:
        """The vendor's own way of saying this status."""
        return by_status(status)

    def rows(self, stream: str) -> list[Row]:
        """Every row of a stream; KeyError for an unknown one."""
        return self.account.rows(stream)

    def live(self, seed: int, n: int) -> Changed:
        """Make ``n`` plausible changes."""
        return live.batch(self.account, seed, n, any_change)

    def change(self, do: str, **arguments: Any) -> Changed:
        """Make one change by name."""
        return self.account.changes.do(do, **arguments)

    def answer(self, request: Request, instead: Reply | None = None) -> Reply:
        """Log in, count against the quota, and answer."""
        path = request.path.removeprefix(ROOT).strip("/")
        allowed, headers = self._limits.take()
        if not allowed:
            reply = by_status(429)
        elif not self.login.accepts(request, int(time.time())):
            reply = by_status(401)
        else:
            try:
                reply = instead or self._answer(request, path)
            except Refusal as refusal:
                reply = refusal.reply
        date = {"Date": http_date(self.account.now())} if self.options.dated else {}
        reply.headers |= {**headers, **date, "X-Api-Version": "2"}
        reply.endpoint, reply.credits = _NUMBER.sub("/N", path), 1
        return reply

    def _answer(self, request: Request, path: str) -> Reply:
        if not request.path.startswith(ROOT) or self._matches(path, self.options.missing):
            raise refuse(404)
        if request.method != "GET":
            raise refuse(405)
        if self._matches(path, self.options.forbidden):
            raise refuse(403)
        if self.options.role == "agent" and any(
            fnmatchcase(path, pattern) for pattern in ADMINISTRATORS_ONLY
        ):
            raise refuse(403)
        given = dict(request.query)
        with self.account.lock:
            if path == "cases/search":
                self._churn()
            if path == "articles" and "page" in given and self.options.vanishing:
                self.options.vanishing -= 1
                self.account.changes.delete_article(self.account.articles[0]["id"])
            if path == "system_message":
                return json_reply(office.SYSTEM_MESSAGE)
            single = self._single(path, given)
            if single is not None:
                return json_reply(aged(single, self.options.era))
            return json_reply(self._page(path, request.query, given))

    @staticmethod
    def _matches(path: str, patterns: str) -> bool:
        return any(fnmatchcase(path, pattern) for pattern in patterns.split(",") if pattern)

    def _churn(self) -> None:
        self._searched += 1
        if self.options.churn and self._searched % self.options.churn == 0:
            changes = self.account.changes
            changes.update_case(changes.dice().pick(self.account.cases.ids()))

    def _page(self, path: str, query: Sequence[tuple[str, str]], given: dict[str, str]) -> Row:
        """One page of a collection."""
        make, numbers = self._collection(path, given)
        largest = self.options.largest_page or LARGEST.get(path.rpartition("/")[2], 100)
        size = min(_positive(given.get("per_page"), 50), largest)
        page = _positive(given.get("page"), 1)
        shown = page
        if page > self.options.page_limit and any(
            fnmatchcase(path, pattern) for pattern in LIMITED
        ):
            if self.options.beyond == "error":
                raise refuse(422)
            shown = len(numbers) if self.options.beyond == "empty" else self.options.page_limit
        names = self._embeds(path, given)
        rows = [make(item) for item in numbers[(shown - 1) * size : shown * size]]
        rows = [embedded(aged(row, self.options.era), names, self._linked) for row in rows]
        if "fields" in given:
            kept = {*given["fields"].split(","), "_links", "_embedded"}
            rows = [{name: value for name, value in row.items() if name in kept} for row in rows]
        return envelope(path, query, page, size, len(numbers), rows, self.options.era)

    def _embeds(self, path: str, given: dict[str, str]) -> list[str]:
        if not self.options.embeds or "embed" not in given:
            return []
        known = EMBEDDABLE.get(path.partition("/")[0], set()) - set(
            self.options.unembeddable.split(",")
        )
        names = given["embed"].split(",")
        if self.options.refuses("embed") or not known.issuperset(names):
            raise refuse(422)
        return names

    def _linked(self, row: Row, name: str) -> Row | None:
        link = row["_links"].get(name)
        if not link:
            return None
        try:
            found = self._single(link["href"].removeprefix(ROOT), {})
        except Refusal:
            return None
        return aged(found, self.options.era) if found else None

    def _collection(
        self, path: str, given: dict[str, str]
    ) -> tuple[Callable[[Any], Row], Sequence[Any]]:
        """How a row of a collection is made, and of what."""
        account = self.account
        for kind in ("cases", "customers"):
            if path == f"{kind}/search":
                return getattr(account, kind).row, self._searches.find(kind, given)
            if path == kind:
                return getattr(account, kind).row, self._searches.listed(kind, given)
        parts = path.split("/")
        if len(parts) == 3 and parts[1].isdigit():
            return _itself, self._below(parts[0], int(parts[1]), parts[2])
        lists: dict[str, Sequence[Row]] = {
            "users": account.users,
            "groups": account.groups,
            "companies": account.companies,
            "articles": account.articles,
            "topics": account.topics,
            "feedbacks": account.feedbacks,
            **account.settings,
        }
        if path not in lists:
            raise refuse(404)
        return _itself, lists[path]

    def _below(self, parent: str, id: int, name: str) -> Sequence[Row]:
        account, threads = self.account, self.account.threads
        if parent == "cases":
            if id not in account.cases:
                raise refuse(404)
            below: dict[str, Rows] = {
                "replies": lambda: threads.replies(id),
                "notes": lambda: threads.notes(id),
                "attachments": lambda: threads.attachments(id),
                "links": lambda: threads.links(id),
                "history": lambda: threads.history(id),
                "feedbacks": lambda: [row for row in account.feedbacks if row["id"] == id],
                "labels": lambda: [
                    account.settings["labels"][label - 1]
                    for label in account.cases.row(id)["label_ids"]
                ],
            }
        else:
            below = {
                "users/groups": lambda: account.groups_of(id),
                "groups/users": lambda: account.members(id),
                "articles/translations": lambda: account.translations(
                    "article", _at(account.articles, id)
                ),
                "topics/translations": lambda: account.translations(
                    "topic", _at(account.topics, id)
                ),
                "macros/actions": lambda: office.actions(id),
                "twitter_accounts/tweets": account.tweets,
            }
            name = f"{parent}/{name}"
        if name not in below:
            raise refuse(404)
        return below[name]()

    def _single(self, path: str, given: dict[str, str]) -> Row | None:
        """A record by its address, None if the path is that of a collection."""
        account = self.account
        parts = path.split("/")
        if len(parts) >= 2 and parts[0] == "cases" and parts[1].startswith("e-"):
            parts[1] = next(
                (str(id) for id in account.cases.ids() if f"X-{id}" == parts[1][2:]), "0"
            )
        if len(parts) < 2 or not parts[1].isdigit():
            return None
        id = int(parts[1])
        if parts[0] in ("cases", "customers"):
            records = account.cases if parts[0] == "cases" else account.customers
            if id not in records:
                raise refuse(404)
            if len(parts) == 2:
                return embedded(records.row(id), self._embeds(parts[0], given), self._linked)
        if parts[0] == "cases" and parts[2:] == ["message"]:
            return account.threads.message(id)
        if parts[0] == "cases" and parts[2:] == ["replies", "draft"]:
            draft = account.threads.draft(id)
            if draft is None:
                raise refuse(404)
            return draft
        if parts[0] == "cases" and len(parts) == 4 and parts[3].isdigit():
            return _at(self._below("cases", id, parts[2]), int(parts[3]))
        if len(parts) == 2:
            return _at(self._collection(parts[0], {})[1], id)
        return None


def _itself(row: Row) -> Row:
    return row


def _at(rows: Sequence[Row], number: int) -> Row:
    """The row whose address ends with the number; 404 without one."""
    for row in rows:
        if own(row).get("href", "").endswith(f"/{number}"):
            return row
    raise refuse(404)


def _positive(text: str | None, default: int) -> int:
    return int(text) if text and text.isdigit() and int(text) else default
