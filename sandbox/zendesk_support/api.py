"""The Zendesk Support API over a made-up account: log-in, limits, refusals."""

from __future__ import annotations

import re
from typing import Any

from sandbox.app import App
from sandbox.changes import Changed
from sandbox.table import Row
from sandbox.times import http_date
from sandbox.wire import Refusal, Reply, Request, json_reply, positive
from sandbox.zendesk_support import errors
from sandbox.zendesk_support.account import Account
from sandbox.zendesk_support.call import Call, Memory
from sandbox.zendesk_support.changes import Changes
from sandbox.zendesk_support.limits import HELP_CENTER, Quota
from sandbox.zendesk_support.login import Login
from sandbox.zendesk_support.options import PLANS, Options
from sandbox.zendesk_support.paging import MAX_PAGES
from sandbox.zendesk_support.population import State
from sandbox.zendesk_support.routes import ROUTES, Route, find

BASE = "/api/v2/"
_TOKENS = "/oauth/tokens"
_CURRENT = "oauth/tokens/current"
_LOCALE = re.compile(r"(help_center)/[a-z]{2}(-[a-z]{2,3})?/")
_DEEP_PAGES_OF_DELETED_TICKETS = 5
"""Requests a minute for pages of deleted tickets beyond page 100 (REF)."""


class ZendeskSupport(App[Account, Options, Changes]):
    """The app that the common server serves."""

    def __init__(self, account: Account, options: Options) -> None:
        super().__init__(account, options, account.changes, errors.ERRORS)
        self._quota = Quota(account.seconds)
        self._memory = Memory()
        self.login = Login(options, account.secret, account.now)

    def credentials(self) -> dict[str, str]:
        """Returns what each way to log in needs now."""
        return self.login.credentials()

    def rows(self, stream: str) -> list[Row]:
        """Returns every row of a stream that a client can reach now."""
        return self.account.rows(stream, self.account.now() - self.options.hold_back)

    def change(self, do: str, **arguments: Any) -> Changed:
        """Makes one change by its name; ``expire_tokens`` ends all access tokens."""
        if do == "expire_tokens":
            self.login.expire()
            return {}
        return super().change(do, **arguments)

    def answer(self, request: Request, instead: Reply | None = None) -> Reply:
        """Returns the reply to a request, with the headers that every reply has."""
        with self.account.lock:
            self.account.ahead += self.options.seconds_per_request
            endpoint, path_ids = _endpoint(request.path)
            headers: dict[str, str] = {}
            try:
                if request.path.removesuffix(".json") == _TOKENS and request.method == "POST":
                    reply = instead or self.login.issue(request)
                else:
                    headers = self._admit(request, endpoint)
                    reply = instead or self._run(request, endpoint, path_ids)
            except Refusal as refusal:
                reply = refusal.reply
        reply.endpoint, reply.credits = endpoint or request.path, 1
        reply.headers |= headers
        reply.headers["Date"] = http_date(self.account.now())
        return reply

    def _admit(self, request: Request, endpoint: str) -> dict[str, str]:
        """Counts against the quota and returns the rate headers, or raises Refusal."""
        bucket = ROUTES[endpoint].spec.get("bucket", "") if endpoint in ROUTES else ""
        total = None
        page = positive(dict(request.query).get("page"), 1)
        if bucket == "deleted-tickets-index" and page > MAX_PAGES:
            total = _DEEP_PAGES_OF_DELETED_TICKETS
        account = HELP_CENTER if endpoint.startswith(("help_center", "community", "guide")) else ""
        refused, headers = self._quota.admit(self.options, account, bucket, total)
        if refused is not None:
            reply = errors.no("export limit" if refused.startswith("incremental") else "429").reply
            reply.headers |= headers
            raise Refusal(reply)
        return headers

    def _run(self, request: Request, endpoint: str, path_ids: list[Any]) -> Reply:
        token = self.login.check(request)
        if endpoint == _CURRENT:
            return json_reply(self.login.describe(token))
        route = self._route(request, endpoint)
        call = Call(self.account, self.options, self._memory, request, path_ids, _args(request))
        self._churn(route.spec.get("churn", ""))
        return json_reply(route.read(call))

    def _route(self, request: Request, endpoint: str) -> Route:
        route, options = ROUTES.get(endpoint), self.options
        if route is None or request.method != "GET":
            raise errors.no("not-found")
        feature = route.spec.get("feature")
        if "admin" in route.spec and options.role != "admin":
            raise errors.no("guide") if endpoint.startswith("guide/") else errors.refuse(403)
        if feature and not options.has(feature):
            raise errors.no(PLANS["refused as"].get(feature, "403"))
        if endpoint.startswith("incremental/") and options.refuses_export(route.spec["export"]):
            raise errors.refuse(403)
        return route

    def _churn(self, stream: str) -> None:
        """Changes something that was already read, just before the next page is."""
        number = self._memory.due(stream, self.options.churn.get(stream, 0))
        source, changes = self.account.sources.get(stream), self.account.changes
        if source is None or number is None or number not in source.all:
            return
        if stream != "tickets":
            changes.update_row(stream, source.first_id + number)
        elif source.all.state[number] == State.LIVE:
            changes.reply(number)
        else:
            changes.system_update(number)


def _endpoint(path: str) -> tuple[str, list[Any]]:
    """Returns the path as data/routes/ has it, and its ids; "" outside the API.

    ``/api/v2/tickets/7/audits.json`` becomes ``tickets/{id}/audits`` and [7]. A help centre's
    locale is dropped.
    """
    if not path.startswith(BASE):
        return "", []
    plain = path.removeprefix(BASE).rstrip("/").removesuffix(".json")
    return find(_LOCALE.sub(r"\1/", plain))


def _args(request: Request) -> dict[str, str]:
    """Returns the parameters by name; several of a name in [] are joined by line ends."""
    args: dict[str, str] = {}
    for name, text in request.query:
        args[name] = f"{args[name]}\n{text}" if name.endswith("[]") and name in args else text
    return args
