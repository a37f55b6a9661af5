"""The Zendesk Chat API over a made-up account: both bases, tokens, the limit, refusals."""

from __future__ import annotations

from typing import Any

from sandbox.app import App
from sandbox.changes import Changed
from sandbox.table import Row
from sandbox.times import http_date
from sandbox.window import Quota
from sandbox.wire import Refusal, Reply, Request, json_reply
from sandbox.zendesk_chat.account import Account
from sandbox.zendesk_chat.calls import Call
from sandbox.zendesk_chat.changes import Changes
from sandbox.zendesk_chat.errors import ERRORS, by_status
from sandbox.zendesk_chat.lists import FEATURES, OPEN_TO_AGENTS, READS
from sandbox.zendesk_chat.options import Options
from sandbox.zendesk_chat.tokens import Tokens

BASES = {"new": "/api/v2/chat/", "old": "/api/v2/"}
TOKENS = {"/oauth2/chat/token": "new", "/oauth2/token": "old"}
TOKEN = "token"  # noqa: S105
SUBDOMAIN = "acme"


class ZendeskChat(App[Account, Options, Changes]):
    """The app that the common server serves."""

    def __init__(self, account: Account, options: Options) -> None:
        super().__init__(account, options, Changes(account), ERRORS)
        self.tokens = Tokens(account.seed, options, account.seconds)
        self._quota = Quota(account.seconds)
        self._exports = 0

    def credentials(self) -> dict[str, str]:
        """Return what a tap needs for each way to log in, with the refresh token of now."""
        return {"subdomain": SUBDOMAIN, **self.tokens.credentials()}

    def rows(self, stream: str) -> list[Row]:
        """Return every row of a stream as its endpoint shows it."""
        return self.account.rows(stream, self.options.plan)

    def change(self, do: str, **arguments: Any) -> Changed:
        """Make one change by its name. ``expire_tokens`` ends the granted access tokens.

        With ``static`` it ends the static one too.
        """
        if do == "expire_tokens":
            with self.account.lock:
                self.tokens.expire(**arguments)
            return {}
        return super().change(do, **arguments)

    def answer(self, request: Request, instead: Reply | None = None) -> Reply:
        """Return the reply to a request.

        Neither the token endpoints nor a refused token count against the limit (inferred).
        """
        base, endpoint = _parsed(request.path)
        with self.account.lock:
            if base not in ("new", "old") or self.options.bases not in ("both", base):
                reply = by_status(404)
            elif endpoint == TOKEN:
                reply = self._token(request, instead)
            elif not self.tokens.use(request.headers.get("authorization", "")):
                reply = by_status(401)
            else:
                reply = self._within_limit(request, instead, endpoint)
        reply.headers["Date"] = http_date(self.account.now())
        reply.endpoint = endpoint
        return reply

    def _token(self, request: Request, instead: Reply | None) -> Reply:
        if request.method != "POST":
            return by_status(405)
        try:
            return instead or self.tokens.grant(request.body)
        except Refusal as refusal:
            return refusal.reply

    def _within_limit(self, request: Request, instead: Reply | None, endpoint: str) -> Reply:
        options = self.options
        if options.limit == 0:
            return instead or self._run(request, endpoint)
        wanted = {"": (options.limit, 1)}
        taken = self._quota.take(wanted, options.window_seconds, options.window_start)
        if taken.refusing:
            reply = by_status(429)
            reply.headers["Retry-After"] = str(taken.resets[""])
        else:
            reply = instead or self._run(request, endpoint)
            reply.credits = 1
        if options.rate_headers:
            reply.headers["X-Rate-Limit"] = str(options.limit)
            reply.headers["X-Rate-Limit-Remaining"] = str(taken.left[""])
        return reply

    def _run(self, request: Request, endpoint: str) -> Reply:
        self._exports += endpoint == "incremental/chats"
        call = Call(request, self.account, self.changes, self.options, self._exports)
        try:
            self._check(request, endpoint)
            return json_reply(READS[endpoint](call))
        except Refusal as refusal:
            return refusal.reply

    def _check(self, request: Request, endpoint: str) -> None:
        """Refuse what the plan or the role does not allow, or the API does not have."""
        options, is_known = self.options, endpoint in READS
        is_closed = is_known and endpoint not in OPEN_TO_AGENTS
        if options.plan == "lite" or (is_closed and options.role != "administrator"):
            raise Refusal(by_status(403))
        if not is_known:
            raise Refusal(by_status(404))
        if request.method != "GET":
            raise Refusal(by_status(405))
        if not options.has(FEATURES.get(endpoint, "")):
            raise Refusal(by_status(options.missing_feature))


def _parsed(path: str) -> tuple[str, str]:
    """Return the base ("new", "old" or "") and the endpoint below it."""
    if path in TOKENS:
        return TOKENS[path], TOKEN
    base = next((name for name, root in BASES.items() if path.startswith(root)), "")
    return base, path.removeprefix(BASES.get(base, "")).rstrip("/")
