"""The Zendesk Chat API over a made-up account: both bases, tokens, the limit, refusals (sheet sections 1, 4 and 5)."""

from __future__ import annotations

from typing import Any

from sandbox import live
from sandbox.app import Changed
from sandbox.table import Row
from sandbox.times import http_date
from sandbox.window import Window
from sandbox.wire import Refusal, Reply, Request, json_reply
from sandbox.zendesk_chat import errors
from sandbox.zendesk_chat.account import Account
from sandbox.zendesk_chat.call import Call, Memory, Route
from sandbox.zendesk_chat.live import any_change
from sandbox.zendesk_chat.options import Options
from sandbox.zendesk_chat.routes import ROUTES
from sandbox.zendesk_chat.tokens import Tokens

NEW_BASE, OLD_BASE = "/api/v2/chat/", "/api/v2/"
NEW_TOKENS, OLD_TOKENS = "/oauth2/chat/token", "/oauth2/token"
SUBDOMAIN = "acme"


class ZendeskChat:
    """The app that the common server serves."""

    def __init__(self, account: Account, options: Options) -> None:
        self.account = account
        self.tokens = Tokens(account.seed, options)
        self._options = options
        self._window = Window()
        self._memory = Memory()

    @property
    def options(self) -> Options:
        """The settings, open to change."""
        return self._options

    def credentials(self) -> dict[str, str]:
        """What a tap needs for each way to log in. The refresh token is the one that is good now."""
        tokens = self.tokens
        return {
            "subdomain": SUBDOMAIN,
            "access_token": tokens.access_token,
            "client_id": tokens.client_id,
            "client_secret": tokens.client_secret,
            "refresh_token": tokens.refresh_token,
        }

    def error(self, status: int) -> Reply:
        """The API's own body for a status."""
        return errors.by_status(status)

    def rows(self, stream: str) -> list[Row]:
        """Every row of a stream, as its endpoint shows it."""
        return self.account.rows(stream, self._options.plan)

    def live(self, seed: int, n: int) -> Changed:
        """A plausible batch of changes."""
        return live.batch(self.account, seed, n, any_change)

    def change(self, do: str, **arguments: Any) -> Changed:
        """One change by its name; ``expire_tokens`` ends the granted access tokens (``static``: the static one too)."""
        if do == "expire_tokens":
            with self.account.lock:
                self.tokens.expire(**arguments)
            return {}
        return self.account.changes.do(do, **arguments)

    def answer(self, request: Request, instead: Reply | None = None) -> Reply:
        """The reply to a request. The token endpoints don't count against the limit, nor does a refused token (inferred)."""
        with self.account.lock:
            if request.path in (NEW_TOKENS, OLD_TOKENS):
                reply = self._token(request, instead)
            else:
                reply = self._resource(request, instead)
        reply.headers["Date"] = http_date(self.account.now())
        return reply

    def _token(self, request: Request, instead: Reply | None) -> Reply:
        new = request.path == NEW_TOKENS
        if not self._served(new):
            reply = errors.by_status(404)
        elif request.method != "POST":
            reply = errors.by_status(405)
        else:
            reply = instead or self.tokens.grant(request.body)
        reply.endpoint = "token"
        return reply

    def _served(self, new: bool) -> bool:
        return self._options.bases in ("both", "new" if new else "old")

    def _resource(self, request: Request, instead: Reply | None) -> Reply:
        base = NEW_BASE if request.path.startswith(NEW_BASE) else OLD_BASE
        if not request.path.startswith(base) or not self._served(base == NEW_BASE):
            return errors.by_status(404)
        endpoint, named = _endpoint(request.path.removeprefix(base).rstrip("/"))
        if not self.tokens.use(request.headers.get("authorization", "")):
            reply = errors.by_status(401)
        else:
            reply = self._within_limit(request, instead, endpoint, named)
        reply.endpoint = endpoint
        return reply

    def _within_limit(
        self, request: Request, instead: Reply | None, endpoint: str, named: str
    ) -> Reply:
        options = self._options
        if options.limit == 0:
            return instead or self._run(request, endpoint, named)
        verdict = self._window.look(options.limit, 1, options.window_seconds, options.window_start)
        if not verdict.allowed:
            reply = errors.by_status(429)
            reply.headers["Retry-After"] = str(verdict.retry_after)
        else:
            self._window.take(1)
            reply = instead or self._run(request, endpoint, named)
            reply.credits = 1
        if options.rate_headers:
            reply.headers["X-Rate-Limit"] = str(options.limit)
            reply.headers["X-Rate-Limit-Remaining"] = str(max(0, options.limit - self._window.used))
        return reply

    def _run(self, request: Request, endpoint: str, named: str) -> Reply:
        try:
            route = self._route(request, endpoint)
            return json_reply(
                route.read(Call(request, self.account, self._options, self._memory, named))
            )
        except Refusal as refusal:
            return refusal.reply

    def _route(self, request: Request, endpoint: str) -> Route:
        route, options = ROUTES.get(endpoint), self._options
        if options.plan == "lite" or (route and route.admin and options.role != "administrator"):
            raise errors.refuse(403)
        if route is None:
            raise errors.refuse(404)
        if request.method != "GET":
            raise errors.refuse(405)
        if not options.has(route.feature):
            raise errors.refuse(options.missing_feature)
        return route


def _endpoint(path: str) -> tuple[str, str]:
    """``chats/2104.1.SVh`` -> ``chats/{id}`` and the id; a path that is an endpoint itself has no id."""
    head, _, tail = path.rpartition("/")
    return (
        (path, "") if path in ROUTES or f"{head}/{{id}}" not in ROUTES else (f"{head}/{{id}}", tail)
    )
