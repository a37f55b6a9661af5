"""The Freshdesk API v2 over a made-up account: log-in, limits, checks and paging (DOCS)."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from random import Random

from sandbox.app import App
from sandbox.freshdesk import errors, params
from sandbox.freshdesk.call import Call, Listing, Memory, Route
from sandbox.freshdesk.changes import Account, Changes
from sandbox.freshdesk.endpoints import ROUTES
from sandbox.freshdesk.knowledge import LANGUAGES
from sandbox.freshdesk.options import Options, Quota
from sandbox.table import Row
from sandbox.times import http_date
from sandbox.wire import Refusal, Reply, Request, json_reply

BASE = "/api/v2/"


class Freshdesk(App[Account, Options, Changes]):
    """The app that the common server serves."""

    def __init__(self, account: Account, options: Options) -> None:
        super().__init__(account, options, account.changes, errors.ERRORS)
        self._quota = Quota(account.seconds)
        self._memory = Memory(Random(account.seed))

    def credentials(self) -> dict[str, str]:
        """What a tap needs."""
        return {"api_key": self.account.api_key, "domain": "acme"}

    def rows(self, stream: str) -> list[Row]:
        """Every row that a client can reach, given the option trash_children."""
        return self.account.rows(stream, trash=self.options.trash_children == 200)

    def answer(self, request: Request, instead: Reply | None = None) -> Reply:
        """The reply to a request, with its common headers. Refused ones count, too (DOCS)."""
        endpoint, ids, language = _endpoint(request.path)
        with self.account.lock:
            call = self._admit(request, endpoint, ids, language)
            cost, bucket = (1, "") if isinstance(call, Reply) else (call.credits, call.route.bucket)
            passed, headers = self._quota.spend(self.options, cost, bucket)
            if not passed:
                cost, reply = 0, self.error(429)
            else:
                reply = instead or self._run(call, request)
        reply.endpoint, reply.credits = endpoint, cost
        reply.headers |= headers
        reply.headers["Date"] = http_date(self.account.now())
        reply.headers["X-Freshdesk-Api-Version"] = "latest=v2; requested=v2"
        return reply

    def _admit(
        self, request: Request, endpoint: str, ids: list[int], language: str
    ) -> Call | Reply:
        """The call that a request asks for, or its refusal."""
        try:
            route = self._route(request, endpoint)
            allowed = (*route.params, *self.options.time_filters(endpoint))
            args = params.read(request.query, allowed, route.choices)
        except Refusal as refusal:
            return refusal.reply
        if self.options.since == "exclusive":
            args |= {name: args[name] + 1 for name in args if name.endswith("_since")}
        return Call(route, self.account, self.options, self._memory, ids, language, args)

    def _route(self, request: Request, endpoint: str) -> Route:
        if not self._logged_in(request):
            raise errors.refuse(401)
        if not _accepts_json(request.headers.get("accept", "*/*")):
            raise errors.refuse(406)
        route = ROUTES.get(endpoint)
        if route is None:
            raise errors.refuse(404)
        if request.method != "GET":
            raise errors.refuse(405)
        if route.admin and self.options.role != "admin":
            raise errors.refuse(403)
        if route.feature and not self.options.has(route.feature):
            raise errors.feature_missing(route.feature)
        return route

    def _logged_in(self, request: Request) -> bool:
        """Basic with the API key as user and anything as password (DOCS)."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            user = b64decode(token, validate=True).decode("latin-1").partition(":")[0]
        except NotBase64:
            return False
        return scheme.lower() == "basic" and user == self.account.api_key

    def _run(self, call: Call | Reply, request: Request) -> Reply:
        if isinstance(call, Reply):
            return call
        self._memory.serial += 1
        options, page = self.options, call.args.get("page", 1)
        size = call.args.get("per_page") or call.args.get("page_size", params.DEFAULT_PER_PAGE)
        try:
            if call.route.bucket == "tickets" and page > options.page_cap:
                most = f"You cannot access tickets beyond the {options.page_cap}th page."
                raise errors.invalid("page", f"{most} Please provide a smaller page number.")
            if call.route.params and size > options.largest_page:
                raise errors.refuse(504)
            answer = call.route.read(call)
        except Refusal as refusal:
            return refusal.reply
        if not isinstance(answer, Listing):
            return json_reply(answer)
        size = min(size, options.cut_to)
        end = page * size
        keys = answer.keys[end - size : end]
        self._memory.remember(answer, keys)
        reply = json_reply([answer.row(key) for key in keys])
        if end < len(answer.keys) and options.link:
            reply.headers["Link"] = options.link.format(url=request.link({"page": page + 1}))
        return reply


def _endpoint(path: str) -> tuple[str, list[int], str]:
    """The endpoint, and the ids and the language in its path; of another address "".

    ``/api/v2/tickets/7/conversations`` -> ``tickets/{id}/conversations``, [7], "".
    """
    if not path.startswith(BASE):
        return "", [], ""
    parts = path.removeprefix(BASE).rstrip("/").split("/")
    ids = [int(part) for part in parts if _is_id(part)]
    language = parts[-1] if parts[0] == "solutions" and parts[-1] in LANGUAGES else ""
    named = ["{id}" if _is_id(part) else part for part in parts]
    return "/".join([*named[:-1], "{lang}"] if language else named), ids, language


def _is_id(part: str) -> bool:
    return part.isascii() and part.isdigit()


def _accepts_json(accept: str) -> bool:
    kinds = {part.partition(";")[0].strip() for part in accept.split(",")}
    return not kinds.isdisjoint(("application/json", "application/*", "*/*", ""))
