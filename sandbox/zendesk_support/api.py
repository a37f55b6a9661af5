"""The Zendesk Support API over a made-up account: log-in, limits, refusals."""

import re
from typing import Any

from sandbox.app import App, Receipt
from sandbox.changes import Churn
from sandbox.errors import Errors, Refusal
from sandbox.routes import Route
from sandbox.table import Row
from sandbox.wire import Reply, Request, json_reply, positive
from sandbox.zendesk_support.account import Account
from sandbox.zendesk_support.call import Call
from sandbox.zendesk_support.changes import Changes
from sandbox.zendesk_support.endpoints import ROUTES
from sandbox.zendesk_support.options import PLANS, Options
from sandbox.zendesk_support.paging import MAX_PAGES
from sandbox.zendesk_support.population import State

BASE = "/api/v2/"
HELP_CENTER = "help center"
_TOKENS = "/oauth/tokens"
_CURRENT = "oauth/tokens/current"
_LOCALE = re.compile(r"(help_center)/[a-z]{2}(-[a-z]{2,3})?/")
_DEEP_PAGES_OF_DELETED_TICKETS = 5
"""Requests a minute for pages of deleted tickets beyond page 100 (REF)."""


class ZendeskSupport(App[Account, Options, Changes]):
    """The app that the common server serves."""

    def __init__(self, account: Account, options: Options) -> None:
        super().__init__(account, options, Changes(account), Errors(__file__))
        self._churn = Churn(account.seed)

    def credentials(self) -> dict[str, str]:
        """Returns what each way to log in needs now."""
        return self.account.login.credentials()

    def rows(self, stream: str) -> list[Row]:
        """Returns every row of a stream that a client can reach now."""
        return self.account.rows(stream, self.account.now() - self.options.hold_back)

    def respond(self, request: Request, instead: Reply | None, receipt: Receipt) -> Reply:
        """Returns the reply. Requests beyond a limit use nothing of any (inferred)."""
        self.account.ahead += self.options.seconds_per_request
        endpoint, path_ids = _endpoint(request.path)
        receipt.endpoint, receipt.credits = endpoint or request.path, 1
        if request.path.removesuffix(".json") == _TOKENS and request.method == "POST":
            return instead or self.account.login.issue(request, self.options)
        self._spend(request, endpoint, receipt)
        return instead or self._run(request, endpoint, path_ids)

    def _spend(self, request: Request, endpoint: str, receipt: Receipt) -> None:
        """Counts a request against the account's limit and that of the endpoint's bucket.

        The help centre's limit counts apart from the rest (HELP), and its replies say less (LIVE).
        """
        options, calls = self.options, self.options.calls()
        if calls == 0:
            return
        bucket = ROUTES[endpoint].spec.get("bucket", "") if endpoint in ROUTES else ""
        account = HELP_CENTER if endpoint.startswith(("help_center", "community", "guide")) else ""
        wanted = {account: (calls, 1)}
        if total := bucket and _bucket_total(options, bucket, request):
            wanted[bucket] = (total, 1)
        refusing, left, resets = self.count(wanted)
        headers = {"X-Rate-Limit": str(calls), "X-Rate-Limit-Remaining": str(left[account])}
        if account != HELP_CENTER:
            headers["RateLimit-Limit"] = str(calls)
            headers["RateLimit-Remaining"] = str(left[account])
            headers["RateLimit-Reset"] = str(resets[account])
        if bucket in wanted and bucket:
            said = f"total={total}; remaining={left[bucket]}; resets={resets[bucket]}"
            headers[f"Zendesk-RateLimit-{bucket}"] = said
        receipt.headers |= headers
        if refusing:
            receipt.headers["Retry-After"] = str(resets[refusing[-1]])
            is_export = refusing[-1].startswith("incremental")
            raise Refusal("export limit" if is_export else "429")

    def _run(self, request: Request, endpoint: str, path_ids: list[Any]) -> Reply:
        login = self.account.login
        token = login.check(request)
        if endpoint == _CURRENT:
            return json_reply(login.describe(token))
        route = self._route(request, endpoint)
        about = self.account, self.changes, self.options, self._churn
        call = Call(*about, request, path_ids, _args(request))
        self._disturb(route.spec.get("churn", ""))
        return json_reply(route.read(call))

    def _route(self, request: Request, endpoint: str) -> Route:
        route, options = ROUTES.get(endpoint), self.options
        if route is None or request.method != "GET":
            raise Refusal("not-found")
        feature = route.spec.get("feature")
        if "admin" in route.spec and options.role != "admin":
            raise Refusal("guide" if endpoint.startswith("guide/") else 403)
        if feature and not options.has(feature):
            raise Refusal(PLANS["refused as"].get(feature, "403"))
        if endpoint.startswith("incremental/") and options.refuses_export(route.spec["export"]):
            raise Refusal(403)
        return route

    def _disturb(self, stream: str) -> None:
        """Changes something that was already read, just before the next page is."""
        number = self._churn.due(stream, self.options.churn.get(stream, 0))
        big, changes = self.account.big.get(stream), self.changes
        if big is None or number is None or number not in big:
            return
        if stream != "tickets":
            changes.update_row(stream, big.first_id + number)
        elif big.state[number] == State.LIVE:
            changes.reply(number)
        else:
            changes.system_update(number)


def _bucket_total(options: Options, bucket: str, request: Request) -> int:
    """Returns the requests a window of a bucket, fewer for late pages; 0 = no such limit."""
    page = positive(dict(request.query).get("page"), 1)
    if bucket == "deleted-tickets-index" and page > MAX_PAGES:
        return _DEEP_PAGES_OF_DELETED_TICKETS
    return options.bucket(bucket)


def _endpoint(path: str) -> tuple[str, list[Any]]:
    """Returns the path as data/routes/ has it, and its ids; "" outside the API.

    ``/api/v2/tickets/7/audits.json`` becomes ``tickets/{id}/audits`` and [7]. A help centre's
    locale is dropped.
    """
    if not path.startswith(BASE):
        return "", []
    plain = path.removeprefix(BASE).rstrip("/").removesuffix(".json")
    return ROUTES.find(_LOCALE.sub(r"\1/", plain))


def _args(request: Request) -> dict[str, str]:
    """Returns the parameters by name; several of a name in [] are joined by line ends."""
    args: dict[str, str] = {}
    for name, text in request.query:
        args[name] = f"{args[name]}\n{text}" if name.endswith("[]") and name in args else text
    return args
